//! A revision of a workload: what it ran, when, and how it fared.

use jiff::Timestamp;
use serde::Serialize;

use super::raw::RawObject;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub number: u64,
    /// Name of the ReplicaSet that holds it.
    pub holder: CleanText,
    /// When it was last rolled out.
    pub at: Timestamp,
    pub about: bool,
    pub images: Vec<CleanText>,
    /// Tag of the first image.
    pub version: CleanText,
    /// The change-cause annotation.
    pub change_cause: CleanText,
    /// The pod template without the hash label, for writing back.
    pub template: RawObject,
    pub ready: u32,
    pub replicas: u32,
    pub soundness: Soundness,
}

/// How well a revision is known to have run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub enum Soundness {
    /// Its own error ratio was measured and stayed low.
    Measured {
        error_ratio: f64,
        seconds: u64,
    },
    /// Its pods were Ready; nobody measured more.
    RanReady,
    /// A record says so and nothing else.
    RecordedOnly,
    Failed(CleanText),
    #[default]
    Unknown,
}
