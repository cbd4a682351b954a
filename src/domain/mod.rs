//! The vocabulary: plain values every layer speaks. No IO, no async, no screens.

pub mod access;
pub mod alert;
pub mod change;
pub mod endpoint;
pub mod figure;
pub mod freshness;
pub mod health;
pub mod identity;
pub mod journal;
pub mod keepsake;
pub mod log;
pub mod metric;
pub mod mutation;
pub mod object;
pub mod plan;
pub mod policy;
pub mod problem;
pub mod raw;
pub mod redacted;
pub mod revision;
pub mod service;
pub mod text;
