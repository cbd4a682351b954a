//! Pod templates, Deployments, ReplicaSets, StatefulSets, DaemonSets and ControllerRevisions as they were before the
//! story.

use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::{Owner, Release, ServiceSpec, WorkloadKind};

pub const REVISION: &str = "deployment.kubernetes.io/revision";
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
pub const HASH_LABEL: &str = "pod-template-hash";

pub fn workload_uid(seed: u64, spec: &ServiceSpec) -> String {
    random::uid(seed, &["workload", spec.namespace, spec.name])
}

pub fn released(release: &Release) -> StoryTime {
    StoryTime::from_secs(-release.hours_ago * 3600)
}

/// The pod template of a version.
pub fn template(spec: &ServiceSpec, version: &str) -> Value {
    let mut labels = json!({
        "app.kubernetes.io/name": spec.name,
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/managed-by": manager(spec.owner),
    });
    if matches!(spec.owner, Owner::Helm { .. }) {
        labels["app.kubernetes.io/managed-by"] = json!("Helm");
    }
    let mut resources = json!({"requests": {"cpu": cores(spec.cpu.request), "memory": mebibytes(spec.memory.request)},
        "limits": {"memory": mebibytes(spec.memory.limit)}});
    if spec.cpu.limit > 0.0 {
        resources["limits"] = json!({"cpu": cores(spec.cpu.limit), "memory": mebibytes(spec.memory.limit)});
    }
    let mut env = vec![
        json!({"name": "PORT", "value": spec.port.to_string()}),
        json!({"name": "LOG_LEVEL", "value": "info"}),
        json!({"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}),
    ];
    if has_database(spec) {
        env.push(json!({"name": "DATABASE_PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": format!("{}-db", short(spec)), "key": "password"}}}));
    }
    let mut container = json!({
        "name": "app",
        "image": format!("{}:{version}", spec.image),
        "ports": [{"name": "http", "containerPort": spec.port, "protocol": "TCP"}],
        "env": env,
        "resources": resources,
        "volumeMounts": [],
        "livenessProbe": probe("/live", 10, 3),
        "readinessProbe": probe("/ready", 1, 1),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
            "capabilities": {"drop": ["ALL"]}},
    });
    if has_config(spec) {
        container["envFrom"] = json!([{"configMapRef": {"name": format!("{}-config", short(spec))}}]);
    }
    json!({
        "metadata": {
            "labels": labels,
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": spec.port.to_string()},
        },
        "spec": {
            "volumes": [],
            "containers": [container],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": spec.name,
            "serviceAccount": spec.name,
            "securityContext": {"runAsUser": 10001, "fsGroup": 10001},
            "schedulerName": "default-scheduler",
        },
    })
}

pub fn has_config(spec: &ServiceSpec) -> bool {
    matches!(spec.name, "pay-api" | "orders" | "web" | "search" | "gateway" | "cart-worker")
}

pub fn has_database(spec: &ServiceSpec) -> bool {
    matches!(spec.name, "pay-api" | "orders" | "ledger" | "auth")
}

/// pay-api's configuration is called pay-config.
pub fn short(spec: &ServiceSpec) -> &'static str {
    spec.name.strip_suffix("-api").unwrap_or(spec.name)
}

fn probe(path: &str, period: i64, failures: i64) -> Value {
    json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": period,
        "successThreshold": 1, "failureThreshold": failures})
}

fn cores(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { format!("{}m", (value * 1000.0).round()) }
}

fn mebibytes(value: f64) -> String {
    if value % 1024.0 == 0.0 { format!("{}Gi", value / 1024.0) } else { format!("{value}Mi") }
}

pub fn manager(owner: Owner) -> &'static str {
    match owner {
        Owner::Pipeline => "ci-bot",
        Owner::Helm { .. } => "helm",
        Owner::Argo { .. } => "argocd-controller",
    }
}

/// Labels and annotations by which the owner marks what it applied.
pub fn ownership(spec: &ServiceSpec, kind: &str) -> (Value, Value) {
    let mut labels = json!({"app.kubernetes.io/name": spec.name, "app.kubernetes.io/version": spec.version()});
    let mut annotations = json!({});
    match spec.owner {
        Owner::Pipeline => labels["app.kubernetes.io/managed-by"] = json!("ci-bot"),
        Owner::Helm { release, chart } => {
            labels["app.kubernetes.io/managed-by"] = json!("Helm");
            labels["helm.sh/chart"] = json!(chart);
            annotations["meta.helm.sh/release-name"] = json!(release);
            annotations["meta.helm.sh/release-namespace"] = json!(spec.namespace);
        }
        Owner::Argo { application } => {
            labels["app.kubernetes.io/managed-by"] = json!("argocd");
            let group = if kind == "Deployment" { "apps" } else { "" };
            annotations["argocd.argoproj.io/tracking-id"] =
                json!(format!("{application}:{group}/{kind}:{}/{}", spec.namespace, spec.name));
        }
    }
    (labels, annotations)
}

