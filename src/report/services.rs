//! The services as text.

use crate::app::model::Model;
use crate::app::screen::ServicesScreen;
use crate::app::services::KINDS;
use crate::domain::health::Grade;
use crate::domain::problem::{Cause, Problem};
use crate::domain::service::Service;
use crate::kinds::age;

use super::document::Report;

pub(super) fn report(screen: &ServicesScreen, model: &Model) -> Report {
    let headings = [
        "HEALTH",
        "SERVICE",
        "NAMESPACE",
        "READY",
        "RESTARTS 24H",
        "ALERTS",
        "REQ/S",
        "ERR %",
        "CHANGED",
        "VERSION",
        "REASON",
    ];
    let mut report = Report::new("Services", &headings);
    for service in screen.table.order().iter().filter_map(|key| model.services.get(key)) {
        report.rows.push(row(service, model));
        report.items.push(serde_json::to_value(service.as_ref()).unwrap_or_default());
    }
    for kind in KINDS {
        report.problems.extend(super::open::problem_of(&model.freshness(kind)));
    }
    if report.items.is_empty() && report.problems.is_empty() {
        // An empty list must not look like one in which all is well.
        let what = format!("no service runs in {}", model.namespaces);
        report.problems.push(Problem::new(Cause::Absent, what, "", "-A looks in all namespaces"));
    }
    if let Some(Err(problem)) = &model.prometheus {
        report.problems.push(problem.clone());
    }
    report
}

fn row(service: &Service, model: &Model) -> Vec<String> {
    let restarts = &service.restarts;
    let number =
        |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"));
    vec![
        word(service.health.grade).to_owned(),
        service.key.name.to_string(),
        service.key.namespace.to_string(),
        format!("{}/{}", service.ready, service.desired),
        format!("{}{} {}", if restarts.exact { "" } else { "≥" }, restarts.count, restarts.reason)
            .trim_end()
            .to_owned(),
        alerts(service),
        number(service.vitals.requests.now, 1),
        number(service.vitals.errors.now.map(|ratio| ratio * 100.0), 2),
        service
            .change
            .as_ref()
            .map_or_else(|| "-".to_owned(), |change| format!("{} {}", age::age(change.at, model.now), change.title)),
        service.version.to_string(),
        service.health.reason.to_string(),
    ]
}

fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Broken => "broken",
        Grade::AtRisk => "at risk",
        Grade::Changing => "changing",
        Grade::Unknown => "unknown",
        Grade::Ready => "ready",
        Grade::Well => "well",
    }
}

fn alerts(service: &Service) -> String {
    let counts = [
        (service.alerts.critical, "C"),
        (service.alerts.warning, "W"),
        (service.alerts.other, "I"),
        (service.alerts.pending, " pending"),
        (service.alerts.silenced, " silenced"),
    ];
    let words: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count}{word}")).collect();
    words.join(" ")
}
