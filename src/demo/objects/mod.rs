//! Objects as they stand on the wire, with everything a real server adds. Pure: from specs and records to JSON.

pub mod cluster;
pub mod config;
pub mod event;
pub mod helm;
pub mod metadata;
pub mod network;
pub mod pod;
pub mod pod_text;
pub mod policy;
pub mod workload;

/// The version this cluster says it is.
pub const SERVER_VERSION: &str = "v1.36.3";
