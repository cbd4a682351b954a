//! What is known of each kind besides its rows: what the API server calls it, where it keeps it, and how it is browsed.

use super::row;
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
    pub opens: Opens,
    /// The column that sorts its table to begin with; None is trouble first.
    pub sort: Option<usize>,
}

/// Where one step further in leads from an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    Yaml,
    /// Those that belong to it.
    Pods,
    Containers,
    /// Those of this namespace.
    Services,
}

const CORE: &str = "";
const APPS: &str = "apps";

/// A kind of the core group.
pub(super) const fn core(
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
        opens: Opens::Yaml,
        sort: None,
    }
}

/// A kind of the group `apps`.
pub(super) const fn apps(
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    singular: &'static str,
    title: &'static str,
    short_names: &'static [&'static str],
) -> KindInfo {
    KindInfo { group: APPS, ..core(kind, name, plural, singular, title, short_names) }
}

/// All built-in kinds.
pub fn all() -> impl Iterator<Item = &'static KindInfo> {
    row::INFOS.iter().copied()
}

#[must_use]
pub fn info(kind: Kind) -> &'static KindInfo {
    row::info(kind)
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
