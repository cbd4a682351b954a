//! What somebody else did to an object since it was read, and who, as far as the object tells.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::differences;
use crate::domain::figure;
use crate::domain::plan::Difference;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::kinds::workload::CHANGE_CAUSE;

/// More writers than this are not named.
const NAMED: usize = 4;

/// The other's work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interference {
    /// Newest first.
    pub by: Vec<Writer>,
    /// The reason that was given, when it is a new one.
    pub cause: CleanText,
    /// What differs from the object as it was read; secrets are masked.
    pub differences: Vec<Difference>,
}

/// A field manager and its last write: the server records no user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Writer {
    pub manager: CleanText,
    pub at: Option<Timestamp>,
}

/// Compares an object as it was read with the same object now.
#[must_use]
pub fn interference(read: &RawObject, now: &RawObject) -> Interference {
    let differences = differences::objects(read.value(), now.value());
    let known = entries(read);
    let mut by: Vec<Writer> = Vec::new();
    for entry in entries(now).iter().filter(|entry| !known.contains(entry) && !is_status(entry)) {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
        let writer = Writer { manager: CleanText::new(text("manager")), at: text("time").parse().ok() };
        if !writer.manager.is_empty() && !by.contains(&writer) {
            by.push(writer);
        }
    }
    by.sort_by_key(|writer| std::cmp::Reverse(writer.at));
    by.truncate(NAMED);
    let cause = change_cause(now).filter(|cause| change_cause(read) != Some(cause)).unwrap_or_default();
    Interference { by, cause: CleanText::new(cause), differences }
}

impl Interference {
    /// `kubectl-edit at 03:02:11 (“bob: back to 1.8.3”)`
    #[must_use]
    pub fn who(&self) -> CleanText {
        let writers: Vec<String> = (self.by.iter())
            .map(|writer| match writer.at {
                Some(at) => format!("{} at {}", writer.manager, figure::second(at)),
                None => writer.manager.to_string(),
            })
            .collect();
        let who = if writers.is_empty() { "somebody".to_owned() } else { writers.join(", ") };
        if self.cause.is_empty() { who.into() } else { format!("{who} (“{}”)", self.cause).into() }
    }
}

/// The reason somebody gave for the last release.
pub(in crate::insight) fn change_cause(object: &RawObject) -> Option<&str> {
    object.value().pointer("/metadata/annotations")?.get(CHANGE_CAUSE)?.as_str()
}

fn entries(object: &RawObject) -> &[Value] {
    object.value().pointer("/metadata/managedFields").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Controllers keep their books in the status.
fn is_status(entry: &Value) -> bool {
    entry.get("subresource").and_then(Value::as_str) == Some("status")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const READ: (&str, &str, &str) = ("helm", "2026-11-21T02:00:00Z", "");

    fn deployment(tag: &str, cause: &str, password: &str, managers: &[(&str, &str, &str)]) -> RawObject {
        let fields: Vec<Value> = managers
            .iter()
            .map(|(manager, time, part)| json!({"manager": manager, "time": time, "subresource": part}))
            .collect();
        RawObject::new(json!({"kind": "Deployment",
            "metadata": {"annotations": {(CHANGE_CAUSE): cause}, "managedFields": fields, "generation": fields.len()},
            "spec": {"replicas": 4, "template": {"spec": {"containers": [{"name": "app",
                "image": format!("shop/pay:{tag}"), "env": [{"name": "DB_PASSWORD", "value": password}]}]}}}}))
    }

    #[test]
    fn who_wrote_when_why_and_what_is_told_and_secrets_are_not() {
        let read = deployment("1.8.4", "", "old-secret", &[READ, ("controller", "2026-11-21T03:00:00Z", "status")]);
        let now = deployment(
            "1.8.5",
            "bob: \u{1b}[31mtry again",
            "new-secret",
            &[
                READ,
                ("kubectl-edit", "2026-11-21T03:02:11Z", ""),
                ("kube-controller-manager", "2026-11-21T03:02:09Z", "scale"),
                ("controller", "2026-11-21T03:02:12Z", "status"),
            ],
        );
        let found = interference(&read, &now);
        assert_eq!(found.who(), "kubectl-edit at 03:02:11, kube-controller-manager at 03:02:09 (“bob: try again”)");
        let fields: Vec<&str> = found.differences.iter().map(|difference| difference.field.as_str()).collect();
        assert_eq!(
            fields,
            ["annotation kubernetes.io/change-cause", "template › app › image", "template › app › env DB_PASSWORD"]
        );
        assert!(!format!("{found:?}").contains("-secret"), "{found:?}");
    }

    #[test]
    fn an_object_without_records_was_changed_by_somebody() {
        let found = interference(&deployment("1.8.4", "", "", &[]), &deployment("1.8.5", "", "", &[]));
        assert_eq!(found.who(), "somebody");
        assert_eq!(found.differences.len(), 1);
    }
}
