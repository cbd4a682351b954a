//! The Prometheus of the in-process cluster: a query evaluator, alerting rules and the HTTP API over a [`Storage`].
//! Nothing here runs by itself: every answer is worked out from the storage at the time of the request.

pub mod api;
pub mod evaluate;
mod labels;
pub mod rules;
pub mod scrape;
mod storage;
mod story;

pub use labels::{Labels, METRIC_NAME};
pub use storage::{
    BudgetExceeded, FixedSeries, Milliseconds, STALE, Sample, SampleBudget, Series, Storage, TimeRange, is_stale,
    matches,
};
pub use story::Prometheus;
