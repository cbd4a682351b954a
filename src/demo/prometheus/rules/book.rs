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
    /// The last evaluation that found it.
    pub seen_at: Milliseconds,
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
            *progress = Progress {
                schedule: Some(schedule),
                evaluated: vec![0; self.rules.len()],
                ..Progress::default()
            };
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
    let named: Vec<((usize, Labels), &Column)> =
        columns.iter().map(|column| ((index, alert_labels(rule, &column.labels)), column)).collect();
    // What was active and is in no column has ended.
    alerts.retain(|key, _| key.0 != index || named.iter().any(|(other, _)| other == key));
    for (key, column) in named {
        let mut alert = alerts.remove(&key);
        for (&time, value) in steps.times.iter().zip(&column.values) {
            let Some(value) = *value else {
                alert = None;
                continue;
            };
            let current = alert.get_or_insert_with(|| Alert {
                rule: index,
                labels: key.1.clone(),
                annotations: Vec::new(),
                active_at: time,
                fired_at: None,
                seen_at: time,
                value,
            });
            current.seen_at = time;
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
}

fn alert_labels(rule: &AlertingRule, labels: &Labels) -> Labels {
    let own = rule.labels.iter().fold(labels.without_metric_name(), |labels, (name, value)| labels.with(name, value));
    own.with("alertname", rule.name)
}
