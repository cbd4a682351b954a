//! What the API server calls each built-in kind, and where it keeps it.

use crate::domain::object::{Kind, ObjectKey, Scope};

#[derive(Debug, PartialEq, Eq)]
pub struct KindInfo {
    pub kind: Kind,
    /// As in `kind:` of a manifest.
    pub name: &'static str,
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    /// The resource in a path.
    pub plural: &'static str,
    pub singular: &'static str,
    /// The heading of its screen.
    pub title: &'static str,
    pub short_names: &'static [&'static str],
    pub namespaced: bool,
    /// The server can answer in protobuf.
    pub protobuf: bool,
    /// Lists and watches ask for metadata alone.
    pub metadata_only: bool,
}

const CORE: &str = "";
const APPS: &str = "apps";

const fn core(
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    title: &'static str,
    short_names: &'static [&'static str],
) -> KindInfo {
    KindInfo {
        kind,
        name,
        group: CORE,
        version: "v1",
        plural,
        singular,
        title,
        short_names,
        namespaced: true,
        protobuf: true,
        metadata_only: false,
    }
}

const fn apps(
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    title: &'static str,
    short_names: &'static [&'static str],
) -> KindInfo {
    KindInfo { group: APPS, ..core(kind, name, plural, singular, title, short_names) }
}

/// In the order of `Kind`.
static KINDS: [KindInfo; 14] = [
    KindInfo {
        namespaced: false,
        ..core(Kind::Namespace, "Namespace", "namespaces", "namespace", "Namespaces", &["ns"])
    },
    KindInfo { namespaced: false, ..core(Kind::Node, "Node", "nodes", "node", "Nodes", &["no"]) },
    core(Kind::Pod, "Pod", "pods", "pod", "Pods", &["po"]),
    apps(Kind::Deployment, "Deployment", "deployments", "deployment", "Deployments", &["deploy", "dp"]),
    apps(Kind::ReplicaSet, "ReplicaSet", "replicasets", "replicaset", "ReplicaSets", &["rs"]),
    apps(Kind::StatefulSet, "StatefulSet", "statefulsets", "statefulset", "StatefulSets", &["sts"]),
    apps(Kind::DaemonSet, "DaemonSet", "daemonsets", "daemonset", "DaemonSets", &["ds"]),
    apps(
        Kind::ControllerRevision,
        "ControllerRevision",
        "controllerrevisions",
        "controllerrevision",
        "ControllerRevisions",
        &[],
    ),
    KindInfo {
        group: "autoscaling",
        version: "v2",
        ..core(
            Kind::HorizontalPodAutoscaler,
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "HorizontalPodAutoscalers",
            &["hpa"],
        )
    },
    KindInfo {
        group: "policy",
        ..core(
            Kind::PodDisruptionBudget,
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "PodDisruptionBudgets",
            &["pdb"],
        )
    },
    KindInfo {
        metadata_only: true,
        ..core(Kind::ConfigMap, "ConfigMap", "configmaps", "configmap", "ConfigMaps", &["cm"])
    },
    KindInfo { metadata_only: true, ..core(Kind::Secret, "Secret", "secrets", "secret", "Secrets", &["sec"]) },
    core(Kind::KubernetesService, "Service", "services", "service", "Kubernetes Services", &["svc"]),
    core(Kind::Event, "Event", "events", "event", "Events", &["ev"]),
];

/// All built-in kinds.
pub fn all() -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter()
}

#[must_use]
pub fn info(kind: Kind) -> &'static KindInfo {
    let index = match kind {
        Kind::Namespace => 0,
        Kind::Node => 1,
        Kind::Pod => 2,
        Kind::Deployment => 3,
        Kind::ReplicaSet => 4,
        Kind::StatefulSet => 5,
        Kind::DaemonSet => 6,
        Kind::ControllerRevision => 7,
        Kind::HorizontalPodAutoscaler => 8,
        Kind::PodDisruptionBudget => 9,
        Kind::ConfigMap => 10,
        Kind::Secret => 11,
        Kind::KubernetesService => 12,
        Kind::Event => 13,
    };
    &KINDS[index]
}

