//! The machine without a terminal: open a screen, wait until it has settled, report; or confirm a plan and wait until
//! its rollout has ended.

use std::io::{self, Write};
use std::time::Duration;

use crate::app::model::Link;
use crate::app::request::Pending;
use crate::app::screen::{Planned, Screen, Stage, Withdrawal};
use crate::app::{Input, Message, State};
use crate::config::key::{Code, Key};
use crate::domain::plan::Confirmation;
use crate::domain::problem::Problem;
use crate::insight::verification::{CheckKind, Mark};
use crate::report::{self, LogSpelling, LogWriter, Report};

use super::backend::Backend;
use super::event_loop::Engine;
use super::signals::Signals;

/// How long a headless command waits for the first answer of the server: a credential plugin may take its time.
const ANSWER_PATIENCE: Duration = Duration::from_secs(20);
/// How long it then waits for its panes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it waits for metrics once everything else is there.
const METRICS_PATIENCE: Duration = Duration::from_secs(2);
/// How long a rollout may take before the command returns without its end.
const ROLLOUT_PATIENCE: Duration = Duration::from_secs(600);
/// How long the answer to a write is waited for when a signal ends the command.
const LAST_ANSWER: Duration = Duration::from_secs(4);

/// What a command brought.
#[derive(Debug)]
pub struct Outcome {
    pub report: Report,
    /// The same as Markdown.
    pub record: String,
}

/// The machine of one command.
pub struct Session {
    engine: Engine,
    /// What the request would have been answered with, though it may come to nothing.
    asked: Option<&'static str>,
}

impl Session {
    /// Connects and waits until the open screen has settled.
    pub async fn open(backend: Backend, state: State) -> Self {
        let asked = match &state.request {
            Pending::Waiting(request) => Some(request.wanted.name()),
            Pending::Nothing | Pending::Refused(_) => None,
        };
        let mut session = Self { engine: Engine::new(backend, state), asked };
        session.engine.start();
        session.wait(ANSWER_PATIENCE, |state| settled(state) || answered(state)).await;
        if session.wait(PATIENCE, settled).await {
            // Late metrics are no failure: the report says that they are missing.
            session.wait(METRICS_PATIENCE, metrics_settled).await;
        }
        session
    }

    /// Takes up messages until something holds; false when the time was not enough.
    async fn wait(&mut self, patience: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let engine = &mut self.engine;
        let until = async {
            while !holds(&engine.state) {
                let Some(message) = engine.next().await else { return };
                engine.take(message);
            }
        };
        tokio::time::timeout(patience, until).await.is_ok()
    }

    /// What the open screen knows. A problem of the whole connection, or of the request, stands in its problems.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let state = &self.engine.state;
        let mut report = report::report(state);
        if let Some(problem) = whole_problem(state) {
            // What lies below the screen that could not be opened was not asked for.
            let kind = self.asked.unwrap_or(report.kind);
            report = Report { problems: vec![problem.clone()], ..Report::new(kind, &[]) };
        }
        let (_, record) = report::record(state);
        Outcome { report, record }
    }

    /// What has to be typed before the open plan is done; None when there is no plan that could be done.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        let planned = self.planned()?;
        planned.refusal().is_none().then(|| planned.plan.confirmation.clone())
    }

    fn planned(&self) -> Option<&Planned> {
        match self.engine.state.views.top() {
            Screen::Plan(screen) => screen.planned(),
            _ => None,
        }
    }

    /// Types a confirmation into the open plan, and waits until its rollout has ended well or badly; false when a signal
    /// ended the wait. Then no further step begins, and the last one's answer is waited for a little.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub async fn confirm(&mut self, typed: &str) -> io::Result<bool> {
        let mut signals = Signals::listen()?;
        if let Some(at) = self.planned().map(Planned::confirmable_at) {
            tokio::time::sleep(self.engine.time_until(at)).await;
        }
        if !typed.is_empty() {
            self.engine.take(Message::Input(Input::Paste(typed.to_owned())));
        }
        self.engine.take(Message::Input(Input::Key(Key::plain(Code::Enter))));
        tokio::select! {
            _ = self.wait(ROLLOUT_PATIENCE, rollout_ended) => return Ok(true),
            () = signals.any() => {}
        }
        self.engine.stop_writes();
        self.wait(LAST_ANSWER, |state| !is_sending(state)).await;
        Ok(false)
    }

    /// Writes the lines of the open log as they come, until the log has ended or nobody reads any more.
    ///
    /// # Errors
    /// When the reader is gone for another reason than having seen enough.
    pub async fn write_logs(&mut self, spelling: LogSpelling, follow: bool, out: &mut impl Write) -> io::Result<()> {
        let mut writer = LogWriter::new(spelling);
        loop {
            if let Screen::Logs(screen) = self.engine.state.views.top() {
                match out.write_all(writer.write(screen).as_bytes()).and_then(|()| out.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                    written => written?,
                }
            }
            let state = &self.engine.state;
            if whole_problem(state).is_some() || (!follow && state.views.top().view().settled(&state.model)) {
                return Ok(());
            }
            let Some(message) = self.engine.next().await else { return Ok(()) };
            self.engine.take(message);
        }
    }

    /// Ends every task.
    pub async fn end(self) {
        self.engine.end().await;
    }
}

/// Why there is nothing to show at all.
fn whole_problem(state: &State) -> Option<&Problem> {
    match (&state.model.link, &state.request) {
        (Link::Failed(problem), _) | (_, Pending::Refused(problem)) => Some(problem),
        (Link::Lost { problem, .. }, Pending::Waiting(_)) => Some(problem),
        _ => None,
    }
}

/// The server has said who it is.
fn answered(state: &State) -> bool {
    matches!(&state.model.link, Link::Up(identity) if !identity.server_version.is_empty())
}

fn settled(state: &State) -> bool {
    let waiting = matches!(state.request, Pending::Waiting(_));
    whole_problem(state).is_some() || (!waiting && state.views.top().view().settled(&state.model))
}

fn metrics_settled(state: &State) -> bool {
    if whole_problem(state).is_some() {
        return true;
    }
    state.model.prometheus.is_some() && state.model.metrics.values().all(|metrics| metrics.freshness.settled())
}

/// A write was sent and is not answered yet.
fn is_sending(state: &State) -> bool {
    match state.views.top() {
        Screen::Plan(screen) => screen.planned().is_some_and(|planned| planned.sending.is_some()),
        _ => false,
    }
}

/// The plan was refused, or its rollout is done or stuck.
fn rollout_ended(state: &State) -> bool {
    match state.views.top() {
        Screen::Plan(screen) => match &screen.stage {
            Stage::Planned(planned) => {
                let withdrawn = planned.withdrawn.as_ref().is_some_and(Withdrawal::settled);
                planned.sending.is_none() && (planned.complaint.is_some() || withdrawn)
            }
            Stage::Reading | Stage::Refused(_) => true,
        },
        Screen::Verify(screen) => {
            screen.ended.is_some()
                || screen.verification.as_ref().is_some_and(|verification| {
                    let rollout = verification.checks.iter().find(|check| check.kind == CheckKind::Rollout);
                    rollout.is_some_and(|check| matches!(check.mark, Mark::Done | Mark::Failed))
                })
        }
        _ => true,
    }
}
