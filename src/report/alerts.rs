//! The alerts as text.

use serde_json::json;

use crate::app::model::Model;
use crate::app::screen::AlertsScreen;
use crate::domain::alert::{Alert, AlertState, Severity, Suppression};
use crate::domain::figure;
use crate::domain::problem::{Cause, Problem};
use crate::insight::alerts::headline;

use super::document::Report;

pub(super) fn report(screen: &AlertsScreen, model: &Model) -> Report {
    let headings = ["STATE", "SEVERITY", "ALERT", "SERVICE", "NAMESPACE", "SINCE", "ROUTED TO", "VALUE", "MATCHED BY"];
    let mut report = Report::new("Alerts", &headings);
    for alert in screen.table.order().iter().filter_map(|fingerprint| model.alerts.get(fingerprint)) {
        report.rows.push(row(alert));
        let mut item = serde_json::to_value(alert).unwrap_or_default();
        if let Some(fields) = item.as_object_mut() {
            fields.insert("since".to_owned(), json!(alert.since()));
            let onset = alert.matched.as_ref().and_then(|matched| model.onset(&matched.service));
            fields.insert("onset".to_owned(), json!(onset));
        }
        report.items.push(item);
    }
    let unread = super::open::problem_of(&model.alerts.freshness);
    // Elsewhere alerts may be absent; who asks for them alone must not take that for an all-clear.
    let asked_for = |problem: Problem| match problem.cause {
        Cause::Absent => Problem { cause: Cause::NotFound, ..problem },
        _ => problem,
    };
    report.problems.extend(unread.map(asked_for));
    report.problems.extend(model.alerts.missing.iter().cloned());
    report
}

fn row(alert: &Alert) -> Vec<String> {
    let matched = alert.matched.as_ref();
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    vec![
        state(alert.state).to_owned(),
        severity(alert.severity).to_owned(),
        alert.name.to_string(),
        matched.map_or_else(|| "-".to_owned(), |matched| matched.service.name.to_string()),
        matched
            .map(|matched| &matched.service.namespace)
            .or_else(|| alert.label("namespace"))
            .map_or_else(|| "-".to_owned(), ToString::to_string),
        alert.since().map_or_else(|| "-".to_owned(), figure::stamp),
        or_dash(routes(alert)),
        or_dash(headline(alert).to_string()),
        matched.map_or_else(|| "-".to_owned(), |matched| matched.reason.to_string()),
    ]
}

fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "firing",
        AlertState::Pending => "pending",
        AlertState::Suppressed => "suppressed",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Other => "other",
    }
}

/// Receivers, or what keeps it from them.
fn routes(alert: &Alert) -> String {
    let quiet: Vec<String> = alert.suppressed_by.iter().map(Suppression::words).collect();
    if quiet.is_empty() {
        let names: Vec<&str> = alert.routed_to.iter().map(|name| name.as_str()).collect();
        names.join(", ")
    } else {
        quiet.join(", ")
    }
}
