//! The incident, and what comes of what the user does.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{ConfigMap, ContainerStatus, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, Patch, PatchParams};
use serde_json::json;

use super::{Role, client, cluster, cluster_at, options};
use crate::demo::world::services::{PAY_API, SEARCH};
use crate::demo::world::timeline::ChangeKind;
use crate::demo::world::{StoryTime, Timeline};
use crate::demo::{Cluster, Options};

fn deployments(cluster: &Arc<Cluster>) -> Api<Deployment> {
    Api::namespaced(client(cluster, Role::Oncall), "checkout")
}

fn timeline(cluster: &Cluster) -> Arc<Timeline> {
    cluster.observe().timeline
}

/// As `kubectl rollout undo` and the console do it: the template of the revision's ReplicaSet.
async fn roll_back(cluster: &Arc<Cluster>, version: &str) {
    let sets: Api<ReplicaSet> = Api::namespaced(client(cluster, Role::Oncall), "checkout");
    let list = sets.list(&ListParams::default().labels("app.kubernetes.io/name=pay-api")).await.expect("sets");
    let set = list
        .into_iter()
        .find(|set| {
            let template = set.spec.template.as_ref().expect("a template");
            template.spec.as_ref().expect("a pod").containers[0].image.as_ref().expect("an image").ends_with(version)
        })
        .expect("the revision");
    let mut template = serde_json::to_value(set.spec.template).expect("json");
    template["metadata"]["labels"].as_object_mut().expect("labels").remove("pod-template-hash");
    let patch: json_patch::Patch =
        serde_json::from_value(json!([{"op": "replace", "path": "/spec/template", "value": template}]))
            .expect("a patch");
    deployments(cluster)
        .patch("pay-api", &PatchParams::default(), &Patch::Json::<()>(patch))
        .await
        .expect("a rollback");
}

