//! The pages of one thing as Markdown: a service, its charts, an alert. Times are UTC, texts from outside are quoted.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::app::model::Model;
use crate::app::screen::{AlertScreen, ChartsScreen, ServiceScreen};
use crate::app::service_charts::{self, ServiceCharts, Sign};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::service::Owner;
use crate::insight::alerts::headline;
use crate::kinds::age;

use super::markdown::{cells, freshness_note, quoted};

/// How a service is, what changed, what fires, its pods and its errors. Writing to a String cannot fail.
pub(super) fn service(screen: &ServiceScreen, model: &Model, text: &mut String) {
    let key = screen.key();
    let Some(service) = model.services.get(key) else {
        let _ = writeln!(text, "It is not there any more.\n");
        return;
    };
    let _ = writeln!(text, "## Now\n");
    let reason = if service.health.reason.is_empty() {
        format!("{:?}", service.health.grade).to_lowercase()
    } else {
        service.health.reason.to_string()
    };
    let _ = writeln!(text, "- **{reason}**");
    let _ = writeln!(text, "- {} of {} ready", service.ready, service.desired);
    if !service.version.is_empty() {
        let _ = writeln!(text, "- version {}", service.version);
    }
    match &service.owner {
        Owner::Nobody => {}
        Owner::Helm { release, namespace } => {
            let _ = writeln!(text, "- owned by Helm release {namespace}/{release}");
        }
        Owner::ArgoCd { application } => {
            let _ = writeln!(text, "- owned by Argo CD application {application}");
        }
        Owner::Flux { name } => {
            let _ = writeln!(text, "- owned by Flux {name}");
        }
    }
    if let Some(split) = &screen.split {
        let _ = writeln!(text, "- {}", split.words());
    }
    text.push('\n');
    measured(&screen.charts, model, text);
    firing(screen, model, text);
    timeline(screen, text);
    pods(screen, model, text);
    errors(screen, model, text);
}

fn firing(screen: &ServiceScreen, model: &Model, text: &mut String) {
    let alerts: Vec<&Alert> = model.alerts_of(screen.key()).collect();
    if alerts.is_empty() && model.alerts.freshness == Freshness::Live {
        return;
    }
    let _ = writeln!(text, "## Alerts\n");
    freshness_note(&model.alerts.freshness, model.now, text);
    for alert in alerts {
        let since = alert.since().map_or_else(String::new, |at| format!(" since {}", figure::stamp(at)));
        let _ = writeln!(text, "- {} {}{since}: {}", alert.name, state(alert.state), headline(alert));
    }
    text.push('\n');
}

fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "fires",
        AlertState::Pending => "is pending",
        AlertState::Suppressed => "is suppressed",
    }
}

fn timeline(screen: &ServiceScreen, text: &mut String) {
    let _ = writeln!(text, "## Timeline (UTC), newest first\n");
    for happening in &screen.happenings {
        let about = if happening.about { "~" } else { "" };
        let kind = match happening.sign {
            Sign::Onset | Sign::Alert(_) => String::new(),
            Sign::Restart => "restart: ".to_owned(),
            Sign::Change(kind) => format!("{kind:?}: ").to_lowercase(),
        };
        let source = if happening.source.is_empty() { String::new() } else { format!(" ({})", happening.source) };
        let _ = writeln!(text, "- {about}{} {kind}{}{source}", figure::stamp(happening.at), happening.words);
    }
    for limit in &screen.limits {
        let _ = writeln!(text, "- {limit}");
    }
    text.push('\n');
}

fn pods(screen: &ServiceScreen, model: &Model, text: &mut String) {
    let _ = writeln!(text, "## Pods\n");
    freshness_note(&model.freshness(crate::domain::object::Kind::Pod), model.now, text);
    let pods = model.services.pods(screen.key());
    if pods.is_empty() {
        let _ = writeln!(text, "None is known.\n");
        return;
    }
    let metrics = service_charts::metrics(screen.key(), model);
    let _ = writeln!(text, "{}", cells(["pod", "errors", "age", "version", "node", "state", "restarts"]));
    let _ = writeln!(text, "{}", cells(["---"; 7]));
    for pod in screen.pods.order().iter().filter_map(|key| pods.iter().find(|pod| pod.key == *key)) {
        let errors = metrics.and_then(|metrics| service_charts::pod_errors(metrics, &pod.key));
        let row = [
            pod.key.name.to_string(),
            errors.map_or_else(|| "not measured".to_owned(), |ratio| format!("{} %", figure::percent(ratio))),
            pod.created.map(|created| age::age(created, model.now)).unwrap_or_default(),
            pod.version().to_string(),
            pod.node.to_string(),
            service_charts::pod_state(pod).to_string(),
            pod.restarts.to_string(),
        ];
        let _ = writeln!(text, "{}", cells(row));
    }
    text.push('\n');
}

