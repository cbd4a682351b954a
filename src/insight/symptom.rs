//! What is wrong, in the words of headings and timelines: errors where they were measured, else what an alert is about.

use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symptom {
    Errors,
    /// Known by this alert alone.
    Alert(CleanText),
}

impl Symptom {
    /// `errors begin`, for the line drawn at the onset.
    #[must_use]
    pub fn begins(&self) -> String {
        match self {
            Self::Errors => "errors begin".to_owned(),
            Self::Alert(name) => format!("{name} begins"),
        }
    }

    /// `errors began`
    #[must_use]
    pub fn began(&self) -> String {
        match self {
            Self::Errors => "errors began".to_owned(),
            Self::Alert(name) => format!("{name} began"),
        }
    }
}
