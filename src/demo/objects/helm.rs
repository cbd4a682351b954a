//! Helm's own records: one Secret a revision, encoded as Helm encodes it.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use super::workload::{released, template};
use crate::demo::world::random;
use crate::demo::world::services::{Release, ServiceSpec};

/// The records of a release, oldest first; the last is deployed.
pub fn records(seed: u64, spec: &ServiceSpec, release: &str, calendar: Calendar) -> Vec<Value> {
    let count = spec.history.len();
    let first = spec.history.first().map(|r| calendar.second(released(r))).unwrap_or_default();
    spec.history
        .iter()
        .enumerate()
        .map(|(index, version)| record(seed, spec, release, index + 1, index + 1 == count, version, &first, calendar))
        .collect()
}

fn record(
    seed: u64,
    spec: &ServiceSpec,
    release: &str,
    revision: usize,
    deployed: bool,
    version: &Release,
    first: &str,
    calendar: Calendar,
) -> Value {
    let at = released(version);
    let time = calendar.second(at);
    let status = if deployed { "deployed" } else { "superseded" };
    let description = if revision == 1 { "Install complete" } else { "Upgrade complete" };
    let chart_version = version.version;
    let values = json!({"replicaCount": spec.replicas, "image": {"tag": version.version}, "adminPassword": random::suffix(seed, &["values", release], 16)});
    let document = json!({
        "name": release,
        "info": {"first_deployed": first, "last_deployed": time, "deleted": "", "description": description,
            "status": status, "notes": format!("{release} is served at https://{release}.shop.example\n")},
        "chart": {
            "metadata": {"name": release, "version": chart_version, "appVersion": version.version, "apiVersion": "v2",
                "description": format!("The shop's {release}"), "type": "application"},
            "lock": null,
            "templates": [{"name": "templates/deployment.yaml", "data": STANDARD.encode("{{- /* see the chart */ -}}\n")}],
            "values": {"replicaCount": 2, "image": {"tag": ""}},
            "schema": null,
            "files": [],
        },
        "config": values,
        "manifest": manifest(spec, release, version.version),
        "hooks": [],
        "version": revision,
        "namespace": spec.namespace,
        "apply_method": "ssa",
    });
    let name = format!("sh.helm.release.v1.{release}.v{revision}");
    let labels = json!({"name": release, "owner": "helm", "status": status, "version": revision.to_string(),
        "createdAt": at.instant(calendar.epoch).as_second().to_string()});
    json!({
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["helm", spec.namespace, &name]),
            "resourceVersion": "",
            "creationTimestamp": time,
            "labels": labels,
            "managedFields": [managed("helm", "Update", "v1", &time, &json!({"data": {"release": ""}, "metadata": {"labels": labels}, "type": ""}), false)],
        },
        "data": {"release": STANDARD.encode(STANDARD.encode(compress(document.to_string().as_bytes())))},
        "type": "helm.sh/release.v1",
    })
}

fn manifest(spec: &ServiceSpec, release: &str, version: &str) -> String {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": spec.name, "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        "spec": {"replicas": spec.replicas, "selector": {"matchLabels": {"app.kubernetes.io/name": spec.name}},
            "template": template(spec, version)}});
    // JSON is YAML; Helm stores whatever the templates rendered.
    format!("---\n# Source: {release}/templates/deployment.yaml\n{deployment:#}\n")
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
