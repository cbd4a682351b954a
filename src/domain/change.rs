//! Anything that altered a service, with the source it is known from.

use jiff::Timestamp;
use serde::Serialize;

use super::object::ObjectKey;
use super::revision::Soundness;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub at: Timestamp,
    /// The time is only near: it was read from a field that other writes move too.
    pub about: bool,
    pub kind: ChangeKind,
    /// What was changed, such as the ReplicaSet, the ConfigMap or the Helm revision.
    pub object: ObjectKey,
    /// `1.8.3 → 1.8.4`, `4 → 8`, `pay-config`.
    pub title: CleanText,
    /// Whose word this is: `annotation: ci-bot`, `managedFields: argocd`, `event`.
    pub source: CleanText,
    /// What is known besides, such as `values before are not recorded`.
    pub note: CleanText,
    /// The revision this change made, when it made one.
    pub revision: Option<u64>,
    pub soundness: Soundness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Release,
    Helm,
    Configuration,
    Scale,
    Restart,
    Node,
}
