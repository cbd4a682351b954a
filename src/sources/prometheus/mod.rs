//! Prometheus and what speaks its API: queries, rules and alerts. Knows nothing of which queries are worth asking.

mod answer;
mod client;
mod rules;

pub use client::{MAX_STEPS, PrometheusClient, RangeRequest};