pub fn deployment(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let (labels, mut annotations) = ownership(spec, "Deployment");
    let created = spec.history.first().map_or(StoryTime::START, released);
    let latest = spec.history.last().map_or(created, released);
    annotations[REVISION] = json!(spec.history.len().to_string());
    if spec.owner == Owner::Pipeline {
        annotations[CHANGE_CAUSE] = json!(cause(spec, spec.version()));
    }
    let body = json!({
        "replicas": spec.replicas,
        "selector": {"matchLabels": {"app.kubernetes.io/name": spec.name}},
        "template": template(spec, spec.version()),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    });
    let owned = json!({"metadata": {"labels": labels, "annotations": annotations}, "spec": body});
    let operation = if matches!(spec.owner, Owner::Pipeline) { "Update" } else { "Apply" };
    json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": workload_uid(seed, spec),
            "resourceVersion": "",
            "generation": spec.history.len(),
            "creationTimestamp": calendar.second(created),
            "labels": labels,
            "annotations": annotations,
            "managedFields": [
                managed(manager(spec.owner), operation, "apps/v1", &calendar.second(latest), &owned, false),
                managed("kube-controller-manager", "Update", "apps/v1", &calendar.second(latest), &json!({
                    "metadata": {"annotations": {REVISION: ""}},
                    "status": {"availableReplicas": 0, "conditions": [{"type": "Available"}, {"type": "Progressing"}],
                        "observedGeneration": 0, "readyReplicas": 0, "replicas": 0, "updatedReplicas": 0}}), true),
            ],
        },
        "spec": body,
        "status": {"observedGeneration": spec.history.len()},
    })
}

pub fn cause(spec: &ServiceSpec, version: &str) -> String {
    let by = spec.history.last().map_or("ci-bot", |release| release.by);
    format!("{by}: {} {version}", spec.name)
}

/// A ReplicaSet for a Deployment as it is now.
pub fn replica_set(name: &str, hash: &str, deployment: &Value, template: &Value, created: &str, uid: &str) -> Value {
    let mut template = template.clone();
    template["metadata"]["labels"][HASH_LABEL] = json!(hash);
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"][HASH_LABEL] = json!(hash);
    let labels = template["metadata"]["labels"].clone();
    let body = json!({"replicas": 0, "selector": selector, "template": template});
    json!({
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": name,
            "namespace": deployment["metadata"]["namespace"],
            "uid": uid,
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": created,
            "labels": labels,
            "annotations": {},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment["metadata"]["name"],
                "uid": deployment["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [
                managed("kube-controller-manager", "Update", "apps/v1", created, &json!({"metadata": {"labels": labels}, "spec": body}), false),
            ],
        },
        "spec": body,
        "status": {"replicas": 0, "observedGeneration": 1},
    })
}

/// A StatefulSet or DaemonSet with all its pods ready.
pub fn set(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let (labels, annotations) = ownership(spec, "");
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let revision = revision_name(seed, spec);
    let n = spec.replicas;
    let mut body = json!({
        "selector": {"matchLabels": {"app.kubernetes.io/name": spec.name}},
        "template": template(spec, spec.version()),
        "revisionHistoryLimit": 10,
    });
    let (kind, status) = match spec.kind {
        WorkloadKind::DaemonSet => {
            body["updateStrategy"] =
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}});
            let status = json!({"currentNumberScheduled": n, "numberMisscheduled": 0, "desiredNumberScheduled": n,
                "numberReady": n, "observedGeneration": 1, "updatedNumberScheduled": n, "numberAvailable": n});
            ("DaemonSet", status)
        }
        _ => {
            body["replicas"] = json!(n);
            body["serviceName"] = json!(spec.name);
            body["podManagementPolicy"] = json!("OrderedReady");
            body["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
            let status = json!({"observedGeneration": 1, "replicas": n, "readyReplicas": n, "currentReplicas": n,
                "updatedReplicas": n, "currentRevision": revision, "updateRevision": revision, "collisionCount": 0,
                "availableReplicas": n});
            ("StatefulSet", status)
        }
    };
    let owned = json!({"metadata": {"labels": labels}, "spec": body});
    json!({
        "kind": kind,
        "apiVersion": "apps/v1",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": workload_uid(seed, spec),
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": created,
            "labels": labels,
            "annotations": annotations,
            "managedFields": [
                managed("kubectl", "Update", "apps/v1", &created, &owned, false),
                managed("kube-controller-manager", "Update", "apps/v1", &created, &json!({"status": status}), true),
            ],
        },
        "spec": body,
        "status": status,
    })
}

pub fn revision_name(seed: u64, spec: &ServiceSpec) -> String {
    format!("{}-{}", spec.name, random::suffix(seed, &["revision", spec.name, spec.version()], 10))
}

pub fn controller_revision(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let mut template = template(spec, spec.version());
    template["$patch"] = json!("replace");
    let kind = if spec.kind == WorkloadKind::DaemonSet { "DaemonSet" } else { "StatefulSet" };
    json!({
        "kind": "ControllerRevision",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": revision_name(seed, spec),
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["revision", spec.namespace, spec.name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": {"app.kubernetes.io/name": spec.name},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": spec.name,
                "uid": workload_uid(seed, spec), "controller": true, "blockOwnerDeletion": true}],
        },
        "data": {"spec": {"template": template}},
        "revision": 1,
    })
}
