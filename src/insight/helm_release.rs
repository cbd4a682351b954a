//! Helm's release records: reading one out of its Secret, and comparing two. Values and manifests are masked on the way out.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::differences;
use crate::domain::plan::Difference;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

/// A Secret holds at most 1 MiB; what unpacks to more than this is no release but a bomb.
const UNPACKED_LIMIT: u64 = 32 << 20;

/// One revision of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct HelmRelease {
    pub name: CleanText,
    pub namespace: CleanText,
    pub revision: u64,
    /// `deployed`, `superseded`, `failed`, `pending-upgrade` and so on.
    pub status: CleanText,
    /// `Upgrade complete`, `Rollback to 3`.
    pub description: CleanText,
    pub first_deployed: Option<Timestamp>,
    pub last_deployed: Option<Timestamp>,
    pub chart: CleanText,
    pub chart_version: CleanText,
    pub app_version: CleanText,
    /// Set by whoever installed it, over the chart's own.
    values: RawObject,
    manifest: RawManifest,
    pub hooks: usize,
}

/// The manifest as applied. It may hold secrets: no Display, and Debug shows a size.
#[derive(Clone, PartialEq)]
struct RawManifest(String);

impl std::fmt::Debug for RawManifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawManifest({} bytes)", self.0.len())
    }
}

impl HelmRelease {
    /// The manifest's objects, as applied. None when it is not YAML.
    fn objects(&self) -> Option<Vec<Value>> {
        let options = serde_saphyr::options! { legacy_octal_numbers: true };
        let documents: Vec<Option<Value>> = serde_saphyr::from_multiple_with_options(&self.manifest.0, options).ok()?;
        Some(documents.into_iter().flatten().filter(Value::is_object).collect())
    }
}

/// What upgrading (or going back) from one revision to another changes.
#[must_use]
pub fn compare(before: &HelmRelease, after: &HelmRelease) -> Vec<Difference> {
    let mut found = Vec::new();
    for (field, old, new) in [
        ("chart", &before.chart, &after.chart),
        ("chart version", &before.chart_version, &after.chart_version),
        ("app version", &before.app_version, &after.app_version),
    ] {
        if old != new {
            found.push(Difference { field: field.into(), before: old.clone(), after: new.clone() });
        }
    }
    found.extend(differences::values("values", before.values.value(), after.values.value()));
    match (before.objects(), after.objects()) {
        (Some(old), Some(new)) => found.extend(compare_objects(&old, &new)),
        _ if before.manifest != after.manifest => found.push(Difference {
            field: "manifest".into(),
            before: "differs".into(),
            after: "cannot be read as YAML".into(),
        }),
        _ => {}
    }
    found
}

fn compare_objects(before: &[Value], after: &[Value]) -> Vec<Difference> {
    let mut found = Vec::new();
    for old in before {
        match after.iter().find(|new| identity(new) == identity(old)) {
            Some(new) => found.extend(differences::objects(old, new).into_iter().map(|difference| Difference {
                field: CleanText::new(&format!("{} › {}", identity(old), difference.field)),
                ..difference
            })),
            None => found.push(whole(old, "in the release", "(gone)")),
        }
    }
    let added = after.iter().filter(|new| before.iter().all(|old| identity(old) != identity(new)));
    found.extend(added.map(|new| whole(new, "(none)", "in the release")));
    found
}

fn whole(object: &Value, before: &str, after: &str) -> Difference {
    Difference { field: CleanText::new(&identity(object)), before: before.into(), after: after.into() }
}

/// `Deployment pay-api`
fn identity(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
}

/// Reads a record from its Secret, or from its ConfigMap where that driver is used.
///
/// # Errors
/// Says which step could not be done, and shows nothing of the content.
pub fn decode(record: &RawObject) -> Result<HelmRelease, Problem> {
    let payload = record.text("/data/release").ok_or_else(|| unreadable("it has no data.release"))?;
    // A Secret's data is encoded once more by the API.
    let encoded = match record.text("/kind") {
        Some("ConfigMap") => payload.as_bytes().to_vec(),
        _ => STANDARD.decode(payload).map_err(|_| unreadable("its outer encoding is broken"))?,
    };
    let packed = STANDARD.decode(encoded.trim_ascii()).map_err(|_| unreadable("its inner encoding is broken"))?;
    let mut json = Vec::new();
    if packed.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(packed.as_slice())
            .take(UNPACKED_LIMIT + 1)
            .read_to_end(&mut json)
            .map_err(|_| unreadable("it cannot be unpacked"))?;
    } else {
        json = packed;
    }
    if json.len() as u64 > UNPACKED_LIMIT {
        return Err(unreadable("it unpacks to more than 32 MiB"));
    }
    let release: ReleaseWire = serde_json::from_slice(&json).map_err(|_| unreadable("its JSON has another shape"))?;
    Ok(release.project())
}

