//! Lists, watches, pages and the words of refusals.

use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Event, Namespace, Pod, Secret};
use kube::api::{Api, ListParams, PartialObjectMeta, WatchEvent, WatchParams};

use super::{Role, client, cluster, cluster_at, status};

#[tokio::test(start_paused = true)]
async fn the_shop_is_there() {
    let cluster = cluster();
    let client = client(&cluster, Role::Admin);
    let deployments: Api<Deployment> = Api::all(client.clone());
    let list = deployments.list(&ListParams::default()).await.expect("a list");
    for deployment in &list {
        let status = deployment.status.as_ref().expect("a status");
        // One of cart-worker's pods crashes.
        let crashing = i32::from(deployment.metadata.name.as_deref() == Some("cart-worker"));
        assert_eq!(status.available_replicas, deployment.spec.replicas.map(|replicas| replicas - crashing));
        assert_eq!(status.observed_generation, deployment.metadata.generation);
    }
    assert_eq!(list.items.len(), 13);
    let pods: Api<Pod> = Api::namespaced(client.clone(), "checkout");
    let selector = ListParams::default().labels("app.kubernetes.io/name=pay-api");
    assert_eq!(pods.list(&selector).await.expect("pods").items.len(), 4);
    let sets: Api<ReplicaSet> = Api::namespaced(client, "checkout");
    let revisions: Vec<_> = sets
        .list(&selector)
        .await
        .expect("replica sets")
        .into_iter()
        .map(|set| set.metadata.annotations.expect("annotations")["kubernetes.io/change-cause"].clone())
        .collect();
    assert_eq!(revisions.len(), 3, "{revisions:?}");
    assert!(revisions.contains(&"ci-bot: pay-api 1.8.3".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn refusals_speak_as_the_api_server_does() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Developer), "shop");
    let refused = status(pods.list(&ListParams::default()).await);
    assert_eq!(refused.code, 403);
    assert_eq!(
        refused.message,
        "pods is forbidden: User \"dev@corp\" cannot list resource \"pods\" in API group \"\" in the namespace \"shop\""
    );
    let namespaces: Api<Namespace> = Api::all(client(&cluster, Role::Developer));
    let refused = status(namespaces.list(&ListParams::default()).await);
    assert_eq!(
        refused.message,
        "namespaces is forbidden: User \"dev@corp\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope"
    );
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Reader), "shop");
    let refused = status(deployments.get("web").await);
    assert_eq!(
        refused.message,
        "deployments.apps \"web\" is forbidden: User \"rita@corp\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"shop\""
    );
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Reader), "shop");
    assert!(pods.list(&ListParams::default()).await.is_ok());
    let refused = pods.watch(&WatchParams::default(), "0").await.err().expect("a refusal");
    assert!(matches!(refused, kube::Error::Api(status) if status.code == 403));
    let records: Vec<_> = cluster.requests().into_iter().map(|r| (r.user, r.verb, r.status)).collect();
    assert_eq!(records[0], ("dev@corp".to_owned(), "list", 403));
}

#[tokio::test(start_paused = true)]
async fn pages_add_up_to_the_list() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::all(client(&cluster, Role::Admin));
    let whole = pods.list(&ListParams::default()).await.expect("a list").items.len();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = ListParams {
            limit: Some(20),
            continue_token: Some(token).filter(|t| !t.is_empty()),
            ..ListParams::default()
        };
        let page = pods.list(&page).await.expect("a page");
        assert!(page.items.len() <= 20);
        seen.extend(page.items.into_iter().map(|pod| (pod.metadata.namespace, pod.metadata.name)));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), whole);
    seen.dedup();
    assert_eq!(seen.len(), whole);
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_the_release_as_it_goes() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let selector = ListParams::default().labels("app.kubernetes.io/name=pay-api");
    let version = pods.list(&selector).await.expect("pods").metadata.resource_version.expect("a version");
    let watch = WatchParams::default().labels("app.kubernetes.io/name=pay-api");
    let mut events = pods.watch(&watch, &version).await.expect("a watch").boxed();
    let mut ready_at = Vec::new();
    while ready_at.len() < 4 {
        let event = events.try_next().await.expect("a stream").expect("an event");
        if let WatchEvent::Modified(pod) = event {
            let image = pod.spec.expect("a spec").containers[0].image.clone().expect("an image");
            let conditions = pod.status.expect("a status").conditions.unwrap_or_default();
            let ready = conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True");
            if ready && image.ends_with(":1.8.4") {
                ready_at.push(cluster.clock().story_now().secs().floor());
            }
        }
    }
    assert_eq!(ready_at, [26.0, 32.0, 38.0, 44.0]);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_too_old_is_gone() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let mut events = pods.watch(&WatchParams::default(), "5").await.expect("a watch").boxed();
    match events.try_next().await.expect("a stream").expect("an event") {
        WatchEvent::Error(error) => assert_eq!((error.code, error.reason.as_str()), (410, "Expired")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_only_and_field_selectors() {
    let cluster = cluster();
    let secrets: Api<PartialObjectMeta<Secret>> = Api::namespaced(client(&cluster, Role::Oncall), "shop");
    let helm = ListParams::default().labels("owner=helm").fields("type=helm.sh/release.v1");
    let names: Vec<_> =
        secrets.list_metadata(&helm).await.expect("metadata").into_iter().filter_map(|s| s.metadata.name).collect();
    assert_eq!(
        names,
        ["sh.helm.release.v1.catalog.v1", "sh.helm.release.v1.catalog.v2", "sh.helm.release.v1.catalog.v3"]
    );
}

#[tokio::test(start_paused = true)]
async fn events_tell_of_the_rollout() {
    let cluster = cluster_at(1, 44);
    let events: Api<Event> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let of = ListParams::default().fields("involvedObject.kind=Deployment,involvedObject.name=pay-api");
    let messages: Vec<_> = events.list(&of).await.expect("events").into_iter().filter_map(|e| e.message).collect();
    assert!(
        messages.iter().any(|m| m.starts_with("Scaled up replica set pay-api-") && m.ends_with("from 0 to 1")),
        "{messages:?}"
    );
}
