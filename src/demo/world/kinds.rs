//! The kinds this cluster serves, one row each.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Namespace,
    Node,
    Pod,
    Service,
    ConfigMap,
    Secret,
    Event,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    Ingress,
}

pub struct KindInfo {
    pub kind: Kind,
    pub name: &'static str,
    pub group: &'static str,
    pub version: &'static str,
    pub resource: &'static str,
    pub singular: &'static str,
    pub short_names: &'static [&'static str],
    pub namespaced: bool,
    pub subresources: &'static [&'static str],
}

const fn row(
    kind: Kind,
    name: &'static str,
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    singular: &'static str,
    short_names: &'static [&'static str],
    subresources: &'static [&'static str],
) -> KindInfo {
    let namespaced = !matches!(kind, Kind::Namespace | Kind::Node);
    KindInfo { kind, name, group, version, resource, singular, short_names, namespaced, subresources }
}

pub const KINDS: [KindInfo; 15] = [
    row(Kind::Namespace, "Namespace", "", "v1", "namespaces", "namespace", &["ns"], &["status"]),
    row(Kind::Node, "Node", "", "v1", "nodes", "node", &["no"], &["proxy", "status"]),
    row(
        Kind::Pod,
        "Pod",
        "",
        "v1",
        "pods",
        "pod",
        &["po"],
        &["attach", "eviction", "exec", "log", "portforward", "proxy", "status"],
    ),
    row(Kind::Service, "Service", "", "v1", "services", "service", &["svc"], &["proxy", "status"]),
    row(Kind::ConfigMap, "ConfigMap", "", "v1", "configmaps", "configmap", &["cm"], &[]),
    row(Kind::Secret, "Secret", "", "v1", "secrets", "secret", &[], &[]),
    row(Kind::Event, "Event", "", "v1", "events", "event", &["ev"], &[]),
    row(Kind::Deployment, "Deployment", "apps", "v1", "deployments", "deployment", &["deploy"], &["scale", "status"]),
    row(Kind::ReplicaSet, "ReplicaSet", "apps", "v1", "replicasets", "replicaset", &["rs"], &["scale", "status"]),
    row(Kind::StatefulSet, "StatefulSet", "apps", "v1", "statefulsets", "statefulset", &["sts"], &["scale", "status"]),
    row(Kind::DaemonSet, "DaemonSet", "apps", "v1", "daemonsets", "daemonset", &["ds"], &["status"]),
    row(
        Kind::ControllerRevision,
        "ControllerRevision",
        "apps",
        "v1",
        "controllerrevisions",
        "controllerrevision",
        &[],
        &[],
    ),
    row(
        Kind::HorizontalPodAutoscaler,
        "HorizontalPodAutoscaler",
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        &["hpa"],
        &["status"],
    ),
    row(
        Kind::PodDisruptionBudget,
        "PodDisruptionBudget",
        "policy",
        "v1",
        "poddisruptionbudgets",
        "poddisruptionbudget",
        &["pdb"],
        &["status"],
    ),
    row(Kind::Ingress, "Ingress", "networking.k8s.io", "v1", "ingresses", "ingress", &["ing"], &["status"]),
];

impl Kind {
    pub fn info(self) -> &'static KindInfo {
        &KINDS[self as usize]
    }

    pub fn find(group: &str, version: &str, resource: &str) -> Option<Kind> {
        KINDS.iter().find(|k| k.group == group && k.version == version && k.resource == resource).map(|k| k.kind)
    }

    pub fn named(name: &str) -> Option<Kind> {
        KINDS.iter().find(|k| k.name == name).map(|k| k.kind)
    }
}

impl KindInfo {
    /// As in an object's `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// As in error messages: `deployments.apps`.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.resource.to_owned() } else { format!("{}.{}", self.resource, self.group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, row) in KINDS.iter().enumerate() {
            assert_eq!(row.kind as usize, index, "{}", row.name);
        }
    }
}
