//! The journal of acts as people are told of it: what was begun and never completed, and why nothing can be written.

use jiff::Timestamp;
use serde::Serialize;

use super::figure;
use super::object::ObjectKey;
use super::problem::{Cause, Problem};
use super::text::CleanText;

/// An act that was written down before it was sent, and of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unfinished {
    pub entry: CleanText,
    pub at: Timestamp,
    pub user: CleanText,
    pub context: CleanText,
    pub namespace: CleanText,
    pub name: CleanText,
    /// `roll pay-api back: 1.8.4 → 1.8.3`
    pub summary: CleanText,
    pub calls: usize,
    /// Where the last words of the ending pods lie.
    pub kept: Option<CleanText>,
    /// Its end was written down: the program was ended before the server's answer.
    pub ended: bool,
}

impl Unfinished {
    /// It was an act on this object, as far as the journal tells.
    #[must_use]
    pub fn is_about(&self, object: &ObjectKey) -> bool {
        self.namespace == object.namespace && self.name == object.name
    }

    /// What is not known, and what to look at.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let what = format!("unfinished act on {} since {}", self.name, figure::stamp(self.at));
        let calls = if self.calls == 1 { "1 call".to_owned() } else { format!("{} calls", self.calls) };
        let mut hint = format!("“{}”, {calls} as {} in {} / {}", self.summary, self.user, self.context, self.namespace);
        if let Some(folder) = &self.kept {
            hint.push_str(&format!("; what its pods knew lies in {folder}"));
        }
        let why = match self.ended {
            true => "wk was ended before the server answered, it may be done or not: look at its history",
            false => "its end was never written down, it may be done or not: look at its history",
        };
        Problem::new(Cause::Server, what, why, hint)
    }
}

/// How the journal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalState {
    /// Acts cannot be written down now.
    pub problem: Option<Problem>,
    /// Left behind by a console that was ended in the middle.
    pub unfinished: Vec<Unfinished>,
}
