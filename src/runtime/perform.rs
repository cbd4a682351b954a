//! Does the effects of the machine, each once. Answers come back as messages.

use std::future::Future;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::app::effect::{MetricQuery, SessionId};
use crate::app::message::{EarlierPage, MetricAnswer, ShellEvent};
use crate::app::{Answer, Effect, JournalNews, Message, State, TaskId};
use crate::domain::identity::Generation;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::report;
use crate::sources::clock::Clock;
use crate::sources::kube::{self, Connection, PageRequest, ShellInput};
use crate::sources::task_scope::TaskScope;

use super::backend::Backend;
use super::connect::Connecting;
use super::hand_over;
use super::journal::Journal;
use super::link::Link;
use super::remember;
use super::shell_session::Shells;
use super::streams;
use super::writes::{Write, Writes};

/// Objects read whole in one answer.
const LISTED: usize = 500;

pub(super) struct Performer {
    backend: Backend,
    scope: TaskScope,
    messages: mpsc::Sender<Message>,
    link: Link,
    /// The connection effects go to: the newest that was asked for.
    generation: Generation,
    /// Tasks of the connection, ended with it.
    connection_scope: TaskScope,
    journal: Journal,
    writes: Writes,
    shells: Shells,
    /// What must be written to the terminal beside frames.
    terminal_bytes: Vec<Bytes>,
    redraw: bool,
}

impl Performer {
    pub(super) fn new(backend: Backend, scope: TaskScope, messages: mpsc::Sender<Message>) -> Self {
        let journal = Journal::new(backend.state_folder.as_deref());
        let writes = Writes::new(journal.clone(), backend.clock.clone(), messages.clone());
        Self {
            connection_scope: scope.child(),
            backend,
            scope,
            messages,
            link: Link::default(),
            generation: Generation::default(),
            journal,
            writes,
            shells: Shells::new(),
            terminal_bytes: Vec::new(),
            redraw: false,
        }
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.backend.clock.now()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.backend.clock
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn writes(&self) -> &Writes {
        &self.writes
    }

    pub(super) fn shells(&self) -> &Shells {
        &self.shells
    }

    pub(super) fn take_terminal_bytes(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.terminal_bytes)
    }

    pub(super) fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    pub(super) fn perform(&mut self, effect: Effect, state: &State) {
        match effect {
            Effect::Connect { generation, context } => self.connect(generation, context),
            Effect::Fetch { task, key } => {
                self.ask(task, async move |connection| Answer::Object(connection.fetch(&key).await))
            }
            Effect::List { task, kind, scope, selection } => self.ask(task, async move |connection| {
                Answer::Objects(connection.list(kind, &scope, &streams::selectors(&selection), LISTED).await)
            }),
            Effect::Review { task, needs } => {
                self.ask(task, async move |connection| Answer::Grants(connection.access_review(&needs).await))
            }
            Effect::Query { task, query } => self.query(task, query),
            Effect::DryRun { task, permit } => {
                self.ask(task, async move |connection| Answer::Objects(kube::dry_run(&connection, &permit).await))
            }
            Effect::Perform { task, permit, note, endangered } => {
                if let Some(connection) = self.link.connection(self.generation) {
                    let records = self.backend.state_folder.as_ref().map(|folder| folder.join(hand_over::RECORDS));
                    self.writes.begin(Write { task, permit, note, endangered, connection, records });
                }
            }
            Effect::ReadEarlier { task, request } => self.ask(task, async move |connection| {
                let request = PageRequest { sources: request.sources, until: request.until, lines: request.lines };
                let page = kube::log_page(&connection, &request).await;
                Answer::Earlier(page.map(|page| EarlierPage { chunks: page.chunks, complete_from: page.complete_from }))
            }),
            Effect::CheckJournal if !self.journal.is_kept() => {}
            Effect::CheckJournal => {
                let (journal, messages) = (self.journal.clone(), self.messages.clone());
                self.scope.spawn(async move {
                    tell_journal(&messages, JournalNews::Writable(journal.check().await)).await;
                });
            }
            Effect::CopyToClipboard(text) => self.terminal_bytes.push(hand_over::clipboard(&text)),
            Effect::SaveLines { task, name, text } => self.save(task, name, "log", text),
            Effect::HandOverRecord { task } => {
                let (name, text) = report::record(state);
                self.hand_over(task, CleanText::new(&name), text);
            }
            Effect::Redraw => self.redraw = true,
            Effect::RememberGuide { hidden } => {
                let folder = self.backend.state_folder.clone();
                self.scope.spawn(remember::guide(folder, hidden));
            }
            Effect::OpenShell { session, permit } => {
                // A permit of another connection is refused by the source as well.
                if let Some(connection) = self.link.connection(self.generation) {
                    let scope = self.connection_scope.child();
                    self.shells.open(session, permit, connection, scope, self.messages.clone());
                }
            }
            Effect::ShellInput { session, input } => self.type_in(session, ShellInput::Bytes(input)),
            Effect::ShellResize { session, columns, rows } => {
                self.type_in(session, ShellInput::Resize { columns, rows });
            }
        }
    }

