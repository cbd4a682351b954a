//! Which service an alert hits, with the reason. The surest label comes first; what only names the exporter that
//! measured is no hint at whom it measured.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::alert::AlertMatch;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

/// What is known of the cluster's workloads.
pub trait Topology {
    /// The service of this kind and name, if there is one.
    fn workload(&self, key: &ObjectKey) -> bool;
    /// The one service of this name, whatever its kind.
    fn workload_named(&self, namespace: &str, name: &str) -> Option<ObjectKey>;
    /// The service that a living pod belongs to.
    fn owner_of_pod(&self, namespace: &str, pod: &str) -> Option<ObjectKey>;
    /// What an autoscaler scales.
    fn target_of_autoscaler(&self, namespace: &str, name: &str) -> Option<ObjectKey>;
    /// The service behind a Kubernetes service, where its selector is known.
    fn behind_kubernetes_service(&self, namespace: &str, name: &str) -> Option<ObjectKey>;
}

type Labels = BTreeMap<CleanText, CleanText>;

const WORKLOADS: [(&str, Kind); 5] = [
    ("deployment", Kind::Deployment),
    ("statefulset", Kind::StatefulSet),
    ("daemonset", Kind::DaemonSet),
    ("replicaset", Kind::ReplicaSet),
    ("replica_set", Kind::ReplicaSet),
];

/// Finds the service, or None: then its namespace is all that is known.
#[must_use]
pub fn match_service(labels: &Labels, topology: &impl Topology) -> Option<AlertMatch> {
    let labels = Subject::of(labels);
    let namespace = labels.get("namespace").or_else(|| labels.get("destination_workload_namespace"))?;
    by_workload_label(&labels, namespace, topology)
        .or_else(|| by_member(&labels, namespace, topology))
        .or_else(|| by_service_label(&labels, namespace, topology))
}

/// An alert's labels, as far as they speak of what was measured.
struct Subject<'a> {
    labels: &'a Labels,
    /// kube-state-metrics' own target labels are on every series it exports.
    of_exporter: bool,
}

impl<'a> Subject<'a> {
    fn of(labels: &'a Labels) -> Self {
        let exporter = |job: &CleanText| job.contains("kube-state-metrics");
        Self { labels, of_exporter: labels.get("job").is_some_and(exporter) }
    }