/// The kind a person means by what they typed: plural, singular, kind or short name, whatever the case, with or
/// without the group (`deployments.apps`).
#[must_use]
pub fn lookup(typed: &str) -> Option<Kind> {
    let typed = typed.trim().to_lowercase();
    let (name, group) = typed.split_once('.').map_or((typed.as_str(), None), |(name, group)| (name, Some(group)));
    all()
        .find(|info| {
            (name == info.plural
                || name == info.singular
                || name == info.name.to_lowercase()
                || info.short_names.contains(&name))
                && group.is_none_or(|group| {
                    group == info.group || group.split_once('.') == Some((info.version, info.group))
                })
        })
        .map(|info| info.kind)
}

/// The kind with this name in a reference, such as `Deployment` in `involvedObject.kind`.
#[must_use]
pub fn by_name(name: &str) -> Option<Kind> {
    all().find(|info| info.name == name).map(|info| info.kind)
}

/// The path of a list or watch.
#[must_use]
pub fn collection_path(kind: Kind, scope: &Scope) -> String {
    let info = info(kind);
    match scope {
        Scope::Namespace(namespace) if info.namespaced => {
            format!("{}/namespaces/{namespace}/{}", root(info), info.plural)
        }
        _ => format!("{}/{}", root(info), info.plural),
    }
}

/// The path of one object.
#[must_use]
pub fn object_path(key: &ObjectKey) -> String {
    let scope = if key.namespace.is_empty() { Scope::Cluster } else { Scope::Namespace(key.namespace.clone()) };
    format!("{}/{}", collection_path(key.kind, &scope), key.name)
}

/// `v1`, `apps/v1`.
#[must_use]
pub fn api_version(kind: Kind) -> String {
    let info = info(kind);
    if info.group.is_empty() { info.version.to_owned() } else { format!("{}/{}", info.group, info.version) }
}

fn root(info: &KindInfo) -> String {
    if info.group.is_empty() {
        format!("/api/{}", info.version)
    } else {
        format!("/apis/{}/{}", info.group, info.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_finds_itself() {
        for info_of in all() {
            assert_eq!(info(info_of.kind), info_of);
            assert_eq!(lookup(info_of.plural), Some(info_of.kind));
            assert_eq!(by_name(info_of.name), Some(info_of.kind));
        }
    }

    #[test]
    fn names_are_found_as_people_type_them() {
        assert_eq!(lookup("po"), Some(Kind::Pod));
        assert_eq!(lookup("Deploy"), Some(Kind::Deployment));
        assert_eq!(lookup("sts"), Some(Kind::StatefulSet));
        assert_eq!(lookup("svc"), Some(Kind::KubernetesService));
        assert_eq!(lookup("services"), Some(Kind::KubernetesService));
        assert_eq!(lookup("deployments.apps"), Some(Kind::Deployment));
        assert_eq!(lookup("deployments.v1.apps"), Some(Kind::Deployment));
        assert_eq!(lookup("deployments.batch"), None);
        assert_eq!(lookup("widgets"), None);
    }

    #[test]
    fn paths_are_the_servers() {
        let checkout = Scope::Namespace("checkout".into());
        assert_eq!(collection_path(Kind::Pod, &checkout), "/api/v1/namespaces/checkout/pods");
        assert_eq!(collection_path(Kind::Pod, &Scope::Cluster), "/api/v1/pods");
        assert_eq!(collection_path(Kind::Node, &checkout), "/api/v1/nodes");
        assert_eq!(
            object_path(&ObjectKey::new(Kind::Deployment, "checkout", "pay-api")),
            "/apis/apps/v1/namespaces/checkout/deployments/pay-api"
        );
        assert_eq!(object_path(&ObjectKey::new(Kind::Node, "", "node-1")), "/api/v1/nodes/node-1");
        assert_eq!(api_version(Kind::HorizontalPodAutoscaler), "autoscaling/v2");
    }
}
