//! A plan: what an action will do, said before it does it.

use serde::Serialize;

use super::mutation::Mutation;
use super::object::ObjectKey;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Name of the action in the catalogue.
    pub action: &'static str,
    /// `roll pay-api back: 1.8.4 → 1.8.3, measured ≤ 0.2 % errors for 6 d`
    pub heading: CleanText,
    pub target: ObjectKey,
    pub mutation: Mutation,
    /// Computed here from what was read; the dry run replaces it by the server's answer.
    pub differences: Vec<Difference>,
    pub warnings: Vec<Warning>,
    pub confirmation: Confirmation,
    /// The same act for somebody else's shell.
    pub kubectl: CleanText,
    pub wk: CleanText,
    /// Pods of the target end by it: what they alone know is kept first.
    pub ends_pods: bool,
    /// Where else one could go, when this does not help.
    pub way_out: Option<WayOut>,
    /// What is expected afterwards, for the verification.
    pub expectation: Expectation,
}

/// A revision that is neither what is gone to nor known to have failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    pub revision: u64,
    pub version: CleanText,
}

/// One changed field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `template › app › image`
    pub field: CleanText,
    pub before: CleanText,
    pub after: CleanText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    pub weight: WarningWeight,
    pub text: CleanText,
}

/// Gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WarningWeight {
    /// The act will be undone or cannot work.
    WillNotHold,
    Caution,
    Note,
}

/// How the user confirms: heavy acts are typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Confirmation {
    Enter,
    Type(CleanText),
}

/// What a verification waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// The version that should serve afterwards, when the act changes it.
    pub version: Option<CleanText>,
    pub previous_version: Option<CleanText>,
    /// The replica count that should be reached, when the act sets it.
    pub replicas: Option<u32>,
    /// The generation of template the new pods must carry is found from the answer of the server.
    pub new_pods: bool,
}
