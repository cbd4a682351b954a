//! Alerts as one list: what Prometheus evaluates and what Alertmanager routes, merged; which service each one hits and
//! why; and how its expression is drawn.

mod matching;
mod merge;
mod threshold;

pub use matching::{Topology, match_service};
pub use merge::{AlertBoard, Watchdog, merge};
pub use threshold::{Charted, Threshold, chart, error_limit, headline, longest_window, series_of};
