//! From when on lines are read, and what a reading is asked for.

use jiff::{SignedDuration, Timestamp};

use crate::domain::figure;
use crate::domain::log::Level;
use crate::domain::object::ObjectKey;
use crate::domain::text::CleanText;
use crate::kinds::row::Row;

use super::super::model::Model;
use super::targets::Choice;

/// Lines of the past of each container when no time is named.
const TAIL: u32 = 500;
/// Lines of the past of each container when a time is named: what is cut is said.
const LONG_TAIL: u32 = 5_000;
/// Errors are looked for in this time when no change is known.
const WITHOUT_CHANGE: SignedDuration = SignedDuration::from_mins(15);

/// From when on lines are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// The newest lines of each container.
    Newest,
    /// All there are, as far as they can be held.
    All,
    /// Since a moment, and what happened then.
    Since { at: Timestamp, why: CleanText },
}

impl Window {
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Newest => format!("last {TAIL} lines of each"),
            Self::All => "from the beginning".to_owned(),
            Self::Since { at, .. } => format!("since {}", figure::moment(*at, now)),
        }
    }

    /// What happened at its beginning; empty when nothing did.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Since { why, .. } => why,
            Self::Newest | Self::All => "",
        }
    }

    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Since { at, .. } => Some(*at),
            Self::Newest | Self::All => None,
        }
    }

    /// Lines of the past of each container to begin with.
    #[must_use]
    pub fn tail(&self) -> u32 {
        match self {
            Self::Newest => TAIL,
            Self::All | Self::Since { .. } => LONG_TAIL,
        }
    }

    /// Since the newest change of the service a pod or workload belongs to.
    #[must_use]
    pub fn since_change(key: &ObjectKey, model: &Model) -> Self {
        let workload = match model.row(key) {
            Some(Row::Pod(pod)) => pod.workload(),
            _ => None,
        };
        let service = model.services.get(key).or_else(|| model.services.get(workload.as_ref()?));
        match service.and_then(|service| service.change.as_ref()) {
            Some(change) => Window::Since { at: change.at, why: change.title.clone() },
            None => Window::Since {
                at: model.now.checked_sub(WITHOUT_CHANGE).unwrap_or(model.now),
                why: CleanText::new("no change is known"),
            },
        }
    }
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub window: Window,
    pub choice: Choice,
    /// Lines must be at least this severe.
    pub level: Option<Level>,
    /// Goes on with what is written from now on.
    pub follow: bool,
    /// As it would be typed: words, `!word`, `/pattern/`, `key=value`.
    pub filter: String,
}