    /// To the clipboard, and into a file.
    fn hand_over(&mut self, task: TaskId, name: CleanText, text: String) {
        self.terminal_bytes.push(hand_over::clipboard(&text));
        self.save(task, name, "md", text);
    }

    fn connect(&mut self, generation: Generation, context: Option<CleanText>) {
        self.connection_scope.end();
        self.connection_scope = self.scope.child();
        self.generation = generation;
        let connecting = Connecting {
            generation,
            context,
            scope: self.connection_scope.clone(),
            link: self.link.clone(),
            messages: self.messages.clone(),
        };
        self.connection_scope.spawn(connecting.run(self.backend.clone()));
    }

    /// Does a request on the connection of this moment and sends its answer.
    fn ask<F>(&self, task: TaskId, request: impl FnOnce(Connection) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        // Without a connection no screen can ask: effects follow a link that is up.
        if let Some(connection) = self.link.connection(self.generation) {
            self.answer(task, request(connection));
        }
    }

    fn answer(&self, task: TaskId, answer: impl Future<Output = Answer> + Send + 'static) {
        let messages = self.messages.clone();
        self.connection_scope.spawn(async move {
            let answer = answer.await;
            // Nobody listens any more when the program ends.
            let _ = messages.send(Message::Answer(task, answer)).await;
        });
    }

    /// Looks into the journal as a console starts: can it be written, and was something left in the middle?
    pub(super) fn open_journal(&self) {
        let (journal, messages) = (self.journal.clone(), self.messages.clone());
        let now = self.backend.clock.now();
        self.scope.spawn(async move {
            let writable = journal.check_existing().await;
            if writable.is_err() {
                tell_journal(&messages, JournalNews::Writable(writable)).await;
            }
            let unfinished = journal.unfinished(now, false).await;
            if !unfinished.is_empty() {
                journal.told(&unfinished, now).await;
                tell_journal(&messages, JournalNews::Unfinished(unfinished)).await;
            }
        });
    }

    fn type_in(&self, session: SessionId, input: ShellInput) {
        if !self.shells.send(session, input) {
            let messages = self.messages.clone();
            self.connection_scope.spawn(async move {
                // Nobody listens any more when the program ends.
                let _ = messages.send(Message::Shell(session, ShellEvent::InputLost)).await;
            });
        }
    }

    fn save(&self, task: TaskId, name: CleanText, extension: &'static str, text: String) {
        let folder = self.backend.state_folder.clone();
        let at = self.backend.clock.now();
        self.answer(task, async move { Answer::Saved(hand_over::save(folder, &name, extension, at, text).await) });
    }

    fn query(&self, task: TaskId, query: MetricQuery) {
        let prometheus = self.link.found().prometheus;
        let clock = self.backend.clock.clone();
        self.answer(task, async move {
            Answer::Metric(match prometheus {
                Some(prometheus) => streams::ask_metric(&prometheus, &query, &clock).await,
                None => MetricAnswer::Failed(Problem::new(
                    Cause::Absent,
                    "no Prometheus",
                    "none was found",
                    "name it with --prometheus",
                )),
            })
        });
    }
}

async fn tell_journal(messages: &mpsc::Sender<Message>, news: JournalNews) {
    // Nobody listens any more when the program ends.
    let _ = messages.send(Message::Journal(news)).await;
}
