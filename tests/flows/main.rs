//! Flows of the console, one test binary, and the order of the house.

mod monitoring;
mod promql_real;
#[path = "../tidy.rs"]
mod tidy;
