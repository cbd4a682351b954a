//! Flows of the console, one test binary, and the order of the house.

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
