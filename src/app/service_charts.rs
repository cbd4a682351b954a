//! What the charts of one service are asked for, and what stands beside them on the same axis of time.

use std::time::Duration;

use jiff::Timestamp;

use crate::action::Action;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::figure;
use crate::domain::metric::{Grid, RangeAnswer, Unit, Vital};
use crate::domain::object::ObjectKey;
use crate::domain::text::CleanText;
use crate::insight::dashboard::{self, query_name};
use crate::insight::evidence::{self, VersionSplit};
use crate::kinds::pod::PodRow;

use super::measures;
use super::model::{Metrics, Model};
use super::state::Size;
use super::subscription::{MetricsTopic, Params, Topic};
use super::time_axis::TimeAxis;

/// Eight questions at most, and no more often than that makes eight in half a minute.
const EVERY: Duration = Duration::from_secs(30);

/// A trend is judged against what was measured so many seconds ago.
const TREND: f64 = 30.0;

/// The charts of a service as a screen holds them: which stretch of time they show, and what is marked on it.
#[derive(Clone, Debug)]
pub struct ServiceCharts {
    pub service: ObjectKey,
    pub axis: TimeAxis,
    /// What altered the service, newest first, as far as it is known.
    pub changes: Vec<Change>,
}

impl ServiceCharts {
    /// Around the onset of errors, where there is one.
    #[must_use]
    pub fn new(service: ObjectKey, model: &Model) -> Self {
        let newest = model.services.get(&service).and_then(|service| service.change.clone());
        let axis = TimeAxis::around(model.onset(&service), model.now);
        Self { axis, changes: newest.into_iter().collect(), service }
    }

    /// Moves the cursor or changes the stretch of time; false when the action is another.
    pub fn act(&mut self, action: Action, model: &Model) -> bool {
        self.axis.act(action, self.end(model))
    }

    pub fn settle(&mut self, model: &Model, size: Size) {
        self.axis.resize(size.columns);
        self.axis.settle(self.end(model));
    }

    /// The newest moment the charts show: what was measured last, or what has happened since.
    #[must_use]
    pub fn end(&self, model: &Model) -> Timestamp {
        let happened = self.changes.iter().map(|change| change.at).chain(model.onset(&self.service));
        happened.filter(|at| *at <= model.now).fold(self.measured_until(model), Timestamp::max)
    }

    fn measured_until(&self, model: &Model) -> Timestamp {
        let answer = metrics(&self.service, model).and_then(|metrics| {
            [query_name::ERRORS, query_name::REQUESTS, query_name::CPU, query_name::MEMORY]
                .into_iter()
                .find_map(|name| measures::range(metrics, name))
        });
        answer.map_or(model.now, |answer| answer.grid.end())
    }

    /// What can be drawn of the service, the most telling first: each with its own unit.
    #[must_use]
    pub fn curves(&self, model: &Model) -> Vec<ServiceCurve> {
        let Some(metrics) = metrics(&self.service, model) else { return Vec::new() };
        let limits = measures::limits(model, &self.service);
        let errors = Some(measures::error_limit(model, &self.service).value);
        let wanted: [(&'static str, &'static str, Unit, Option<f64>, Option<f64>); 5] = [
            ("errors", query_name::ERRORS, Unit::Ratio, None, errors),
            ("requests", query_name::REQUESTS, Unit::PerSecond, None, None),
            ("p99", query_name::LATENCY, Unit::Seconds, None, None),
            ("cpu", query_name::CPU, Unit::Cores, limits.cpu_cores, None),
            ("memory", query_name::MEMORY, Unit::Bytes, limits.memory_bytes, None),
        ];
        wanted
            .into_iter()
            .filter_map(|(title, query, unit, limit, threshold)| {
                let answer = measures::range(metrics, query)?;
                let values = measures::line_of(answer, &self.service)?;
                // Like everywhere on the screen: a share of the limit, where there is one.
                let limit = limit.filter(|limit| *limit > 0.0);
                Some(ServiceCurve {
                    title,
                    unit: if limit.is_some() { Unit::Ratio } else { unit },
                    grid: answer.grid,
                    values: values.iter().map(|value| value.map(|value| value / limit.unwrap_or(1.0))).collect(),
                    // A limit far above all values would only flatten the line.
                    threshold: threshold.filter(|limit| values.iter().flatten().any(|value| *value >= limit / 4.0)),
                })
            })
            .collect()
    }

