//! What happened, and when, as plain data: which pod of which version served in which span, and every change. The
//! simulated metrics are pure functions of this and of time. Holds no Kubernetes objects and does not know how the
//! world moves.
//!
//! It reaches back seven days before 0:00 and forward to the world's present; nothing in it is in the future.

use std::time::Duration;

use super::random;
use super::services::{CART_WORKER, NODES, PAY_API, SERVICES, ServiceId, WorkloadKind};
use super::time::StoryTime;

/// The version that fails, and how.
pub const BAD_VERSION: &str = "1.8.4";
/// The share of pay-api's original requests that fail on a pod of the bad version.
pub const FAILING_SHARE: f64 = 0.052;
/// How often a caller tries a failed request again.
pub const RETRIES: f64 = 2.0;
/// From when on, if the bad version still serves alone, callers begin to retry harder.
pub const RETRY_STORM_AFTER: Duration = Duration::from_secs(214);
/// How long new pods of an unchanged image are slow.
pub const WARMING: Duration = Duration::from_secs(30);

/// Who wrote which configuration shortly before the story: pay-config is the innocent suspect, cart-worker's names a redis
/// that is not in its namespace.
pub const CONFIGURED: [(ServiceId, &str, &str, StoryTime); 2] = [
    (PAY_API, "pay-config", "argocd", StoryTime::at(-44, 0)),
    (CART_WORKER, "cart-worker-config", "kubectl-edit", StoryTime::at(-120, 0)),
];

/// A container that ran for so long starts again at once.
const LONG_LIFE_MILLIS: i64 = 600_000;
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const MAX_BACK_OFF: Duration = Duration::from_secs(300);

const WEEK: StoryTime = StoryTime::from_secs(-7 * 24 * 3600);

/// A container that stopped and started again inside its pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Interruption {
    pub at: StoryTime,
    /// `None`: it waits for its next start.
    pub restarted: Option<StoryTime>,
    /// `None`: not ready again yet.
    pub ready_again: Option<StoryTime>,
    /// As in `lastState.terminated.reason`.
    pub reason: &'static str,
    pub exit_code: i32,
}

/// The life of one pod of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSpan {
    pub pod: String,
    pub ip: String,
    pub node: &'static str,
    /// ReplicaSet, StatefulSet or DaemonSet.
    pub owner: String,
    /// The image's tag.
    pub version: String,
    pub revision: u32,
    pub created: StoryTime,
    /// The container's first start; `None` while it pulls or cannot pull.
    pub started: Option<StoryTime>,
    /// First Ready.
    pub ready: Option<StoryTime>,
    /// Its deletion: it serves no longer from here on.
    pub end: Option<StoryTime>,
    /// It replaced a pod of the same image (a restart, a deletion), so it warms up under load.
    pub warming: bool,
    pub interruptions: Vec<Interruption>,
}

impl PodSpan {
    pub fn exists(&self, at: StoryTime) -> bool {
        self.created <= at && self.end.is_none_or(|end| at < end)
    }

    pub fn is_ready(&self, at: StoryTime) -> bool {
        self.ready.is_some_and(|ready| ready <= at)
            && self.end.is_none_or(|end| at < end)
            && !self.interruptions.iter().any(|i| i.at <= at && i.ready_again.is_none_or(|again| at < again))
    }

    pub fn restarts(&self, at: StoryTime) -> usize {
        self.interruptions.iter().filter(|i| i.restarted.is_some_and(|again| again <= at)).count()
    }

    /// The start of the container that runs at this time: process-wide counters begin again here.
    pub fn container_started(&self, at: StoryTime) -> Option<StoryTime> {
        let ended = self.interruptions.iter().rev().find(|i| i.at <= at);
        ended.map_or(self.started, |i| i.restarted).filter(|started| *started <= at)
    }

    /// How long the kubelet lets the container wait that ended last by this time: not at all after a long life or for the
    /// first time, then 10 s, and twice as long after each further short life.
    pub fn back_off(&self, at: StoryTime) -> Option<Duration> {
        let ended = self.interruptions.partition_point(|i| i.at <= at);
        let was_short = |pair: &&[Interruption]| {
            pair[0].restarted.is_some_and(|started| pair[1].at.millis() - started.millis() < LONG_LIFE_MILLIS)
        };
        let short_lives = self.interruptions[..ended].windows(2).rev().take_while(was_short).count();
        let doublings = u32::try_from(short_lives.checked_sub(1)?).unwrap_or(u32::MAX).min(5);
        Some(MAX_BACK_OFF.min(FIRST_BACK_OFF * (1 << doublings)))
    }

    /// Its container waits for the end of that time.
    pub fn is_backing_off(&self, at: StoryTime) -> bool {
        let exists = self.exists(at) && self.started.is_some_and(|started| started <= at);
        exists && self.container_started(at).is_none() && self.back_off(at).is_some()
    }

