//! Flows of the console, one test binary, and the order of the house.
#![allow(clippy::unwrap_used, reason = "a helper of a test that cannot go on ends it")]

mod alerting;
mod alertmanager_real;
mod client;
mod finding;
mod logs;
mod monitoring;
mod monitoring_real;
mod pictures;
mod promql_real;
mod robot;
#[path = "../tidy.rs"]
mod tidy;
