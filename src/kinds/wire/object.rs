//! The frame of most objects: metadata, what is wished for, and how it stands.

use std::fmt::Debug;

use serde::Deserialize;

use super::metadata::{Ignored, Manager, Metadata};

/// What a specification or a status is read into.
pub trait Part: prost::Message + Default + Debug {}

impl<T: prost::Message + Default + Debug> Part for T {}

/// `M` is how much is read of who wrote it.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(
    default,
    bound = "Spec: Part + Deserialize<'de>, Status: Part + Deserialize<'de>, M: Manager + Deserialize<'de>"
)]
pub struct Object<Spec: Part, Status: Part, M: Manager = Ignored> {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<M>>,
    #[prost(message, optional, tag = "2")]
    pub spec: Option<Spec>,
    #[prost(message, optional, tag = "3")]
    pub status: Option<Status>,
}

impl<Spec: Part, Status: Part, M: Manager> Object<Spec, Status, M> {
    /// What it is made of; a part the server left out is empty.
    #[must_use]
    pub fn parts(self) -> (Metadata<M>, Spec, Status) {
        (self.metadata.unwrap_or_default(), self.spec.unwrap_or_default(), self.status.unwrap_or_default())
    }
}
