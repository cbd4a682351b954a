//! The rules of one Prometheus and the alerts they have raised so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::rule::{AlertingRule, Schedule};
use super::template;
use crate::demo::prometheus::evaluate::{Column, Engine, EvaluationError, Query, Steps, Value};
use crate::demo::prometheus::labels::Labels;
use crate::demo::prometheus::storage::{Milliseconds, Storage};

/// How many instants one query evaluates, so that catching up stays within the engine's sample budget.
const CHUNK: i64 = 240;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    Pending,
    Firing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its place among the rules.
    pub rule: usize,
    pub labels: Labels,
    pub annotations: Vec<(&'static str, String)>,
    /// Since when the expression has held, the start of pending.
    pub active_at: Milliseconds,
    /// Since when it has held for as long as the rule wants.
    pub fired_at: Option<Milliseconds>,
    /// The first evaluation that found a firing alert's expression no longer true, while it is kept firing.
    pub ended_at: Option<Milliseconds>,
    pub value: f64,
}

impl Alert {
    pub fn state(&self) -> AlertState {
        if self.fired_at.is_some() { AlertState::Firing } else { AlertState::Pending }
    }
}

#[derive(Debug)]
pub struct RuleBook {
    rules: Vec<AlertingRule>,
    progress: Mutex<Progress>,
}

/// Alerts by rule and labels.
type Alerts = BTreeMap<(usize, Labels), Alert>;

#[derive(Debug, Default)]
struct Progress {
    schedule: Option<Schedule>,
    until: Option<Milliseconds>,
    /// Evaluations done, by rule.
    evaluated: Vec<i64>,
    alerts: Alerts,
}

impl RuleBook {
    pub fn new(rules: &[AlertingRule]) -> Self {
        Self { rules: rules.to_vec(), progress: Mutex::default() }
    }

    pub fn rules(&self) -> &[AlertingRule] {
        &self.rules
    }

    /// The alerts that are pending or firing as of the last evaluation before `now`, in order of their rules.
    pub fn alerts(
        &self,
        engine: Engine,
        storage: &dyn Storage,
        schedule: Schedule,
        now: Milliseconds,
    ) -> Result<Vec<Alert>, EvaluationError> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let another_world = progress.schedule != Some(schedule) || progress.until.is_some_and(|until| until > now);
        if another_world {
            *progress =
                Progress { schedule: Some(schedule), evaluated: vec![0; self.rules.len()], ..Progress::default() };
        }
        let Progress { evaluated, alerts, until, .. } = &mut *progress;
        *until = Some(now);
        for (index, (rule, done)) in self.rules.iter().zip(evaluated).enumerate() {
            let query = Query::parse(rule.expression)?;
            let due = schedule.count(rule.offset, now);
            while *done < due {
                let end = due.min(*done + CHUNK);
                let instant = |number| schedule.at(rule.offset, number);
                let steps = Steps::range(instant(*done), instant(end - 1), schedule.interval);
                let columns = columns(engine.evaluate(storage, &query, &steps)?);
                walk(alerts, index, rule, &columns, &steps);
                *done = end;
            }
        }
        Ok(alerts.values().cloned().collect())
    }
}

fn columns(value: Value) -> Vec<Column> {
    match value {
        Value::Vector(columns) => columns,
        Value::Scalar(values) => {
            vec![Column { labels: Labels::default(), values: values.into_iter().map(Some).collect() }]
        }
        Value::Matrix(_) | Value::Text(_) => Vec::new(),
    }
}

/// Moves the alerts of one rule through the steps.
fn walk(alerts: &mut Alerts, index: usize, rule: &AlertingRule, columns: &[Column], steps: &Steps) {
    let known: Vec<Labels> = alerts.keys().filter(|key| key.0 == index).map(|key| key.1.clone()).collect();
    let named: Vec<(Labels, &Column)> =
        columns.iter().map(|column| (alert_labels(rule, &column.labels), column)).collect();
    for labels in known.iter().filter(|labels| !named.iter().any(|(other, _)| other == *labels)) {
        let nothing = steps.times.iter().map(|&time| (time, None));
        step(alerts, (index, labels.clone()), rule, nothing);
    }
    for (labels, column) in named {
        let values = steps.times.iter().copied().zip(column.values.iter().copied());
        step(alerts, (index, labels), rule, values);
    }
}

/// Moves one alert through the values of its expression; `None` where it does not hold.
fn step(
    alerts: &mut Alerts,
    key: (usize, Labels),
    rule: &AlertingRule,
    values: impl Iterator<Item = (Milliseconds, Option<f64>)>,
) {
    let mut alert = alerts.remove(&key);
    let mut ended_at = None;
    for (time, value) in values {
        let Some(value) = value else {
            // A firing alert may outlast its expression; one that ended before these steps began, ended when last seen.
            let since = *ended_at.get_or_insert(alert.as_ref().map_or(time, |alert| alert.ended_at.unwrap_or(time)));
            alert = alert.filter(|alert| alert.fired_at.is_some() && time - since < rule.keep);
            if let Some(alert) = &mut alert {
                alert.ended_at = Some(since);
            }
            continue;
        };
        ended_at = None;
        let current = alert.get_or_insert_with(|| Alert {
            rule: key.0,
            labels: key.1.clone(),
            annotations: Vec::new(),
            active_at: time,
            fired_at: None,
            ended_at: None,
            value,
        });
        current.ended_at = None;
        current.value = value;
        if current.fired_at.is_none() && time - current.active_at >= rule.hold {
            current.fired_at = Some(time);
        }
    }
    if let Some(mut alert) = alert {
        let expanded =
            |&(name, text): &(&'static str, &str)| (name, template::expand(text, &alert.labels, alert.value));
        alert.annotations = rule.annotations.iter().map(expanded).collect();
        alerts.insert(key, alert);
    }
}

fn alert_labels(rule: &AlertingRule, labels: &Labels) -> Labels {
    let own = rule.labels.iter().fold(labels.without_metric_name(), |labels, (name, value)| labels.with(name, value));
    own.with("alertname", rule.name)
}
