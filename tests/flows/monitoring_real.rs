//! The production clients against a real Prometheus and Alertmanager behind a real API server. Reads only.
//!
//! Runs where `tests/cluster/up` has been, or against the cluster that `WK_TEST_KUBECONFIG` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use watchkeeper::domain::endpoint::{Discovery, Monitor, StepOutcome};
use watchkeeper::domain::identity::Generation;
use watchkeeper::domain::object::{Kind, ObjectKey};
use watchkeeper::domain::policy::Limits;
use watchkeeper::insight::alerts::{Watchdog, chart, merge};
use watchkeeper::insight::dashboard::{self, Limits as PodLimits, MetricNames, NameProbe, Reign};
use watchkeeper::insight::verification::Measured;
use watchkeeper::sources::alertmanager::AlertmanagerClient;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::http_get::HttpGet;
use watchkeeper::sources::kube::{self, Connection, Context, Impersonation, Places};
use watchkeeper::sources::monitoring::{Search, discover};
use watchkeeper::sources::prometheus::{PrometheusClient, RangeRequest};
use watchkeeper::sources::task_scope::TaskScope;

use super::monitoring::grid;

/// The kubeconfig of one of the five people, or None where there is no cluster.
fn kubeconfig(person: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cluster/kubeconfig").join(person);
    if own.exists() { Some(own) } else { std::env::var_os("WK_TEST_KUBECONFIG").map(PathBuf::from) }
}

fn connect(path: PathBuf, scope: &TaskScope) -> Arc<dyn HttpGet> {
    let clock = Clock::new(Timestamp::now);
    let kubeconfig = kube::read(&Places::of_process(Some(path))).expect("a kubeconfig");
    let target = kubeconfig.target(None, Impersonation::default(), &clock).expect("a target");
    let limits = Limits { read_only: true };
    let context = Context { generation: Generation::default(), limits, clock, scope: scope.clone() };
    Arc::new(Connection::new(target, context).expect("a connection"))
}

