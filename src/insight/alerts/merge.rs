//! One list of alerts from two sources: Prometheus knows what is pending and since when, Alertmanager what is routed
//! and what keeps it quiet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::alert::{ActiveAlert, Alert, AlertState, AlertingRule, RoutedAlert, Severity, Silence, Suppression};
use crate::domain::text::CleanText;

type Labels = BTreeMap<CleanText, CleanText>;

/// All alerts in their order, and whether alerting itself is alive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertBoard {
    pub alerts: Vec<Alert>,
    pub watchdog: Watchdog,
    /// Rules whose evaluation fails: what they would say is not known.
    pub broken_rules: Vec<CleanText>,
}

/// The alert that always fires: its silence means that nobody would be told of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Watchdog {
    /// It fires, as seen at this time.
    Alive(Option<Timestamp>),
    /// There is a rule for it, and it does not fire, or does not reach Alertmanager.
    Silent,
    /// Nobody set one up.
    Absent,
}

const WATCHDOGS: [&str; 3] = ["Watchdog", "DeadMansSwitch", "DeadMansSnitch"];
/// Fires only to keep others quiet.
const MACHINERY: &str = "InfoInhibitor";

/// Merges what both know. `routed` is None where Alertmanager could not be asked, `silences` may then be empty.
#[must_use]
pub fn merge(rules: &[AlertingRule], routed: Option<&[RoutedAlert]>, silences: &[Silence]) -> AlertBoard {
    let all_routed = routed.unwrap_or_default();
    let names: BTreeMap<&CleanText, &CleanText> =
        all_routed.iter().filter_map(|alert| Some((&alert.fingerprint, alert.labels.get("alertname")?))).collect();
    let suppressions = |alert: &RoutedAlert| suppressions(alert, silences, &names);
    let mut taken = BTreeSet::new();
    let mut alerts = Vec::new();
    for rule in rules {
        for active in &rule.active {
            let route = all_routed.iter().enumerate().find(|(_, routed)| same(&active.labels, &routed.labels));
            if let Some((index, _)) = route {
                taken.insert(index);
            }
            alerts.push(from_prometheus(rule, active, route.map(|(_, routed)| routed), &suppressions));
        }
    }
    for (index, routed) in all_routed.iter().enumerate() {
        if !taken.contains(&index) {
            alerts.push(from_alertmanager(routed, suppressions(routed)));
        }
    }
    let watchdog = watchdog(rules, routed);
    alerts.retain(|alert| !is_watchdog(&alert.name) && alert.name != MACHINERY);
    alerts.sort_by(|a, b| {
        let key = |alert: &Alert| (alert.state, alert.severity);
        let since = |alert: &Alert| alert.starts_at.or(alert.active_at);
        let newest_first = || since(b).cmp(&since(a));
        key(a)
            .cmp(&key(b))
            .then_with(newest_first)
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.labels.cmp(&b.labels))
    });
    let broken_rules = rules
        .iter()
        .filter(|rule| !rule.last_error.is_empty())
        .map(|rule| CleanText::from(format!("{}: {}", rule.name, rule.last_error)))
        .collect();
    AlertBoard { alerts, watchdog, broken_rules }
}

/// Alertmanager holds the labels of Prometheus, and perhaps external ones of that Prometheus besides.
fn same(prometheus: &Labels, alertmanager: &Labels) -> bool {
    prometheus.iter().all(|(name, value)| alertmanager.get(name) == Some(value))
}

fn from_prometheus(
    rule: &AlertingRule,
    active: &ActiveAlert,
    routed: Option<&RoutedAlert>,
    suppressions: &impl Fn(&RoutedAlert) -> Vec<Suppression>,
) -> Alert {
    let suppressed_by = routed.map(suppressions).unwrap_or_default();
    let state = match (active.firing, suppressed_by.is_empty()) {
        (false, _) => AlertState::Pending,
        (true, true) => AlertState::Firing,
        (true, false) => AlertState::Suppressed,
    };
    Alert {
        name: rule.name.clone(),
        severity: severity(&active.labels),
        state,
        labels: active.labels.clone(),
        annotations: active.annotations.clone(),
        active_at: active.active_at,
        starts_at: routed.and_then(|routed| routed.starts_at).filter(|_| active.firing),
        value: active.value,
        rule: Some(rule.rule.clone()),
        routed_to: routed.map(|routed| routed.receivers.clone()).unwrap_or_default(),
        suppressed_by,
        matched: None,
    }
}

