//! What the API server refuses to store, in its words. As much as the actions of a console can get wrong.

use serde_json::{Value, json};

use super::respond::Refusal;
use crate::demo::world::kinds::Kind;

pub fn object(kind: Kind, old: &Value, new: &Value) -> Result<(), Refusal> {
    if !matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
        return Ok(());
    }
    let invalid = |field: &str, value: &Value, why: &str| {
        let info = kind.info();
        let name = new["metadata"]["name"].as_str().unwrap_or_default();
        let detail = format!("Invalid value: {value}: {why}");
        Err(Refusal {
            details: json!({"name": name, "group": info.group, "kind": info.name,
                "causes": [{"reason": "FieldValueInvalid", "message": detail, "field": field}]}),
            ..Refusal::new(
                422,
                "Invalid",
                format!("{}.{} \"{name}\" is invalid: {field}: {detail}", info.name, info.group),
            )
        })
    };
    let spec = &new["spec"];
    if spec["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        return invalid("spec.replicas", &spec["replicas"], "must be greater than or equal to 0");
    }
    if !old.is_null() && old["spec"]["selector"] != spec["selector"] {
        return invalid("spec.selector", &spec["selector"], "field is immutable");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let selected = spec["selector"]["matchLabels"].as_object();
    if selected.is_none_or(|wanted| wanted.iter().any(|(key, value)| labels[key] != *value)) {
        return invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }
    let containers = spec["template"]["spec"]["containers"].as_array();
    if containers.is_none_or(Vec::is_empty) {
        return invalid("spec.template.spec.containers", &json!(""), "Required value");
    }
    if let Some(index) = containers.into_iter().flatten().position(|c| c["image"].as_str().is_none_or(str::is_empty)) {
        return invalid(&format!("spec.template.spec.containers[{index}].image"), &json!(""), "Required value");
    }
    Ok(())
}
