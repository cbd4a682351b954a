//! Many pods.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};

use super::{Role, client, options};
use crate::demo::{Cluster, Options};

#[tokio::test]
async fn ten_thousand_pods_are_listed_in_pages_and_alike_however_rendered() {
    let cluster = Cluster::start(Options { pods: Some(10_000), ..options() });
    let client = client(&cluster, Role::Admin);
    let (mut count, mut bytes, mut token) = (0, 0, String::new());
    loop {
        let path = format!("/api/v1/pods?limit=1000&continue={token}");
        let text = client.request_text(http::Request::get(path).body(Vec::new()).expect("a request")).await;
        let text = text.expect("a page");
        bytes += text.len();
        let page: serde_json::Value = serde_json::from_str(&text).expect("json");
        count += page["items"].as_array().expect("items").len();
        match page["metadata"]["continue"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert_eq!(count, 10_000);
    assert!(bytes > 50_000_000, "{bytes}");

    let pods: Api<Pod> = Api::namespaced(client, "fleet-01");
    let listed = pods.list(&ListParams::default().limit(50)).await.expect("pods");
    for pod in listed {
        let alone = pods.get(pod.metadata.name.as_deref().expect("a name")).await.expect("a pod");
        assert_eq!(pod, alone);
    }
}
