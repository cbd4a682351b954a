//! A pod on the wire.

use serde_json::{Map, Value, json};

use super::metadata::{Calendar, managed};
use crate::demo::world::pod::Pod;
use crate::demo::world::random;

pub fn render(pod: &Pod, version: u64, calendar: Calendar) -> Value {
    let created = calendar.second(pod.created);
    let mut labels: Map<String, Value> =
        pod.template.labels.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect();
    labels.extend(pod.extra_labels.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))));
    let generate_name = match pod.controller.kind {
        "StatefulSet" => Value::Null,
        _ => json!(format!("{}-", pod.controller.name)),
    };
    let status = status(pod, calendar);
    let mut metadata = json!({
        "name": pod.name,
        "generateName": generate_name,
        "namespace": pod.namespace,
        "uid": pod.uid,
        "resourceVersion": version.to_string(),
        "generation": 1,
        "creationTimestamp": created,
        "labels": labels,
        "annotations": pod.template.annotations,
        "ownerReferences": [{
            "apiVersion": "apps/v1",
            "kind": pod.controller.kind,
            "name": pod.controller.name,
            "uid": pod.controller.uid,
            "controller": true,
            "blockOwnerDeletion": true,
        }],
    });
    let owned = json!({
        "metadata": {"generateName": "", "labels": labels, "annotations": pod.template.annotations,
            "ownerReferences": [{"uid": pod.controller.uid}]},
        "spec": pod.template.spec,
    });
    metadata["managedFields"] = json!([
        managed("kube-controller-manager", "Update", "v1", &created, &owned, false),
        managed("kubelet", "Update", "v1", &calendar.second(pod.ready_changed), &json!({"status": status}), true),
    ]);
    if let Some(map) = metadata.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    if let Some(deleted) = pod.deleted {
        metadata["deletionTimestamp"] = json!(calendar.second(deleted.plus_millis(30_000)));
        metadata["deletionGracePeriodSeconds"] = json!(30);
    }
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": spec(pod),
        "status": status,
    })
}

fn spec(pod: &Pod) -> Value {
    let mut spec = pod.template.spec.clone();
    let token = token_volume(pod);
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.push(json!({"name": token, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
        ]}}));
    }
    if let Some(mounts) = spec["containers"][0]["volumeMounts"].as_array_mut() {
        mounts.push(
            json!({"name": token, "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}),
        );
    }
    if let Some(node) = pod.node {
        spec["nodeName"] = json!(node);
    }
    spec["preemptionPolicy"] = json!("PreemptLowerPriority");
    spec["priority"] = json!(0);
    spec["enableServiceLinks"] = json!(true);
    spec["tolerations"] = json!([
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    spec
}

fn status(pod: &Pod, calendar: Calendar) -> Value {
    let Some(node) = pod.node else {
        return json!({"phase": "Pending", "qosClass": "Burstable", "conditions": [
            {"type": "PodScheduled", "status": "False", "lastProbeTime": null,
             "lastTransitionTime": calendar.second(pod.created), "reason": "SchedulerError"}]});
    };
    let container = pod.template.container();
    let name = container["name"].as_str().unwrap_or("app");
    let scheduled = calendar.second(pod.created);
    let changed = calendar.second(pod.ready_changed);
    let running = pod.running_since.is_some();
    let condition = |kind: &str, holds: bool, at: &str| {
        let mut condition = json!({"type": kind, "observedGeneration": 1, "status": if holds { "True" } else { "False" },
            "lastProbeTime": null, "lastTransitionTime": at});
        if !holds {
            condition["reason"] = json!("ContainersNotReady");
            condition["message"] = json!(format!("containers with unready status: [{name}]"));
        }
        condition
    };
    let state = match (pod.running_since, &pod.waiting) {
        (_, Some(waiting)) if waiting.message.is_empty() => json!({"waiting": {"reason": waiting.reason}}),
        (_, Some(waiting)) => json!({"waiting": {"reason": waiting.reason, "message": waiting.message}}),
        (Some(since), None) => json!({"running": {"startedAt": calendar.second(since)}}),
        (None, None) => json!({"waiting": {"reason": "ContainerCreating"}}),
    };
    let mut status = json!({
        "container": null,
        "name": name,
        "state": state,
        "lastState": {},
        "ready": pod.ready,
        "restartCount": pod.restarts,
        "image": format!("registry.shop.example/{}", pod.template.image()),
        "imageID": "",
        "started": running,
    });
    if let Some(map) = status.as_object_mut() {
        map.remove("container");
    }
    if running || pod.last.is_some() {
        let digest = random::hash(0, &[pod.template.image()]);
        status["imageID"] = json!(format!(
            "registry.shop.example/{}@sha256:{digest:016x}{digest:016x}{digest:016x}{digest:016x}",
            pod.template.image()
        ));
        status["containerID"] = json!(container_id(pod, &pod.restarts.to_string()));
        status["resources"] = container["resources"].clone();
        status["allocatedResources"] = container["resources"]["requests"].clone();
    }
    if let Some(last) = &pod.last {
        let mut terminated = json!({
            "exitCode": last.exit_code,
            "reason": last.reason,
            "startedAt": calendar.second(last.started),
            "finishedAt": calendar.second(last.finished),
            "containerID": container_id(pod, "last"),
        });
        if !last.message.is_empty() {
            terminated["message"] = json!(last.message);
        }
        status["lastState"] = json!({"terminated": terminated});
    }
    json!({
        "observedGeneration": 1,
        "phase": if running || pod.last.is_some() { "Running" } else { "Pending" },
        "conditions": [
            condition("PodReadyToStartContainers", true, &scheduled),
            condition("Initialized", true, &scheduled),
            condition("Ready", pod.ready, &changed),
            condition("ContainersReady", pod.ready, &changed),
            condition("PodScheduled", true, &scheduled),
        ],
        "hostIP": node_ip(node),
        "hostIPs": [{"ip": node_ip(node)}],
        "podIP": pod.ip,
        "podIPs": [{"ip": pod.ip}],
        "startTime": scheduled,
        "containerStatuses": [status],
        "qosClass": "Burstable",
    })
}

pub fn token_volume(pod: &Pod) -> String {
    format!("kube-api-access-{}", random::suffix(0, &[&pod.name], 5))
}

/// Of one run of the container.
pub fn container_id(pod: &Pod, run: &str) -> String {
    format!("containerd://{:016x}{0:016x}{0:016x}{0:016x}", random::hash(0, &[&pod.uid, run]))
}

pub fn node_ip(node: &str) -> String {
    format!("10.0.0.1{}", node.rsplit('-').next().unwrap_or("0"))
}
