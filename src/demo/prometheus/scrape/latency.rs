//! How long requests take, as shares of a histogram's buckets.

use std::collections::HashMap;

/// Upper bounds in seconds, those of the client libraries; the last bucket has no bound.
pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The spread of requests that fail after waiting.
const FAILING_SPREAD: f64 = 0.6;

/// Log-normal durations, by the logarithm of their median and their spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// The share of requests within each bound.
    pub within: [f64; BOUNDS.len()],
    pub mean: f64,
}

impl Latency {
    fn new(median: f64, spread: f64) -> Self {
        let within = BOUNDS.map(|bound| normal((bound / median).ln() / spread));
        Self { within, mean: median * (spread * spread / 2.0).exp() }
    }
}

/// Distributions found so far: each takes a search, and few are different.
#[derive(Debug, Default)]
pub struct Latencies {
    found: HashMap<[u64; 4], Latency>,
}

impl Latencies {
    /// Requests whose median and 99th percentile, as read from the buckets, are these.
    pub fn healthy(&mut self, median: f64, p99: f64) -> Latency {
        *self.found.entry([median.to_bits(), p99.to_bits(), 0, 0]).or_insert_with(|| {
            let spread = search(0.05, 3.0, |spread| p99_of(&Latency::new(median, spread).within) < p99);
            Latency::new(median, spread)
        })
    }

    /// Failing requests such that, when they are this share of the traffic among healthy ones, the 99th percentile of
    /// all is this.
    pub fn failing(&mut self, healthy: Latency, share: f64, p99: f64) -> Latency {
        let key = [healthy.mean.to_bits(), share.to_bits(), p99.to_bits(), 1];
        *self.found.entry(key).or_insert_with(|| {
            let median = search(0.001, 10.0, |median| {
                let failing = Latency::new(median, FAILING_SPREAD);
                let mut mixed = healthy.within;
                for (mixed, failing) in mixed.iter_mut().zip(failing.within) {
                    *mixed = *mixed * (1.0 - share) + failing * share;
                }
                p99_of(&mixed) < p99
            });
            Latency::new(median, FAILING_SPREAD)
        })
    }
}

/// The point in the interval up to which a condition holds.
fn search(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// As `histogram_quantile` reads it: linear within a bucket.
fn p99_of(within: &[f64; BOUNDS.len()]) -> f64 {
    let at = within.partition_point(|&share| share < 0.99);
    let Some(&bound) = BOUNDS.get(at) else { return f64::INFINITY };
    let (lower, below) = match at.checked_sub(1) {
        Some(before) => (BOUNDS[before], within[before]),
        None => (0.0, 0.0),
    };
    lower + (bound - lower) * (0.99 - below) / (within[at] - below)
}

/// The standard normal distribution function, by Abramowitz and Stegun 26.2.17.
fn normal(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let polynomial =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * polynomial;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_percentile_is_what_the_buckets_say() {
        let mut latencies = Latencies::default();
        for (median, p99) in [(0.042, 0.31), (0.004, 0.021), (0.055, 0.24), (0.008, 0.038)] {
            let healthy = latencies.healthy(median, p99);
            assert!((p99_of(&healthy.within) - p99).abs() < 1e-6, "{median} {p99}");
        }
        let healthy = latencies.healthy(0.042, 0.31);
        for p99 in [1.6, 1.9, 2.4, 4.0] {
            let failing = latencies.failing(healthy, 0.142, p99);
            let mixed = std::array::from_fn(|at| healthy.within[at] * 0.858 + failing.within[at] * 0.142);
            assert!((p99_of(&mixed) - p99).abs() < 1e-6, "{p99}");
        }
    }
}
