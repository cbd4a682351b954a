//! How much was asked of the API server: figures for `wk doctor`, the benchmark and the tests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Requests by class, since the connection began.
#[derive(Debug, Default)]
pub struct Counters {
    pub(super) reads: AtomicU64,
    pub(super) watches: AtomicU64,
    pub(super) reviews: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) dry_runs: AtomicU64,
    pub(super) upgrades: AtomicU64,
    /// Refused by the guard: never sent.
    pub(super) refused: AtomicU64,
    /// The server asked to slow down.
    pub(super) throttled: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) bytes: AtomicU64,
    /// The last requests, for tests; None when not asked for.
    pub(super) record: Mutex<Option<VecDeque<String>>>,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub reads: u64,
    pub watches: u64,
    pub reviews: u64,
    pub writes: u64,
    pub dry_runs: u64,
    pub upgrades: u64,
    pub refused: u64,
    pub throttled: u64,
    pub connections: u64,
    pub bytes: u64,
}

/// How many requests the record keeps.
const RECORD: usize = 4096;

impl Counters {
    pub(super) fn add(counter: &AtomicU64) {
        Self::add_many(counter, 1);
    }

    pub(super) fn add_many(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    #[must_use]
    pub fn tally(&self) -> Tally {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally {
            reads: read(&self.reads),
            watches: read(&self.watches),
            reviews: read(&self.reviews),
            writes: read(&self.writes),
            dry_runs: read(&self.dry_runs),
            upgrades: read(&self.upgrades),
            refused: read(&self.refused),
            throttled: read(&self.throttled),
            connections: read(&self.connections),
            bytes: read(&self.bytes),
        }
    }

    /// Begins to keep the last requests as `METHOD path?query`.
    pub fn record(&self) {
        *self.record.lock().unwrap_or_else(PoisonError::into_inner) = Some(VecDeque::new());
    }

    /// The requests kept since `record`.
    #[must_use]
    pub fn recorded(&self) -> Vec<String> {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.iter().flatten().cloned().collect()
    }

    pub(super) fn note(&self, request: impl FnOnce() -> String) {
        if let Some(record) = &mut *self.record.lock().unwrap_or_else(PoisonError::into_inner) {
            if record.len() == RECORD {
                record.pop_front();
            }
            record.push_back(request());
        }
    }
}
