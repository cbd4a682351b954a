//! HorizontalPodAutoscalers and PodDisruptionBudgets.

use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use super::workload::released;
use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::ServiceSpec;

pub struct Bounds {
    pub min: u32,
    pub max: u32,
    /// Per cent of the CPU request.
    pub target: u32,
}

pub fn autoscaler_bounds(spec: &ServiceSpec) -> Option<Bounds> {
    let (min, max, target) = match spec.name {
        "pay-api" => (3, 10, 130),
        "web" => (4, 12, 90),
        "gateway" => (6, 12, 90),
        _ => return None,
    };
    Some(Bounds { min, max, target })
}

pub fn autoscaler(seed: u64, spec: &ServiceSpec, bounds: &Bounds, calendar: Calendar) -> Value {
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let load = (spec.cpu.used / spec.cpu.request * 100.0).round();
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "lastTransitionTime": created, "reason": reason, "message": message});
    let body = json!({
        "scaleTargetRef": {"kind": "Deployment", "name": spec.name, "apiVersion": "apps/v1"},
        "minReplicas": bounds.min,
        "maxReplicas": bounds.max,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": bounds.target}}}],
        "behavior": {
            "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}]},
            "scaleDown": {"stabilizationWindowSeconds": 120, "selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]},
        },
    });
    json!({
        "kind": "HorizontalPodAutoscaler",
        "apiVersion": "autoscaling/v2",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["hpa", spec.namespace, spec.name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": {"app.kubernetes.io/name": spec.name},
            "managedFields": [managed("ci-bot", "Update", "autoscaling/v2", &created, &json!({"spec": body}), false)],
        },
        "spec": body,
        "status": {
            "lastScaleTime": created,
            "currentReplicas": spec.replicas,
            "desiredReplicas": spec.replicas,
            "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu",
                "current": {"averageUtilization": load, "averageValue": format!("{}m", spec.cpu.used * 1000.0)}}}],
            "conditions": [
                condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
                condition("ScalingActive", "True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"),
                condition("ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range"),
            ],
        },
    })
}

pub fn disruption_budget(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let body = json!({"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": spec.name}}});
    json!({
        "kind": "PodDisruptionBudget",
        "apiVersion": "policy/v1",
        "metadata": {
            "name": spec.name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["pdb", spec.namespace, spec.name]),
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": created,
            "labels": {"app.kubernetes.io/name": spec.name},
            "managedFields": [managed("ci-bot", "Update", "policy/v1", &created, &json!({"spec": body}), false)],
        },
        "spec": body,
        "status": {"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": spec.replicas,
            "desiredHealthy": spec.replicas - 1, "expectedPods": spec.replicas,
            "conditions": [{"type": "DisruptionAllowed", "status": "True", "observedGeneration": 1, "lastTransitionTime": created,
                "reason": "SufficientPods", "message": ""}]},
    })
}
