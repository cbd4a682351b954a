//! `wk`: reads arguments, builds a backend and a first state, and hands them to the runtime.

mod answer;
mod cli;
mod exit;
mod start;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;
use watchkeeper::runtime::event_loop;

use cli::{Cli, Command};
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
        Some(Command::Services(output) | Command::Alerts(output)) => answer::screen(start, output.output, &runtime),
        Some(Command::History(target)) => answer::screen(start, target.output.output, &runtime),
        Some(Command::Logs(flags)) => answer::logs(start, flags, &runtime),
        Some(Command::Plan(plan)) => answer::plan(start, plan.flags(), &runtime),
        Some(Command::Doctor(output)) => answer::doctor(start, output.output, &runtime),
    }
}

fn console(start: Start, runtime: &Runtime) -> io::Result<Exit> {
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

fn complain(text: &str) {
    // Without a stderr there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
