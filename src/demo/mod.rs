//! An in-process cluster that speaks the Kubernetes, Prometheus and Alertmanager HTTP APIs over an in-memory connection.
//!
//! It is a simulator and not a stub: objects live in a store with resource versions, rights are judged, controllers move
//! what is written, and a story is played on a virtual clock. Nothing here knows the console: production client code
//! speaks HTTP to it.
//!
//! `world` holds what is and what comes next, `objects` writes it as a real server would, `api_server` is the HTTP in
//! front of it. State moves lazily: a request or a watch that is due asks the world to advance to now.

pub mod alertmanager;
mod api_server;
mod audit;
mod clock;
mod cluster;
mod exec;
mod faults;
mod logs;
mod objects;
mod options;
pub mod prometheus;
pub mod world;

pub use audit::RequestRecord;
pub use clock::Clock;
pub use cluster::Cluster;
pub use faults::{Effect, Fault, Faults};
pub use options::{Options, Role};

#[cfg(test)]
mod tests;
