//! How long to wait before trying again. It grows with each failure and shrinks only when something has really held.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::connection::Connection;

const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(30);
/// What held this long was no accident: the next failure is a first one.
pub(super) const HELD: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Something worked from this moment until now.
    pub(super) fn held_since(&mut self, began: Instant) {
        if began.elapsed() >= HELD {
            self.failures = 0;
        }
    }

    /// Waits; shorter when the link that was lost comes back meanwhile.
    pub(super) async fn wait(&mut self, connection: &Connection, at_least: Option<Duration>) {
        let delay = self.next().max(at_least.unwrap_or_default().min(LONGEST));
        let mut link = connection.link();
        if link.borrow_and_update().is_none() {
            sleep(delay).await;
            return;
        }
        let restored = async {
            // An error means that the connection is gone; then so is whoever waits here.
            let _ = link.wait_for(Option::is_none).await.is_ok();
            // A little later than the one who found it, so that not all come at once.
            sleep(FIRST.mul_f64(random() / 4.0)).await;
        };
        tokio::select! {
            () = sleep(delay) => {}
            () = restored => {}
        }
    }

    fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        full.mul_f64(0.5 + random() / 2.0)
    }
}

/// Between 0 and 1; good enough to spread clients over time.
pub(super) fn random() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_bound_and_restart_only_after_a_success_that_held() {
        let mut backoff = Backoff::default();
        for floor in [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000] {
            let delay = backoff.next();
            assert!(delay >= Duration::from_millis(floor) && delay <= LONGEST, "{delay:?}");
        }
        backoff.held_since(Instant::now());
        assert!(backoff.next() >= LONGEST / 2);
    }
}
