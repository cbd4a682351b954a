use serde_json::json;

use super::*;

pub(in crate::insight) fn deployment(tag: &str, number: u64) -> RawObject {
    RawObject::new(json!({"kind": "Deployment",
        "metadata": {"name": "pay-api", "namespace": "checkout", "uid": "d1", "generation": 4,
            "annotations": {"deployment.kubernetes.io/revision": number.to_string(), "meta.helm.sh/release-name": "pay"},
            "managedFields": [
                {"manager": "kubectl", "time": "2026-11-21T03:00:19Z", "fieldsV1": {"f:spec": {"f:template": {}}}},
                {"manager": "kube-controller-manager", "subresource": "status", "time": "2026-11-21T03:05:00Z",
                    "fieldsV1": {"f:status": {}}}]},
        "spec": {"replicas": 4, "template": template_of(tag, json!({"app": "pay-api"}))},
        "status": {"conditions": [{"type": "Progressing", "reason": "NewReplicaSetAvailable"}]}}))
}

fn template_of(tag: &str, labels: Value) -> Value {
    json!({"metadata": {"creationTimestamp": null, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": format!("shop/pay:{tag}")}],
            "volumes": [{"name": "config", "configMap": {"name": "pay-config"}}]}})
}

pub(in crate::insight) fn replica_set(tag: &str, number: u64, created: &str, replicas: u32) -> Value {
    let hash = format!("h{}", tag.replace('.', ""));
    json!({"kind": "ReplicaSet",
        "metadata": {"name": format!("pay-api-{hash}"), "namespace": "checkout", "creationTimestamp": created,
            "annotations": {"deployment.kubernetes.io/revision": number.to_string(), "kubernetes.io/change-cause": "ci-bot"},
            "ownerReferences": [{"kind": "Deployment", "name": "pay-api", "uid": "d1", "controller": true}]},
        "spec": {"replicas": replicas, "template": template_of(tag, json!({"app": "pay-api", "pod-template-hash": hash}))},
        "status": {"replicas": replicas, "readyReplicas": replicas}})
}

