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
