//! The loop: drain messages, settle, reconcile, then draw once if something visible changed.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use crossterm::event::EventStream;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::{self, Effect, Key, Message, Params, State};
use crate::sources::task_scope::TaskScope;
use crate::ui::{self, Look};

use super::backend::Backend;
use super::input::input;
use super::perform::Performer;
use super::reconcile::Reconciler;
use super::signals::Signals;
use super::terminal::{Terminal, has_panicked};

/// At most this many frames a second when the cluster, and not the user, makes things change.
const FRAME: Duration = Duration::from_millis(33);
/// Messages of sources that wait; a slower machine makes sources wait.
const INBOX: usize = 256;
/// Messages taken up in one drain.
const DRAIN: usize = 512;
/// A drain is cut short after this, so that a flood never keeps a key waiting.
const TURN: Duration = Duration::from_millis(8);

/// The machine with everything around it but a terminal.
pub struct Engine {
    pub state: State,
    scope: TaskScope,
    inbox: mpsc::Receiver<Message>,
    reconciler: Reconciler,
    performer: Performer,
}

impl Engine {
    #[must_use]
    pub fn new(backend: Backend, state: State) -> Self {
        let (sender, inbox) = mpsc::channel(INBOX);
        let scope = TaskScope::new();
        let performer = Performer::new(backend, scope.child(), sender.clone());
        let reconciler = Reconciler::new(scope.child(), sender);
        Self { state, scope, inbox, reconciler, performer }
    }

    /// Begins to connect.
    pub fn start(&mut self) {
        let generation = self.state.model.generation;
        self.performer.perform(Effect::Connect { generation, context: None }, &self.state);
        self.settle();
    }

    /// Tells the user what the journal has to say: for a console that somebody looks at.
    pub fn open_journal(&self) {
        self.performer.open_journal();
    }

    /// Takes up one message and all that wait behind it.
    pub fn take(&mut self, message: Message) {
        // Ages and confirmations are judged by the moment at which things are taken up.
        self.update(Message::Clock(self.performer.now()));
        self.update(message);
        let began = Instant::now();
        for _ in 0..DRAIN {
            if began.elapsed() > TURN {
                break;
            }
            match self.inbox.try_recv() {
                Ok(message) => self.update(message),
                Err(_) => break,
            }
        }
        self.settle();
    }

    fn update(&mut self, message: Message) {
        for effect in app::update(&mut self.state, message) {
            self.performer.perform(effect, &self.state);
        }
    }

    fn settle(&mut self) {
        let mut wanted = app::subscriptions(&self.state);
        self.settle_for(&wanted);
        // What was settled may want more at once: services that have just been assembled want their numbers.
        let more = app::subscriptions(&self.state);
        if more != wanted {
            self.settle_for(&more);
            wanted = more;
        }
        self.reconciler.reconcile(wanted, &self.performer);
    }

    fn settle_for(&mut self, wanted: &BTreeMap<Key, Params>) {
        for effect in app::settle(&mut self.state, wanted) {
            self.performer.perform(effect, &self.state);
        }
    }

    /// The next message from outside, or the time now while the last settling has left work to go on with. None never
    /// comes: the engine itself holds a sender.
    pub async fn next(&mut self) -> Option<Message> {
        if !self.state.views.is_working() {
            return self.inbox.recv().await;
        }
        tokio::task::yield_now().await;
        Some(self.inbox.try_recv().unwrap_or_else(|_| Message::Clock(self.performer.now())))
    }

    /// How long to wait in real time until this moment.
    pub(super) fn time_until(&self, at: Timestamp) -> Duration {
        let clock = self.performer.clock();
        clock.real(Duration::try_from(at.duration_since(clock.now())).unwrap_or_default())
    }

    /// Lets no further step of a write begin: the program is about to end.
    pub(super) fn stop_writes(&self) {
        self.performer.writes().stop();
    }

    /// Closes what was begun, ends every task and waits until the last is gone.
    pub async fn end(self) {
        // Answers that nobody takes up must not hold back those who write them.
        drop(self.inbox);
        self.performer.writes().closed().await;
        drop(self.reconciler);
        drop(self.performer);
        let _ = tokio::time::timeout(Duration::from_secs(2), self.scope.ended()).await;
    }
}

/// Runs the console until the user or a signal ends it.
///
/// # Errors
/// When the terminal cannot be used.
pub async fn run(backend: Backend, state: State, look: &Look) -> io::Result<()> {
    let mut terminal = Terminal::enter()?;
    // The first frame stands before anything is asked of a network.
    terminal.draw(|frame| ui::view(&state, look, frame))?;
    let mut engine = Engine::new(backend, state);
    engine.state.dirty = false;
    let outcome = drive(&mut engine, &mut terminal, look).await;
    drop(terminal);
    engine.end().await;
    if has_panicked() {
        return Err(io::Error::other("a part of the program failed; what it said stands above"));
    }
    outcome
}

async fn drive(engine: &mut Engine, terminal: &mut Terminal, look: &Look) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    let mut events = EventStream::new();
    engine.start();
    engine.open_journal();
    let mut drawn = Instant::now();
    while !engine.state.ending {
        let mut at_once = false;
        let message = tokio::select! {
            biased;
            () = signals.any() => Some(Message::End),
            event = events.next() => match event {
                Some(Ok(event)) => {
                    at_once = true;
                    input(event).map(Message::Input)
                }
                // The terminal is gone: nothing more can be shown or asked.
                Some(Err(_)) | None => Some(Message::End),
            },
            message = engine.next() => message,
            () = tokio::time::sleep_until(drawn + FRAME), if engine.state.dirty => {
                at_once = true;
                None
            }
        };
        if let Some(message) = message {
            engine.take(message);
        }
        for bytes in engine.performer.take_terminal_bytes() {
            terminal.send(&bytes)?;
        }
        if engine.performer.take_redraw() {
            terminal.clear()?;
        }
        if engine.state.dirty && (at_once || drawn.elapsed() >= FRAME) {
            terminal.draw(|frame| ui::view(&engine.state, look, frame))?;
            engine.state.dirty = false;
            drawn = Instant::now();
        }
    }
    Ok(())
}
