//! An answer without what must differ between two clusters: names, versions, times, and what their objects hold.

use std::fmt;

use http::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};

/// What this cluster calls what both have.
pub struct Names {
    pub pod: String,
    pub container: &'static str,
    pub user: String,
}

#[derive(PartialEq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub retry_after: bool,
    pub body: Value,
}

impl Answer {
    /// Nothing came in time, or it never ended.
    pub fn none() -> Self {
        Self { status: 0, content_type: String::new(), retry_after: false, body: Value::Null }
    }

    pub fn new(head: &Response<()>, body: &[u8], names: &Names) -> Self {
        let content_type = head.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            status: head.status().as_u16(),
            content_type: content_type.to_owned(),
            retry_after: head.headers().contains_key(RETRY_AFTER),
            body: outline(body, names),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = if self.retry_after { ", later" } else { "" };
        write!(f, "{}{again} {} {}", self.status, self.content_type, self.body)
    }
}

/// JSON documents by what they are, a stream of them by the order of their kinds, and text as it is.
fn outline(body: &[u8], names: &Names) -> Value {
    if body.starts_with(b"k8s\0") {
        return json!("protobuf");
    }
    let mut text = String::from_utf8_lossy(body).replace(&names.pod, "POD");
    for (before, name) in [("container ", names.container), ("User ", names.user.as_str())] {
        text = text.replace(&format!("{before}\\\"{name}\\\""), &format!("{before}\\\"THIS\\\""));
    }
    let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    match documents {
        Ok(mut documents) if documents.len() == 1 => document(documents.remove(0)),
        Ok(documents) if !documents.is_empty() => stream(documents),
        _ => json!(text),
    }
}

fn document(value: Value) -> Value {
    match value["kind"].as_str() {
        Some("Status" | "SelfSubjectAccessReview") => review(value),
        Some("APIResourceList") => value,
        Some(kind) if kind.ends_with("List") => list(&value),
        _ if value["type"].is_string() => stream(vec![value]),
        _ => object(&value),
    }
}

/// All of it but the words in which a right was granted.
fn review(mut value: Value) -> Value {
    for part in ["metadata", "spec"] {
        value.as_object_mut().map(|value| value.remove(part));
    }
    if let Some(status) = value["status"].as_object_mut() {
        status.remove("reason");
    }
    let message = value["message"].as_str().unwrap_or_default().to_owned();
    // Versions, and the forms that each can answer in, are a cluster's own.
    let own = ["too old resource version", "Available representations", " in record ("];
    if let Some((told, _)) = own.iter().find_map(|own| message.split_once(own)) {
        value["message"] = json!(told);
    }
    if let Some((told, _)) = message.split_once("is invalid: patch: Invalid value") {
        // The rest is the whole object.
        value = json!({"code": value["code"], "reason": value["reason"], "message": told});
    }
    value
}

/// A page, and what its first item says of itself.
fn list(value: &Value) -> Value {
    let first = value["items"].as_array().and_then(|items| items.first());
    json!({
        "kind": value["kind"],
        "apiVersion": value["apiVersion"],
        "metadata": names_of(&value["metadata"]),
        "first": first.map(object),
    })
}

/// Who an object is, and what a server sets on each.
fn object(value: &Value) -> Value {
    const OF_ALL: [&str; 6] = ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp"];
    let metadata: Vec<String> =
        names_of(&value["metadata"]).into_iter().filter(|name| OF_ALL.contains(&name.as_str())).collect();
    json!({"kind": value["kind"], "apiVersion": value["apiVersion"], "parts": names_of(value), "metadata": metadata})
}

/// The kinds of events in the order of their first, each with what stands in it.
fn stream(events: Vec<Value>) -> Value {
    let mut kinds: Vec<Value> = Vec::new();
    for event in events {
        let about = match event["type"].as_str() {
            Some("ERROR") => review(event["object"].clone()),
            Some("BOOKMARK") => json!({
                "kind": event["object"]["kind"],
                "ends": event["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"],
            }),
            _ => object(&event["object"]),
        };
        let kind = json!({"type": event["type"], "object": about});
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    json!(kinds)
}

fn names_of(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect();
    names.sort();
    names
}
