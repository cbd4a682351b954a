//! One small pure file per built-in Kubernetes kind: API path, wire struct, projection to a row, columns. No screens, no styles.
//!
//! A kind's wire struct derives both `serde::Deserialize` and `prost::Message`, so that JSON and protobuf become the
//! same row; `decode` turns a page of a list or a frame of a watch into rows without knowing which kind it is.
//! Adding a kind is its name in `domain::object::Kind`, one file here with its `Definition`, and one line in `row`.

pub mod age;
pub mod column;
pub mod decode;
pub mod delivery;
pub mod frames;
pub mod image;
pub mod info;
pub mod interner;
pub mod quantity;
pub mod row;
pub mod wire;
pub mod workload;

pub mod config_map;
pub mod controller_revision;
pub mod daemon_set;
pub mod deployment;
pub mod event;
pub mod horizontal_pod_autoscaler;
pub mod kubernetes_service;
pub mod namespace;
pub mod node;
pub mod pod;
pub mod pod_container;
pub mod pod_disruption_budget;
pub mod pod_status;
pub mod replica_set;
pub mod secret;
pub mod stateful_set;
