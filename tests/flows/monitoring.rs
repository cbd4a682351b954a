//! What the incident looks like in numbers: the production clients ask the built-in cluster's Prometheus, and the
//! judgements are made of its answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use watchkeeper::demo::{Cluster, Options, Role};
use watchkeeper::domain::endpoint::Monitor;
use watchkeeper::domain::identity::Generation;
use watchkeeper::domain::metric::{Grid, InstantSample, RangeAnswer};
use watchkeeper::domain::object::{Kind, ObjectKey, Scope};
use watchkeeper::domain::plan::Expectation;
use watchkeeper::domain::policy::Limits;
use watchkeeper::domain::text::CleanText;
use watchkeeper::insight::alerts::{AlertBoard, Watchdog, chart, merge, series_of};
use watchkeeper::insight::dashboard::{self, MetricNames, NameProbe, Query, query_name};
use watchkeeper::insight::evidence;
use watchkeeper::insight::onset::{self, Onset};
use watchkeeper::insight::verification::{
    AlertStanding, CheckKind, Facts, Mark, Measured, Measurement, Verdict, Verification, judge,
};
use watchkeeper::kinds::delivery::ObjectsEvent;
use watchkeeper::kinds::pod::PodRow;
use watchkeeper::kinds::row::Row;
use watchkeeper::kinds::workload::WorkloadRow;
use watchkeeper::sources::alertmanager::AlertmanagerClient;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::http_get::HttpGet;
use watchkeeper::sources::kube::{BoxedStream, Connection, Context, Target, WatchRequest, watch};
use watchkeeper::sources::monitoring::{Search, discover};
use watchkeeper::sources::prometheus::{PrometheusClient, RangeRequest};
use watchkeeper::sources::task_scope::TaskScope;

const EPOCH: &str = "2026-11-21T03:00:00Z";

struct Watch {
    cluster: Arc<Cluster>,
    connection: Connection,
    scope: TaskScope,
    prometheus: PrometheusClient,
    alertmanager: AlertmanagerClient,
    names: MetricNames,
}

impl Watch {
    async fn begin(at: Duration) -> Self {
        let epoch = EPOCH.parse().expect("a time");
        let options = Options { at, speed: 1.0, seed: 7, pods: None, role: Role::Oncall, epoch };
        let cluster = Cluster::start(options);
        let scope = TaskScope::new();
        let connection = connect(&cluster, &scope);
        let carrier: Arc<dyn HttpGet> = Arc::new(connection.clone());
        let find = async |monitor| {
            let discovery = discover(&carrier, &Search { monitor, pinned: None, scopes: &[] }).await;
            discovery.found.unwrap_or_else(|| panic!("no {monitor}: {:?}", discovery.steps))
        };
        let prometheus = PrometheusClient::new(&find(Monitor::Prometheus).await, &carrier).expect("a client");
        let alertmanager = AlertmanagerClient::new(&find(Monitor::Alertmanager).await, &carrier).expect("a client");
        let mut answers = BTreeMap::new();
        for probe in NameProbe::ALL {
            answers.insert(probe, prometheus.instant(&probe.expression(), 1000).await.expect("an answer").samples);
        }
        let names = MetricNames::read(|probe| &answers[&probe]);
        Self { cluster, connection, scope, prometheus, alertmanager, names }
    }

    fn now(&self) -> Timestamp {
        self.cluster.clock().now()
    }

    async fn range(&self, expression: &str, grid: Grid) -> RangeAnswer {
        let request = RangeRequest { query: expression.to_owned(), grid, series_limit: 500 };
        self.prometheus.range(&request).await.unwrap_or_else(|problem| panic!("{expression}: {problem}"))
    }

    async fn instant(&self, expression: &str) -> Vec<InstantSample> {
        self.prometheus
            .instant(expression, 500)
            .await
            .unwrap_or_else(|problem| panic!("{expression}: {problem}"))
            .samples
    }

