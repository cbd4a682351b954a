//! One row of the catalogue: everything the program says about an action.

use crate::domain::access::Access;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::plan::Plan;
use crate::domain::problem::Problem;

use super::Action;
use super::plan::{Facts, Wish};

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
#[derive(Clone, Copy, Debug)]
pub enum Risk {
    /// Moves or shows.
    Look,
    /// Opens a two-way stream into a container.
    Stream,
    /// Changes the cluster; goes through a plan.
    Write(Write),
}

impl Risk {
    #[must_use]
    pub fn is_look(&self) -> bool {
        matches!(self, Self::Look)
    }

    #[must_use]
    pub fn write(&self) -> Option<&Write> {
        match self {
            Self::Write(write) => Some(write),
            Self::Look | Self::Stream => None,
        }
    }
}

/// How a write comes about; stands beside its plan.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// What the user is asked first.
    pub asks: Option<Asks>,
    /// The plan stands on how revisions fared, and waits a little for the measurements.
    pub measured: bool,
    /// What is wanted of a target of this name, before there is a plan.
    pub intent: fn(&str, Wish) -> String,
    pub plan: fn(&Facts<'_>, Wish) -> Result<Plan, Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// How many pods there should be.
    Replicas,
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
