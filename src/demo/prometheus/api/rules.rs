//! `/rules` and `/alerts`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::parameters::{Parameters, invalid};
use super::response::exponential;
use super::router::Server;
use crate::demo::prometheus::evaluate::EvaluationError;
use crate::demo::prometheus::labels::Labels;
use crate::demo::prometheus::rules::{Alert, AlertState, AlertingRule};
use crate::demo::prometheus::storage::Milliseconds;

#[derive(Serialize)]
pub struct AlertList {
    alerts: Vec<AlertView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertView {
    labels: Labels,
    annotations: BTreeMap<&'static str, String>,
    state: &'static str,
    active_at: Timestamp,
    value: String,
}

#[derive(Serialize)]
pub struct GroupList {
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupView {
    name: &'static str,
    file: String,
    rules: Vec<RuleView>,
    interval: f64,
    limit: u32,
    evaluation_time: f64,
    last_evaluation: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    state: &'static str,
    name: &'static str,
    query: &'static str,
    duration: f64,
    keep_firing_for: f64,
    labels: Labels,
    annotations: BTreeMap<&'static str, &'static str>,
    alerts: Vec<AlertView>,
    health: &'static str,
    evaluation_time: f64,
    last_evaluation: Timestamp,
    r#type: &'static str,
}

pub fn alerts(server: &Server<'_>) -> Result<AlertList, EvaluationError> {
    Ok(AlertList { alerts: server.alerts()?.iter().map(alert_view).collect() })
}

pub fn groups(server: &Server<'_>, parameters: &Parameters) -> Result<GroupList, EvaluationError> {
    let alerting = match parameters.get("type").unwrap_or_default() {
        "" | "alert" => true,
        "record" => false,
        other => return Err(invalid("type", format_args!("not supported value \"{other}\""))),
    };
    let alerts = server.alerts()?;
    let without_alerts = parameters.get("exclude_alerts") == Some("true");
    let named = |name: &str, parameter: &str| {
        parameters.all(parameter).next().is_none() || parameters.all(parameter).any(|wanted| wanted == name)
    };
    let mut groups: Vec<GroupView> = Vec::new();
    for (index, rule) in server.rules.rules().iter().enumerate() {
        if !alerting || !named(rule.group, "rule_group[]") || !named(rule.name, "rule_name[]") {
            continue;
        }
        let last = timestamp(server.schedule.last(rule.offset, server.now));
        let own: Vec<&Alert> = alerts.iter().filter(|alert| alert.rule == index).collect();
        let view = rule_view(rule, &own, without_alerts, last);
        match groups.iter_mut().find(|group| group.name == rule.group) {
            Some(group) => group.rules.push(view),
            None => groups.push(GroupView {
                name: rule.group,
                file: format!("/etc/prometheus/rules/{}.yaml", rule.group),
                rules: vec![view],
                interval: server.schedule.interval as f64 / 1000.0,
                limit: 0,
                evaluation_time: 0.0012,
                last_evaluation: last,
            }),
        }
    }
    Ok(GroupList { groups })
}

fn rule_view(rule: &AlertingRule, alerts: &[&Alert], without_alerts: bool, last: Timestamp) -> RuleView {
    let state = if alerts.iter().any(|alert| alert.state() == AlertState::Firing) {
        "firing"
    } else if alerts.is_empty() {
        "inactive"
    } else {
        "pending"
    };
    let shown = if without_alerts { &[] } else { alerts };
    RuleView {
        state,
        name: rule.name,
        query: rule.expression,
        duration: rule.hold as f64 / 1000.0,
        keep_firing_for: rule.keep as f64 / 1000.0,
        labels: Labels::new(rule.labels.iter().copied()),
        annotations: rule.annotations.iter().copied().collect(),
        alerts: shown.iter().copied().map(alert_view).collect(),
        health: "ok",
        evaluation_time: 0.0004,
        last_evaluation: last,
        r#type: "alerting",
    }
}

fn alert_view(alert: &Alert) -> AlertView {
    AlertView {
        labels: alert.labels.clone(),
        annotations: alert.annotations.iter().cloned().collect(),
        state: match alert.state() {
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        },
        active_at: timestamp(alert.active_at),
        value: exponential(alert.value),
    }
}

pub fn timestamp(time: Milliseconds) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap_or_default()
}
