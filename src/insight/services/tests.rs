use serde_json::{Value, json};

use super::*;
use crate::domain::health::Grade;
use crate::domain::metric::Vital;
use crate::domain::raw::RawObject;
use crate::kinds::decode::row_of;
use crate::kinds::interner::Interner;

pub(in crate::insight) fn row(kind: Kind, object: &Value) -> Row {
    row_of(kind, &RawObject::new(object.clone()), &mut Interner::default()).unwrap()
}

pub(in crate::insight) fn now() -> Timestamp {
    "2026-11-21T03:02:00Z".parse().unwrap()
}

pub(in crate::insight) fn deployment(name: &str, replicas: u32, ready: u32) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "generation": 1, "creationTimestamp": "2026-11-01T00:00:00Z",
            "annotations": {"deployment.kubernetes.io/revision": "7"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": "shop/app:1.8.4"}]}}},
        "status": {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable",
                "lastUpdateTime": "2026-11-21T03:00:44Z"}]}
    })
}

/// A ready pod of a Deployment of that name.
pub(in crate::insight) fn pod(owner: &str, suffix: &str) -> Value {
    json!({
        "metadata": {"name": format!("{owner}-7d9f8-{suffix}"), "namespace": "shop",
            "creationTimestamp": "2026-11-21T02:00:00Z", "labels": {"pod-template-hash": "7d9f8"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{owner}-7d9f8"), "controller": true}]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "shop/app:1.8.4"}]},
        "status": {"phase": "Running",
            "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T02:00:00Z"},
                {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T02:00:06Z"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-21T02:00:02Z"}}}]}
    })
}

fn services(rows: &[Row]) -> Services {
    let mut services = Services::default();
    services.apply(rows);
    assert!(services.settle(now()));
    services
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::Deployment, "shop", name)
}

#[test]
fn pods_join_their_deployment() {
    let mut services = services(&[
        row(Kind::Deployment, &deployment("pay-api", 2, 2)),
        row(Kind::Pod, &pod("pay-api", "a")),
        row(Kind::Pod, &pod("pay-api", "b")),
    ]);
    assert_eq!(services.len(), 1);
    let service = services.get(&key("pay-api")).unwrap();
    assert_eq!((service.ready, service.desired, service.version.as_str()), (2, 2, "1.8.4"));
    assert_eq!(service.health.grade, Grade::Ready);
    let change = service.change.as_ref().unwrap();
    assert_eq!((change.title.as_str(), change.revision, change.about), ("1.8.4", Some(7), true));
    assert_eq!(services.pods(&key("pay-api")).len(), 2);

    // The last pod moves into the place of a removed one and can still be replaced and removed.
    services.remove(&[ObjectKey::new(Kind::Pod, "shop", "pay-api-7d9f8-a")]);
    services.apply(&[row(Kind::Pod, &pod("pay-api", "b"))]);
    assert_eq!(services.pods(&key("pay-api")).len(), 1);
    services.remove(&[ObjectKey::new(Kind::Pod, "shop", "pay-api-7d9f8-b"), key("pay-api")]);
    assert!(services.settle(now()));
    assert!(services.is_empty());
}

#[test]
fn without_workloads_services_are_inferred_and_bare_pods_stand_alone() {
    let mut bare = pod("web", "x");
    bare["metadata"]["ownerReferences"] = json!([]);
    bare["metadata"]["name"] = json!("bare");
    let mut job = pod("job", "x");
    job["metadata"]["ownerReferences"] = json!([{"kind": "Job", "name": "job", "controller": true}]);
    let mut mirror = pod("etcd", "x");
    mirror["metadata"]["ownerReferences"] = json!([{"kind": "Node", "name": "node-1", "controller": true}]);
    let services = services(&[
        row(Kind::Pod, &pod("pay-api", "a")),
        row(Kind::Pod, &bare),
        row(Kind::Pod, &job),
        row(Kind::Pod, &mirror),
    ]);
    let keys: Vec<String> = services.iter().map(|service| format!("{:?} {}", service.key.kind, service.key)).collect();
    assert_eq!(keys, ["Pod shop/bare", "Pod shop/etcd-7d9f8-x", "Deployment shop/pay-api"]);
    let inferred = services.get(&key("pay-api")).unwrap();
    assert_eq!((inferred.ready, inferred.desired, inferred.version.as_str()), (1, 1, "1.8.4"));
}

