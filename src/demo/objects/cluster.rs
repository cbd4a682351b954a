//! Namespaces and nodes.

use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use super::pod::node_ip;
use crate::demo::world::StoryTime;
use crate::demo::world::random;

const BIRTH: StoryTime = StoryTime::from_secs(-120 * 24 * 3600);

pub fn namespace(seed: u64, name: &str, calendar: Calendar) -> Value {
    let created = calendar.second(BIRTH);
    let labels = json!({"kubernetes.io/metadata.name": name});
    json!({
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "uid": random::uid(seed, &["namespace", name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": labels,
            "managedFields": [managed("kubectl-create", "Update", "v1", &created, &json!({"metadata": {"labels": labels}}), false)],
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    })
}

pub fn node(seed: u64, name: &str, calendar: Calendar) -> Value {
    let created = calendar.second(BIRTH);
    let zone = format!("eu-1{}", ["a", "b", "c"][random::hash(0, &[name]) as usize % 3]);
    let labels = json!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "c8.large",
        "topology.kubernetes.io/region": "eu-1",
        "topology.kubernetes.io/zone": zone,
    });
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "lastHeartbeatTime": created, "lastTransitionTime": created,
            "reason": reason, "message": message})
    };
    let status = json!({
        "capacity": {"cpu": "8", "ephemeral-storage": "102350Mi", "memory": "32768Mi", "pods": "2500"},
        "allocatable": {"cpu": "7800m", "ephemeral-storage": "96000Mi", "memory": "31744Mi", "pods": "2500"},
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ],
        "addresses": [{"type": "InternalIP", "address": node_ip(name)}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": random::uid(seed, &["machine", name]), "systemUUID": random::uid(seed, &["system", name]),
            "bootID": random::uid(seed, &["boot", name]), "kernelVersion": "6.12.48+deb13-amd64",
            "osImage": "Debian GNU/Linux 13 (trixie)", "containerRuntimeVersion": "containerd://2.4.2",
            "kubeletVersion": super::SERVER_VERSION, "operatingSystem": "linux", "architecture": "amd64",
        },
    });
    json!({
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "uid": random::uid(seed, &["node", name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": labels,
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
            "managedFields": [
                managed("kubelet", "Update", "v1", &created, &json!({"metadata": {"labels": labels}}), false),
                managed("kubelet", "Update", "v1", &created, &json!({"status": status}), true),
            ],
        },
        "spec": {"podCIDR": "10.244.0.0/16", "providerID": format!("demo:///{name}")},
        "status": status,
    })
}