    /// The label as the measured thing carried it: `exported_` ones were pushed aside by those of the exporter.
    fn get(&self, name: &str) -> Option<&'a str> {
        let exported = format!("exported_{name}");
        let value = self.labels.get(exported.as_str()).or_else(|| self.labels.get(name))?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

fn found(service: ObjectKey, reason: String) -> AlertMatch {
    AlertMatch { service, reason: reason.into() }
}

fn by_workload_label(labels: &Subject<'_>, namespace: &str, topology: &impl Topology) -> Option<AlertMatch> {
    for (label, kind) in WORKLOADS {
        let Some(name) = labels.get(label) else { continue };
        let key = ObjectKey::new(kind, namespace, name);
        if topology.workload(&key) {
            return Some(found(key, format!("label {label}={name}")));
        }
        if kind == Kind::ReplicaSet
            && let Some((owner, _)) = name.rsplit_once('-')
            && let Some(service) = topology.workload_named(namespace, owner)
        {
            return Some(found(service, format!("label {label}={name}")));
        }
    }
    for label in ["workload", "destination_workload"] {
        if let Some(name) = labels.get(label)
            && let Some(service) = topology.workload_named(namespace, name)
        {
            return Some(found(service, format!("label {label}={name}")));
        }
    }
    None
}

fn by_member(labels: &Subject<'_>, namespace: &str, topology: &impl Topology) -> Option<AlertMatch> {
    if let Some(pod) = labels.get("pod") {
        if let Some(service) = topology.owner_of_pod(namespace, pod) {
            let reason = if service.kind == Kind::Pod {
                format!("label pod={pod}")
            } else {
                format!("pod {pod} is owned by it")
            };
            return Some(found(service, reason));
        }
        let by_name = workload_of_pod_name(pod).and_then(|name| topology.workload_named(namespace, name));
        if let Some(service) = by_name {
            return Some(found(service, format!("pod {pod} is gone and is named like its pods")));
        }
    }
    for label in ["horizontalpodautoscaler", "hpa"] {
        if let Some(name) = labels.get(label)
            && let Some(service) = topology.target_of_autoscaler(namespace, name)
        {
            return Some(found(service, format!("HPA {name} scales it")));
        }
    }
    // A claim made for a StatefulSet is named template-pod; its pod tells the rest.
    let claim = labels.get("persistentvolumeclaim")?;
    let (at, _) = claim.match_indices('-').next()?;
    let pod = claim.get(at + 1..)?;
    let service = topology.owner_of_pod(namespace, pod)?;
    Some(found(service, format!("claim {claim} belongs to its pod {pod}")))
}

fn by_service_label(labels: &Subject<'_>, namespace: &str, topology: &impl Topology) -> Option<AlertMatch> {
    if labels.of_exporter {
        return None;
    }
    let service = labels.get("service").and_then(|name| {
        let behind = topology.behind_kubernetes_service(namespace, name);
        let behind = behind.map(|service| found(service, format!("label service={name}, by its selector")));
        behind.or_else(|| Some(found(topology.workload_named(namespace, name)?, format!("label service={name}"))))
    });
    service.or_else(|| {
        ["job", "app", "app_kubernetes_io_name", "job_name", "container"].into_iter().find_map(|label| {
            let value = labels.get(label)?;
            // Prometheus names a job namespace/monitor in some setups.
            let name = value.rsplit('/').next().unwrap_or(value);
            Some(found(topology.workload_named(namespace, name)?, format!("label {label}={value}")))
        })
    })
}

/// The workload that a pod's name speaks of: Kubernetes appends what it generates from letters no word consists of.
#[must_use]
pub fn workload_of_pod_name(pod: &str) -> Option<&str> {
    const GENERATED: &str = "[bcdfghjklmnpqrstvwxz2456789]";
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(&format!("^(.+?)(?:-{GENERATED}{{6,10}})?-(?:{GENERATED}{{5}}|[0-9]{{1,5}})$")).ok()
    });
    PATTERN.as_ref()?.captures(pod)?.get(1).map(|name| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cluster;

    fn key(kind: Kind, name: &str) -> ObjectKey {
        ObjectKey::new(kind, "shop", name)
    }

    impl Topology for Cluster {
        fn workload(&self, wanted: &ObjectKey) -> bool {
            *wanted == key(Kind::Deployment, "web") || *wanted == key(Kind::StatefulSet, "db")
        }
        fn workload_named(&self, namespace: &str, name: &str) -> Option<ObjectKey> {
            [key(Kind::Deployment, "web"), key(Kind::StatefulSet, "db")]
                .into_iter()
                .find(|key| key.namespace == namespace && key.name == name)
        }
        fn owner_of_pod(&self, _: &str, pod: &str) -> Option<ObjectKey> {
            match pod {
                "web-6d9f7c9bd5-x2k9p" => Some(key(Kind::Deployment, "web")),
                "db-0" => Some(key(Kind::StatefulSet, "db")),
                _ => None,
            }
        }
        fn target_of_autoscaler(&self, _: &str, name: &str) -> Option<ObjectKey> {
            (name == "web-hpa").then(|| key(Kind::Deployment, "web"))
        }
        fn behind_kubernetes_service(&self, _: &str, name: &str) -> Option<ObjectKey> {
            (name == "database").then(|| key(Kind::StatefulSet, "db"))
        }
    }

    fn matched(labels: &[(&str, &str)]) -> Option<(String, String)> {
        let mut all: Labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        all.entry("namespace".into()).or_insert_with(|| "shop".into());
        match_service(&all, &Cluster).map(|found| (found.service.name.to_string(), found.reason.to_string()))
    }

    fn is(labels: &[(&str, &str)], name: &str, reason: &str) {
        assert_eq!(matched(labels), Some((name.to_owned(), reason.to_owned())));
    }

    #[test]
    fn the_surest_label_wins() {
        is(&[("deployment", "web"), ("pod", "db-0"), ("service", "database")], "web", "label deployment=web");
        is(
            &[("pod", "web-6d9f7c9bd5-x2k9p"), ("service", "database")],
            "web",
            "pod web-6d9f7c9bd5-x2k9p is owned by it",
        );
        is(&[("service", "database")], "db", "label service=database, by its selector");
        is(&[("service", "web")], "web", "label service=web");
        is(&[("job", "shop/web")], "web", "label job=shop/web");
        is(&[("replicaset", "web-6d9f7c9bd5")], "web", "label replicaset=web-6d9f7c9bd5");
    }

    #[test]
    fn members_lead_to_their_service() {
        is(&[("horizontalpodautoscaler", "web-hpa")], "web", "HPA web-hpa scales it");
        is(&[("persistentvolumeclaim", "data-db-0")], "db", "claim data-db-0 belongs to its pod db-0");
        is(&[("pod", "web-7c9bd56d9f-zzzzz")], "web", "pod web-7c9bd56d9f-zzzzz is gone and is named like its pods");
    }

    #[test]
    fn the_exporter_is_not_what_it_measures() {
        assert_eq!(matched(&[("job", "kube-state-metrics"), ("service", "web"), ("container", "web")]), None);
        is(&[("job", "kube-state-metrics"), ("service", "ksm"), ("deployment", "web")], "web", "label deployment=web");
        is(&[("pod", "ksm-0"), ("exported_pod", "db-0")], "db", "pod db-0 is owned by it");
    }

    #[test]
    fn a_namespace_alone_is_no_service() {
        assert_eq!(matched(&[("severity", "warning")]), None);
        assert_eq!(matched(&[("namespace", "other"), ("service", "web")]), None);
    }

    #[test]
    fn names_of_pods_tell_their_workload() {
        assert_eq!(workload_of_pod_name("node-exporter-x2k9p"), Some("node-exporter"));
        assert_eq!(workload_of_pod_name("pay-api-6d9f7c9bd5-x2k9p"), Some("pay-api"));
        assert_eq!(workload_of_pod_name("db-12"), Some("db"));
        assert_eq!(workload_of_pod_name("alone"), None);
    }
}