    /// Brings the newest numbers of the charts to the service, whose health is judged by them: on its page nobody asks
    /// for those of the home screen. `taken` is the answer that was brought last.
    pub fn bring_home(&self, taken: &mut u64, model: &mut Model) {
        let Some(metrics) = metrics(&self.service, model).filter(|metrics| metrics.version != *taken) else { return };
        let version = metrics.version;
        let Some(service) = model.services.get(&self.service) else { return };
        let mut vitals = service.vitals.clone();
        let asked = [
            (query_name::REQUESTS, &mut vitals.requests),
            (query_name::ERRORS, &mut vitals.errors),
            (query_name::LATENCY, &mut vitals.latency),
        ];
        for (name, vital) in asked {
            let Some(answer) = measures::range(metrics, name) else { continue };
            let values = measures::line_of(answer, &self.service).unwrap_or_default();
            let before = (TREND / answer.grid.step_seconds).round().max(1.0) as usize;
            *vital = Vital {
                now: dashboard::newest(values),
                recent: vec![values.iter().rev().nth(before).copied().flatten()],
            };
        }
        *taken = version;
        model.services.assembled_mut().set_vitals(&self.service, vitals);
        model.services.settle(model.now);
    }

    /// The queries, once it is known which metrics there are.
    #[must_use]
    pub fn want(&self, model: &Model) -> Option<(Topic, Params)> {
        let names = model.metric_names.as_ref().filter(|names| !names.is_empty())?;
        let step = dashboard::step(names, self.axis.span, self.axis.columns());
        let queries = dashboard::service_page(names, &self.service)
            .into_iter()
            .map(|query| measures::recent(query, self.axis.span, step))
            .collect();
        let topic = Topic::Metrics(MetricsTopic::Service(self.service.clone()));
        Some((topic, Params::Queries { queries, every: EVERY }))
    }
}

/// One chart: its own numbers, on its own scale.
#[derive(Clone, Debug)]
pub struct ServiceCurve {
    pub title: &'static str,
    pub unit: Unit,
    pub grid: Grid,
    pub values: Vec<Option<f64>>,
    pub threshold: Option<f64>,
}

impl ServiceCurve {
    /// The value nearest to a moment.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<f64> {
        let step = (at.duration_since(self.grid.start).as_secs_f64() / self.grid.step_seconds).round();
        if step < 0.0 { None } else { self.values.get(step as usize).copied().flatten() }
    }
}

#[must_use]
pub fn metrics<'a>(service: &ObjectKey, model: &'a Model) -> Option<&'a Metrics> {
    model.metrics.get(&MetricsTopic::Service(service.clone()))
}

/// The share of requests a pod failed to answer in the newest minute; None where it was not measured.
#[must_use]
pub fn pod_errors(metrics: &Metrics, pod: &ObjectKey) -> Option<f64> {
    let requests = newest(measures::range(metrics, query_name::REQUESTS_BY_POD)?, &pod.name)?;
    let failures = measures::range(metrics, query_name::FAILURES_BY_POD)?;
    // A pod that never failed has no series of failures.
    (requests > 0.0).then(|| newest(failures, &pod.name).unwrap_or(0.0) / requests)
}

/// Versions side by side since a release, by their pods' own numbers.
#[must_use]
pub fn split(
    metrics: &Metrics,
    since: Timestamp,
    version_of: impl Fn(&str) -> Option<CleanText>,
) -> Option<VersionSplit> {
    let requests = measures::range(metrics, query_name::REQUESTS_BY_POD)?;
    let failures = measures::range(metrics, query_name::FAILURES_BY_POD)?;
    evidence::split(requests, failures, since, version_of)
}

fn newest(answer: &RangeAnswer, pod: &CleanText) -> Option<f64> {
    let series = answer.series.iter().find(|series| series.label("pod") == Some(pod))?;
    dashboard::newest(&series.values)
}

/// How many targets answered lately, of all pods: `(4, 4, 8 seconds ago)`.
#[must_use]
pub fn targets(metrics: &Metrics, pods: usize, now: Timestamp) -> Option<(usize, usize, Duration)> {
    let samples = metrics.answers.iter().find_map(|(name, answer)| match answer {
        super::message::MetricAnswer::Instant(samples) if *name == query_name::TARGETS => Some(samples),
        _ => None,
    })?;
    let newest = samples.iter().map(|sample| sample.value).fold(f64::NEG_INFINITY, f64::max);
    let at = Timestamp::from_second(newest as i64).ok()?;
    let ago = Duration::try_from(now.duration_since(at)).unwrap_or_default();
    Some((samples.len().min(pods), pods, ago))
}

/// Something that happened to a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    pub at: Timestamp,
    pub about: bool,
    pub sign: Sign,
    pub words: CleanText,
    /// Whose word it is.
    pub source: CleanText,
    /// Where more is said of it.
    pub door: Door,
}

/// The full screen behind something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Door {
    History,
    /// An alert by its fingerprint.
    Alert(String),
    /// What a pod said before it restarted.
    LastWords(ObjectKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Onset,
    Alert(AlertState),
    Change(ChangeKind),
    Restart,
}

