//! Requests of the pods that count, since the act, and how fresh they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::interval::Share;
use crate::domain::metric::InstantSample;
use crate::domain::text::CleanText;
use crate::insight::dashboard::query_name as name;

/// What is known of a service's own numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Measurement {
    /// Nothing measures its requests, and why: no Prometheus, no right, no such metric.
    Absent(CleanText),
    /// Asked, not answered yet.
    Waiting,
    Known(Measured),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Counters as they stand.
    pub counts: PodCounts,
    /// When each pod was last scraped well.
    pub targets: BTreeMap<CleanText, Timestamp>,
    pub scrape_seconds: f64,
    pub traffic_now: Option<f64>,
    /// Before the onset; None when it is not known.
    pub traffic_before: Option<f64>,
}

/// Requests and failures of each pod, as its counters tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodCounts(BTreeMap<CleanText, Share>);

impl PodCounts {
    #[must_use]
    pub fn of(&self, pod: &str) -> Option<Share> {
        self.0.get(pod).copied()
    }

    /// What was added since `before`. A counter below its former value was started anew and counts whole, as does that
    /// of a pod that was not there.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let difference = |pod: &str, now: Share| match before.of(pod) {
            Some(then) if then.requests <= now.requests && then.failed <= now.failed => {
                Share { requests: now.requests - then.requests, failed: now.failed - then.failed }
            }
            _ => now,
        };
        Self(self.0.iter().map(|(pod, now)| (pod.clone(), difference(pod, *now))).collect())
    }

    /// Without these pods, so that theirs count from their start.
    #[must_use]
    pub fn without(mut self, pods: &BTreeSet<CleanText>) -> Self {
        self.0.retain(|pod, _| !pods.contains(pod));
        self
    }

    #[must_use]
    pub fn total<'a>(&self, pods: impl IntoIterator<Item = &'a str>) -> Share {
        pods.into_iter().filter_map(|pod| self.of(pod)).fold(Share::default(), |total, share| Share {
            requests: total.requests + share.requests,
            failed: total.failed + share.failed,
        })
    }
}

impl Measured {
    /// Reads the answers to `dashboard::verification`.
    #[must_use]
    pub fn read<'a>(scrape_seconds: f64, answer: impl Fn(&'static str) -> Option<&'a [InstantSample]>) -> Self {
        let mut counts: BTreeMap<CleanText, Share> = BTreeMap::new();
        for (pod, sample) in by_pod(answer(name::COUNTED)) {
            counts.entry(pod.clone()).or_default().requests = sample.value.max(0.0);
        }
        for (pod, sample) in by_pod(answer(name::FAILED)) {
            // Failures without requests cannot be: such a pod is not one of ours.
            if let Some(share) = counts.get_mut(pod) {
                share.failed = sample.value.clamp(0.0, share.requests);
            }
        }
        let targets = by_pod(answer(name::TARGETS))
            .filter_map(|(pod, sample)| {
                let at = Timestamp::from_millisecond((sample.value * 1000.0) as i64).ok()?;
                Some((pod.clone(), at))
            })
            .collect();
        let first = |name| answer(name)?.first().map(|sample| sample.value).filter(|value| value.is_finite());
        Self {
            counts: PodCounts(counts),
            targets,
            scrape_seconds,
            traffic_now: first(name::REQUESTS),
            traffic_before: first(name::TRAFFIC_BEFORE),
        }
    }

    /// A sample older than this is not fresh: three scrapes, so that one may be lost.
    #[must_use]
    pub fn freshness_seconds(&self) -> f64 {
        (3.0 * self.scrape_seconds).max(10.0)
    }
}

fn by_pod(samples: Option<&[InstantSample]>) -> impl Iterator<Item = (&CleanText, &InstantSample)> {
    let finite = |sample: &&InstantSample| sample.value.is_finite();
    samples.unwrap_or_default().iter().filter(finite).filter_map(|sample| Some((sample.label("pod")?, sample)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(pod: &str, value: f64) -> InstantSample {
        InstantSample { labels: vec![("pod".into(), pod.into())], at: Timestamp::UNIX_EPOCH, value }
    }

    fn counts(pairs: &[(&str, f64, f64)]) -> PodCounts {
        PodCounts(
            pairs
                .iter()
                .map(|(pod, requests, failed)| ((*pod).into(), Share { requests: *requests, failed: *failed }))
                .collect(),
        )
    }

    #[test]
    fn answers_become_counts() {
        let (counted, failed) = ([sample("a", 96.0), sample("b", 10.0)], [sample("a", 2.0), sample("x", 9.0)]);
        let (targets, traffic) = ([sample("a", 1_700_000_000.5)], [sample("", 312.0)]);
        let measured = Measured::read(5.0, |name| match name {
            name::COUNTED => Some(&counted),
            name::FAILED => Some(&failed),
            name::TARGETS => Some(&targets),
            name::REQUESTS => Some(&traffic),
            _ => None,
        });
        assert_eq!(measured.counts, counts(&[("a", 96.0, 2.0), ("b", 10.0, 0.0)]));
        assert_eq!(measured.targets["a"].as_millisecond(), 1_700_000_000_500);
        assert_eq!((measured.traffic_now, measured.traffic_before), (Some(312.0), None));
        assert_eq!(measured.freshness_seconds(), 15.0);
    }

    #[test]
    fn only_what_came_since_counts() {
        let before = counts(&[("old", 1000.0, 140.0), ("restarted", 500.0, 50.0)]);
        let now = counts(&[("old", 1100.0, 150.0), ("restarted", 20.0, 1.0), ("new", 30.0, 0.0)]);
        assert_eq!(now.since(&before), counts(&[("old", 100.0, 10.0), ("restarted", 20.0, 1.0), ("new", 30.0, 0.0)]));
        assert_eq!(now.since(&before).total(["old", "new", "gone"]), Share { requests: 130.0, failed: 10.0 });
        let late = counts(&[("new", 25.0, 0.0), ("old", 1000.0, 140.0)]);
        let without_new = late.without(&BTreeSet::from(["new".into()]));
        assert_eq!(now.since(&without_new).of("new"), Some(Share { requests: 30.0, failed: 0.0 }));
    }
}
