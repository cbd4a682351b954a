//! Services and Ingresses.

use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use super::workload::{manager, ownership, released};
use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::ServiceSpec;

pub fn service(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let (mut labels, annotations) = ownership(spec, "Service");
    if spec.namespace == "monitoring" {
        labels["self-monitor"] = json!("true");
        labels[format!("operated-{}", spec.name)] = json!("true");
    }
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let port = match spec.name {
        "prometheus" | "alertmanager" => "web",
        _ => "http",
    };
    let number = if spec.namespace == "monitoring" { spec.port } else { 80 };
    let hash = random::hash(seed, &["service", spec.name]);
    let address = format!("10.96.{}.{}", hash % 250, 1 + (hash >> 8) % 250);
    let body = json!({
        "ports": [{"name": port, "protocol": "TCP", "port": number, "targetPort": "http"}],
        "selector": {"app.kubernetes.io/name": spec.name},
        "clusterIP": address,
        "clusterIPs": [address],
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    });
    let owned = json!({"metadata": {"labels": labels, "annotations": annotations}, "spec": body});
    json!({
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["service", spec.namespace, spec.name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": labels,
            "annotations": annotations,
            "managedFields": [managed(manager(spec.owner), "Update", "v1", &created, &owned, false)],
        },
        "spec": body,
        "status": {"loadBalancer": {}},
    })
}

pub fn ingress(seed: u64, spec: &ServiceSpec, host: &str, calendar: Calendar) -> Value {
    let (labels, annotations) = ownership(spec, "Ingress");
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let body = json!({
        "ingressClassName": "gateway",
        "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": spec.name, "port": {"name": "http"}}}}]}}],
    });
    json!({
        "kind": "Ingress",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["ingress", spec.namespace, spec.name]),
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": created,
            "labels": labels,
            "annotations": annotations,
            "managedFields": [managed(manager(spec.owner), "Update", "networking.k8s.io/v1", &created, &json!({"spec": body}), false)],
        },
        "spec": body,
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}},
    })
}
