use serde_json::json;

use super::*;
use crate::insight::revisions::tests::{deployment, three};

fn now() -> Timestamp {
    "2026-11-21T03:02:30Z".parse().unwrap()
}

fn service() -> ObjectKey {
    ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
}

fn raw(values: Vec<Value>) -> Vec<RawObject> {
    values.into_iter().map(RawObject::new).collect()
}

fn event(kind: &str, name: &str, reason: &str, message: &str, at: &str) -> Value {
    json!({"metadata": {"name": format!("{name}.{at}"), "namespace": "checkout"},
        "involvedObject": {"kind": kind, "namespace": "checkout", "name": name},
        "reason": reason, "message": message, "type": "Normal", "firstTimestamp": at, "lastTimestamp": at})
}

fn told(history: &History) -> Vec<String> {
    history
        .changes
        .iter()
        .map(|change| {
            let about = if change.about { "about " } else { "" };
            format!(
                "{about}{} {:?} {} | {} | {}",
                figure::second(change.at),
                change.kind,
                change.title,
                change.source,
                change.note
            )
        })
        .collect()
}

#[test]
fn every_record_joins_one_list_on_time() {
    let workload = deployment("1.8.4", 42);
    let revisions = revisions::revisions(&workload, &three());
    let maps = raw(vec![
        json!({"metadata": {"name": "pay-config", "namespace": "checkout", "creationTimestamp": "2026-11-01T00:00:00Z",
            "managedFields": [{"manager": "argocd", "time": "2026-11-21T02:16:40Z", "fieldsV1": {"f:data": {}}},
                {"manager": "kubectl", "time": "2026-11-21T02:20:00Z", "fieldsV1": {"f:metadata": {}}}]}}),
        json!({"metadata": {"name": "not-ours", "namespace": "checkout",
            "managedFields": [{"manager": "argocd", "time": "2026-11-21T03:00:25Z", "fieldsV1": {"f:data": {}}}]}}),
    ]);
    let hpas = raw(vec![json!({"metadata": {"name": "pay-hpa", "namespace": "checkout"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "pay-api"}, "maxReplicas": 10},
        "status": {"lastScaleTime": "2026-11-21T03:01:30Z", "desiredReplicas": 5}})]);
    let all_events = raw(vec![
        event(
            "HorizontalPodAutoscaler",
            "pay-hpa",
            "SuccessfulRescale",
            "New size: 5; reason: cpu resource utilization above target",
            "2026-11-21T03:01:30Z",
        ),
        event(
            "Deployment",
            "pay-api",
            "ScalingReplicaSet",
            "Scaled up replica set pay-api-h184 from 4 to 5",
            "2026-11-21T03:01:30Z",
        ),
        event(
            "Deployment",
            "pay-api",
            "ScalingReplicaSet",
            "Scaled up replica set pay-api-h184 from 0 to 1",
            "2026-11-21T03:00:20Z",
        ),
        event(
            "Deployment",
            "pay-api",
            "ScalingReplicaSet",
            "Scaled up replica set pay-api-h183 from 2 to 4",
            "2026-11-21T02:30:00Z",
        ),
        // An older rollout, of a revision that was used again since.
        event(
            "Deployment",
            "pay-api",
            "ScalingReplicaSet",
            "Scaled up replica set pay-api-h182 from 1 to 2",
            "2026-11-21T02:10:00Z",
        ),
        event(
            "Deployment",
            "pay-api",
            "ScalingReplicaSet",
            "Scaled down replica set pay-api-h183 from 4 to 3",
            "2026-11-21T02:10:01Z",
        ),
    ]);
    let of_nodes = raw(vec![
        event("Node", "node-3", "NodeNotReady", "Node node-3 status is now: NodeNotReady", "2026-11-21T02:40:00Z"),
        event("Node", "node-9", "NodeNotReady", "elsewhere", "2026-11-21T02:40:00Z"),
    ]);
    let secrets = raw(vec![
        json!({"metadata": {"name": "sh.helm.release.v1.pay.v3", "namespace": "checkout", "creationTimestamp": "2026-11-21T03:00:18Z",
            "labels": {"owner": "helm", "name": "pay", "version": "3", "status": "deployed"}}}),
        json!({"metadata": {"name": "sh.helm.release.v1.web.v1", "namespace": "checkout", "creationTimestamp": "2026-11-21T03:00:18Z",
            "labels": {"owner": "helm", "name": "web", "version": "1", "status": "deployed"}}}),
    ]);
    let records = Records {
        workload: Some(&workload),
        revisions: Some(&revisions),
        config_maps: Some(config_maps(&maps)),
        autoscalers: Some(autoscalers(&hpas)),
        events: Some(events(&all_events)),
        node_events: Some(events(&of_nodes)),
        releases: Some(releases(&secrets)),
        decoded: &[],
        nodes: BTreeSet::from(["node-3".into()]),
    };
    let history = history(&service(), &records, now());
    assert_eq!(
        told(&history),
        [
            "03:01:30 Scale HPA 4 → 5 | event | cpu resource utilization above target",
            "03:00:20 Release 1.8.3 → 1.8.4 | annotation: ci-bot | ",
            "03:00:18 Helm pay 3 | Helm record | deployed",
            "02:40:00 Node node-3 NodeNotReady | event | Node node-3 status is now: NodeNotReady",
            "02:30:00 Scale 2 → 4 | event | ",
            "02:16:40 Configuration pay-config | managedFields: argocd | values before are not recorded",
            "00:00:00 Release 1.8.2 → 1.8.3 | annotation: ci-bot | ",
            "00:00:00 Release 1.8.2 | annotation: ci-bot | the oldest that is kept",
        ]
    );
    assert_eq!(history.limits, ["before 02:02 only revisions are known (events are kept 1 h)"]);

    let onset = "2026-11-21T03:00:26Z".parse().unwrap();
    assert_eq!((history.position(onset), history.suspect(onset)), (1, Some(1)));
    assert_eq!(history.suspect("2026-11-21T02:35:00Z".parse().unwrap()), Some(5), "scaling is passed over");
    assert_eq!(history.suspect("2026-01-01T00:00:00Z".parse().unwrap()), None);
}

