//! Refusals in the API server's own form and words: a Status, and what is wrong with which field.

use http::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::respond::{Answer, json_answer};

/// A refusal in the API server's own form.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
    pub details: Value,
}

impl Refusal {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { code, reason, message: message.into(), details: Value::Null }
    }

    /// Says which object it is about. What is empty is left out.
    pub fn about(self, name: &str, group: &str, kind: &str) -> Refusal {
        let parts = [("name", name), ("group", group), ("kind", kind)].into_iter().filter(|(_, part)| !part.is_empty());
        Refusal { details: parts.map(|(key, part)| (key.to_owned(), json!(part))).collect(), ..self }
    }

    pub fn not_found(resource: &str, group: &str, name: &str) -> Refusal {
        Refusal::new(404, "NotFound", format!("{} \"{name}\" not found", qualified(resource, group)))
            .about(name, group, resource)
    }

    pub fn no_such_path() -> Refusal {
        Refusal::new(404, "NotFound", "the server could not find the requested resource").about("", "", "")
    }

    pub fn not_allowed() -> Refusal {
        let message = "the server does not allow this method on the requested resource";
        Refusal::new(405, "MethodNotAllowed", message).about("", "", "")
    }

    /// What fields of an object or of options are wrong.
    pub fn invalid(kind: &str, group: &str, name: &str, causes: &[Cause]) -> Refusal {
        let mut said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        said.dedup();
        let said = if let [only] = said.as_slice() { only.clone() } else { format!("[{}]", said.join(", ")) };
        let message = format!("{} \"{name}\" is invalid: {said}", qualified(kind, group));
        let mut refusal = Refusal::new(422, "Invalid", message).about(name, group, kind);
        let causes =
            causes.iter().map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}));
        refusal.details["causes"] = causes.collect();
        refusal
    }

    pub fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "BadRequest", message)
    }

    pub fn expired(message: impl Into<String>) -> Refusal {
        Refusal::new(410, "Expired", message)
    }

    pub fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message});
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status["code"] = json!(self.code);
        status
    }

    pub fn answer(&self) -> Answer {
        let mut answer = json_answer(self.code, &self.status());
        if let Some(seconds) = self.details["retryAfterSeconds"].as_u64() {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        answer
    }
}

/// `deployments.apps`.
pub fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// Why a field is refused.
pub struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

impl Cause {
    pub fn value(field: impl Into<String>, value: &Value, why: &str) -> Cause {
        let message = format!("Invalid value: {}: {why}", sorted(value));
        Cause { reason: "FieldValueInvalid", message, field: field.into() }
    }

    /// `why` goes on after the words, if there is more to say.
    pub fn required(field: impl Into<String>, why: &str) -> Cause {
        Cause { reason: "FieldValueRequired", message: format!("Required value{why}"), field: field.into() }
    }

    pub fn forbidden(field: &str, why: &str) -> Cause {
        Cause { reason: "FieldValueForbidden", message: format!("Forbidden: {why}"), field: field.to_owned() }
    }

    pub fn unsupported(field: &str, value: &Value, supported: &[&str]) -> Cause {
        let supported: Vec<String> = supported.iter().map(|value| format!("\"{value}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
        Cause { reason: "FieldValueNotSupported", message, field: field.to_owned() }
    }
}

/// With the keys of maps in order, as Go writes them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            pairs.sort_by(|one, other| one.0.cmp(&other.0));
            pairs.into_iter().collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
