//! The whole state of the program: one owner, the loop.

use jiff::{SignedDuration, Timestamp};

use crate::config::key::Key;

use super::guide::Guide;
use super::layout;
use super::linger::Lingering;
use super::model::Model;
use super::navigation::Views;
use super::request::Pending;

#[derive(Debug)]
pub struct State {
    pub model: Model,
    pub views: Views,
    pub size: Size,
    pub lingering: Lingering,
    /// Keys of a sequence that is not complete.
    pub pressed: Vec<Key>,
    /// Something visible changed since the last frame.
    pub dirty: bool,
    pub ending: bool,
    /// What the command line asks for and is not open yet.
    pub request: Pending,
    /// Leads through the built-in incident; elsewhere there is none.
    pub guide: Option<Guide>,
    /// The first of two interrupts on home.
    pub(super) asked_to_quit: bool,
    /// Hands that know sorting by age on the key of the alerts were told where it went.
    pub(super) told_sorting: bool,
    pub(super) last_task: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl State {
    #[must_use]
    pub fn new(model: Model, views: Views, size: Size) -> Self {
        Self {
            model,
            views,
            lingering: Lingering::default(),
            size,
            pressed: Vec::new(),
            dirty: true,
            ending: false,
            request: Pending::Nothing,
            guide: None,
            asked_to_quit: false,
            told_sorting: false,
            last_task: 0,
        }
    }

    /// What screens have of the terminal: all of it but the line of the guide.
    #[must_use]
    pub fn room(&self) -> Size {
        self.room_of(self.size)
    }

    #[must_use]
    pub fn room_of(&self, size: Size) -> Size {
        let advises = self.guide.as_ref().is_some_and(|guide| !guide.line().is_empty());
        layout::room(size, advises && !self.views.top().view().is_full())
    }

    /// Something on screen changes with every second: a proof that runs, or how old what is shown is in its first minute.
    #[must_use]
    pub fn counts_seconds(&self) -> bool {
        let silence = self.model.silent_since().map(|since| self.model.now.duration_since(since));
        self.views.counts_seconds() || silence.is_some_and(|silence| silence < SignedDuration::from_mins(1))
    }

    /// When the next thing on screen changes by time alone: the clock's minute, or a second where something counts.
    #[must_use]
    pub fn next_visible_change(&self) -> Option<Timestamp> {
        let seconds = self.model.now.as_second();
        let step = if self.counts_seconds() { 1 } else { 60 };
        Timestamp::from_second((seconds.div_euclid(step) + 1) * step).ok()
    }
}