    pub fn is_bad(&self) -> bool {
        self.version == BAD_VERSION
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ChangeKind {
    /// A template was written; versions are image tags and may be equal (a restart).
    Release {
        from: String,
        to: String,
        revision: u32,
    },
    Scale {
        from: u32,
        to: u32,
        by_autoscaler: bool,
    },
    /// A ConfigMap of this name was written.
    Config {
        name: String,
    },
    /// Bob silences the service's alert for this long, through Alertmanager.
    Silence {
        by: &'static str,
        comment: &'static str,
        minutes: u32,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub at: StoryTime,
    pub service: ServiceId,
    pub by: String,
    pub kind: ChangeKind,
}

/// The whole of it. Cheap to share behind an `Arc`; the world replaces it when something happens.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Names and noise derive from it.
    pub seed: u64,
    /// Oldest first.
    pub changes: Vec<Change>,
    /// By service, oldest first.
    spans: Vec<Vec<PodSpan>>,
}

impl Timeline {
    /// The releases and the configuration from before the story; what went wrong then is the world's to play.
    pub fn before_the_story(seed: u64) -> Timeline {
        let mut timeline = Timeline { seed, changes: Vec::new(), spans: vec![Vec::new(); SERVICES.len()] };
        for index in 0..SERVICES.len() {
            timeline.recall(ServiceId(index));
        }
        for (service, name, by, at) in CONFIGURED {
            let kind = ChangeKind::Config { name: name.to_owned() };
            timeline.changes.push(Change { at, service, by: by.to_owned(), kind });
        }
        timeline.changes.sort_by_key(|change| change.at);
        timeline
    }

    pub fn services(&self) -> impl Iterator<Item = ServiceId> {
        (0..SERVICES.len()).map(ServiceId)
    }

    /// The pods whose lives touch this span of time, oldest first.
    pub fn pods_during(&self, service: ServiceId, from: StoryTime, to: StoryTime) -> impl Iterator<Item = &PodSpan> {
        self.spans[service.0].iter().filter(move |s| s.created <= to && s.end.is_none_or(|end| end > from))
    }

    pub fn pods_at(&self, service: ServiceId, at: StoryTime) -> impl Iterator<Item = &PodSpan> {
        self.spans[service.0].iter().filter(move |s| s.exists(at))
    }

    pub fn changes_of(&self, service: ServiceId) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.service == service)
    }

    /// Desired replicas at a time.
    pub fn replicas_at(&self, service: ServiceId, at: StoryTime) -> u32 {
        let mut replicas = service.spec().replicas;
        for change in self.changes_of(service).filter(|c| c.at <= at) {
            if let ChangeKind::Scale { to, .. } = change.kind {
                replicas = to;
            }
        }
        replicas
    }

    /// The share of pay-api's serving pods that run the bad version; requests spread evenly over ready pods.
    pub fn bad_share(&self, at: StoryTime) -> f64 {
        let (mut ready, mut bad) = (0.0, 0.0);
        for span in self.spans[PAY_API.0].iter().rev().filter(|s| s.is_ready(at)) {
            ready += 1.0;
            bad += f64::from(u8::from(span.is_bad()));
        }
        if ready == 0.0 { 0.0 } else { bad / ready }
    }

    /// Every instant at which the set of ready pods or the desired replicas of a service changes within a span: between
    /// two of them all that depends on pods is constant (the storm and warming apart).
    pub fn breakpoints(&self, service: ServiceId, from: StoryTime, to: StoryTime) -> Vec<StoryTime> {
        let mut points: Vec<StoryTime> = self
            .pods_during(service, from, to)
            .flat_map(|s| {
                let broken = s.interruptions.iter().flat_map(|i| [Some(i.at), i.restarted, i.ready_again]);
                [Some(s.created), s.started, s.ready, s.end].into_iter().chain(broken).flatten()
            })
            .chain(self.changes_of(service).map(|c| c.at))
            .filter(|at| (from..=to).contains(at))
            .collect();
        points.sort();
        points.dedup();
        points
    }

    /// Since when only the bad version has served, without a break, until `at`.
    pub fn only_bad_since(&self, at: StoryTime) -> Option<StoryTime> {
        if self.bad_share(at) < 1.0 {
            return None;
        }
        let mut since = at;
        for point in self.breakpoints(PAY_API, StoryTime::START, at).into_iter().rev() {
            if self.bad_share(point) < 1.0 {
                break;
            }
            since = point;
        }
        Some(since)
    }

    pub(super) fn open(&mut self, service: ServiceId, span: PodSpan) {
        self.spans[service.0].push(span);
    }

    pub(super) fn span_mut(&mut self, service: ServiceId, pod: &str) -> Option<&mut PodSpan> {
        self.spans[service.0].iter_mut().rev().find(|s| s.pod == pod)
    }