fn unreadable(why: &str) -> Problem {
    Problem::new(Cause::Malformed, "this Helm record cannot be read", why, "helm history shows it, if helm can read it")
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ReleaseWire {
    name: String,
    namespace: String,
    version: u64,
    info: InfoWire,
    chart: ChartWire,
    config: Value,
    manifest: String,
    hooks: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct InfoWire {
    first_deployed: String,
    last_deployed: String,
    description: String,
    status: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ChartWire {
    metadata: ChartMetadataWire,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ChartMetadataWire {
    name: String,
    version: String,
    app_version: String,
}

impl ReleaseWire {
    fn project(self) -> HelmRelease {
        let chart = self.chart.metadata;
        HelmRelease {
            name: CleanText::new(&self.name),
            namespace: CleanText::new(&self.namespace),
            revision: self.version,
            status: CleanText::new(&self.info.status),
            description: CleanText::new(&self.info.description),
            // An empty time is written as an empty string.
            first_deployed: self.info.first_deployed.parse().ok(),
            last_deployed: self.info.last_deployed.parse().ok(),
            chart: CleanText::new(&chart.name),
            chart_version: CleanText::new(&chart.version),
            app_version: CleanText::new(&chart.app_version),
            values: RawObject::new(self.config),
            manifest: RawManifest(self.manifest),
            hooks: self.hooks.map_or(0, |hooks| hooks.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn record(json: &[u8]) -> RawObject {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(json).unwrap();
        let inner = STANDARD.encode(packed.finish().unwrap());
        RawObject::new(json!({"kind": "Secret", "data": {"release": STANDARD.encode(inner)}}))
    }

    pub(super) fn release(version: u64, tag: &str) -> Value {
        json!({"name": "pay", "namespace": "checkout", "version": version,
            "info": {"first_deployed": "2026-11-01T00:00:00Z", "last_deployed": "2026-11-21T03:00:19.5+01:00", "deleted": "",
                "status": "deployed", "description": "Upgrade complete"},
            "chart": {"metadata": {"name": "pay", "version": "1.2.0", "appVersion": tag}},
            "config": {"image": {"tag": tag}, "db": {"password": format!("hunter{version}")}},
            "manifest": format!("---\n# Source: pay/deployment.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: pay-api\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: shop/pay:{tag}\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter{version}\n---\n"),
            "hooks": [{"name": "migrate"}]})
    }

    #[test]
    fn a_record_is_read_and_keeps_its_secrets() {
        let release = decode(&record(release(3, "1.8.4").to_string().as_bytes())).unwrap();
        assert_eq!((release.name.as_str(), release.revision, release.hooks), ("pay", 3, 1));
        assert_eq!((release.chart_version.as_str(), release.app_version.as_str()), ("1.2.0", "1.8.4"));
        assert_eq!(release.last_deployed, Some("2026-11-21T02:00:19.5Z".parse().unwrap()));
        assert!(!format!("{release:?}").contains("hunter"));
    }

    #[test]
    fn two_revisions_are_compared_by_values_and_objects() {
        let read = |version, tag| decode(&record(release(version, tag).to_string().as_bytes())).unwrap();
        let told: Vec<String> = compare(&read(2, "1.8.3"), &read(3, "1.8.4"))
            .iter()
            .map(|line| format!("{}: {} → {}", line.field, line.before, line.after))
            .collect();
        assert_eq!(
            told,
            [
                "app version: 1.8.3 → 1.8.4",
                "values › image › tag: 1.8.3 → 1.8.4",
                "values › db › password: (masked) → (masked) another value",
                "Deployment pay-api › template › app › image: shop/pay:1.8.3 → shop/pay:1.8.4",
                "Secret db › stringData › password: (masked) → (masked) another value",
            ]
        );
    }

    #[test]
    fn a_bomb_is_refused_and_not_unpacked() {
        let zeros = vec![b'0'; usize::try_from(UNPACKED_LIMIT).unwrap() + 10];
        let problem = decode(&record(&zeros)).unwrap_err();
        assert_eq!(problem.why, "it unpacks to more than 32 MiB");
    }

    #[test]
    fn what_is_no_record_is_named() {
        assert!(decode(&RawObject::new(json!({"data": {}}))).is_err());
        assert!(decode(&RawObject::new(json!({"data": {"release": "***"}}))).is_err());
        assert!(decode(&record(b"[1,2]")).is_err());
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&record(&bytes));
            let inner = STANDARD.encode(&bytes);
            let _ = decode(&RawObject::new(json!({"data": {"release": STANDARD.encode(inner)}})));
        }
    }
}
