//! What the API server refuses to store, in its words. As much as the actions of a console can get wrong.

use serde_json::{Value, json};

use super::refusal::{Cause, Refusal};
use crate::demo::world::kinds::Kind;

pub fn object(kind: Kind, old: &Value, new: &Value) -> Result<(), Refusal> {
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    let mut causes = Vec::new();
    if !is_subdomain(name) {
        causes.push(Cause::value("metadata.name", &json!(name), SUBDOMAIN));
    }
    if matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
        workload(old, new, &mut causes);
    }
    let info = kind.info();
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(info.name, info.group, name, &causes)) }
}

/// Refuses what cannot be read as an object of the built-in types; the one number that people write by hand.
pub fn types(patched: &Value) -> Result<(), Refusal> {
    let is = match &patched["spec"]["replicas"] {
        Value::String(_) => "string",
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Bool(_) => "bool",
        _ => return Ok(()),
    };
    let why = format!("json: cannot unmarshal {is} into Go struct field .spec.replicas of type int32");
    Err(Refusal::invalid("", "", "", &[Cause::value("patch", &json!(patched.to_string()), &why)]))
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn is_subdomain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_label =
        |label: &str| label.starts_with(plain) && label.ends_with(plain) && label.chars().all(|c| plain(c) || c == '-');
    name.len() <= 253 && name.split('.').all(is_label)
}

fn workload(old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let spec = &new["spec"];
    if spec["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        causes.push(Cause::value("spec.replicas", &spec["replicas"], "must be greater than or equal to 0"));
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let selected = spec["selector"]["matchLabels"].as_object();
    if selected.is_some_and(|wanted| wanted.iter().any(|(key, value)| labels[key] != *value)) {
        let why = "`selector` does not match template `labels`";
        causes.push(Cause::value("spec.template.metadata.labels", labels, why));
    }
    let containers = spec["template"]["spec"]["containers"].as_array();
    if containers.is_none_or(Vec::is_empty) {
        causes.push(Cause::required("spec.template.spec.containers", ""));
    }
    for (index, container) in containers.into_iter().flatten().enumerate() {
        if container["image"].as_str().is_none_or(str::is_empty) {
            causes.push(Cause::required(format!("spec.template.spec.containers[{index}].image"), ""));
        }
    }
    if !old.is_null() && old["spec"]["selector"] != spec["selector"] {
        causes.push(Cause::value("spec.selector", &spec["selector"], "field is immutable"));
    }
}