fn errors(screen: &ServiceScreen, model: &Model, text: &mut String) {
    let _ = writeln!(text, "## Errors in logs\n");
    let errors = &screen.errors;
    freshness_note(&errors.freshness, model.now, text);
    if errors.digest.is_empty() {
        let _ = writeln!(text, "No line was read.\n");
        return;
    }
    let comparison = errors.digest.comparison(model.now);
    let comparison = if comparison.is_empty() { comparison } else { format!(", {comparison}") };
    let _ = writeln!(text, "{}{comparison}\n", errors.digest.rate(model.now));
    for kind in errors.digest.kinds() {
        let new = if errors.digest.is_new(kind) { " (new)" } else { "" };
        let _ = writeln!(text, "- {}×{new} {}", figure::count(kind.since), quoted(&kind.words));
    }
    let _ = writeln!(text, "\n{}\n", errors.read(model));
}

/// The charts of a service as numbers.
pub(super) fn charts(screen: &ChartsScreen, model: &Model, text: &mut String) {
    measured(&screen.charts, model, text);
    if !screen.charts.changes.is_empty() {
        let _ = writeln!(text, "## Changes (UTC)\n");
        for change in &screen.charts.changes {
            let about = if change.about { "~" } else { "" };
            let _ = writeln!(text, "- {about}{} {} ({})", figure::stamp(change.at), change.title, change.source);
        }
        text.push('\n');
    }
    if let Some(onset) = model.onset(&screen.charts.service) {
        let _ = writeln!(text, "Errors began at {} UTC.\n", figure::stamp(onset));
    }
}

/// What was measured over the stretch of time the charts show.
fn measured(charts: &ServiceCharts, model: &Model, text: &mut String) {
    let curves = charts.curves(model);
    if curves.is_empty() {
        let why = match &model.prometheus {
            Some(Err(problem)) => problem.to_string(),
            _ => "nothing is measured in this time".to_owned(),
        };
        let _ = writeln!(text, "## Measured\n\n{why}\n");
        return;
    }
    let end = charts.end(model);
    let span = jiff::SignedDuration::try_from(charts.axis.span).unwrap_or_default();
    let from = end.checked_sub(span).unwrap_or(end);
    let _ = writeln!(text, "## Measured, {} – {} UTC\n", figure::stamp(from), figure::stamp(end));
    let at_cursor = charts.axis.cursor.map(|at| format!("at {}", figure::second(at)));
    let mut headings = vec!["", "newest", "lowest", "highest"];
    headings.extend(at_cursor.as_deref());
    let _ = writeln!(text, "{}", cells(&headings));
    let _ = writeln!(text, "{}", cells(vec!["---"; headings.len()]));
    for curve in &curves {
        let words = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| figure::value(curve.unit, value));
        let values = || curve.values.iter().flatten().copied();
        let mut row = vec![
            curve.title.to_owned(),
            words(curve.values.iter().rev().take(2).find_map(|value| *value)),
            words(values().reduce(f64::min)),
            words(values().reduce(f64::max)),
        ];
        row.extend(charts.axis.cursor.map(|at: Timestamp| words(curve.at(at))));
        let _ = writeln!(text, "{}", cells(&row));
    }
    text.push('\n');
}

/// One alert: what it says, whom it hits, since when, and what keeps it quiet.
pub(super) fn alert(screen: &AlertScreen, text: &mut String) {
    let alert = &screen.alert;
    let stamp = |at: Option<Timestamp>| at.map_or_else(|| "not known".to_owned(), figure::stamp);
    match screen.ended {
        Some(ended) => {
            let _ = writeln!(text, "- **over**: no longer among the alerts at {}", figure::stamp(ended));
        }
        None => {
            let _ = writeln!(text, "- **{} {}**, {:?}", alert.name, state(alert.state), alert.severity);
        }
    }
    let _ = writeln!(text, "- {}", headline(alert));
    let _ = writeln!(text, "- pending since {}", stamp(alert.active_at));
    if alert.state != AlertState::Pending {
        let _ = writeln!(text, "- firing since {}", stamp(alert.since()));
    }
    if let Some(onset) = &screen.onset {
        let _ = writeln!(text, "- symptom began at {}: {}", figure::stamp(onset.at()), onset.words());
    }
    if let Some(matched) = &alert.matched {
        let _ = writeln!(text, "- hits {}: {}", matched.service, matched.reason);
    }
    for quiet in &alert.suppressed_by {
        let _ = writeln!(text, "- {}", quiet.words());
    }
    let routed: Vec<&str> = alert.routed_to.iter().map(|name| name.as_str()).collect();
    if !routed.is_empty() {
        let _ = writeln!(text, "- routed to {}", routed.join(", "));
    }
    if let Some(rule) = &alert.rule {
        let _ = writeln!(text, "\n## Expression, for {}\n", figure::seconds(rule.hold_seconds));
        super::markdown::block("promql", std::iter::once(rule.expression.as_str()), text);
    }
    let _ = writeln!(text, "## Labels and annotations\n");
    for (name, value) in alert.labels.iter().chain(&alert.annotations) {
        let _ = writeln!(text, "- {name}: {}", quoted(value));
    }
}
