//! How much a pane's data can be trusted, and since when.

use std::time::Duration;

use jiff::Timestamp;

use super::access::Access;
use super::problem::Problem;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Freshness {
    /// Nothing, or not everything, has arrived.
    #[default]
    Loading,
    /// Rows have arrived in part; the server says how many remain, when it does.
    Partial { loaded: usize, remaining: Option<u64> },
    /// A fresh watch stands.
    Live,
    /// Watching is denied or absent: read again every so often.
    Polled { every: Duration, at: Timestamp },
    /// What is shown is old; the reason why nothing newer came.
    Stale { since: Timestamp, problem: Problem },
    /// Nothing could be read.
    Failed(Problem),
    /// The server refused the right.
    Denied(Access),
}

impl Freshness {
    /// Nothing more will come by waiting: a headless command may report now.
    #[must_use]
    pub fn settled(&self) -> bool {
        !matches!(self, Self::Loading | Self::Partial { .. })
    }
}
