//! The judgement on a service or pod, in one symbol and one line of words.

use serde::Serialize;

use super::text::CleanText;

/// Worst first, so that sorting by it puts trouble on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Broken,
    AtRisk,
    Changing,
    Unknown,
    /// Ready, but nobody measured whether it answers well.
    Ready,
    /// Ready, and its own numbers are good.
    Well,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub grade: Grade,
    /// Why, in words; empty when there is nothing to explain.
    pub reason: CleanText,
}

impl Health {
    #[must_use]
    pub fn new(grade: Grade, reason: impl Into<CleanText>) -> Self {
        Self { grade, reason: reason.into() }
    }
}