fn from_alertmanager(routed: &RoutedAlert, suppressed_by: Vec<Suppression>) -> Alert {
    Alert {
        name: routed.labels.get("alertname").cloned().unwrap_or_default(),
        severity: severity(&routed.labels),
        state: if suppressed_by.is_empty() { AlertState::Firing } else { AlertState::Suppressed },
        labels: routed.labels.clone(),
        annotations: routed.annotations.clone(),
        active_at: None,
        starts_at: routed.starts_at,
        value: None,
        rule: None,
        routed_to: routed.receivers.clone(),
        suppressed_by,
        matched: None,
    }
}

fn severity(labels: &Labels) -> Severity {
    let label = labels.get("severity").or_else(|| labels.get("priority"));
    match label.map(|label| label.to_ascii_lowercase()).as_deref() {
        Some("critical" | "page" | "pager" | "crit" | "p1") => Severity::Critical,
        Some("warning" | "warn" | "error" | "ticket" | "major" | "p2") => Severity::Warning,
        _ => Severity::Other,
    }
}

fn suppressions(
    alert: &RoutedAlert,
    silences: &[Silence],
    names: &BTreeMap<&CleanText, &CleanText>,
) -> Vec<Suppression> {
    let silenced = alert.silenced_by.iter().map(|id| {
        let silence = silences.iter().find(|silence| silence.id == *id);
        Suppression::Silence {
            id: id.clone(),
            by: silence.map(|silence| silence.created_by.clone()).unwrap_or_default(),
            comment: silence.map(|silence| silence.comment.clone()).unwrap_or_default(),
            until: silence.and_then(|silence| silence.ends_at).unwrap_or(Timestamp::MAX),
        }
    });
    let inhibited = alert.inhibited_by.iter().map(|fingerprint| Suppression::Inhibited {
        by: names.get(fingerprint).map_or_else(|| fingerprint.clone(), |name| (*name).clone()),
    });
    let muted = alert.muted_by.iter().map(|interval| Suppression::Muted { interval: interval.clone() });
    silenced.chain(inhibited).chain(muted).collect()
}

fn is_watchdog(name: &str) -> bool {
    WATCHDOGS.contains(&name)
}

