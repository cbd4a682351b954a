//! What a screen asks for while it handles a message: effects outside, and moves between screens inside.

use crate::action::Action;
use crate::action::plan::Act;
use crate::domain::object::{Namespaces, ObjectKey};
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;

use super::effect::{Effect, SessionId, TaskId};
use super::overlay::Overlay;
use super::screen::{Screen, ShellPlace};
use super::subscription::Reading;

#[derive(Debug, Default)]
pub struct Outbox {
    pub effects: Vec<Effect>,
    pub moves: Vec<Move>,
    last_task: u64,
}

#[derive(Debug)]
pub enum Move {
    Open(Box<Screen>),
    Replace(Box<Screen>),
    Close,
    Home,
    /// Brings back the living shell there, or the last one that was left.
    ReturnToShell(Option<ShellPlace>),
    Overlay(Box<Overlay>),
    CloseOverlay,
    SetFilter(String),
    Say(Notice),
    /// Does an action as if its key had been pressed.
    Act(Action),
    LookAt(Namespaces),
    OpenService(ObjectKey),
    /// Opens the plan of a write.
    Plan(ObjectKey, Act),
    /// Switches to another context.
    Connect(CleanText),
    Quit,
}

/// A line above the footer, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Done(CleanText),
    Problem(Problem),
}

impl Outbox {
    #[must_use]
    pub fn new(last_task: u64) -> Self {
        Self { effects: Vec::new(), moves: Vec::new(), last_task }
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// A request whose answer will carry the returned name.
    pub fn ask(&mut self, make: impl FnOnce(TaskId) -> Effect) -> TaskId {
        self.last_task += 1;
        let task = TaskId(self.last_task);
        self.effects.push(make(task));
        task
    }

    /// A name for a new shell.
    pub fn session(&mut self) -> SessionId {
        self.last_task += 1;
        SessionId(self.last_task)
    }

    /// A name for a new reader of logs.
    pub fn reading(&mut self) -> Reading {
        self.last_task += 1;
        Reading { reader: self.last_task, turn: 0 }
    }

    #[must_use]
    pub fn last_task(&self) -> u64 {
        self.last_task
    }

    pub fn open(&mut self, screen: Screen) {
        self.moves.push(Move::Open(Box::new(screen)));
    }

    pub fn close(&mut self) {
        self.moves.push(Move::Close);
    }

    pub fn close_overlay(&mut self) {
        self.moves.push(Move::CloseOverlay);
    }

    pub fn overlay(&mut self, overlay: Overlay) {
        self.moves.push(Move::Overlay(Box::new(overlay)));
    }

    pub fn say(&mut self, text: impl Into<CleanText>) {
        self.moves.push(Move::Say(Notice::Done(text.into())));
    }

    pub fn complain(&mut self, problem: Problem) {
        self.moves.push(Move::Say(Notice::Problem(problem)));
    }
}
