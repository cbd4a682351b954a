//! Starts the stream of a subscription: which source it is, and how its words become messages.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::app::effect::{MetricQuery, Selection};
use crate::app::message::MetricAnswer;
use crate::app::subscription::{ObjectsTopic, Params, Topic};
use crate::app::{Delivery, Key, Message};
use crate::domain::freshness::Freshness;
use crate::domain::metric::Grid;
use crate::kinds::info::info;
use crate::sources::clock::Clock;
use crate::sources::kube::{Connection, Selectors, WatchRequest, watch as watch_objects};
use crate::sources::prometheus::{PrometheusClient, RangeRequest};
use crate::sources::task_scope::TaskScope;

use super::alert_stream;
use super::link::Link;
use super::log_stream;
use super::perform::Performer;

/// Samples of one answer that are kept.
const SAMPLES: usize = 5_000;
/// A changed wish waits this long for the next change.
const COALESCED: Duration = Duration::from_millis(100);
/// Series of one answer that are kept.
const SERIES: usize = 200;

pub(super) fn start(
    key: &Key,
    params: watch::Receiver<Params>,
    scope: &TaskScope,
    messages: mpsc::Sender<Message>,
    performer: &Performer,
) {
    let link = performer.link();
    match &key.topic {
        Topic::Clock => scope.spawn(tell_time(params, performer.clock().clone(), messages)),
        Topic::Objects(topic) => {
            if let Some(connection) = link.connection(key.generation) {
                scope.spawn(objects(connection, topic.clone(), key.clone(), messages));
            }
        }
        Topic::Metrics(_) => {
            let clock = performer.clock().clone();
            scope.spawn(metrics(link.clone(), clock, params, key.clone(), messages));
        }
        Topic::Alerts => {
            let clock = performer.clock().clone();
            scope.spawn(alert_stream::run(link.clone(), clock, params, key.clone(), messages));
        }
        Topic::Logs(_) => {
            if let Some(connection) = link.connection(key.generation) {
                scope.spawn(log_stream::run(connection, params, key.clone(), messages));
            }
        }
        Topic::Hold(session) => scope.spawn(performer.shells().clone().hold(*session)),
    }
}

/// The two selectors of a list or watch, as the API spells them.
pub(super) fn selectors(selection: &Selection) -> Selectors {
    match selection {
        Selection::Everything => Selectors::default(),
        Selection::Labels(labels) => Selectors { labels: labels.clone(), fields: String::new() },
        Selection::About(key) => {
            let kind = info(key.kind).name;
            let fields = format!("involvedObject.kind={kind},involvedObject.name={}", key.name);
            Selectors { labels: String::new(), fields }
        }
        Selection::AboutAny(kind) => {
            Selectors { labels: String::new(), fields: format!("involvedObject.kind={}", info(*kind).name) }
        }
    }
}

async fn objects(connection: Connection, topic: ObjectsTopic, key: Key, messages: mpsc::Sender<Message>) {
    let selectors = selectors(&topic.selection);
    let request = WatchRequest { kind: topic.kind, scope: topic.scope, selectors };
    let (sender, mut events) = mpsc::channel(8);
    let forward = async {
        while let Some(event) = events.recv().await {
            if messages.send(Message::Delivery(key.clone(), Delivery::Objects(event))).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(watch_objects(connection, request, sender), forward);
}

/// Tells the time once, at the moment that is wanted; a new wish comes with new parameters.
async fn tell_time(mut params: watch::Receiver<Params>, clock: Clock, messages: mpsc::Sender<Message>) {
    loop {
        let Params::At(at) = *params.borrow_and_update() else { return };
        let wait = Duration::try_from(at.duration_since(clock.now())).unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(clock.real(wait)) => {
                if messages.send(Message::Clock(clock.now().max(at))).await.is_err() {
                    return;
                }
                // The machine answers with a new moment.
                if params.changed().await.is_err() {
                    return;
                }
            }
            changed = params.changed() => if changed.is_err() { return },
        }
    }
}

/// Asks a set of queries again and again; all answers of one round are one message.
async fn metrics(
    link: Link,
    clock: Clock,
    mut params: watch::Receiver<Params>,
    key: Key,
    messages: mpsc::Sender<Message>,
) {
    let Some(prometheus) = link.wait(|found| found.prometheus.clone()).await else { return };
    loop {
        let Params::Queries { queries, every } = params.borrow_and_update().clone() else { return };
        let asked = queries.iter().map(async |(name, query)| (*name, ask_metric(&prometheus, query, &clock).await));
        let answers = futures::future::join_all(asked).await;
        let failed = answers.iter().find_map(|(_, answer)| match answer {
            MetricAnswer::Failed(problem) => Some(problem.clone()),
            MetricAnswer::Range(_) | MetricAnswer::Instant(_) => None,
        });
        let freshness = failed.map_or(Freshness::Live, Freshness::Failed);
        for delivery in [Delivery::Metrics(answers), Delivery::Freshness(freshness)] {
            if messages.send(Message::Delivery(key.clone(), delivery)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(clock.real(every)) => {}
            changed = params.changed() => {
                if changed.is_err() {
                    return;
                }
                // Wishes that change in quick steps are asked once.
                tokio::time::sleep(COALESCED).await;
            }
        }
    }
}

pub(super) async fn ask_metric(prometheus: &PrometheusClient, query: &MetricQuery, clock: &Clock) -> MetricAnswer {
    let result = match query {
        MetricQuery::Instant { expression } => {
            prometheus.instant(expression, SAMPLES).await.map(|answer| MetricAnswer::Instant(answer.samples))
        }
        MetricQuery::Range { expression, grid } => {
            let request = RangeRequest { query: expression.clone(), grid: *grid, series_limit: SERIES };
            prometheus.range(&request).await.map(MetricAnswer::Range)
        }
        MetricQuery::Recent { expression, span, step } => {
            let grid = Grid::ending(clock.now(), span.as_secs_f64(), step.as_secs_f64());
            let request = RangeRequest { query: expression.clone(), grid, series_limit: SERIES };
            prometheus.range(&request).await.map(MetricAnswer::Range)
        }
    };
    result.unwrap_or_else(MetricAnswer::Failed)
}
