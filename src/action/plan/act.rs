//! What is planned: a write of the catalogue, and what the user said of it besides the target.

use crate::action::Action;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    pub action: Action,
    pub wish: Wish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The plan finds out by itself what is best.
    Nothing,
    Revision(u64),
    Replicas(u32),
}

impl Act {
    #[must_use]
    pub fn plain(action: Action) -> Self {
        Self { action, wish: Wish::Nothing }
    }

    /// Back to a revision; None is the newest that is not known to have failed before the onset.
    #[must_use]
    pub fn roll_back(revision: Option<u64>) -> Self {
        Self { action: Action::RollBack, wish: revision.map_or(Wish::Nothing, Wish::Revision) }
    }
}
