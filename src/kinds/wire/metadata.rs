//! Metadata of objects.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::value::{Pair, Time, nullable, pairs};

/// How much is read of who wrote what.
pub trait Manager: prost::Message + Default + std::fmt::Debug {}

impl Manager for Ignored {}
impl Manager for ManagedField {}

/// Object metadata. Who wrote what (`managedFields`) is read only where it decides something: `M` is `Ignored` elsewhere.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase", bound = "M: Manager + Deserialize<'de>")]
pub struct Metadata<M: Manager> {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "3")]
    pub namespace: String,
    #[prost(string, tag = "5")]
    pub uid: String,
    #[prost(string, tag = "6")]
    pub resource_version: String,
    #[prost(int64, tag = "7")]
    pub generation: i64,
    #[prost(message, optional, tag = "8")]
    pub creation_timestamp: Option<Time>,
    #[prost(message, optional, tag = "9")]
    pub deletion_timestamp: Option<Time>,
    #[prost(message, repeated, tag = "11")]
    #[serde(deserialize_with = "pairs")]
    pub labels: Vec<Pair>,
    #[prost(message, repeated, tag = "12")]
    #[serde(deserialize_with = "pairs")]
    pub annotations: Vec<Pair>,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<OwnerReference>,
    #[prost(message, repeated, tag = "17")]
    #[serde(deserialize_with = "nullable")]
    pub managed_fields: Vec<M>,
}

impl<M: Manager> Metadata<M> {
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|pair| pair.key == key).map(|pair| pair.value.as_str())
    }

    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.iter().find(|pair| pair.key == key).map(|pair| pair.value.as_str())
    }

    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.creation_timestamp.and_then(Time::timestamp)
    }

    /// Since when it is being deleted.
    #[must_use]
    pub fn deleted(&self) -> Option<Timestamp> {
        self.deletion_timestamp.and_then(Time::timestamp)
    }

    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

/// A message nobody reads: takes no memory, whatever it holds.
#[derive(Clone, Copy, PartialEq, prost::Message, Deserialize)]
pub struct Ignored {}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub uid: String,
    #[prost(bool, tag = "6")]
    pub controller: bool,
}

/// Who wrote a part of an object, and when.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ManagedField {
    #[prost(string, tag = "1")]
    pub manager: String,
    #[prost(string, tag = "2")]
    pub operation: String,
    #[prost(message, optional, tag = "4")]
    pub time: Option<Time>,
    #[prost(message, optional, tag = "7")]
    #[serde(rename = "fieldsV1")]
    pub fields: Option<Fields>,
    #[prost(string, tag = "8")]
    pub subresource: String,
}

impl ManagedField {
    /// Whether this writer owns the field of this name at any depth, such as `template` or `data`.
    #[must_use]
    pub fn owns(&self, field: &str) -> bool {
        let name = format!("\"f:{field}\"");
        self.fields.as_ref().is_some_and(|fields| memchr::memmem::find(&fields.raw, name.as_bytes()).is_some())
    }
}

/// The set of fields, as JSON on both wires.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Fields {
    #[prost(bytes = "bytes", tag = "1")]
    pub raw: bytes::Bytes,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self { raw: String::from(Box::<str>::from(raw)).into() })
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelector {
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "pairs")]
    pub match_labels: Vec<Pair>,
}

/// A condition of a pod, of a node, or as newer kinds write it. Workloads and autoscalers use other tags.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub status: String,
    #[prost(message, optional, tag = "4")]
    pub last_transition_time: Option<Time>,
    #[prost(string, tag = "5")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "6")]
    #[serde(deserialize_with = "super::text")]
    pub message: Vec<u8>,
}
