//! Pod templates and containers.

use serde::{Deserialize, Deserializer};

use super::metadata::{Ignored, Metadata};
use super::value::{Amount, amounts, nullable};

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodTemplate {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<Ignored>>,
    #[prost(message, optional, tag = "2")]
    pub spec: Option<PodTemplateSpec>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodTemplateSpec {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub image: String,
    #[prost(message, optional, tag = "8")]
    pub resources: Option<Resources>,
    /// `Always` on an init container makes it a sidecar.
    #[prost(string, tag = "24")]
    pub restart_policy: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Resources {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "amounts")]
    pub limits: Vec<Amount>,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "amounts")]
    pub requests: Vec<Amount>,
}

/// Its container is nested in protobuf and inline in JSON.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EphemeralContainer {
    #[prost(message, optional, tag = "1")]
    pub common: Option<Container>,
}

impl<'de> Deserialize<'de> for EphemeralContainer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Container::deserialize(deserializer).map(|container| Self { common: Some(container) })
    }
}
