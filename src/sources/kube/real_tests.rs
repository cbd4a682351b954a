//! The same code against a real API server: run with `WK_TEST_KUBECONFIG=FILE cargo test --lib real_ -- --ignored`.
//! Nothing is written; one shell is opened. Those named `real_shop_` need the workloads of `tests/cluster` too.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::watch_list::Lister;
use super::*;
use crate::domain::access::{Access, Grant};
use crate::domain::freshness::Freshness;
use crate::domain::identity::Generation;
use crate::domain::object::{Kind, Scope};
use crate::domain::policy::Limits;
use crate::domain::problem::Cause;
use crate::domain::raw::RawObject;
use crate::kinds::delivery::ObjectsEvent;
use crate::sources::clock::Clock;
use crate::sources::task_scope::TaskScope;

fn connection(scope: &TaskScope) -> Connection {
    connection_with(scope, Limits { read_only: true })
}

fn writing_connection(scope: &TaskScope) -> Connection {
    connection_with(scope, Limits::default())
}

fn connection_with(scope: &TaskScope, limits: Limits) -> Connection {
    let flag = std::env::var_os("WK_TEST_KUBECONFIG").map(PathBuf::from);
    let places = Places { flag: Some(flag.expect("WK_TEST_KUBECONFIG names a kubeconfig")), ..Places::default() };
    let clock = Clock::new(jiff::Timestamp::now);
    let target = read(&places).and_then(|config| config.target(None, Impersonation::default(), &clock));
    let target = target.unwrap_or_else(|problem| panic!("{problem}"));
    Connection::new(target, Context { generation: Generation(1), limits, clock, scope: scope.clone() }).unwrap()
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_server_tells_who_we_are_and_what_we_may() {
    let scope = TaskScope::new();
    let connection = connection(&scope);
    let identity = connection.whoami().await.unwrap();
    assert!(identity.server_version.starts_with("v1."), "{identity:?}");
    assert!(!identity.user.is_empty());
    assert!(identity.groups.contains(&"system:authenticated".into()), "{identity:?}");
    let needs = [Access::new("list", "", "pods", "default"), Access::new("impossible", "nowhere", "things", "default")];
    let grants = connection.access_review(&needs).await;
    assert_ne!(grants[0].1, Grant::Unknown);
    connection.rules_review("default").await.unwrap();
    assert_eq!(connection.counters().tally().connections, 1);
    let missing = connection.get_json("/api/v1/namespaces/default/pods/no-such-pod").await.unwrap_err();
    assert!(matches!(missing.cause, Cause::NotFound | Cause::Denied(_)), "{missing}");
    scope.ended().await;
}

/// Every kind in both wires gives the same rows.
#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_lists_are_equal_in_both_wires() {
    let scope = TaskScope::new();
    let connection = connection(&scope);
    for info in crate::kinds::info::all() {
        let mut wires = Vec::new();
        for json_only in [false, true] {
            let request = WatchRequest::new(info.kind, Scope::Cluster);
            let mut lister = Lister::new(connection.clone(), request, false);
            lister.json_only = json_only;
            let mut rows = BTreeMap::new();
            let began = Instant::now();
            let rows = loop {
                match lister.next(&mut crate::kinds::interner::Interner::default()).await {
                    Ok(watch_list::ListStep::Page { rows: page, .. }) => {
                        rows.extend(page.into_iter().map(|row| (row.key().clone(), row)));
                    }
                    Ok(watch_list::ListStep::Last { rows: page, .. }) => {
                        rows.extend(page.into_iter().map(|row| (row.key().clone(), row)));
                        break rows;
                    }
                    Err(failure) => panic!("{}", failure.problem(lister.path())),
                }
            };
            tracing::info!(kind = info.name, json_only, rows = rows.len(), elapsed = ?began.elapsed(), "listed");
            wires.push(rows);
        }
        assert_eq!(wires[0].keys().collect::<Vec<_>>(), wires[1].keys().collect::<Vec<_>>(), "{}", info.name);
        // Nodes, leases and events move between the two reads.
        if matches!(info.kind, Kind::Deployment | Kind::ReplicaSet | Kind::Namespace | Kind::KubernetesService) {
            assert_eq!(wires[0], wires[1], "{}", info.name);
        }
    }
    scope.ended().await;
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_watches_go_live_over_one_connection() {
    let scope = TaskScope::new();
    let connection = connection(&scope);
    let mut streams = Vec::new();
    let began = Instant::now();
    for kind in [Kind::Pod, Kind::Deployment, Kind::ReplicaSet, Kind::Secret, Kind::ConfigMap, Kind::Node, Kind::Event]
    {
        let (sender, receiver) = mpsc::channel(16);
        scope.spawn(watch(connection.clone(), WatchRequest::new(kind, Scope::Cluster), sender));
        streams.push((kind, receiver));
    }
    for (kind, stream) in &mut streams {
        let mut rows = 0;
        loop {
            match timeout(Duration::from_secs(60), stream.recv()).await.expect("it goes live").expect("it goes on") {
                ObjectsEvent::Applied(page) => rows += page.len(),
                ObjectsEvent::Freshness(Freshness::Live) => break,
                ObjectsEvent::Freshness(Freshness::Partial { .. }) => {}
                other => panic!("{kind:?}: {other:?}"),
            }
        }
        tracing::info!(?kind, rows, elapsed = ?began.elapsed(), "live");
    }
    let tally = connection.counters().tally();
    assert_eq!(tally.connections, 1, "{tally:?}");
    scope.ended().await;
    assert_eq!(scope.running(), 0);
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_names_are_read_as_metadata_alone() {
    let scope = TaskScope::new();
    let connection = connection(&scope);
    let names = connection.list_names(Kind::Namespace, &Scope::Cluster).await.unwrap();
    assert!(names.contains(&"kube-system".into()), "{names:?}");
    scope.ended().await;
}

/// The ready pods of the service that takes requests (others crash or are quiet by design), with their container.
async fn pods(connection: &Connection) -> Vec<(String, String)> {
    let scope = Scope::Namespace("checkout".into());
    let pay_api = Selectors { labels: "app.kubernetes.io/name=pay-api".into(), ..Selectors::default() };
    let pods = connection.list(Kind::Pod, &scope, &pay_api, 500).await.unwrap();
    let ready = |pod: &&RawObject| pod.value().pointer("/status/containerStatuses/0/ready") == Some(&true.into());
    let text = |pod: &RawObject, pointer: &str| pod.text(pointer).unwrap().to_string();
    let names = |pod: &RawObject| (text(pod, "/metadata/name"), text(pod, "/spec/containers/0/name"));
    pods.iter().filter(ready).map(names).collect()
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_shop_logs_are_read_with_their_times_and_followed() {
    let scope = TaskScope::new();
    let connection = connection(&scope);
    let source = |(pod, container): (String, String)| crate::domain::log::LogSource {
        namespace: "checkout".into(),
        pod: pod.as_str().into(),
        container: container.as_str().into(),
        previous: false,
    };
    let sources: Vec<_> = pods(&connection).await.into_iter().map(source).collect();
    let (_targets, targets) = tokio::sync::watch::channel(sources);
    let (sender, mut events) = mpsc::channel(4);
    let request = LogRequest { since: None, tail: 20, follow: true };
    scope.spawn(logs(connection.clone(), request, targets, sender));
    let mut lines = Vec::new();
    while lines.len() < 3 {
        match timeout(Duration::from_secs(60), events.recv()).await.expect("lines come").unwrap() {
            LogsEvent::Chunk(chunk) => lines.extend(chunk.lines.iter().map(|line| line.at)),
            LogsEvent::Freshness(freshness) => assert_eq!(freshness, Freshness::Live),
        }
    }
    assert!(lines.iter().all(Option::is_some) && lines.is_sorted(), "{lines:?}");
    // Large reads and logs share the bulk connection; control was not needed.
    assert_eq!(connection.counters().tally().connections, 1);
    scope.ended().await;
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_shop_shells_know_their_size_and_their_exit_code() {
    let scope = TaskScope::new();
    let (pod, container) = pods(&connection(&scope)).await.into_iter().next().expect("a pod is ready");
    let connection = writing_connection(&scope);
    // The size is sent before anything that is typed, but the node hands it to the terminal beside the input.
    let script = "read line; echo got $line; \
        until [ \"$(stty size 2>/dev/null)\" = '24 80' ]; do sleep 0.1; done; stty size; exit 3";
    let permit = test_permits::exec_in(&pod, &container, &["sh", "-c", script]);
    let (typed, input) = mpsc::channel(8);
    let (output, mut shown) = mpsc::channel(8);
    scope.spawn(exec(connection, permit, input, output));
    typed.send(ShellInput::Bytes("hello\n".into())).await.unwrap();
    let mut text = String::new();
    let code = loop {
        match timeout(Duration::from_secs(60), shown.recv()).await.expect("it answers").unwrap() {
            ShellOutput::Bytes(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            ShellOutput::Ended { code, .. } => break code,
            ShellOutput::Failed(problem) => panic!("{problem}"),
        }
    };
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("got hello") && text.contains("24 80"), "{text}");
    scope.ended().await;
}

/// Only dry runs: nothing changes.
#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_shop_dry_runs_tell_a_conflict_from_success() {
    let scope = TaskScope::new();
    let connection = writing_connection(&scope);
    let namespace = Scope::Namespace("checkout".into());
    let deployments = connection.list(Kind::Deployment, &namespace, &Selectors::default(), 10).await.unwrap();
    let deployment = deployments.first().expect("a deployment");
    let replicas = deployment.value()["spec"]["replicas"].as_u64().unwrap();
    let path =
        format!("/apis/apps/v1/namespaces/checkout/deployments/{}/scale", deployment.text("/metadata/name").unwrap());
    let scaling = |from: u64| {
        let mut call = test_permits::patch(&path);
        call.body = RawObject::new(serde_json::json!([
            {"op": "test", "path": "/spec/replicas", "value": from},
            {"op": "replace", "path": "/spec/replicas", "value": replicas + 1},
        ]));
        test_permits::mutation(1, vec![call])
    };
    let would = dry_run(&connection, &scaling(replicas)).await.unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(would[0].value()["spec"]["replicas"], replicas + 1);
    let problem = dry_run(&connection, &scaling(replicas + 7)).await.unwrap_err();
    assert_eq!(problem.cause, Cause::Conflict, "{problem}");
    scope.ended().await;
}