    async fn ranges(&self, queries: Vec<Query>, grid: Grid) -> BTreeMap<&'static str, RangeAnswer> {
        let mut answers = BTreeMap::new();
        for query in queries.into_iter().filter(|query| !query.instant) {
            answers.insert(query.name, self.range(&query.expression, grid).await);
        }
        answers
    }

    async fn alerts(&self) -> AlertBoard {
        let rules = self.prometheus.rules().await.expect("rules");
        let routed = self.alertmanager.alerts().await.expect("alerts");
        merge(&rules, Some(&routed), &self.alertmanager.silences().await.expect("silences"))
    }

    /// All rows of a kind in checkout, by the production list and watch.
    async fn rows(&self, kind: Kind) -> Vec<Row> {
        let (events, mut delivered) = mpsc::channel(64);
        let request = WatchRequest::new(kind, Scope::Namespace("checkout".into()));
        let scope = self.scope.child();
        scope.spawn(watch(self.connection.clone(), request, events));
        let mut rows = BTreeMap::new();
        loop {
            match delivered.recv().await.expect("rows before the end") {
                ObjectsEvent::Applied(new) | ObjectsEvent::Replaced(new) => {
                    rows.extend(new.into_iter().map(|row| (row.key().clone(), row)));
                }
                ObjectsEvent::Deleted(gone) => rows.retain(|key, _| !gone.contains(key)),
                ObjectsEvent::Freshness(freshness) if freshness.settled() => break,
                ObjectsEvent::Freshness(_) => {}
            }
        }
        scope.end();
        rows.into_values().collect()
    }

    async fn pods(&self) -> Vec<Arc<PodRow>> {
        let pods = self.rows(Kind::Pod).await.into_iter().filter_map(|row| match row {
            Row::Pod(pod) if pod.workload() == Some(pay()) => Some(pod),
            _ => None,
        });
        pods.collect()
    }

    async fn workload(&self) -> Arc<WorkloadRow> {
        let rows = self.rows(Kind::Deployment).await;
        let found = rows.into_iter().find_map(|row| match row {
            Row::Deployment(row) if row.key == pay() => Some(row),
            _ => None,
        });
        found.expect("pay-api")
    }

    /// What somebody else's kubectl would send.
    async fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let stream = self.cluster.dial().await.expect("a stream");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        self.scope.spawn(async move {
            // The connection ends with the answer.
            let _ = connection.await;
        });
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "cluster")
            .header("authorization", format!("Bearer {}", Role::Oncall.token()))
            .header("content-type", "application/json-patch+json")
            .body(Full::new(body))
            .expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        let status = answer.status();
        let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body").to_bytes();
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(status.is_success(), "{method} {path}: {value}");
        value
    }

    /// Puts the template of the ReplicaSet with this version in the Deployment's place; answers with its hash.
    async fn roll_back(&self, version: &str) -> String {
        let sets = self.send("GET", "/apis/apps/v1/namespaces/checkout/replicasets", &Value::Null).await;
        let image = "/spec/template/spec/containers/0/image";
        let set = sets["items"].as_array().expect("items").iter().find(|set| {
            let image = set.pointer(image).and_then(Value::as_str).unwrap_or_default();
            image.ends_with(version)
                && set["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("pay-api-"))
        });
        let mut template = set.expect("the revision")["spec"]["template"].clone();
        let labels = template["metadata"]["labels"].as_object_mut().expect("labels");
        let hash = labels.remove("pod-template-hash").expect("a hash");
        let patch = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
        self.send("PATCH", "/apis/apps/v1/namespaces/checkout/deployments/pay-api", &patch).await;
        hash.as_str().expect("a text").to_owned()
    }
}

fn connect(cluster: &Arc<Cluster>, scope: &TaskScope) -> Connection {
    let (dialled, clock) = (Arc::clone(cluster), cluster.clock());
    let dial = Arc::new(move || {
        let cluster = Arc::clone(&dialled);
        let stream = async move { cluster.dial().await.map(|stream| Box::new(stream) as BoxedStream) };
        Box::pin(stream) as _
    });
    let target = Target::in_memory("demo", "ann", "checkout", Some(&Role::Oncall.token()), dial);
    let context = Context {
        generation: Generation::default(),
        limits: Limits::default(),
        clock: Clock::new(move || clock.now()),
        scope: scope.clone(),
    };
    Connection::new(target, context).expect("a connection")
}

fn pay() -> ObjectKey {
    ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
}

/// Seconds since the story's 0:00.
fn story(at: Timestamp) -> f64 {
    at.duration_since(EPOCH.parse().expect("a time")).as_secs_f64()
}

/// The error ratio over the last minutes, as the alert's own chart shows it.
/// An even grid of so many minutes until now, as a screen of this width asks for.
pub(super) fn grid(names: &MetricNames, now: Timestamp, minutes: u64, columns: u16) -> Grid {
    let span = Duration::from_secs(minutes * 60);
    Grid::ending(now, span.as_secs_f64(), dashboard::step(names, span, columns).as_secs_f64())
}

