//! Which questions to ask Prometheus for the home screen, the service page and a verification, and how its answers
//! become numbers of a service. Text of queries and reading of samples only; nobody is asked from here.

mod names;
mod query;
mod revision;
mod selector;
mod vitals;

pub use names::{MetricNames, NameProbe};
pub use query::{Query, errors, failures_counted, home, service_page, step, verification};
pub use revision::{Reign, RevisionQuery, revisions};
pub use vitals::{Limits, newest, vitals};

/// The names that queries and their answers carry.
pub mod query_name {
    pub const REQUESTS: &str = "requests";
    pub const ERRORS: &str = "errors";
    pub const LATENCY: &str = "latency";
    pub const CPU: &str = "cpu";
    pub const MEMORY: &str = "memory";
    /// Requests per second of each pod.
    pub const REQUESTS_BY_POD: &str = "requests by pod";
    /// Failed requests per second of each pod.
    pub const FAILURES_BY_POD: &str = "failures by pod";
    /// When each pod's target was last scraped well, in seconds of the epoch.
    pub const TARGETS: &str = "targets";
    /// Requests of each pod since it started.
    pub const COUNTED: &str = "counted";
    /// Failed requests of each pod since it started.
    pub const FAILED: &str = "failed";
    /// When each pod was scraped, in seconds of the epoch.
    pub const SCRAPED: &str = "scraped";
    /// The same two as each revision ended.
    pub const COUNTED_AT_END: &str = "counted at end";
    pub const FAILED_AT_END: &str = "failed at end";
    /// Requests per second before the onset.
    pub const TRAFFIC_BEFORE: &str = "traffic before";
}
