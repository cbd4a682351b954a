//! One row of the catalogue: everything the program says about an action.

use crate::domain::access::Access;
use crate::domain::object::{Kind, ObjectKey};

use super::Action;

#[derive(Debug)]
pub struct ActionSpec {
    pub action: Action,
    /// As keymaps and the palette write it.
    pub name: &'static str,
    /// As the footer and the palette show it, one to three words.
    pub title: &'static str,
    /// One sentence for the help.
    pub help: &'static str,
    pub risk: Risk,
    pub subject: Subject,
    /// The rights it needs on an object; empty where it only moves or shows what is already here.
    pub needs: fn(&ObjectKey) -> Vec<Access>,
}

impl ActionSpec {
    /// A row that only moves or shows.
    #[must_use]
    pub const fn look(
        subject: Subject,
        action: Action,
        name: &'static str,
        title: &'static str,
        help: &'static str,
    ) -> Self {
        Self { action, name, title, help, risk: Risk::Look, subject, needs: nothing }
    }
}

fn nothing(_: &ObjectKey) -> Vec<Access> {
    Vec::new()
}

/// What an action can do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Moves or shows.
    Look,
    /// Opens a two-way stream into a container.
    Stream,
    /// Changes the cluster; goes through a plan.
    Write,
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The console itself.
    Nothing,
    /// Any object.
    Object,
    /// An object of one of these kinds.
    Kinds(&'static [Kind]),
}

impl Subject {
    #[must_use]
    pub fn includes(self, kind: Option<Kind>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Object => kind.is_some(),
            Self::Kinds(kinds) => kind.is_some_and(|kind| kinds.contains(&kind)),
        }
    }
}
