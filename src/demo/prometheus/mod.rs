//! The Prometheus of the in-process cluster: a query evaluator, alerting rules and the HTTP API over a [`Storage`].
//! Nothing here runs by itself: every answer is worked out from the storage at the time of the request.

pub mod api;
pub mod evaluate;
mod labels;
pub mod rules;
mod storage;

pub use labels::{Labels, METRIC_NAME};
pub use storage::{
    BudgetExceeded, FixedSeries, Milliseconds, STALE, Sample, SampleBudget, Series, Storage, TimeRange, exact,
    is_stale, matches,
};