#[test]
fn what_could_not_be_read_is_said() {
    let workload = deployment("1.8.4", 42);
    let records = Records { workload: Some(&workload), ..Records::default() };
    let history = history(&service(), &records, now());
    assert!(history.changes.is_empty());
    assert_eq!(history.limits.len(), 5);
}

#[test]
fn without_the_right_to_see_nodes_the_pods_tell_of_them() {
    let workload = deployment("1.8.4", 42);
    let revisions = revisions::revisions(&workload, &three());
    let told_of = |pod: &str| event("Pod", pod, "NodeNotReady", "Node is not ready", "2026-11-21T02:40:00Z");
    let pods = raw(vec![told_of("pay-api-h184-x2k"), told_of("pay-api-h184-x2k-debug"), told_of("web-h1-abc")]);
    let records = Records { revisions: Some(&revisions), events: Some(events(&pods)), ..Records::default() };
    let seen = history(&service(), &records, now());
    let of_nodes: Vec<String> = told(&seen).into_iter().filter(|line| line.contains("Node ")).collect();
    assert_eq!(of_nodes, ["02:40:00 Node pay-api-h184-x2k NodeNotReady | event | Node is not ready"]);
    let words = "events in namespace default could not be read: what happened to nodes is known from pods alone";
    assert!(seen.limits.iter().any(|limit| limit == words), "{:?}", seen.limits);
}

#[test]
fn an_event_tells_when_a_revision_was_used_again() {
    let workload = deployment("1.8.3", 43);
    let mut back = revisions::tests::replica_set("1.8.3", 43, "2026-11-15T00:00:00Z", 4);
    back["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("41");
    let revisions = revisions::revisions(&workload, &raw(vec![back]));
    let words = "Scaled up replica set pay-api-h183 from 0 to 1";
    let up = raw(vec![event("Deployment", "pay-api", "ScalingReplicaSet", words, "2026-11-21T03:00:22Z")]);
    let records = Records { revisions: Some(&revisions), events: Some(events(&up)), ..Records::default() };
    let newest = &history(&service(), &records, now()).changes[0];
    assert_eq!((newest.at.to_string().as_str(), newest.about), ("2026-11-21T03:00:22Z", false));
}

#[test]
fn an_autoscaler_whose_event_is_gone_still_tells_its_last_time() {
    let hpas = raw(vec![json!({"metadata": {"name": "pay-hpa", "namespace": "checkout"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "pay-api"}, "maxReplicas": 10},
        "status": {"lastScaleTime": "2026-11-20T03:01:30Z", "desiredReplicas": 5}})]);
    let records = Records { autoscalers: Some(autoscalers(&hpas)), events: Some(Vec::new()), ..Records::default() };
    assert_eq!(told(&history(&service(), &records, now())), ["03:01:30 Scale HPA → 5 | HPA status | "]);
}

#[test]
fn all_ways_to_read_a_config_map_are_found() {
    let workload = RawObject::new(json!({"spec": {"template": {"spec": {
        "volumes": [{"configMap": {"name": "a"}}, {"projected": {"sources": [{"configMap": {"name": "b"}}]}}],
        "containers": [{"envFrom": [{"configMapRef": {"name": "c"}}],
            "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "d", "key": "x"}}}]}]}}}}));
    assert_eq!(configured_by(&workload).into_iter().collect::<String>(), "abcd");
}