async fn wait(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn the_bad_release_always_looks_well() {
    let cluster = cluster();
    let deployments = deployments(&cluster);
    for _ in 0..80 {
        let status = deployments.get("pay-api").await.expect("a deployment").status.expect("a status");
        assert!(status.available_replicas >= Some(4), "{status:?}");
        wait(1.0).await;
    }
    let timeline = timeline(&cluster);
    let shares: Vec<f64> = [25, 26, 32, 38, 44].map(|s| timeline.bad_share(StoryTime::from_secs(s))).to_vec();
    assert_eq!(shares, [0.0, 0.25, 0.5, 0.75, 1.0]);
}

#[tokio::test(start_paused = true)]
async fn the_autoscaler_answers_the_retries() {
    let cluster = cluster_at(1, 29);
    assert_eq!(timeline(&cluster).replicas_at(PAY_API, StoryTime::at(1, 29)), 4);
    wait(1.1).await;
    assert_eq!(timeline(&cluster).replicas_at(PAY_API, StoryTime::at(1, 30)), 5);
}

#[tokio::test(start_paused = true)]
async fn back_to_the_last_good_revision_in_26_seconds() {
    let cluster = cluster_at(1, 44);
    roll_back(&cluster, "1.8.3").await;
    let began = cluster.observe().now;
    wait(25.0).await;
    assert!(timeline(&cluster).bad_share(cluster.observe().now) > 0.0);
    wait(1.2).await;
    let timeline = timeline(&cluster);
    assert_eq!(timeline.bad_share(cluster.observe().now), 0.0);
    let new = timeline.pods_at(PAY_API, cluster.observe().now).filter(|p| p.created >= began).count();
    assert_eq!(new, 5);
    let deployment = deployments(&cluster).get("pay-api").await.expect("a deployment");
    assert_eq!(deployment.metadata.annotations.expect("annotations")["deployment.kubernetes.io/revision"], "5");
    let status = deployment.status.expect("a status");
    assert_eq!(
        (status.updated_replicas, status.available_replicas, status.unavailable_replicas),
        (Some(5), Some(5), None)
    );
    // The symptom is gone, and so is the fifth pod after the autoscaler's window.
    wait(150.0).await;
    assert_eq!(deployments_replicas(&cluster).await, 4);
}

async fn deployments_replicas(cluster: &Arc<Cluster>) -> i32 {
    deployments(cluster).get("pay-api").await.expect("a deployment").spec.replicas.expect("replicas")
}

#[tokio::test(start_paused = true)]
async fn back_to_an_image_that_is_gone_gets_stuck_while_the_old_pods_serve() {
    let cluster = cluster_at(1, 44);
    let sooner = Patch::Merge(json!({"spec": {"progressDeadlineSeconds": 60}}));
    deployments(&cluster).patch("pay-api", &PatchParams::default(), &sooner).await.expect("a patch");
    roll_back(&cluster, "1.8.2").await;
    wait(30.0).await;
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let list = pods.list(&ListParams::default().labels("app.kubernetes.io/name=pay-api")).await.expect("pods");
    let mut waiting = Vec::new();
    let mut ready = 0;
    for pod in list {
        let status = &pod.status.expect("a status").container_statuses.expect("containers")[0];
        ready += usize::from(status.ready);
        if let Some(state) = status.state.as_ref().and_then(|s| s.waiting.as_ref()) {
            waiting.push((state.reason.clone().expect("a reason"), state.message.clone().expect("a message")));
        }
    }
    assert_eq!((ready, waiting.len()), (5, 1));
    assert!(waiting[0].0.contains("ImagePull"), "{waiting:?}");
    assert!(waiting[0].1.contains("not found"), "{waiting:?}");
    assert_eq!(timeline(&cluster).bad_share(cluster.observe().now), 1.0);
    wait(31.0).await;
    let status = deployments(&cluster).get("pay-api").await.expect("a deployment").status.expect("a status");
    let progressing = status
        .conditions
        .expect("conditions")
        .into_iter()
        .find(|c| c.type_.as_deref() == Some("Progressing"))
        .expect("a condition");
    assert_eq!(progressing.reason, Some("ProgressDeadlineExceeded".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn more_pods_are_taken_back_by_the_autoscaler() {
    let cluster = cluster_at(2, 0);
    let scale = Patch::Merge(json!({"spec": {"replicas": 8}}));
    deployments(&cluster).patch_scale("pay-api", &PatchParams::default(), &scale).await.expect("a scale");
    wait(20.0).await;
    let now = cluster.observe().now;
    assert_eq!(timeline(&cluster).pods_at(PAY_API, now).filter(|p| p.is_ready(now)).count(), 8);
    assert_eq!(timeline(&cluster).bad_share(now), 1.0);
    wait(110.0).await;
    assert_eq!(deployments_replicas(&cluster).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_restart_and_a_deletion_change_nothing_but_warm_up() {
    let cluster = cluster_at(1, 44);
    deployments(&cluster).restart("pay-api").await.expect("a restart");
    wait(40.0).await;
    let now = cluster.observe().now;
    assert_eq!(timeline(&cluster).bad_share(now), 1.0);
    let restarted = timeline(&cluster);
    assert!(restarted.pods_at(PAY_API, now).all(|p| p.warming && p.is_ready(now)));

    let name = restarted.pods_at(PAY_API, now).next().expect("a pod").pod.clone();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    pods.delete(&name, &DeleteParams::default()).await.expect("a deletion");
    wait(10.0).await;
    let now = cluster.observe().now;
    assert_eq!(timeline(&cluster).bad_share(now), 1.0);
    assert_eq!(timeline(&cluster).pods_at(PAY_API, now).filter(|p| p.is_ready(now)).count(), 5);
}

#[tokio::test(start_paused = true)]
async fn left_alone_it_gets_worse_until_bob_comes() {
    let cluster = cluster_at(6, 2);
    let now = cluster.observe().now;
    let ready = |now| timeline(&cluster).pods_at(PAY_API, now).filter(|p| p.is_ready(now)).count();
    assert_eq!(ready(now), 4);
    wait(60.0).await;
    let kills: usize =
        timeline(&cluster).pods_at(SEARCH, StoryTime::at(7, 1)).map(|p| p.restarts(StoryTime::at(7, 1))).sum();
    assert_eq!(kills, 2);
    wait(5.0 * 60.0 + 60.0).await;
    let now = cluster.observe().now;
    assert_eq!(timeline(&cluster).bad_share(now), 0.0);
    let by_bob: Vec<_> = timeline(&cluster).changes.iter().filter(|c| c.by == "bob@corp").cloned().collect();
    assert!(matches!(by_bob[0].kind, ChangeKind::Silence { comment: "looking", .. }));
    assert!(matches!(&by_bob[1].kind, ChangeKind::Release { to, .. } if to == "1.8.3"));
}

/// The pods of cart-worker, the one with the most restarts first.
async fn workers(cluster: &Arc<Cluster>) -> Vec<ContainerStatus> {
    let pods: Api<Pod> = Api::namespaced(client(cluster, Role::Oncall), "checkout");
    let list = pods.list(&ListParams::default().labels("app.kubernetes.io/name=cart-worker")).await.expect("pods");
    let mut containers: Vec<ContainerStatus> = list
        .into_iter()
        .map(|pod| pod.status.expect("a status").container_statuses.expect("containers").remove(0))
        .collect();
    containers.sort_by_key(|container| Reverse(container.restart_count));
    containers
}

#[tokio::test(start_paused = true)]
async fn a_worker_crashes_for_as_long_as_it_cannot_find_its_redis() {
    let cluster = cluster_at(0, 0);
    let [bad, good] = workers(&cluster).await.try_into().expect("two pods");
    assert!(good.ready && good.restart_count == 0, "its container is older than the configuration");
    assert!(!bad.ready);
    assert_eq!(bad.state.expect("a state").waiting.expect("waits").reason.as_deref(), Some("CrashLoopBackOff"));
    let last = bad.last_state.expect("a life before").terminated.expect("it ended");
    assert_eq!((last.exit_code, last.reason.as_deref()), (1, Some("Error")));
    assert_eq!(last.message.as_deref(), Some("cannot connect to redis:6379"));

    let checkout: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let name = checkout.list(&ListParams::default()).await.expect("pods").into_iter().find_map(|pod| {
        let restarts = pod.status.as_ref()?.container_statuses.as_ref()?[0].restart_count;
        (restarts == bad.restart_count).then_some(pod.metadata.name?)
    });
    let logs = async |previous| {
        let params = LogParams { previous, ..LogParams::default() };
        checkout.logs(name.as_deref().expect("a name"), &params).await.expect("logs")
    };
    assert!(logs(true).await.contains("cannot connect to redis:6379"));
    assert!(logs(false).await.contains("cannot connect to redis:6379"), "no container runs: the last one's are read");

    wait(305.0).await;
    let restarts = workers(&cluster).await[0].restart_count;
    assert_eq!(restarts, bad.restart_count + 1, "it waits five minutes by now");

    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster, Role::Admin), "checkout");
    let right = Patch::Merge(json!({"data": {"REDIS_ADDRESS": "redis.data:6379"}}));
    maps.patch("cart-worker-config", &PatchParams::default(), &right).await.expect("a patch");
    wait(310.0).await;
    assert!(workers(&cluster).await.iter().all(|container| container.ready));
}

#[tokio::test(start_paused = true)]
async fn bob_stays_away_when_the_user_was_faster() {
    let cluster = cluster_at(2, 0);
    roll_back(&cluster, "1.8.3").await;
    wait(11.0 * 60.0).await;
    assert!(timeline(&cluster).changes.iter().all(|change| change.by != "bob@corp"));
}

#[tokio::test(start_paused = true)]
async fn one_seed_is_one_story() {
    let names = |seed: u64| {
        let cluster = Cluster::start(Options { seed, at: Duration::from_secs(120), ..options() });
        let timeline = timeline(&cluster);
        timeline.pods_during(PAY_API, StoryTime::START, StoryTime::at(2, 0)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(3), names(3));
    assert_ne!(names(3), names(4));
}

#[tokio::test(start_paused = true)]
async fn argo_puts_back_what_it_tracks() {
    let cluster = cluster_at(0, 0);
    let web: Api<Deployment> = Api::namespaced(client(&cluster, Role::Oncall), "shop");
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "shop/web:12.3.0"}]}}}});
    web.patch("web", &PatchParams::default(), &Patch::Strategic(image)).await.expect("a patch");
    let image_of = async || {
        let spec = web.get("web").await.expect("a deployment").spec.template.spec;
        spec.expect("a pod").containers[0].image.clone().expect("an image")
    };
    assert_eq!(image_of().await, "shop/web:12.3.0");
    wait(5.1).await;
    assert_eq!(image_of().await, "shop/web:12.4.0");
    wait(30.0).await;
    assert_eq!(web.get("web").await.expect("a deployment").status.expect("a status").updated_replicas, Some(4));
}

#[test]
fn when_the_story_is_over_nothing_stirs() {
    let mut world = crate::demo::world::World::new(options().epoch, 7, 0);
    world.advance(StoryTime::at(16, 0));
    let version = world.store.version();
    let mut wakes = 0;
    // The events of the story are forgotten an hour after it.
    while let Some(at) = world.next_at().filter(|at| *at < StoryTime::at(60, 0)) {
        world.advance(at);
        wakes += 1;
    }
    // What is left are the deadlines of rollouts that have long ended, and cart-worker, which goes on crashing.
    let mut since = world.store.since(version).expect("a short history");
    assert!(since.all(|record| record.key.name.starts_with("cart-worker")));
    assert!(wakes < 90, "{wakes}");
}
