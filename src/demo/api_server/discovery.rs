//! What the server serves: versions, groups, resources, health.

use http::HeaderMap;
use http::header::ACCEPT;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::respond::{Answer, json_answer, page_not_found, text_answer};
use crate::demo::objects::SERVER_VERSION;
use crate::demo::world::kinds::{KINDS, KindInfo};

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const AGGREGATED: &str = "as=APIGroupDiscoveryList";
/// Groups that only take reviews.
const REVIEWS: [(&str, &str, &str); 3] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
];

/// Whether anything of this group is served.
pub fn serves(group: &str) -> bool {
    group.is_empty() || groups().iter().any(|(name, _)| *name == group)
}

pub fn discover(path: &str, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let aggregated = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(AGGREGATED));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let answer = match parts.as_slice() {
        ["version"] => json_answer(200, &version()),
        ["readyz" | "livez" | "healthz", ..] => text_answer(200, "ok"),
        ["api"] if aggregated => aggregated_list(vec![aggregated_group("", "v1")]),
        ["apis"] if aggregated => {
            aggregated_list(groups().into_iter().map(|(group, version)| aggregated_group(group, version)).collect())
        }
        ["api"] => json_answer(
            200,
            &json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "demo:6443"}]}),
        ),
        ["apis"] => {
            let all: Vec<Value> = groups().into_iter().map(|(group, version)| group_entry(group, version)).collect();
            json_answer(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": all}))
        }
        ["api", "v1"] => json_answer(200, &resources("", "v1")),
        ["apis", group] => {
            let (name, version) = find(group, None)?;
            let mut entry = group_entry(name, version);
            entry["kind"] = json!("APIGroup");
            entry["apiVersion"] = json!("v1");
            json_answer(200, &entry)
        }
        ["apis", group, version] => {
            let (group, version) = find(group, Some(version))?;
            json_answer(200, &resources(group, version))
        }
        _ => page_not_found(),
    };
    Ok(answer)
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "gitVersion": SERVER_VERSION,
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-11-01T00:00:00Z", "goVersion": "go1.25.4",
        "compiler": "gc", "platform": "linux/amd64"})
}

fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<_> = KINDS.iter().filter(|k| !k.group.is_empty()).map(|k| (k.group, k.version)).collect();
    groups.extend(REVIEWS.iter().map(|(group, _, _)| (*group, "v1")));
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn find(group: &str, version: Option<&&str>) -> Result<(&'static str, &'static str), Refusal> {
    groups()
        .into_iter()
        .find(|(name, served)| *name == group && version.is_none_or(|wanted| wanted == served))
        .ok_or_else(Refusal::no_such_path)
}

fn group_entry(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn rows(group: &str) -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter().filter(move |row| row.group == group)
}

fn resources(group: &str, version: &str) -> Value {
    let mut list = Vec::new();
    for row in rows(group) {
        list.push(with_short_names(
            row,
            json!({"name": row.resource, "singularName": row.singular,
            "namespaced": row.namespaced, "kind": row.name, "verbs": verbs(row)}),
        ));
        for subresource in row.subresources {
            list.push(json!({"name": format!("{}/{subresource}", row.resource), "singularName": "",
                "namespaced": row.namespaced, "kind": subresource_kind(row, subresource),
                "verbs": subresource_verbs(subresource)}));
        }
    }
    for (_, resource, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group) {
        list.push(json!({"name": resource, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind,
            "verbs": ["create"]}));
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list})
}

/// Namespaces are deleted one by one.
fn verbs(row: &KindInfo) -> Vec<&'static str> {
    VERBS.into_iter().filter(|verb| row.resource != "namespaces" || *verb != "deletecollection").collect()
}

fn with_short_names(row: &KindInfo, mut resource: Value) -> Value {
    if !row.short_names.is_empty() {
        resource["shortNames"] = json!(row.short_names);
    }
    resource
}

fn subresource_kind(row: &KindInfo, subresource: &str) -> String {
    match subresource {
        "scale" => "Scale".to_owned(),
        "eviction" => "Eviction".to_owned(),
        "exec" | "attach" | "portforward" | "proxy" if row.resource == "pods" => {
            let name = match subresource {
                "exec" => "Exec",
                "attach" => "Attach",
                "portforward" => "PortForward",
                _ => "Proxy",
            };
            format!("Pod{name}Options")
        }
        "proxy" => format!("{}ProxyOptions", row.name),
        _ => row.name.to_owned(),
    }
}

fn subresource_verbs(subresource: &str) -> &'static [&'static str] {
    match subresource {
        "log" => &["get"],
        "eviction" => &["create"],
        "exec" | "attach" | "portforward" => &["create", "get"],
        "proxy" => &["create", "delete", "get", "patch", "update"],
        _ => &["get", "patch", "update"],
    }
}

fn aggregated_list(items: Vec<Value>) -> Answer {
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    let mut answer = json_answer(200, &body);
    answer.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    );
    answer
}

fn aggregated_group(group: &str, version: &str) -> Value {
    let response_kind = |kind: &str| json!({"group": group, "version": version, "kind": kind});
    let mut list: Vec<Value> = rows(group)
        .map(|row| {
            let subresources: Vec<Value> = row
                .subresources
                .iter()
                .map(|name| {
                    json!({"subresource": name, "responseKind": response_kind(&subresource_kind(row, name)),
                    "verbs": subresource_verbs(name)})
                })
                .collect();
            let scope = if row.namespaced { "Namespaced" } else { "Cluster" };
            let resource = json!({"resource": row.resource, "responseKind": response_kind(row.name), "scope": scope,
                "singularResource": row.singular, "verbs": verbs(row), "subresources": subresources});
            with_short_names(row, resource)
        })
        .collect();
    for (_, resource, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group) {
        list.push(json!({"resource": resource, "responseKind": response_kind(kind), "scope": "Cluster",
            "singularResource": kind.to_lowercase(), "verbs": ["create"]}));
    }
    json!({"metadata": {"name": group, "creationTimestamp": null},
        "versions": [{"version": version, "resources": list, "freshness": "Current"}]})
}
