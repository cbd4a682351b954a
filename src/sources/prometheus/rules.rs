//! Reads alerting rules and alerts, leniently: rules come from many servers, and a field that one leaves out must not
//! hide the alert.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::answer::Envelope;
use crate::domain::alert::{ActiveAlert, AlertRule, AlertingRule};
use crate::domain::text::CleanText;

type Labels = BTreeMap<String, String>;

#[derive(Deserialize)]
struct RulesData {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    interval: f64,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Rule {
    name: String,
    query: String,
    duration: f64,
    keep_firing_for: f64,
    labels: Labels,
    annotations: Labels,
    alerts: Vec<RawAlert>,
    last_error: String,
    last_evaluation: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawAlert {
    labels: Labels,
    annotations: Labels,
    state: String,
    active_at: String,
    value: String,
}

#[derive(Deserialize)]
struct AlertsData {
    #[serde(default)]
    alerts: Vec<RawAlert>,
}

pub fn rules(envelope: Envelope<'_>) -> Result<Vec<AlertingRule>, String> {
    let data: RulesData = envelope.data()?;
    Ok(data
        .groups
        .into_iter()
        .flat_map(|group| {
            let interval = group.interval;
            group.rules.into_iter().filter(|rule| rule.kind != "recording").map(move |rule| rule.into_domain(interval))
        })
        .collect())
}

pub fn alerts(envelope: Envelope<'_>) -> Result<Vec<ActiveAlert>, String> {
    let data: AlertsData = envelope.data()?;
    Ok(data.alerts.into_iter().filter_map(RawAlert::into_domain).collect())
}

impl Rule {
    fn into_domain(self, interval_seconds: f64) -> AlertingRule {
        AlertingRule {
            name: self.name.into(),
            rule: AlertRule {
                expression: self.query.into(),
                hold_seconds: self.duration,
                keep_firing_seconds: self.keep_firing_for,
                evaluated_at: time(&self.last_evaluation),
                interval_seconds,
            },
            labels: clean(self.labels),
            annotations: clean(self.annotations),
            last_error: self.last_error.into(),
            active: self.alerts.into_iter().filter_map(RawAlert::into_domain).collect(),
        }
    }
}

impl RawAlert {
    /// None for alerts that are over: some servers list them as inactive.
    fn into_domain(self) -> Option<ActiveAlert> {
        let firing = match self.state.as_str() {
            "firing" => true,
            "pending" => false,
            _ => return None,
        };
        Some(ActiveAlert {
            labels: clean(self.labels),
            annotations: clean(self.annotations),
            firing,
            active_at: time(&self.active_at),
            value: self.value.parse().ok(),
        })
    }
}

fn clean(labels: Labels) -> BTreeMap<CleanText, CleanText> {
    labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Go writes an unset time as year 1.
fn time(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"{"status":"success","data":{"groups":[{"name":"pay","file":"/etc/r.yml","interval":5,
        "rules":[
          {"state":"firing","name":"PayErrorRatio","query":"a / b > 0.02","duration":30,"keepFiringFor":5,
           "labels":{"severity":"critical"},"annotations":{"summary":"{{ $value }}"},
           "alerts":[{"labels":{"alertname":"PayErrorRatio","service":"pay-api"},"annotations":{"summary":"14 %"},
             "state":"firing","activeAt":"2026-11-21T03:00:44.123456789Z","value":"1.42e-01"},
             {"labels":{"alertname":"PayErrorRatio","service":"old"},"annotations":{},"state":"inactive","activeAt":"2026-11-21T03:00:44Z","value":"0"}],
           "health":"ok","evaluationTime":0.0003,"lastEvaluation":"2026-11-21T03:02:00.5Z","type":"alerting"},
          {"name":"x:y","query":"sum(y)","type":"recording","health":"ok"},
          {"name":"Broken","query":"z > 1","health":"err","lastError":"many-to-many","lastEvaluation":"0001-01-01T00:00:00Z","type":"alerting"}],
        "evaluationTime":0.1}]}}"#;

    #[test]
    fn rules_come_with_their_alerts() {
        let rules = rules(Envelope::read(RULES.as_bytes()).expect("an envelope")).expect("rules");
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].rule.hold_seconds, 30.0);
        assert_eq!(rules[0].rule.interval_seconds, 5.0);
        assert_eq!(rules[0].rule.keep_firing_seconds, 5.0);
        assert_eq!(rules[0].active.len(), 1, "an inactive alert is over");
        assert_eq!(rules[0].active[0].value, Some(0.142));
        assert!(rules[0].active[0].active_at.is_some());
        assert_eq!(rules[1].last_error, "many-to-many");
        assert_eq!(rules[1].rule.evaluated_at, None);
    }

    #[test]
    fn alerts_come_alone_too() {
        let body = r#"{"status":"success","data":{"alerts":[{"labels":{"alertname":"Watchdog"},"state":"firing","activeAt":"2026-11-21T03:00:44Z","value":"1e+00"}]}}"#;
        let alerts = alerts(Envelope::read(body.as_bytes()).expect("an envelope")).expect("alerts");
        assert_eq!(alerts[0].labels["alertname"], *"Watchdog");
    }
}