#[test]
fn a_new_list_removes_what_is_gone_in_its_scope_only() {
    let mut services = services(&[
        row(Kind::Deployment, &deployment("pay-api", 1, 1)),
        row(Kind::Deployment, &deployment("web", 1, 1)),
    ]);
    let only = [row(Kind::Deployment, &deployment("web", 1, 1))];
    services.replace(Kind::Deployment, &Scope::Namespace("other".into()), &[]);
    services.settle(now());
    assert_eq!(services.len(), 2);
    services.replace(Kind::Deployment, &Scope::Namespace("shop".into()), &only);
    assert!(services.settle(now()));
    assert_eq!(services.iter().map(|service| service.key.name.as_str()).collect::<Vec<_>>(), ["web"]);
}

#[test]
fn the_worst_comes_first_then_the_busiest() {
    let mut services = services(&[
        row(Kind::Deployment, &deployment("calm", 1, 1)),
        row(Kind::Deployment, &deployment("busy", 1, 1)),
        row(Kind::Deployment, &deployment("down", 2, 0)),
    ]);
    let requests = |rate| Vitals { requests: Vital { now: Some(rate), recent: Vec::new() }, ..Vitals::default() };
    services.set_vitals(&key("calm"), requests(3.0));
    services.set_vitals(&key("busy"), requests(300.0));
    assert!(services.settle(now()));
    assert_eq!(services.rank().iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["down", "busy", "calm"]);
    assert!(services.take_reordered());
    services.set_vitals(&key("busy"), Vitals { cpu: Vital { now: Some(0.5), recent: Vec::new() }, ..requests(300.0) });
    assert!(services.settle(now()) && !services.take_reordered(), "drawn again at the same place");
    services.set_vitals(&key("busy"), requests(300.0));
    services.settle(now());
    // Nothing new: nothing to draw.
    services.set_vitals(&key("busy"), requests(300.0));
    assert!(!services.settle(now()));
}

#[test]
fn restarts_add_up_and_stay_honest() {
    let mut old = pod("search", "a");
    old["metadata"]["creationTimestamp"] = json!("2026-11-01T00:00:00Z");
    old["status"]["containerStatuses"][0]["restartCount"] = json!(9);
    old["status"]["containerStatuses"][0]["lastState"] = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled",
        "finishedAt": "2026-11-21T02:04:00Z"}});
    old["status"]["containerStatuses"][0]["state"] = json!({"running": {"startedAt": "2026-11-21T02:04:01Z"}});
    let services = services(&[row(Kind::Deployment, &deployment("search", 1, 1)), row(Kind::Pod, &old)]);
    let service = services.get(&key("search")).unwrap();
    assert_eq!((service.restarts.count, service.restarts.exact), (1, false));
    assert_eq!(service.restarts.reason, "OOMKilled");
    assert_eq!(service.health.reason, "killed for memory 57 min ago, running again");
    assert_eq!(service.health.grade, Grade::AtRisk);
}

/// Ten thousand pods must not be felt: a batch of watch events touches only its own services.
#[test]
fn one_event_touches_one_service() {
    let mut rows = Vec::new();
    for number in 0..20 {
        rows.push(row(Kind::Deployment, &deployment(&format!("app-{number}"), 5, 5)));
        rows.extend((0..5).map(|suffix| row(Kind::Pod, &pod(&format!("app-{number}"), &suffix.to_string()))));
    }
    let mut services = services(&rows);
    services.apply(&rows[1..2]);
    assert_eq!(services.touched.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["app-0"]);
    assert!(!services.settle(now()), "an event that changed nothing draws nothing");
    assert!(services.touched.is_empty());
}