    /// The pods of the last week, as the releases of the service left them.
    fn recall(&mut self, service: ServiceId) {
        let spec = service.spec();
        for (index, release) in spec.history.iter().enumerate() {
            let from = StoryTime::from_secs(-release.hours_ago * 3600);
            let until = spec.history.get(index + 1).map(|next| StoryTime::from_secs(-next.hours_ago * 3600));
            let revision = u32::try_from(index + 1).unwrap_or(u32::MAX);
            if index > 0 && from >= WEEK {
                self.changes.push(Change {
                    at: from,
                    service,
                    by: release.by.to_owned(),
                    kind: ChangeKind::Release {
                        from: spec.history[index - 1].version.to_owned(),
                        to: release.version.to_owned(),
                        revision,
                    },
                });
            }
            if until.is_some_and(|until| until < WEEK) {
                continue;
            }
            for ordinal in 0..spec.replicas {
                // One after the other, as a rollout goes; the ends of the old follow the starts of the new.
                let step = i64::from(ordinal) * spec.startup_millis;
                let created = from.plus_millis(step);
                let ready = created.plus_millis(spec.startup_millis);
                self.open(
                    service,
                    PodSpan {
                        pod: pod_name(self.seed, service, release.version, ordinal),
                        ip: pod_ip(self.seed, service, release.version, ordinal),
                        node: node_of(self.seed, service, ordinal),
                        owner: owner_name(self.seed, service, release.version),
                        version: release.version.to_owned(),
                        revision,
                        created,
                        started: Some(created.plus_millis(1300)),
                        ready: Some(ready),
                        end: until.map(|until| until.plus_millis(step + spec.startup_millis)),
                        warming: false,
                        interruptions: Vec::new(),
                    },
                );
            }
        }
    }
}

/// The ReplicaSet of a version that was there before the story; the workload itself for the other kinds.
pub(super) fn owner_name(seed: u64, service: ServiceId, version: &str) -> String {
    let spec = service.spec();
    match spec.kind {
        WorkloadKind::Deployment => {
            format!("{}-{}", spec.name, random::suffix(seed, &["template", spec.name, version], 9))
        }
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => spec.name.to_owned(),
    }
}

fn pod_name(seed: u64, service: ServiceId, version: &str, ordinal: u32) -> String {
    let spec = service.spec();
    match spec.kind {
        WorkloadKind::StatefulSet => format!("{}-{ordinal}", spec.name),
        WorkloadKind::Deployment | WorkloadKind::DaemonSet => {
            let owner = owner_name(seed, service, version);
            let suffix = random::suffix(seed, &["pod", &owner, version, &ordinal.to_string()], 5);
            format!("{owner}-{suffix}")
        }
    }
}

fn node_of(seed: u64, service: ServiceId, ordinal: u32) -> &'static str {
    let first = match service.spec().kind {
        WorkloadKind::DaemonSet => 0,
        _ => random::hash(seed, &["node", service.spec().name]) as usize % NODES.len(),
    };
    NODES[(first + ordinal as usize) % NODES.len()]
}

pub(super) fn pod_ip(seed: u64, service: ServiceId, version: &str, ordinal: u32) -> String {
    let hash = random::hash(seed, &["ip", service.spec().name, version, &ordinal.to_string()]);
    format!("10.244.{}.{}", 1 + hash % 6, 2 + (hash >> 8) % 250)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_start_every_service_serves_with_all_its_pods() {
        let timeline = Timeline::before_the_story(7);
        for service in timeline.services() {
            let ready = timeline.pods_at(service, StoryTime::START).filter(|s| s.is_ready(StoryTime::START)).count();
            assert_eq!(ready, service.spec().replicas as usize, "{}", service.spec().name);
        }
        assert_eq!(timeline.bad_share(StoryTime::START), 0.0);
    }

    #[test]
    fn each_short_life_doubles_the_wait_for_the_next() {
        let mut timeline = Timeline::before_the_story(7);
        let span = &mut timeline.spans[CART_WORKER.0][0];
        span.started = Some(StoryTime::from_secs(-100_000));
        span.created = StoryTime::from_secs(-100_001);
        let mut at = StoryTime::from_secs(-50_000);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let end = Interruption { at, restarted: None, ready_again: None, reason: "Error", exit_code: 1 };
            span.interruptions.push(end);
            let wait = span.back_off(at);
            waits.push(wait.map_or(0, |wait| wait.as_secs()));
            assert_eq!(span.is_backing_off(at), wait.is_some());
            let restarted = at + wait.unwrap_or_default();
            span.interruptions.last_mut().expect("an end").restarted = Some(restarted);
            at = restarted.plus_millis(2000);
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        // Once it has run for long, the row is over.
        let long_after = at.plus_millis(LONG_LIFE_MILLIS);
        span.interruptions.push(Interruption {
            at: long_after,
            restarted: None,
            ready_again: None,
            reason: "Error",
            exit_code: 1,
        });
        assert_eq!(span.back_off(long_after), None);
    }

    #[test]
    fn a_release_of_last_week_shows_both_versions() {
        let timeline = Timeline::before_the_story(7);
        let from = StoryTime::from_secs(-7 * 24 * 3600);
        let versions: std::collections::BTreeSet<_> =
            timeline.pods_during(PAY_API, from, StoryTime::START).map(|s| s.version.as_str()).collect();
        assert_eq!(versions.into_iter().collect::<Vec<_>>(), ["1.8.2", "1.8.3"]);
    }
}