fn watchdog(rules: &[AlertingRule], routed: Option<&[RoutedAlert]>) -> Watchdog {
    let Some(rule) = rules.iter().find(|rule| is_watchdog(&rule.name)) else {
        let routed = routed
            .unwrap_or_default()
            .iter()
            .find(|alert| alert.labels.get("alertname").is_some_and(|name| is_watchdog(name)));
        return routed.map_or(Watchdog::Absent, |_| Watchdog::Alive(None));
    };
    let reached =
        routed.is_none_or(|routed| routed.iter().any(|alert| alert.labels.get("alertname") == Some(&rule.name)));
    if rule.active.iter().any(|active| active.firing) && reached {
        Watchdog::Alive(rule.rule.evaluated_at)
    } else {
        Watchdog::Silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::AlertRule;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_700_000_000 + second).ok()
    }

    fn rule(name: &str, active: Vec<ActiveAlert>) -> AlertingRule {
        AlertingRule {
            name: name.into(),
            rule: AlertRule {
                expression: "x > 1".into(),
                hold_seconds: 30.0,
                keep_firing_seconds: 0.0,
                evaluated_at: at(100),
                interval_seconds: 5.0,
            },
            labels: Labels::new(),
            annotations: Labels::new(),
            last_error: CleanText::default(),
            active,
        }
    }

    fn active(name: &str, severity: &str, firing: bool) -> ActiveAlert {
        ActiveAlert {
            labels: labels(&[("alertname", name), ("severity", severity)]),
            annotations: Labels::new(),
            firing,
            active_at: at(0),
            value: Some(2.0),
        }
    }

    fn routed(name: &str, severity: &str, silenced_by: &[&str]) -> RoutedAlert {
        RoutedAlert {
            fingerprint: format!("f-{name}").into(),
            labels: labels(&[("alertname", name), ("severity", severity), ("prometheus", "monitoring/k8s")]),
            annotations: Labels::new(),
            starts_at: at(30),
            ends_at: at(300),
            receivers: vec!["pager".into()],
            silenced_by: silenced_by.iter().map(|id| (*id).into()).collect(),
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
        }
    }

    fn order(board: &AlertBoard) -> Vec<(&str, AlertState)> {
        board.alerts.iter().map(|alert| (alert.name.as_str(), alert.state)).collect()
    }

    #[test]
    fn both_sources_make_one_alert() {
        let rules = [rule("Pay", vec![active("Pay", "critical", true)])];
        let board = merge(&rules, Some(&[routed("Pay", "critical", &[])]), &[]);
        assert_eq!(board.alerts.len(), 1);
        let alert = &board.alerts[0];
        assert_eq!((alert.active_at, alert.starts_at), (at(0), at(30)));
        assert_eq!(alert.routed_to, ["pager"]);
        assert_eq!(alert.severity, Severity::Critical);
    }

    #[test]
    fn a_silence_is_named_with_its_author() {
        let silence = Silence {
            id: "s1".into(),
            created_by: "bob".into(),
            comment: "migration".into(),
            starts_at: at(0),
            ends_at: at(3600),
            active: true,
            matchers: Vec::new(),
        };
        let rules = [rule("Pay", vec![active("Pay", "critical", true)])];
        let board = merge(&rules, Some(&[routed("Pay", "critical", &["s1"])]), &[silence]);
        assert_eq!(order(&board), [("Pay", AlertState::Suppressed)]);
        assert_eq!(
            board.alerts[0].suppressed_by,
            [Suppression::Silence {
                id: "s1".into(),
                by: "bob".into(),
                comment: "migration".into(),
                until: at(3600).expect("a time"),
            }]
        );
    }

    #[test]
    fn the_worst_comes_first_and_the_quiet_last() {
        let rules = [
            rule("Soon", vec![active("Soon", "critical", false)]),
            rule("Warn", vec![active("Warn", "warning", true)]),
            rule("Quiet", vec![active("Quiet", "critical", true)]),
            rule("Bad", vec![active("Bad", "page", true)]),
        ];
        let routed = [routed("Quiet", "critical", &["s"]), routed("Elsewhere", "warning", &[])];
        let board = merge(&rules, Some(&routed), &[]);
        assert_eq!(
            order(&board),
            [
                ("Bad", AlertState::Firing),
                ("Elsewhere", AlertState::Firing),
                ("Warn", AlertState::Firing),
                ("Soon", AlertState::Pending),
                ("Quiet", AlertState::Suppressed),
            ]
        );
    }

    #[test]
    fn the_watchdog_is_no_alert_and_its_silence_is_seen() {
        let watching = [rule("Watchdog", vec![active("Watchdog", "none", true)])];
        let reached = [routed("Watchdog", "none", &[])];
        let board = merge(&watching, Some(&reached), &[]);
        assert!(board.alerts.is_empty());
        assert_eq!(board.watchdog, Watchdog::Alive(at(100)));
        assert_eq!(merge(&watching, None, &[]).watchdog, Watchdog::Alive(at(100)));
        assert_eq!(merge(&watching, Some(&[]), &[]).watchdog, Watchdog::Silent, "it does not reach Alertmanager");
        assert_eq!(merge(&[rule("Watchdog", vec![])], None, &[]).watchdog, Watchdog::Silent);
        assert_eq!(merge(&[], Some(&[]), &[]).watchdog, Watchdog::Absent);
    }

    #[test]
    fn an_inhibited_alert_names_its_inhibitor() {
        let mut quiet = routed("Quiet", "warning", &[]);
        quiet.inhibited_by = vec!["f-Loud".into()];
        let board = merge(&[], Some(&[quiet, routed("Loud", "critical", &[])]), &[]);
        assert_eq!(board.alerts[1].suppressed_by, [Suppression::Inhibited { by: "Loud".into() }]);
    }

    #[test]
    fn a_rule_that_fails_is_said() {
        let mut broken = rule("Broken", vec![]);
        broken.last_error = "many-to-many".into();
        assert_eq!(merge(&[broken], None, &[]).broken_rules, ["Broken: many-to-many"]);
    }
}
