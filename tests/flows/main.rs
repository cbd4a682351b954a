//! Flows of the console, one test binary, and the order of the house.

mod monitoring;
#[path = "../tidy.rs"]
mod tidy;
