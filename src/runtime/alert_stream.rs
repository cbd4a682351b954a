//! Reads the alerts of Prometheus and Alertmanager again and again and merges them. Where one of the two cannot be asked,
//! the other's word is told, with what is missing.

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::app::message::AlertsRead;
use crate::app::subscription::Params;
use crate::app::{Delivery, Key, Message};
use crate::domain::alert::{AlertingRule, RoutedAlert, Silence};
use crate::domain::endpoint::Monitor;
use crate::domain::freshness::Freshness;
use crate::domain::problem::{Cause, Problem};
use crate::insight::alerts::merge;
use crate::sources::clock::Clock;

use super::link::{Found, Link};

/// One way of asking: None while it is still looked for.
type Asked<T> = Option<Result<T, Problem>>;

pub(super) async fn run(
    link: Link,
    clock: Clock,
    mut params: watch::Receiver<Params>,
    key: Key,
    messages: mpsc::Sender<Message>,
) {
    let mut last: Option<Timestamp> = None;
    loop {
        let Params::Every(every) = *params.borrow_and_update() else { return };
        let Some(found) = link.wait(ready).await else { return };
        let (rules, routed) = tokio::join!(ask_prometheus(&found), ask_alertmanager(&found));
        let mut deliveries = Vec::new();
        match read(rules, routed) {
            Ok(read) => {
                last = Some(clock.now());
                deliveries.push(Delivery::Alerts(Box::new(read)));
                deliveries.push(Delivery::Freshness(Freshness::Live));
            }
            Err(problem) => deliveries.push(Delivery::Freshness(match (last, problem.cause.clone()) {
                (Some(since), _) => Freshness::Stale { since, problem },
                (None, Cause::Denied(access)) => Freshness::Denied(access),
                (None, _) => Freshness::Failed(problem),
            })),
        }
        for delivery in deliveries {
            if messages.send(Message::Delivery(key.clone(), delivery)).await.is_err() {
                return;
            }
        }
        let settled = found.is_settled();
        tokio::select! {
            () = tokio::time::sleep(clock.real(every)) => {}
            // The other one may be found meanwhile: then both are asked at once.
            more = link.wait(|found| found.is_settled().then_some(())), if !settled => if more.is_none() { return },
            changed = params.changed() => if changed.is_err() { return },
        }
    }
}

/// Somebody can be asked, or nobody ever can.
fn ready(found: &Found) -> Option<Found> {
    (found.prometheus.is_some() || found.alertmanager.is_some() || found.is_settled()).then(|| found.clone())
}

async fn ask_prometheus(found: &Found) -> Asked<Vec<AlertingRule>> {
    match &found.prometheus {
        Some(prometheus) => Some(prometheus.rules().await),
        None => found.absent.get(&Monitor::Prometheus).cloned().map(Err),
    }
}

async fn ask_alertmanager(found: &Found) -> Asked<(Vec<RoutedAlert>, Vec<Silence>)> {
    let Some(alertmanager) = &found.alertmanager else {
        return found.absent.get(&Monitor::Alertmanager).cloned().map(Err);
    };
    let (alerts, silences) = tokio::join!(alertmanager.alerts(), alertmanager.silences());
    // Silences only put words to what the alerts say already.
    Some(alerts.map(|alerts| (alerts, silences.unwrap_or_default())))
}

/// # Errors
/// Neither of the two could be asked.
fn read(
    rules: Asked<Vec<AlertingRule>>,
    routed: Asked<(Vec<RoutedAlert>, Vec<Silence>)>,
) -> Result<AlertsRead, Problem> {
    let mut missing = Vec::new();
    let rules = take(rules, &mut missing);
    let routed = take(routed, &mut missing);
    if rules.is_none() && routed.is_none() {
        return Err(neither(missing));
    }
    let (alerts, silences) = routed.unzip();
    let board = merge(&rules.unwrap_or_default(), alerts.as_deref(), &silences.unwrap_or_default());
    Ok(AlertsRead { board, missing })
}

fn take<T>(asked: Asked<T>, missing: &mut Vec<Problem>) -> Option<T> {
    match asked? {
        Ok(value) => Some(value),
        Err(problem) => {
            missing.push(problem);
            None
        }
    }
}

fn neither(missing: Vec<Problem>) -> Problem {
    let denied = missing.iter().find(|problem| matches!(problem.cause, Cause::Denied(_)));
    if let Some(problem) = denied {
        return problem.clone();
    }
    let hint = missing.first().map(|problem| problem.hint.clone()).unwrap_or_default();
    let why: Vec<String> = missing
        .iter()
        .map(|problem| match problem.why.is_empty() {
            true => problem.what.to_string(),
            false => format!("{}: {}", problem.what, problem.why),
        })
        .collect();
    Problem::new(Cause::Absent, "alerts cannot be read", why.join("; "), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absent(what: &str) -> Problem {
        Problem::new(Cause::Absent, what, "none was found", "name it")
    }

    #[test]
    fn one_of_the_two_is_enough() {
        let read = read(Some(Ok(Vec::new())), Some(Err(absent("no Alertmanager")))).expect("a reading");
        assert_eq!(read.missing, [absent("no Alertmanager")]);
        assert!(read.board.alerts.is_empty());
    }

    #[test]
    fn what_is_still_looked_for_is_not_missing() {
        let read = read(Some(Ok(Vec::new())), None).expect("a reading");
        assert!(read.missing.is_empty());
    }

    #[test]
    fn without_both_the_reasons_of_both_are_told() {
        let problem =
            read(Some(Err(absent("no Prometheus"))), Some(Err(absent("no Alertmanager")))).expect_err("a problem");
        assert_eq!(problem.why, "no Prometheus: none was found; no Alertmanager: none was found");
    }
}
