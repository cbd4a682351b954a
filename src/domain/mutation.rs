//! What a write will send, before anything is sent, and what a stream will open.

use serde::Serialize;

use super::access::Access;
use super::object::ObjectKey;
use super::raw::RawObject;
use super::text::CleanText;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// How a PATCH body is to be read by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum BodyType {
    Json,
    JsonPatch,
    MergePatch,
}

impl BodyType {
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::JsonPatch => "application/json-patch+json",
            Self::MergePatch => "application/merge-patch+json",
        }
    }
}

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub method: Method,
    /// Path without query: `/apis/apps/v1/namespaces/checkout/deployments/pay-api`.
    pub path: String,
    pub body_type: BodyType,
    pub body: RawObject,
    /// What it does, for the plan's list.
    pub purpose: CleanText,
    pub access: Access,
    /// What happens when it is sent twice: `safe`, `adds a revision`.
    pub repeat: CleanText,
}

/// A write: its calls in order. Built by a plan, sent only when authorised.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutation {
    pub target: ObjectKey,
    pub calls: Vec<Call>,
}

/// A two-way stream into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecTarget {
    pub namespace: CleanText,
    pub pod: CleanText,
    pub container: CleanText,
    pub command: Vec<String>,
    pub columns: u16,
    pub rows: u16,
}

impl ExecTarget {
    /// The API server's path of the stream, without query.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}/exec", self.namespace, self.pod)
    }
}
