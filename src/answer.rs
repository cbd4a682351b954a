//! The headless commands: words to stdout, problems to stderr, an exit code that means something.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use watchkeeper::domain::plan::Confirmation;
use watchkeeper::report::{self, LogSpelling, Report};
use watchkeeper::runtime::doctor::{self, Finding, Step};
use watchkeeper::runtime::headless::{Outcome, Session};

use crate::cli::{Format, LogFlags, LogFormat, PlanFlags, PlanFormat};
use crate::complain;
use crate::exit::Exit;
use crate::start::Start;

/// What a screen knows.
pub fn screen(start: Start, format: Format, runtime: &Runtime) -> io::Result<Exit> {
    let _entered = runtime.enter();
    let (backend, state) = start.backend_and_state();
    let outcome = runtime.block_on(async {
        let session = Session::open(backend, state).await;
        let outcome = session.outcome();
        session.end().await;
        outcome
    });
    let format = match format {
        Format::Table => PlanFormat::Table,
        Format::Json => PlanFormat::Json,
    };
    print(&outcome, format)?;
    Ok(Exit::of_report(&outcome.report))
}

/// Lines of logs, as they come.
pub fn logs(start: Start, flags: &LogFlags, runtime: &Runtime) -> io::Result<Exit> {
    let spelling = match flags.output {
        LogFormat::Text => LogSpelling::Text,
        LogFormat::Json => LogSpelling::Json,
    };
    let _entered = runtime.enter();
    let (backend, state) = start.backend_and_state();
    let report = runtime.block_on(async {
        let mut session = Session::open(backend, state).await;
        session.write_logs(spelling, flags.follow, &mut io::stdout()).await?;
        let report = session.outcome().report;
        session.end().await;
        io::Result::Ok(report)
    })?;
    // Silence on stdout must not pass for an all-clear.
    for note in &report.notes {
        complain(&format!("wk: {note}"));
    }
    complain_of(&report);
    Ok(Exit::of_problems(&report.problems, false))
}

/// A plan; and the act itself where it is asked for and confirmed.
pub fn plan(start: Start, flags: &PlanFlags, runtime: &Runtime) -> io::Result<Exit> {
    let _entered = runtime.enter();
    let (backend, state) = start.backend_and_state();
    runtime.block_on(async {
        let mut session = Session::open(backend, state).await;
        let planned = session.outcome();
        if !flags.apply {
            session.end().await;
            print(&planned, flags.output)?;
            return Ok(Exit::of_problems(&planned.report.problems, false));
        }
        let Some(confirmation) = session.confirmation() else {
            session.end().await;
            print(&planned, flags.output)?;
            return Ok(planned.report.problems.first().map_or(Exit::Refused, Exit::of));
        };
        let Some(typed) = confirmed(&planned, &confirmation, flags.yes)? else {
            session.end().await;
            complain("wk: not confirmed, nothing was sent");
            return Ok(Exit::Refused);
        };
        let waited = session.confirm(&typed).await?;
        let done = session.outcome();
        session.end().await;
        print(&done, flags.output)?;
        Ok(match Exit::of_act(&done.report) {
            Exit::Done if !waited => {
                complain("wk: ended by a signal: it was written, and the rollout goes on unwatched");
                Exit::Partial
            }
            exit => exit,
        })
    })
}

/// What was typed to confirm; None when it was not confirmed.
fn confirmed(planned: &Outcome, confirmation: &Confirmation, yes: bool) -> io::Result<Option<String>> {
    let wanted = match confirmation {
        Confirmation::Enter => String::new(),
        Confirmation::Type(name) => name.to_string(),
    };
    if yes {
        return Ok(Some(wanted));
    }
    if !io::stdin().is_terminal() {
        complain("wk: --apply asks for a confirmation on a terminal; --yes gives it");
        return Ok(None);
    }
    complain(&report::table(&planned.report));
    complain(&if wanted.is_empty() { "press Enter to do it:".to_owned() } else { format!("type {wanted} to do it:") });
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok((line.trim_end_matches('\n') == wanted).then_some(wanted))
}

/// Every step of connecting: in the table as it is done, as data when all are.
pub fn doctor(start: Start, format: Format, runtime: &Runtime) -> io::Result<Exit> {
    let mut report = Report::new("Doctor", &[]);
    let mut tell = |step: &Step| {
        report.items.push(data(step));
        if let Finding::Failed(problem) = &step.finding {
            report.problems.push(problem.clone());
        }
        match format {
            Format::Table => write_out(&line(step)),
            Format::Json => Ok(()),
        }
    };
    for problem in start.problems() {
        let finding = Finding::Warning(problem.clone());
        tell(&Step { name: "configuration", took: Duration::ZERO, finding })?;
    }
    let _entered = runtime.enter();
    let (backend, _) = start.backend_and_state();
    runtime.block_on(async {
        let (sender, mut steps) = mpsc::channel::<Step>(16);
        let examination = doctor::examine(&backend, sender);
        let telling = async {
            while let Some(step) = steps.recv().await {
                tell(&step)?;
            }
            io::Result::Ok(())
        };
        let ((), told) = tokio::join!(examination, telling);
        told
    })?;
    if format == Format::Json {
        write_out(&report::json(&report))?;
        complain_of(&report);
    }
    Ok(report.problems.last().map_or(Exit::Done, Exit::of))
}

fn line(step: &Step) -> String {
    let took = step.took.as_millis();
    match &step.finding {
        Finding::Good(text) => format!("ok    {:<14} {text}  ({took} ms)\n", step.name),
        Finding::Warning(problem) => format!("warn  {:<14} {problem}\n", step.name),
        Finding::Failed(problem) => format!("FAIL  {:<14} {problem}\n", step.name),
    }
}

/// A step as scripts read it; its shape is a contract.
fn data(step: &Step) -> Value {
    let (outcome, what, why, hint) = match &step.finding {
        Finding::Good(text) => ("ok", text, "", ""),
        Finding::Warning(problem) => ("warning", &problem.what, problem.why.as_str(), problem.hint.as_str()),
        Finding::Failed(problem) => ("failed", &problem.what, problem.why.as_str(), problem.hint.as_str()),
    };
    json!({
        "step": step.name.trim(),
        "outcome": outcome,
        "what": what,
        "why": why,
        "hint": hint,
        "milliseconds": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
    })
}

fn print(outcome: &Outcome, format: PlanFormat) -> io::Result<()> {
    write_out(&match format {
        PlanFormat::Table => report::table(&outcome.report),
        PlanFormat::Json => report::json(&outcome.report),
        PlanFormat::Markdown => outcome.record.clone(),
    })?;
    complain_of(&outcome.report);
    Ok(())
}

fn complain_of(report: &Report) {
    for problem in &report.problems {
        complain(&format!("wk: {problem}"));
    }
}

fn write_out(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever read has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