pub(in crate::insight) fn three() -> Vec<RawObject> {
    vec![
        RawObject::new(replica_set("1.8.2", 40, "2026-11-10T00:00:00Z", 0)),
        RawObject::new(replica_set("1.8.4", 42, "2026-11-21T03:00:20Z", 4)),
        RawObject::new(replica_set("1.8.3", 41, "2026-11-15T00:00:00Z", 0)),
    ]
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn revisions_are_told_newest_first() {
    let found = revisions(&deployment("1.8.4", 42), &three());
    let told: Vec<_> = found.iter().map(|one| (one.number, one.version.as_str(), one.about)).collect();
    assert_eq!(told, [(42, "1.8.4", false), (41, "1.8.3", false), (40, "1.8.2", false)]);
    assert_eq!(found[0].at, at("2026-11-21T03:00:20Z"));
    assert_eq!((&found[0].soundness, &found[1].soundness), (&Soundness::RanReady, &Soundness::Unknown));
    // What is written back must not carry the hash of the ReplicaSet.
    assert!(found[0].template.value().pointer("/metadata/labels/pod-template-hash").is_none());
    assert_eq!(current(&deployment("1.8.4", 42), &found).unwrap().number, 42);
}

#[test]
fn a_foreign_replica_set_is_none_of_ours() {
    let mut foreign = replica_set("9", 50, "2026-11-21T03:00:20Z", 1);
    foreign["metadata"]["ownerReferences"][0]["uid"] = json!("other");
    assert!(revisions(&deployment("1.8.4", 42), &[RawObject::new(foreign)]).is_empty());
}

#[test]
fn a_revision_used_again_began_when_the_template_was_written() {
    let mut back = replica_set("1.8.3", 43, "2026-11-15T00:00:00Z", 4);
    back["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("41");
    let sets = [RawObject::new(back), RawObject::new(replica_set("1.8.4", 42, "2026-11-21T02:50:00Z", 0))];
    let found = revisions(&deployment("1.8.3", 43), &sets);
    assert_eq!((found[0].at, found[0].about), (at("2026-11-21T03:00:19Z"), true));
}

#[test]
fn going_back_does_not_change_what_happened() {
    let mut back = replica_set("1.8.3", 43, "2026-11-15T00:00:00Z", 4);
    back["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("39,41");
    let sets = [RawObject::new(back), RawObject::new(replica_set("1.8.4", 42, "2026-11-21T02:50:00Z", 0))];
    let found = revisions(&deployment("1.8.3", 43), &sets);
    let told: Vec<_> = rollouts(&found)
        .iter()
        .map(|rollout| (rollout.number, rollout.revision.version.to_string(), rollout.at))
        .collect();
    assert_eq!(
        told,
        [
            (43, "1.8.3".to_owned(), Some(at("2026-11-21T03:00:19Z"))),
            (42, "1.8.4".to_owned(), Some(at("2026-11-21T02:50:00Z"))),
            // It ran twice before; only the first time stands written.
            (41, "1.8.3".to_owned(), None),
            (39, "1.8.3".to_owned(), Some(at("2026-11-15T00:00:00Z"))),
        ]
    );
    assert!(found[0].answers_to(41) && !found[0].answers_to(42));
}

#[test]
fn an_older_revision_used_again_began_when_the_one_before_was_scaled_down() {
    let mut back = replica_set("1.8.3", 43, "2026-11-15T00:00:00Z", 0);
    back["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("41");
    let mut before = replica_set("1.8.4", 42, "2026-11-21T03:00:20Z", 0);
    before["metadata"]["managedFields"] = json!([{"manager": "kube-controller-manager", "time": "2026-11-21T03:04:00Z",
        "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
    let sets = [
        RawObject::new(replica_set("1.8.5", 44, "2026-11-22T00:00:00Z", 4)),
        RawObject::new(back),
        RawObject::new(before),
    ];
    let found = revisions(&deployment("1.8.5", 44), &sets);
    assert_eq!((found[1].number, found[1].at, found[1].about), (43, at("2026-11-21T03:04:00Z"), true));
}

#[test]
fn no_revision_used_again_began_before_those_of_lower_numbers() {
    let again = |tag: &str, number: u64, created: &str, history: &str| {
        let mut set = replica_set(tag, number, created, 0);
        set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!(history);
        RawObject::new(set)
    };
    let mut first = replica_set("1.8.2", 40, "2026-11-20T00:00:00Z", 0);
    first["metadata"]["managedFields"] = json!([{"manager": "kube-controller-manager", "time": "2026-11-20T01:00:00Z",
        "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
    let sets = [
        RawObject::new(first),
        again("1.8.3", 43, "2026-11-20T01:00:00Z", "41"),
        again("1.8.4", 44, "2026-11-21T02:00:00Z", "42"),
    ];
    let found = revisions(&deployment("1.8.4", 44), &sets);
    let told: Vec<_> = found.iter().map(|one| (one.number, one.at, one.about)).collect();
    let expected = [
        (44, at("2026-11-21T03:00:19Z"), true),
        (43, at("2026-11-21T02:00:00Z"), true),
        (40, at("2026-11-20T00:00:00Z"), false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_way_back_passes_over_what_failed_and_what_came_after_the_onset() {
    let mut found = revisions(&deployment("1.8.4", 42), &three());
    let target = |found: &[Revision], onset: Option<&str>| {
        rollback_target(found, found.first(), onset.map(at)).map(|revision| revision.number)
    };
    assert_eq!(target(&found, Some("2026-11-21T03:00:26Z")), Some(41));
    assert_eq!(target(&found, Some("2026-11-12T00:00:00Z")), Some(40));
    // Measurements that begin after all of them, as after a restart of Prometheus, forbid no way back.
    assert_eq!(target(&found, Some("2026-11-01T00:00:00Z")), Some(41));
    found[1].soundness = Soundness::Failed("14 % of requests failed".into());
    assert_eq!(target(&found, None), Some(40));
}

#[test]
fn what_was_measured_healthy_goes_before_what_nobody_measured() {
    let mut found = revisions(&deployment("1.8.4", 42), &three());
    found[2].soundness = Soundness::Measured { error_ratio: 0.002, seconds: 60, ran: 60 };
    let target = |found: &[Revision]| rollback_target(found, found.first(), None).map(|revision| revision.number);
    assert_eq!(target(&found), Some(40));
    found[1].soundness = Soundness::Measured { error_ratio: 0.001, seconds: 60, ran: 60 };
    assert_eq!(target(&found), Some(41));
}

#[test]
fn a_stuck_rollout_failed_and_a_restart_is_no_release() {
    let stuck = deployment("1.8.4", 42);
    let mut value = stuck.value().clone();
    value["status"]["conditions"][0]["reason"] = json!("ProgressDeadlineExceeded");
    let found = revisions(&RawObject::new(value), &three());
    assert!(matches!(found[0].soundness, Soundness::Failed(_)));
    assert!(!is_restart(&found[1], &found[0]));

    let mut again = replica_set("1.8.4", 43, "2026-11-21T04:00:00Z", 4);
    again["spec"]["template"]["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/restartedAt": "2026-11-21T04:00:00Z"});
    let sets = [RawObject::new(again), RawObject::new(replica_set("1.8.4", 42, "2026-11-21T03:00:20Z", 0))];
    let found = revisions(&stuck, &sets);
    assert!(is_restart(&found[1], &found[0]));
}