async fn find_onset(watch: &Watch, board: &AlertBoard) -> Onset {
    let alert = board.alerts.iter().find(|alert| alert.name == "PayErrorRatio").expect("the alert");
    let charted = chart(&alert.rule.as_ref().expect("a rule").expression);
    let grid = grid(&watch.names, watch.now(), 15, 120);
    let answer = watch.range(&charted.expression, grid).await;
    let series = series_of(alert, &answer).expect("its line");
    onset::find(&series.values, &grid, charted.threshold).expect("an onset")
}

#[tokio::test(start_paused = true)]
async fn the_home_screen_has_numbers_for_every_service() {
    let watch = Watch::begin(Duration::from_secs(120)).await;
    assert_eq!(watch.names.window_seconds(), 60);
    let services = [
        pay(),
        ObjectKey::new(Kind::Deployment, "platform", "gateway"),
        ObjectKey::new(Kind::Deployment, "shop", "search"),
    ];
    let grid = Grid { start: watch.now() - SignedDuration::from_mins(7), step_seconds: 60.0, steps: 8 };
    let answers = watch.ranges(dashboard::home(&watch.names, &services), grid).await;
    let limits = |_: &ObjectKey| dashboard::Limits { cpu_cores: Some(1.0), memory_bytes: Some(536_870_912.0) };
    let vitals = dashboard::vitals(&services, limits, |name| answers.get(name));
    let pay_api = &vitals[&services[0]];
    let now = |vital: &watchkeeper::domain::metric::Vital| vital.now.expect("a number");
    assert!((300.0..400.0).contains(&now(&pay_api.requests)), "{:?}", pay_api.requests);
    assert!((0.12..0.16).contains(&now(&pay_api.errors)), "{:?}", pay_api.errors);
    assert!(now(&pay_api.latency) > 0.5, "{:?}", pay_api.latency);
    let gateway = &vitals[&services[1]];
    assert!((2000.0..2800.0).contains(&now(&gateway.requests)), "{:?}", gateway.requests);
    assert!(now(&gateway.errors) < 0.002, "{:?}", gateway.errors);
    for service in &services {
        assert!(now(&vitals[service].cpu) > 0.0 && now(&vitals[service].memory) > 0.0, "{service}");
    }
    watch.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn the_onset_is_found_and_the_versions_are_told_apart() {
    let watch = Watch::begin(Duration::from_secs(120)).await;
    let board = watch.alerts().await;
    assert!(matches!(board.watchdog, Watchdog::Alive(Some(_))), "{:?}", board.watchdog);
    assert_eq!(board.alerts[0].name, "PayErrorRatio", "the worst first");
    assert!(board.alerts[0].routed_to.iter().any(|receiver| receiver == "pager"), "{:?}", board.alerts[0]);
    assert!(board.alerts[0].starts_at > board.alerts[0].active_at);
    let onset = find_onset(&watch, &board).await;
    let pending = board.alerts[0].active_at.expect("pending");
    assert!((26.0..=36.0).contains(&story(onset.at())), "first ready pod at 0:26, onset at {}", story(onset.at()));
    assert!(onset.at() < pending);

    let grid = grid(&watch.names, watch.now(), 5, 120);
    let answers = watch.ranges(dashboard::service_page(&watch.names, &pay()), grid).await;
    let versions: BTreeMap<CleanText, CleanText> = {
        let sets = watch.rows(Kind::ReplicaSet).await;
        let version = |row: Row| match row {
            Row::ReplicaSet(row) if row.owner == "pay-api" => {
                Some((row.template_hash.clone(), row.template.version.clone()))
            }
            _ => None,
        };
        sets.into_iter().filter_map(version).collect()
    };
    let version_of = |pod: &str| versions.get(pod.rsplit('-').nth(1)?).cloned();
    let (requests, failures) = (&answers[query_name::REQUESTS_BY_POD], &answers[query_name::FAILURES_BY_POD]);
    let split = evidence::split(requests, failures, onset.at(), version_of).expect("two versions");
    assert!(split.while_both_ran);
    assert_eq!(split.shares[0].version, "1.8.4", "{}", split.words());
    assert!(split.shares[0].error_ratio > 0.1 && split.shares[1].error_ratio < 0.005, "{}", split.words());
    assert_eq!(split.telling().map(CleanText::as_str), Some("1.8.4"), "{}", split.words());
    watch.scope.ended().await;
}

/// Watches a verification every five seconds until its verdict is final, and answers with it and the seconds it took.
async fn verify(
    watch: &Watch,
    expectation: &Expectation,
    hash: Option<&str>,
    applied: Timestamp,
) -> (Verification, f64) {
    let board = watch.alerts().await;
    let alert_value = board.alerts.iter().find(|alert| alert.name == "PayErrorRatio").and_then(|alert| alert.value);
    let onset = find_onset(watch, &board).await.at();
    let mut good_since = None;
    let mut baseline = None;
    let mut promised = None;
    for _ in 0..60 {
        let mut samples = BTreeMap::new();
        for query in
            dashboard::verification(&watch.names, &pay(), Some(onset)).into_iter().filter(|query| query.instant)
        {
            samples.insert(query.name, watch.instant(&query.expression).await);
        }
        let mut measured = Measured::read(watch.names.scrape_seconds, |name| samples.get(name).map(Vec::as_slice));
        let baseline = baseline.get_or_insert_with(|| measured.counts.clone());
        measured.counts = measured.counts.since(baseline);
        let board = watch.alerts().await;
        let alert = match board.alerts.into_iter().find(|alert| alert.name == "PayErrorRatio") {
            Some(alert) => AlertStanding::Active(Box::new(alert)),
            None => AlertStanding::Ended,
        };
        let (pods, workload) = (watch.pods().await, watch.workload().await);
        let pods: Vec<&PodRow> = pods.iter().map(Arc::as_ref).collect();
        let seen = judge(&Facts {
            now: watch.now(),
            applied,
            expectation,
            workload: Some(&workload),
            pods: &pods,
            template_hash: hash,
            measurement: &Measurement::Known(measured),
            limit: 0.02,
            alert: &alert,
            alert_value,
            reverted_by: None,
            good_since,
        });
        let ended = seen.checks.iter().any(|check| check.kind == CheckKind::Alert && check.mark == Mark::Done);
        assert!(
            !ended || promised.is_none_or(|at| at <= watch.now()),
            "it ended before {promised:?}, as was ruled out"
        );
        promised = if ended { promised } else { seen.alert_end.map(|end| end.earliest) };
        good_since = seen.good_since;
        if seen.verdict != Verdict::InProgress {
            return (seen, watch.now().duration_since(applied).as_secs_f64());
        }
        // Time is paused: this moves the story and takes none of ours.
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    panic!("no verdict within five minutes");
}

fn rollback(version: &str) -> Expectation {
    Expectation {
        version: Some(version.into()),
        previous_version: Some("1.8.4".into()),
        replicas: None,
        new_pods: true,
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_the_good_version_is_proven() {
    let watch = Watch::begin(Duration::from_secs(120)).await;
    let applied = watch.now();
    let hash = watch.roll_back("1.8.3").await;
    let (seen, seconds) = verify(&watch, &rollback("1.8.3"), Some(&hash), applied).await;
    assert_eq!(seen.verdict, Verdict::Proven, "{:?}", seen.checks);
    assert!((75.0..=105.0).contains(&seconds), "proven after {seconds} s");
    watch.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_a_lost_image_is_stuck() {
    let watch = Watch::begin(Duration::from_secs(120)).await;
    let applied = watch.now();
    let hash = watch.roll_back("1.8.2").await;
    let (seen, _) = verify(&watch, &rollback("1.8.2"), Some(&hash), applied).await;
    let Verdict::Stuck(why) = seen.verdict else { panic!("{:?}", seen.verdict) };
    assert!(why.contains("ErrImagePull") || why.contains("ImagePullBackOff"), "{why}");
    assert!(why.contains("old pods serve on"), "{why}");
    watch.scope.ended().await;
}

#[tokio::test(start_paused = true)]
async fn more_pods_of_the_bad_version_are_not_better() {
    let watch = Watch::begin(Duration::from_secs(120)).await;
    let applied = watch.now();
    let patch = json!([{"op": "replace", "path": "/spec/replicas", "value": 8}]);
    watch.send("PATCH", "/apis/apps/v1/namespaces/checkout/deployments/pay-api", &patch).await;
    let expectation = Expectation { version: None, previous_version: None, replicas: Some(8), new_pods: false };
    let (seen, seconds) = verify(&watch, &expectation, None, applied).await;
    assert!(matches!(seen.verdict, Verdict::NotBetter(_)), "{:?} {:?}", seen.verdict, seen.checks);
    assert!(seconds <= 150.0, "not better after {seconds} s");
    watch.scope.ended().await;
}
