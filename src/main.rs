//! `wk`: reads arguments, builds a backend and a first state, and hands them to the runtime.

mod cli;
mod exit;
mod start;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use watchkeeper::report::{self, Report};
use watchkeeper::runtime::{event_loop, headless};

use cli::{Cli, Command, Format};
use exit::Exit;
use start::Start;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A pipe that was closed early is nobody's problem.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(&format!("wk: {error}"));
            Exit::Failed.into()
        }
    }
}

fn run(cli: &Cli) -> io::Result<Exit> {
    let start = match Start::prepare(cli) {
        Ok(start) => start,
        Err(problem) => {
            complain(&format!("wk: {problem}"));
            return Ok(Exit::of(&problem));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match &cli.command {
        None | Some(Command::Demo) => console(start, &runtime),
        Some(Command::Services(output) | Command::Alerts(output)) => answer(start, output.output, &runtime),
    }
}

fn console(start: Start, runtime: &tokio::runtime::Runtime) -> io::Result<Exit> {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    if dumb || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        complain("wk: the console needs a terminal; from a script ask `wk services -o json` (see `wk --help`)");
        return Ok(Exit::Usage);
    }
    let _entered = runtime.enter();
    let look = start.look();
    let (backend, state) = start.backend_and_state();
    runtime.block_on(event_loop::run(backend, state, &look))?;
    Ok(Exit::Done)
}

fn answer(start: Start, format: Format, runtime: &tokio::runtime::Runtime) -> io::Result<Exit> {
    let _entered = runtime.enter();
    let (backend, state) = start.backend_and_state();
    let report = runtime.block_on(headless::run(backend, state));
    print(&report, format)?;
    Ok(Exit::of_report(&report))
}

/// Words to stdout, problems to stderr.
fn print(report: &Report, format: Format) -> io::Result<()> {
    let text = match format {
        Format::Table => report::table(report),
        Format::Json => report::json(report),
    };
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever read has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    for problem in &report.problems {
        complain(&format!("wk: {problem}"));
    }
    Ok(())
}

fn complain(text: &str) {
    // Without a stderr there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
