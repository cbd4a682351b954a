//! Logs: windows, following, what went before, and the words when there is none.

use futures::{AsyncBufReadExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, LogParams};

use super::{Role, client, cluster_at, status};
use crate::demo::Cluster;

async fn pods_of(cluster: &std::sync::Arc<Cluster>, namespace: &str, service: &str) -> (Api<Pod>, Vec<String>) {
    let pods: Api<Pod> = Api::namespaced(client(cluster, Role::Oncall), namespace);
    let list = pods.list(&ListParams::default().labels(&format!("app.kubernetes.io/name={service}"))).await;
    let names = list.expect("pods").into_iter().filter_map(|pod| pod.metadata.name).collect();
    (pods, names)
}

#[tokio::test(start_paused = true)]
async fn new_errors_carry_their_stack_and_old_pods_have_none() {
    let cluster = cluster_at(0, 10);
    let (pods, before) = pods_of(&cluster, "checkout", "pay-api").await;
    let old = pods.logs(&before[0], &LogParams::default()).await.expect("logs");
    assert!(old.contains("bank timeout, retry 1 of 3"));
    assert!(!old.contains("TypeError"));
    tokio::time::sleep(std::time::Duration::from_secs(110)).await;
    let (pods, after) = pods_of(&cluster, "checkout", "pay-api").await;
    let minute = LogParams { since_seconds: Some(60), ..LogParams::default() };
    let mut errors = 0;
    for name in &after {
        let text = pods.logs(name, &minute).await.expect("logs");
        errors += text.lines().filter(|line| line.contains("TypeError: amount is undefined\" app=1.8.4")).count();
        let stack = text.lines().filter(|line| line.starts_with("    at ")).count();
        assert_eq!(stack % 14, 0);
    }
    assert!((150..300).contains(&errors), "{errors}");
}

#[tokio::test(start_paused = true)]
async fn a_window_is_what_it_says() {
    let cluster = cluster_at(1, 44);
    let (pods, names) = pods_of(&cluster, "shop", "web").await;
    let params = LogParams { tail_lines: Some(25), timestamps: true, ..LogParams::default() };
    let text = pods.logs(&names[0], &params).await.expect("logs");
    assert_eq!(text.lines().count(), 25);
    let times: Vec<jiff::Timestamp> =
        text.lines().map(|line| line.split(' ').next().expect("a time").parse().expect("RFC 3339")).collect();
    assert!(times.is_sorted());
    // Not by kube's own parameters: they round to the nearest second, which may be a later one.
    let path = format!("/api/v1/namespaces/shop/pods/{}/log?timestamps=true&sinceTime={}", names[0], times[10]);
    let request = http::Request::get(path).body(Vec::new()).expect("a request");
    let again = client(&cluster, Role::Oncall).request_text(request).await.expect("logs");
    let rest: Vec<&str> = text.lines().skip(10).collect();
    assert!(again.ends_with(&(rest.join("\n") + "\n")), "{again}");
    assert!(again.lines().count() < 20);
    let limited = LogParams { limit_bytes: Some(100), ..LogParams::default() };
    assert_eq!(pods.logs(&names[0], &limited).await.expect("logs").len(), 100);
}

#[tokio::test(start_paused = true)]
async fn following_goes_on_until_the_pod_is_gone() {
    let cluster = cluster_at(0, 19);
    let (pods, names) = pods_of(&cluster, "checkout", "pay-api").await;
    let params = LogParams { follow: true, tail_lines: Some(1), ..LogParams::default() };
    let stream = pods.log_stream(&names[0], &params).await.expect("a stream");
    let lines: Vec<String> = stream.lines().try_collect().await.expect("lines");
    assert!(lines.len() > 10, "{}", lines.len());
    assert_eq!(lines.last().map(String::as_str), Some("level=info msg=\"SIGTERM received, draining\""));
}

#[tokio::test(start_paused = true)]
async fn the_killed_container_left_its_last_words() {
    let cluster = cluster_at(0, 0);
    let (pods, names) = pods_of(&cluster, "shop", "search").await;
    let params = LogParams { previous: true, tail_lines: Some(5), ..LogParams::default() };
    let mut told = 0;
    for name in &names {
        match pods.logs(name, &params).await {
            Ok(text) => {
                told += 1;
                assert!(text.contains("heap is nearly full"), "{text}");
            }
            refused => assert_eq!(
                status(refused).message,
                format!("previous terminated container \"app\" in pod \"{name}\" not found")
            ),
        }
    }
    assert_eq!(told, 1);
}
