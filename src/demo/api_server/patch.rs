//! The three kinds of patches.

use json_patch::{AddOperation, PatchOperation};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// Applies a patch of the given content type.
pub fn apply(object: &mut Value, content_type: &str, body: &[u8]) -> Result<(), Refusal> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/json-patch+json" => {
            let patch: json_patch::Patch = decode(body, Value::is_array, "[]handlers.jsonPatchOp")?;
            // Also for a failed `test`: the server tells no more than this.
            let message = "the server rejected our request due to an error in our request";
            let mut changed = object.clone();
            for operation in patch.0 {
                let operation = in_the_servers_way(operation, &changed);
                json_patch::patch(&mut changed, &[operation])
                    .map_err(|_| Refusal::new(422, "Invalid", message).about("", "", ""))?;
            }
            *object = changed;
            Ok(())
        }
        "application/merge-patch+json" => {
            json_patch::merge(object, &decode(body, Value::is_object, "map[string]interface {}")?);
            Ok(())
        }
        "application/strategic-merge-patch+json" => {
            merge(object, &decode(body, Value::is_object, "map[string]interface {}")?, "");
            Ok(())
        }
        _ => Err(Refusal::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").about("", "", "")),
    }
}

/// Reads a patch, or says in Go's words what it is instead.
fn decode<T: DeserializeOwned>(body: &[u8], fits: fn(&Value) -> bool, wanted: &str) -> Result<T, Refusal> {
    let unreadable = |why: String| Refusal::bad_request(format!("error decoding patch: {why}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| match error.is_eof() {
        true => unreadable("unexpected end of JSON input".to_owned()),
        false => unreadable(error.to_string()),
    })?;
    if !fits(&value) {
        let is = match value {
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            _ => "bool",
        };
        return Err(unreadable(format!("json: cannot unmarshal {is} into Go value of type {wanted}")));
    }
    serde_json::from_value(value).map_err(|error| unreadable(error.to_string()))
}

/// The server replaces also what is not there, where its parent is an object.
fn in_the_servers_way(operation: PatchOperation, object: &Value) -> PatchOperation {
    match operation {
        PatchOperation::Replace(replace)
            if replace.path.parent().and_then(|parent| parent.resolve(object).ok()).is_some_and(Value::is_object) =>
        {
            PatchOperation::Add(AddOperation { path: replace.path, value: replace.value })
        }
        other => other,
    }
}

/// The key by which a list of the built-in types is merged; others are replaced.
fn merge_key(list: &str) -> Option<&'static str> {
    match list {
        "containers" | "initContainers" | "ephemeralContainers" | "env" | "volumes" | "imagePullSecrets" => {
            Some("name")
        }
        "ports" => Some("containerPort"),
        "volumeMounts" => Some("mountPath"),
        "conditions" => Some("type"),
        "ownerReferences" => Some("uid"),
        _ => None,
    }
}

/// Strategic merge: maps by key, lists by their merge key, `$patch` replaces or deletes.
fn merge(target: &mut Value, patch: &Value, name: &str) {
    match patch {
        Value::Object(changes) => {
            if changes.get("$patch").is_some_and(|directive| directive == "replace") {
                let mut whole = changes.clone();
                whole.remove("$patch");
                *target = Value::Object(whole);
                return;
            }
            if !target.is_object() {
                *target = json!({});
            }
            let Some(map) = target.as_object_mut() else { return };
            for (key, change) in changes.iter().filter(|(key, _)| !key.starts_with('$')) {
                if change.is_null() {
                    map.remove(key);
                } else {
                    merge(map.entry(key.clone()).or_insert(Value::Null), change, key);
                }
            }
        }
        Value::Array(changes) => {
            let (Some(key), Some(items)) = (merge_key(name), target.as_array_mut()) else {
                *target = patch.clone();
                return;
            };
            for change in changes {
                let place = items.iter().position(|item| item[key] == change[key]);
                let deletes = change["$patch"] == "delete";
                match place {
                    Some(index) if deletes => {
                        items.remove(index);
                    }
                    Some(index) => merge(&mut items[index], change, ""),
                    None if deletes => {}
                    None => items.push(change.clone()),
                }
            }
        }
        _ => *target = patch.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategic_merge_keeps_what_it_does_not_name() {
        let mut pod = json!({"containers": [{"name": "app", "image": "a:1", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]}], "args": ["x", "y"]});
        let patch = json!({"containers": [{"name": "app", "image": "a:2", "env": [{"name": "X", "$patch": "delete"}]}], "args": ["z"]});
        merge(&mut pod, &patch, "");
        assert_eq!(
            pod,
            json!({"containers": [{"name": "app", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}], "args": ["z"]})
        );
    }

    #[test]
    fn a_failed_test_changes_nothing() {
        let mut object = json!({"a": 1, "b": 1});
        let patch = br#"[{"op":"replace","path":"/b","value":2},{"op":"test","path":"/a","value":7}]"#;
        let refused = apply(&mut object, "application/json-patch+json", patch).expect_err("a refusal");
        assert_eq!((refused.code, object), (422, json!({"a": 1, "b": 1})));
    }
}
