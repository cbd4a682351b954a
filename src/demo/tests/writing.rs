//! Patches, dry runs, conflicts, scale, deletions and who may.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Api, DeleteParams, EvictParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

use super::{Role, client, cluster, status};

fn restart() -> serde_json::Value {
    json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-21T03:00:05Z"}}}}})
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_answers_and_changes_nothing() {
    let cluster = cluster();
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let before = deployments.get("orders").await.expect("a deployment");
    let dry = PatchParams { dry_run: true, ..PatchParams::default() };
    let would = deployments.patch("orders", &dry, &Patch::Merge(restart())).await.expect("a dry run");
    assert_eq!(would.metadata.generation, before.metadata.generation.map(|g| g + 1));
    assert_eq!(would.metadata.resource_version, before.metadata.resource_version);
    assert_eq!(deployments.get("orders").await.expect("a deployment"), before);
    assert!(cluster.requests().iter().all(|record| !record.is_write()));
}

#[tokio::test(start_paused = true)]
async fn a_failed_test_is_unprocessable() {
    let cluster = cluster();
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let patch: json_patch::Patch = serde_json::from_value(json!([
        {"op": "test", "path": "/spec/replicas", "value": 99},
        {"op": "replace", "path": "/spec/replicas", "value": 1},
    ]))
    .expect("a patch");
    let refused = status(deployments.patch("orders", &PatchParams::default(), &Patch::Json::<()>(patch)).await);
    assert_eq!((refused.code, refused.reason.as_str()), (422, "Invalid"));
}

#[tokio::test(start_paused = true)]
async fn an_old_resource_version_conflicts() {
    let cluster = cluster();
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let old = deployments.get("orders").await.expect("a deployment");
    let params = PatchParams { field_manager: Some("wk".to_owned()), ..PatchParams::default() };
    deployments.patch("orders", &params, &Patch::Merge(restart())).await.expect("a patch");
    let refused = status(deployments.replace("orders", &PostParams::default(), &old).await);
    assert_eq!(
        refused.message,
        "Operation cannot be fulfilled on deployments.apps \"orders\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let managers: Vec<_> = deployments
        .get("orders")
        .await
        .expect("a deployment")
        .metadata
        .managed_fields
        .expect("managed fields")
        .into_iter()
        .filter_map(|entry| entry.manager)
        .collect();
    assert!(managers.contains(&"wk".to_owned()), "{managers:?}");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_write_is_told_the_verb() {
    let cluster = cluster();
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Developer), "checkout");
    let refused = status(deployments.patch("orders", &PatchParams::default(), &Patch::Merge(restart())).await);
    assert_eq!(
        refused.message,
        "deployments.apps \"orders\" is forbidden: User \"dev@corp\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"checkout\""
    );
}

#[tokio::test(start_paused = true)]
async fn scale_is_read_and_written() {
    let cluster = cluster();
    let deployments: Api<Deployment> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let scale = deployments.get_scale("orders").await.expect("a scale");
    assert_eq!(scale.spec.and_then(|s| s.replicas), Some(3));
    let patch = Patch::Merge(json!({"spec": {"replicas": 5}}));
    deployments.patch_scale("orders", &PatchParams::default(), &patch).await.expect("a scale");
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let status = deployments.get("orders").await.expect("a deployment").status.expect("a status");
    assert_eq!(status.available_replicas, Some(5));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_pod_is_replaced_and_a_budget_holds() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let of_pay = ListParams::default().labels("app.kubernetes.io/name=pay-api");
    let names = |list: kube::core::ObjectList<Pod>| -> Vec<String> {
        list.into_iter().filter_map(|p| p.metadata.name).collect()
    };
    let before = names(pods.list(&of_pay).await.expect("pods"));
    pods.evict(&before[0], &EvictParams::default()).await.expect("an eviction");
    let refused = status(pods.evict(&before[1], &EvictParams::default()).await);
    assert_eq!(refused.code, 429);
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    let after = names(pods.list(&of_pay).await.expect("pods"));
    assert_eq!(after.len(), 4);
    assert!(!after.contains(&before[0]));
    pods.delete(&before[1], &DeleteParams::default()).await.expect("a deletion");
}

#[tokio::test(start_paused = true)]
async fn config_maps_are_made_once() {
    let cluster = cluster();
    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster, Role::Oncall), "shop");
    let map: ConfigMap =
        serde_json::from_value(json!({"metadata": {"name": "note"}, "data": {"a": "b"}})).expect("a map");
    let made = maps.create(&PostParams::default(), &map).await.expect("a config map");
    assert!(made.metadata.uid.is_some());
    let refused = status(maps.create(&PostParams::default(), &map).await);
    assert_eq!((refused.code, refused.message.as_str()), (409, "configmaps \"note\" already exists"));
}