async fn find(cluster: &Arc<dyn HttpGet>, monitor: Monitor) -> Discovery {
    discover(cluster, &Search { monitor, pinned: None, scopes: &[] }).await
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that nothing was run")]
async fn a_real_prometheus_answers_what_the_screens_ask() {
    let Some(path) = kubeconfig("oncall") else {
        eprintln!("not run: no cluster; tests/cluster/up makes one");
        return;
    };
    let scope = TaskScope::new();
    let cluster = connect(path, &scope);
    let discovery = find(&cluster, Monitor::Prometheus).await;
    let endpoint = discovery.found.unwrap_or_else(|| panic!("no Prometheus: {:?}", discovery.steps));
    let prometheus = PrometheusClient::new(&endpoint, &cluster).expect("a client");

    let mut answers = Vec::new();
    for probe in NameProbe::ALL {
        answers.push((probe, prometheus.instant(&probe.expression(), 1000).await.expect("an answer").samples));
    }
    let of = |wanted| answers.iter().find(|(probe, _)| *probe == wanted).map_or(&[][..], |(_, found)| found.as_slice());
    let names = MetricNames::read(of);
    assert!(names.has_requests() && names.tells_pods(), "{}", names.words());
    assert_eq!(names.window_seconds(), 60);

    let service = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
    let now = prometheus.instant("time()", 1).await.expect("the server's time").samples[0].at;
    let grid = grid(&names, now, 2, 60);
    let mut ranges = Vec::new();
    for query in dashboard::service_page(&names, &service).into_iter().filter(|query| !query.instant) {
        let request = RangeRequest { query: query.expression.clone(), grid, series_limit: 100 };
        let answer = prometheus.range(&request).await.unwrap_or_else(|problem| panic!("{}: {problem}", query.name));
        assert!(
            answer.series.iter().any(|series| series.values.iter().any(Option::is_some)),
            "{} is empty",
            query.name
        );
        ranges.push((query.name, answer));
    }
    let limits = |_: &ObjectKey| PodLimits { cpu_cores: Some(1.0), memory_bytes: Some(1e9) };
    let answer = |wanted| ranges.iter().find(|(name, _)| *name == wanted).map(|(_, answer)| answer);
    let vitals = &dashboard::vitals([&service], limits, answer)[&service];
    assert!(vitals.requests.now.is_some_and(|rate| rate > 0.0), "{vitals:?}");
    assert!(vitals.errors.now.is_some_and(|ratio| (0.0..=1.0).contains(&ratio)), "{vitals:?}");
    assert!(vitals.memory.now.is_some_and(|share| share > 0.0), "{vitals:?}");

    let mut counted = Vec::new();
    for query in dashboard::verification(&names, &service, Some(now)).into_iter().filter(|query| query.instant) {
        let answer = prometheus.instant(&query.expression, 100).await;
        counted.push((query.name, answer.unwrap_or_else(|problem| panic!("{}: {problem}", query.name)).samples));
    }
    let measured = Measured::read(names.scrape_seconds, |wanted| {
        counted.iter().find(|(name, _)| *name == wanted).map(|(_, samples)| samples.as_slice())
    });
    assert!(!measured.targets.is_empty() && measured.traffic_now.is_some(), "{measured:?}");
    let pods: Vec<&str> = measured.targets.keys().map(|pod| pod.as_str()).collect();
    assert!(measured.counts.total(pods.iter().copied()).requests > 0.0, "{measured:?}");

    // The pods that serve now, once as a revision that runs and once as one that has just ended.
    let holder = pods[0].rsplit_once('-').expect("a pod of a ReplicaSet").0;
    for until in [None, Some(now)] {
        let reign = Reign { holder, from: now - SignedDuration::from_hours(1), until };
        for query in dashboard::revisions(&names, "checkout", &[reign], now) {
            let answered = match query.grid {
                Some(grid) => {
                    let request = RangeRequest { query: query.expression.clone(), grid, series_limit: 100 };
                    prometheus.range(&request).await.map(|answer| answer.series.len())
                }
                None => prometheus.instant(&query.expression, 100).await.map(|answer| answer.samples.len()),
            };
            let found = answered.unwrap_or_else(|problem| panic!("{}: {problem}", query.expression));
            // Failures are counted from the first one on.
            assert!(found > 0 || query.name.starts_with("failed"), "{} is empty", query.expression);
        }
    }
    scope.ended().await;
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that nothing was run")]
async fn a_real_alertmanager_and_its_prometheus_make_one_list() {
    let Some(path) = kubeconfig("oncall") else {
        eprintln!("not run: no cluster; tests/cluster/up makes one");
        return;
    };
    let scope = TaskScope::new();
    let cluster = connect(path, &scope);
    let (found, routes) = (find(&cluster, Monitor::Prometheus).await, find(&cluster, Monitor::Alertmanager).await);
    let endpoint = routes.found.unwrap_or_else(|| panic!("no Alertmanager: {:?}", routes.steps));
    let prometheus = PrometheusClient::new(&found.found.expect("Prometheus"), &cluster).expect("a client");
    let alertmanager = AlertmanagerClient::new(&endpoint, &cluster).expect("a client");

    let rules = prometheus.rules().await.expect("rules");
    let routed = alertmanager.alerts().await.expect("alerts");
    let silences = alertmanager.silences().await.expect("silences");
    assert!(!alertmanager.receivers().await.expect("receivers").is_empty());
    let board = merge(&rules, Some(&routed), &silences);
    assert!(matches!(board.watchdog, Watchdog::Alive(Some(_))), "{:?} of {routed:?}", board.watchdog);
    assert_eq!(board.broken_rules, Vec::<&str>::new());
    let pay = rules.iter().find(|rule| rule.name == "PayErrorRatio").expect("the shop's rule");
    let charted = chart(&pay.rule.expression);
    assert_eq!(charted.threshold.map(|threshold| threshold.value), Some(0.02));
    prometheus.instant(&charted.expression, 10).await.expect("the left side is a query of its own");
    scope.ended().await;
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that nothing was run")]
async fn whoever_may_nothing_is_told_which_right_is_missing() {
    let Some(path) = kubeconfig("nobody").filter(|path| path.ends_with("nobody")) else {
        eprintln!("not run: no cluster of ours; tests/cluster/up makes one");
        return;
    };
    let scope = TaskScope::new();
    let cluster = connect(path, &scope);
    let discovery = find(&cluster, Monitor::Prometheus).await;
    assert_eq!(discovery.found, None);
    assert!(discovery.steps.iter().all(|step| matches!(step.outcome, StepOutcome::Denied(_))), "{:?}", discovery.steps);
    assert_eq!(discovery.absence(), "needs get services/proxy prometheus-k8s:web in monitoring");
    scope.ended().await;
}
