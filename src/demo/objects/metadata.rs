//! What every object carries: times as the API server writes them, and managed fields.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::demo::world::StoryTime;

/// Turns story time into the server's text.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    pub epoch: Timestamp,
}

impl Calendar {
    /// `metav1.Time`: whole seconds.
    pub fn second(self, at: StoryTime) -> String {
        at.instant(self.epoch).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// `metav1.MicroTime`.
    pub fn micro(self, at: StoryTime) -> String {
        at.instant(self.epoch).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// RFC 3339 with nanoseconds, as container logs have it.
    pub fn nano(self, at: StoryTime, nanos: u32) -> String {
        let instant = at.instant(self.epoch);
        format!("{}{:06}Z", instant.strftime("%Y-%m-%dT%H:%M:%S.%3f"), nanos % 1_000_000)
    }
}

/// One entry of `managedFields`.
pub fn managed(manager: &str, operation: &str, api_version: &str, at: &str, owned: &Value, status: bool) -> Value {
    let mut entry = json!({
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields(owned),
    });
    if status {
        entry["subresource"] = json!("status");
    }
    entry
}

/// Records that a manager wrote these fields through an update, in place of what it wrote before.
pub fn own(object: &mut Value, manager: &str, subresource: Option<&str>, at: &str, owned: &Value) {
    let api_version = object["apiVersion"].as_str().unwrap_or("v1").to_owned();
    let mut entry = managed(manager, "Update", &api_version, at, owned, false);
    if let Some(subresource) = subresource {
        entry["subresource"] = json!(subresource);
    }
    if !object["metadata"]["managedFields"].is_array() {
        object["metadata"]["managedFields"] = json!([]);
    }
    let Some(entries) = object["metadata"]["managedFields"].as_array_mut() else { return };
    let same = |other: &Value| {
        other["manager"] == entry["manager"]
            && other["operation"] == "Update"
            && other["subresource"] == entry["subresource"]
    };
    if let Some(before) = entries.iter_mut().find(|other| same(other)) {
        let mut fields = before["fieldsV1"].clone();
        json_patch::merge(&mut fields, &entry["fieldsV1"]);
        entry["fieldsV1"] = fields;
        *before = entry;
    } else {
        entries.push(entry);
    }
}

/// What of a new value differs from the old one.
pub fn changed(old: &Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => Value::Object(
            after
                .iter()
                .filter(|(key, value)| before.get(*key) != Some(value))
                .map(|(key, value)| (key.clone(), before.get(key).map_or_else(|| value.clone(), |b| changed(b, value))))
                .collect(),
        ),
        _ => new.clone(),
    }
}

/// The set of fields of a value, in the server's notation.
pub fn fields(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, inner)| (format!("f:{key}"), fields(inner))).collect())
        }
        Value::Array(items) => {
            let mut set = Map::new();
            for item in items {
                if let Some(key) = merge_key(item) {
                    let mut inner = fields(item);
                    inner["."] = json!({});
                    set.insert(format!("k:{key}"), inner);
                }
            }
            Value::Object(set)
        }
        _ => json!({}),
    }
}

/// How lists of objects are keyed in the built-in types.
fn merge_key(item: &Value) -> Option<Value> {
    ["name", "containerPort", "type", "uid", "ip", "mountPath"]
        .iter()
        .find_map(|key| Some(json!({ *key: item.get(*key)? })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_server_does() {
        let calendar = Calendar { epoch: "2026-11-21T03:00:00Z".parse().expect("a time") };
        assert_eq!(calendar.second(StoryTime::at(0, 20)), "2026-11-21T03:00:20Z");
        assert_eq!(calendar.micro(StoryTime::from_millis(20_250)), "2026-11-21T03:00:20.250000Z");
        assert_eq!(calendar.nano(StoryTime::from_millis(20_250), 1234), "2026-11-21T03:00:20.250001234Z");
    }

    #[test]
    fn fields_are_keyed_as_the_server_does() {
        let owned = json!({"spec": {"containers": [{"name": "app", "image": "x"}], "replicas": 3}});
        assert_eq!(
            fields(&owned),
            json!({"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:name": {}, "f:image": {}, ".": {}}}, "f:replicas": {}}})
        );
    }
}
