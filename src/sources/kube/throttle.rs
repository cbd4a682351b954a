//! Reads that the server has asked to come back later, so that the wait can be shown.

use std::time::Duration;

use tokio::sync::watch;

/// How many reads wait, and for how long the last of them was asked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    waiting: usize,
    wait: Duration,
}

impl Throttle {
    /// None while nothing waits.
    #[must_use]
    pub fn wait(self) -> Option<Duration> {
        (self.waiting > 0).then_some(self.wait)
    }
}

/// A read that waits, until it is dropped: answered, given up, or no longer wanted.
pub(super) struct Waiting<'a>(&'a watch::Sender<Throttle>);

impl<'a> Waiting<'a> {
    pub(super) fn begin(told: &'a watch::Sender<Throttle>) -> Self {
        told.send_modify(|throttle| throttle.waiting += 1);
        Self(told)
    }

    pub(super) fn asked(&self, wait: Duration) {
        self.0.send_modify(|throttle| throttle.wait = wait);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|throttle| throttle.waiting = throttle.waiting.saturating_sub(1));
    }
}
