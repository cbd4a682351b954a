//! The HTTP API of Prometheus: paths, parameters, envelopes and status codes. Answers come from the evaluator, the
//! storage and the rules; nothing is computed here.

mod parameters;
mod query;
mod response;
mod router;
mod rules;
mod series;

pub use router::{Server, Target};

#[cfg(test)]
mod tests;
