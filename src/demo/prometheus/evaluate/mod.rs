//! Evaluation of PromQL over a [`Storage`](super::storage::Storage), for the subset that dashboards and rules use.
//!
//! A query is evaluated node by node, each node for all steps at once: a value is a list of columns, one per label set,
//! with one optional number per step. Labels are therefore worked out once per query and not once per step. What is
//! not supported is refused by name ([`EvaluationError`]); nothing is approximated. No HTTP and no clock here.

mod aggregate;
mod binary;
mod depth;
mod engine;
mod error;
mod function;
mod histogram;
mod matching;
mod range_function;
mod select;
mod value;

pub use engine::{Dialect, Engine, Query, Steps};
pub use error::EvaluationError;
pub use select::matchers;
pub use value::{Column, Value};

#[cfg(test)]
mod tests;
