//! Who acts, where, and until when.

use jiff::Timestamp;
use serde::Serialize;

use super::text::CleanText;

/// What one connection stands for. A new one begins at each context switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Generation(pub u32);

impl Generation {
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub context: CleanText,
    pub cluster: CleanText,
    /// Host and port of the API server.
    pub server: CleanText,
    /// As the server knows the user (SelfSubjectReview), or the kubeconfig's user name until it answered.
    pub user: CleanText,
    pub groups: Vec<CleanText>,
    /// Who is really asking, when impersonating.
    pub impersonator: Option<CleanText>,
    /// When the certificate or token ends.
    pub expires: Option<Timestamp>,
    pub server_version: CleanText,
    pub environment: Environment,
}

/// How careful to be. A context nobody has marked counts as production.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    #[default]
    Production,
    Development,
    /// The built-in cluster.
    Demo,
}
