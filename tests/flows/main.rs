//! Flows of the console, one test binary, and the order of the house.
#![allow(clippy::unwrap_used, reason = "a helper of a test that cannot go on ends it")]

mod alerting;
mod alertmanager_real;
mod bad_luck;
mod client;
mod client_faults;
mod console;
mod finding;
mod guide;
mod handover;
mod incident;
mod interference;
mod journal;
mod keepsake;
mod kubeconfig;
mod logs;
mod monitoring;
mod monitoring_real;
mod pictures;
mod promql_real;
mod real;
mod refusals;
mod revert;
mod robot;
mod service;
mod soundness;
mod terminal;
#[path = "../tidy.rs"]
mod tidy;
mod twins;
mod waiting;
