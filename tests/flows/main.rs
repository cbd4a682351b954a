//! Flows of the console, one test binary.

mod monitoring;