/// What is known to have happened, newest first.
#[must_use]
pub fn timeline(service: &ObjectKey, changes: &[Change], model: &Model) -> Vec<Happening> {
    let mut all: Vec<Happening> = changes.iter().map(of_change).collect();
    for alert in model.alerts_of(service) {
        all.extend(of_alert(alert));
    }
    if let Some(onset) = model.onset(service) {
        let seen = model.measures.onset(service);
        all.push(Happening {
            at: onset,
            about: seen.is_none(),
            sign: Sign::Onset,
            words: model.symptom(service).begins().into(),
            source: seen.map_or_else(|| "by its alert".into(), |onset| onset.words()),
            door: Door::History,
        });
    }
    all.extend(model.services.pods(service).iter().flat_map(|pod| of_pod(pod)));
    all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    all
}

fn of_change(change: &Change) -> Happening {
    Happening {
        at: change.at,
        about: change.about,
        sign: Sign::Change(change.kind),
        words: change.title.clone(),
        source: change.source.clone(),
        door: Door::History,
    }
}

fn of_alert(alert: &Alert) -> Vec<Happening> {
    let routed: Vec<&str> = alert.routed_to.iter().map(|name| name.as_str()).collect();
    let happening = |at, state, words: String, source: CleanText| Happening {
        at,
        about: false,
        sign: Sign::Alert(state),
        words: words.into(),
        source,
        door: Door::Alert(alert.fingerprint()),
    };
    let mut all = Vec::new();
    if let Some(at) = alert.active_at {
        all.push(happening(at, AlertState::Pending, format!("{} pending", alert.name), "Prometheus".into()));
    }
    if alert.state != AlertState::Pending
        && let Some(at) = alert.since()
    {
        let to = if routed.is_empty() { String::new() } else { format!("routed to {}", routed.join(", ")) };
        all.push(happening(at, alert.state, format!("{} fires", alert.name), to.into()));
    }
    all
}

fn of_pod(pod: &PodRow) -> Vec<Happening> {
    let short = short_name(&pod.key.name);
    let restarted = pod.containers.iter().filter(|container| container.restarts > 0);
    restarted
        .filter_map(|container| Some((container.last_restart()?, container.newest_end().map(|end| end.word()))))
        .map(|(at, reason)| Happening {
            at,
            about: false,
            sign: Sign::Restart,
            words: format!("{short} restarted").into(),
            source: reason.unwrap_or_default(),
            door: Door::LastWords(pod.key.clone()),
        })
        .collect()
}

/// The part of a pod's name that tells it from its siblings.
#[must_use]
pub fn short_name(pod: &str) -> &str {
    pod.rsplit('-').next().unwrap_or(pod)
}

/// A pod's state where it is worth a word.
#[must_use]
pub fn pod_state(pod: &PodRow) -> CleanText {
    match (pod.deleted, pod.is_ready()) {
        (Some(_), _) => "ending".into(),
        (None, true) if pod.restarts == 1 => "1 restart".into(),
        (None, true) if pod.restarts > 1 => format!("{} restarts", pod.restarts).into(),
        (None, true) => CleanText::default(),
        (None, false) if pod.status == "Running" => "not ready".into(),
        (None, false) => pod.status.clone(),
    }
}

/// The words of a moment for a list: time of day today, day and time before.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    if now.duration_since(at).as_hours() < 20 { figure::second(at) } else { crate::kinds::age::age(at, now) + " ago" }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::config::keymap::Keymap;
    use crate::domain::object::Kind;
    use crate::domain::policy::Limits;
    use crate::domain::revision::Soundness;

    #[test]
    fn what_has_just_changed_stands_on_the_axis_before_it_is_measured() {
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        let model = &mut Model::new(now, Keymap::default(), Limits::default());
        let service = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
        // Steps of a day's width end long before now.
        let grid = Grid { start: now - SignedDuration::from_hours(24), step_seconds: 720.0, steps: 120 };
        let answer =
            super::super::message::MetricAnswer::Range(RangeAnswer { grid, series: Vec::new(), warnings: Vec::new() });
        let metrics = model.metrics.entry(MetricsTopic::Service(service.clone())).or_default();
        metrics.answers.insert(query_name::ERRORS, answer);
        let mut charts = ServiceCharts::new(service.clone(), model);
        assert_eq!(charts.end(model), grid.end());
        let change = |at| Change {
            at,
            about: false,
            kind: ChangeKind::Release,
            object: service.clone(),
            title: "1.8.3 → 1.8.4".into(),
            source: CleanText::default(),
            revision: None,
            soundness: Soundness::Unknown,
            note: CleanText::default(),
        };
        let released = now - SignedDuration::from_secs(100);
        charts.changes = vec![change(now + SignedDuration::from_secs(9)), change(released)];
        assert_eq!(charts.end(model), released);
    }
}
