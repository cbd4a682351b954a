//! How well revisions ran, by the counters of their own pods. What was not counted is not claimed: a counter that is seen
//! for the first time counts whole only when it is known to have begun since the moment before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::dashboard::Reign;
use super::evidence::ENOUGH_REQUESTS;
use crate::domain::figure;
use crate::domain::metric::{InstantSample, RangeAnswer, Unit};
use crate::domain::revision::Soundness;
use crate::domain::text::CleanText;

/// The counters of all pods of a service: over time, and as each revision ended.
#[derive(Clone, Copy, Debug)]
pub struct Counters<'a> {
    pub counted: &'a RangeAnswer,
    pub failed: &'a RangeAnswer,
    pub counted_at_end: &'a [InstantSample],
    pub failed_at_end: &'a [InstantSample],
}

/// How one revision fared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fare {
    pub requests: f64,
    pub failed: f64,
    /// The highest share of failures in any stretch with enough requests to tell.
    pub worst: f64,
    /// How long it was measured.
    pub seconds: u64,
    /// How long it ran.
    pub ran: u64,
}

impl Fare {
    /// The grade by these numbers; None when they are too few to tell. `limit` is the error ratio that counts as bad.
    #[must_use]
    pub fn grade(&self, limit: f64) -> Option<Soundness> {
        if self.requests.is_nan() || self.failed.is_nan() || self.requests < ENOUGH_REQUESTS {
            return None;
        }
        let ratio = (self.failed / self.requests).clamp(0.0, 1.0);
        Some(if ratio > limit {
            Soundness::Failed(format!("{} errors measured", figure::value(Unit::Ratio, ratio)).into())
        } else {
            Soundness::Measured { error_ratio: ratio.max(self.worst), seconds: self.seconds, ran: self.ran }
        })
    }
}

/// What was counted between two moments.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: Timestamp,
    to: Timestamp,
    requests: f64,
    failed: f64,
}

/// The fare of each revision, in the order of `reigns`.
#[must_use]
pub fn fares(reigns: &[Reign<'_>], counters: &Counters<'_>, now: Timestamp) -> Vec<Fare> {
    let grid = counters.counted.grid;
    let pods = points(counters, reigns);
    // When anything of the service was measured: then a pod that was not there was not born.
    let measured: BTreeSet<Timestamp> = pods.values().flat_map(BTreeMap::keys).copied().collect();
    let moments: Vec<Timestamp> = (0..grid.steps).map(|step| grid.at(step)).collect();
    reigns
        .iter()
        .map(|reign| {
            let own = pods.iter().filter(|(pod, _)| holds(reign.holder, pod));
            let stretches: Vec<Stretch> = own
                .flat_map(|(_, points)| stretches(points, |first| born_after(reign, first, &moments, &measured)))
                .collect();
            let ran = reign.until.unwrap_or(now).duration_since(reign.from).as_secs();
            Fare { ran: ran.max(0).unsigned_abs(), ..fare(&stretches, &moments) }
        })
        .collect()
}

/// Requests and failures since a pod's start, by moment.
type Points = BTreeMap<Timestamp, (f64, f64)>;

fn points<'a>(counters: &Counters<'a>, reigns: &[Reign<'_>]) -> BTreeMap<&'a CleanText, Points> {
    let grid = counters.counted.grid;
    let failures: BTreeMap<&CleanText, &[Option<f64>]> = counters
        .failed
        .series
        .iter()
        .filter_map(|series| Some((series.label("pod")?, series.values.as_slice())))
        .collect();
    let mut pods: BTreeMap<&CleanText, Points> = BTreeMap::new();
    for series in &counters.counted.series {
        let Some(name) = series.label("pod") else { continue };
        let failed = failures.get(name).copied().unwrap_or_default();
        let points = series.values.iter().enumerate().filter_map(|(step, value)| {
            // Failures are counted from the first one on.
            Some((grid.at(step), ((*value)?, failed.get(step).copied().flatten().unwrap_or_default())))
        });
        pods.entry(name).or_default().extend(points);
    }
    for sample in counters.counted_at_end {
        let Some(name) = sample.label("pod") else { continue };
        let until = reigns.iter().find(|reign| holds(reign.holder, name)).and_then(|reign| reign.until);
        let failed = counters.failed_at_end.iter().find(|failed| failed.label("pod") == Some(name));
        if let Some(until) = until {
            let point = (sample.value, failed.map_or(0.0, |failed| failed.value));
            pods.entry(name).or_default().insert(until, point);
        }
    }
    pods
}

fn holds(holder: &str, pod: &str) -> bool {
    pod.strip_prefix(holder).and_then(|rest| rest.strip_prefix('-')).is_some_and(|rest| !rest.contains('-'))
}

/// The moment since which a counter first seen at `first` is known to have counted; None when it may be any.
fn born_after(
    reign: &Reign<'_>,
    first: Timestamp,
    moments: &[Timestamp],
    measured: &BTreeSet<Timestamp>,
) -> Option<Timestamp> {
    let before = *moments.iter().rev().find(|moment| **moment < first)?;
    if reign.from > before { Some(reign.from.min(first)) } else { measured.contains(&before).then_some(before) }
}

fn stretches(points: &Points, born_after: impl Fn(Timestamp) -> Option<Timestamp>) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut before: Option<(Timestamp, (f64, f64))> = None;
    for (&to, &(requests, failed)) in points {
        let start = match before {
            Some((from, counted)) => Some((from, counted)),
            None => born_after(to).map(|from| (from, (0.0, 0.0))),
        };
        if let Some((from, counted)) = start {
            // A container that started again counts from zero.
            let since = |now: f64, before: f64| if now >= before { now - before } else { now };
            let (requests, failed) = (since(requests, counted.0), since(failed, counted.1));
            stretches.push(Stretch { from, to, requests, failed });
        }
        before = Some((to, (requests, failed)));
    }
    stretches
}

fn fare(stretches: &[Stretch], moments: &[Timestamp]) -> Fare {
    let mut windows: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut fare = Fare::default();
    for stretch in stretches {
        fare.requests += stretch.requests;
        fare.failed += stretch.failed;
        let window = windows.entry(moments.partition_point(|moment| *moment < stretch.to)).or_default();
        window.0 += stretch.requests;
        window.1 += stretch.failed;
    }
    let telling = windows.values().filter(|(requests, _)| *requests >= ENOUGH_REQUESTS);
    fare.worst = telling.map(|(requests, failed)| failed / requests).fold(0.0, f64::max);
    fare.seconds = covered(stretches);
    fare
}

/// The seconds in which at least one pod was measured.
fn covered(stretches: &[Stretch]) -> u64 {
    let mut spans: Vec<(Timestamp, Timestamp)> = stretches.iter().map(|stretch| (stretch.from, stretch.to)).collect();
    spans.sort_unstable();
    let mut seconds = 0;
    let mut reached: Option<Timestamp> = None;
    for (from, to) in spans {
        let from = reached.map_or(from, |reached| from.max(reached));
        seconds += to.duration_since(from).as_secs().max(0).unsigned_abs();
        reached = Some(reached.map_or(to, |reached| reached.max(to)));
    }
    seconds
}

#[cfg(test)]
mod tests;
