//! How much a pane's data can be trusted, and since when.

use std::time::Duration;

use jiff::Timestamp;

use super::access::Access;
use super::figure;
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

    /// The least trustworthy of several: a pane is only as good as its worst part. Loading when there is none.
    #[must_use]
    pub fn worst<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        // The first of equals, so that what is said does not change with the order of parts behind it.
        parts.reduce(|worst, next| if next.rank() > worst.rank() { next } else { worst }).cloned().unwrap_or_default()
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Polled { .. } => 1,
            Self::Denied(_) => 2,
            Self::Partial { .. } => 3,
            Self::Loading => 4,
            Self::Failed(_) => 5,
            Self::Stale { .. } => 6,
        }
    }

    /// The words for a pane's title line and for a report.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Loading => "loading".to_owned(),
            Self::Partial { loaded, remaining: None } => format!("loading, {} so far", figure::count(*loaded as u64)),
            Self::Partial { loaded, remaining: Some(remaining) } => {
                let loaded = *loaded as u64;
                format!("loading {} of {}", figure::count(loaded), figure::count(loaded.saturating_add(*remaining)))
            }
            Self::Live => "live".to_owned(),
            Self::Polled { every, at } => format!("{}, read every {}", old(*at, now), figure::spell(*every)),
            Self::Stale { since, problem } => format!("{}: {}", old(*since, now), problem.what),
            Self::Failed(problem) => problem.what.to_string(),
            Self::Denied(access) => format!("needs {access}"),
        }
    }
}

fn old(at: Timestamp, now: Timestamp) -> String {
    format!("{} old", figure::spell(Duration::try_from(now.duration_since(at)).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::problem::Cause;

    #[test]
    fn a_pane_says_which_it_is() {
        let now: Timestamp = "2026-11-21T03:02:12Z".parse().expect("a time");
        let at: Timestamp = "2026-11-21T03:02:00Z".parse().expect("a time");
        let problem = || Problem::new(Cause::NoConnection, "the API server is away", "", "");
        let words: Vec<String> = [
            Freshness::Loading,
            Freshness::Partial { loaded: 3_000, remaining: Some(9_000) },
            Freshness::Live,
            Freshness::Polled { every: Duration::from_secs(30), at },
            Freshness::Stale { since: at, problem: problem() },
            Freshness::Failed(problem()),
            Freshness::Denied(Access::new("list", "", "pods", "checkout")),
        ]
        .iter()
        .map(|freshness| freshness.words(now))
        .collect();
        assert_eq!(
            words,
            [
                "loading",
                "loading 3,000 of 12,000",
                "live",
                "12 s old, read every 30 s",
                "12 s old: the API server is away",
                "the API server is away",
                "needs list pods in checkout",
            ]
        );
    }
}
