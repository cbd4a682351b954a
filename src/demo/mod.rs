//! An in-process cluster that speaks the Kubernetes, Prometheus and Alertmanager HTTP APIs over an in-memory connection.
//!
//! It is a simulator and not a stub: objects live in a store with resource versions, rights are judged, controllers move
//! what is written, and a story is played on a virtual clock. Nothing here knows the console: production client code
//! speaks HTTP to it.

pub mod prometheus;
pub mod world;
