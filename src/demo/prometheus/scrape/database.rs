//! The storage of the simulated cluster's Prometheus.

use promql_parser::label::Matcher;

use super::exposition::{Exposition, JOBS, Job};
use super::load::{PodLoad, ServiceLoad, ShopLoad};
use super::samples::{Rhythm, Scrapes};
use crate::demo::prometheus::api::Target;
use crate::demo::prometheus::labels::{Labels, METRIC_NAME};
use crate::demo::prometheus::storage::{BudgetExceeded, Milliseconds, SampleBudget, Series, Storage, TimeRange};
use crate::demo::world::{StoryTime, random};

/// How often pods are scraped, and rules evaluated.
pub const SHOP_INTERVAL: Milliseconds = 5_000;
/// How often kubelets and kube-state-metrics are scraped.
pub const KUBERNETES_INTERVAL: Milliseconds = 15_000;

/// What has been scraped until now.
#[derive(Debug, Clone, Copy)]
pub struct Database<'a> {
    pub load: &'a ShopLoad,
    /// The instant of 0:00.
    pub epoch: Milliseconds,
    pub now: Milliseconds,
}

impl Database<'_> {
    /// What is scraped at this moment.
    pub fn targets(&self) -> Vec<Target> {
        let now = StoryTime::from_millis(self.now - self.epoch);
        let pods = self.load.services.iter().flat_map(|service| service.pods.iter().map(move |pod| (service, pod)));
        let scraped = pods.filter(|(_, pod)| pod.span.exists(now) && pod.span.started.is_some_and(|at| at <= now));
        let target = |(service, pod): (&ServiceLoad, &PodLoad)| Target {
            labels: target_labels(Job::Shop, service, pod),
            address: address(service, pod),
            up: pod.pieces.iter().rev().find(|piece| piece.from <= now).is_some_and(|piece| piece.running),
            last_scrape: self.rhythm(Job::Shop, pod).last_until(self.now),
        };
        scraped.map(target).collect()
    }

    fn rhythm(&self, job: Job, pod: &PodLoad) -> Rhythm {
        // Each target has its own place in the interval; all pods of a node, and all objects, share one.
        let (interval, target) = match job {
            Job::Shop => (SHOP_INTERVAL, pod.span.pod.as_str()),
            Job::Kubelet => (KUBERNETES_INTERVAL, pod.span.node),
            Job::KubeStateMetrics => (KUBERNETES_INTERVAL, ""),
        };
        let place = random::unit(self.load.timeline.seed, &["scrape", job.name(), target]);
        Rhythm { interval, phase: (place * interval as f64) as Milliseconds }
    }

    fn collect(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        extent: Extent,
        budget: &mut SampleBudget,
    ) -> Result<Vec<Series>, BudgetExceeded> {
        let range = TimeRange { start: range.start, end: range.end.min(self.now) };
        let mut all = Vec::new();
        for job in JOBS {
            let wanted = |metric: &&&str| possible(matchers, &[(METRIC_NAME, metric), ("job", job.name())]);
            let metrics: Vec<&'static str> = job.metrics().iter().filter(wanted).copied().collect();
            if metrics.is_empty() {
                continue;
            }
            for service in &self.load.services {
                let spec = service.service.spec();
                let named = if job == Job::Shop { spec.name } else { "" };
                if !possible(matchers, &[("namespace", spec.namespace), ("service", named)]) {
                    continue;
                }
                for pod in service.pods.iter().filter(|pod| possible(matchers, &[("pod", &pod.span.pod)])) {
                    let Some(range) = self.during(pod, range, extent) else { continue };
                    let rhythm = self.rhythm(job, pod);
                    let scrapes = Scrapes::new(pod, &service.ripple, self.epoch, rhythm, range);
                    let mut exposition = Exposition {
                        job,
                        service,
                        scrapes: &scrapes,
                        matchers,
                        seed: self.load.timeline.seed,
                        epoch: self.epoch,
                        target: target_labels(job, service, pod),
                        found: Vec::new(),
                    };
                    for metric in &metrics {
                        exposition.expose(metric);
                        budget.take(exposition.found.iter().map(|series| series.samples.len()).sum())?;
                        all.append(&mut exposition.found);
                    }
                }
            }
        }
        all.sort_by(|left, right| left.labels.cmp(&right.labels));
        Ok(all)
    }

    /// The part of a range in which a pod has samples, the mark of its end included.
    fn during(&self, pod: &PodLoad, range: TimeRange, extent: Extent) -> Option<TimeRange> {
        let created = self.epoch + pod.span.created.millis();
        let marked = pod.span.end.map_or(range.end, |end| self.epoch + end.millis() + KUBERNETES_INTERVAL);
        let end = range.end.min(marked);
        let start = match extent {
            Extent::Whole => range.start.max(created),
            Extent::Newest => range.start.max(created).max(end - 2 * KUBERNETES_INTERVAL),
        };
        (start <= end).then_some(TimeRange { start, end })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Enough to see which series there are.
    Newest,
}

/// Whether labels of which these are known can match.
fn possible(matchers: &[Matcher], known: &[(&str, &str)]) -> bool {
    matchers.iter().all(|matcher| {
        known.iter().find(|(name, _)| *name == matcher.name).is_none_or(|(_, value)| matcher.is_match(value))
    })
}

fn target_labels(job: Job, service: &ServiceLoad, pod: &PodLoad) -> Labels {
    let spec = service.service.spec();
    let own = [("namespace", spec.namespace), ("pod", pod.span.pod.as_str()), ("job", job.name())];
    match job {
        Job::Shop => {
            let address = address(service, pod);
            let more = [("service", spec.name), ("app", spec.name), ("instance", address.as_str())];
            Labels::new(own.into_iter().chain(more))
        }
        Job::Kubelet => Labels::new(own.into_iter().chain([("instance", pod.span.node)])),
        Job::KubeStateMetrics => Labels::new(own.into_iter().chain([("instance", "kube-state-metrics:8080")])),
    }
}

fn address(service: &ServiceLoad, pod: &PodLoad) -> String {
    format!("{}:{}", pod.span.ip, service.service.spec().port)
}

impl Storage for Database<'_> {
    fn select(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        budget: &mut SampleBudget,
    ) -> Result<Vec<Series>, BudgetExceeded> {
        self.collect(matchers, range, Extent::Whole, budget)
    }

    fn label_sets(&self, matchers: &[Matcher], range: TimeRange) -> Vec<Labels> {
        let mut budget = SampleBudget::new(usize::MAX);
        let newest = self.collect(matchers, range, Extent::Newest, &mut budget).unwrap_or_default();
        newest.into_iter().map(|series| series.labels).collect()
    }
}
