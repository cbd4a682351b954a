//! Events of the cluster's components.

use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use crate::demo::world::StoryTime;
use crate::demo::world::kinds::Kind;
use crate::demo::world::random;

/// What an event is about and says.
#[derive(Clone, Debug)]
pub struct Occurrence {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// `spec.containers{app}` for what concerns a container.
    pub field_path: Option<&'static str>,
    pub warning: bool,
    pub reason: &'static str,
    pub message: String,
    pub component: &'static str,
    pub host: Option<&'static str>,
}

/// Events about the same thing with the same words are one object with a count.
pub fn name(seed: u64, about: &Occurrence) -> String {
    let hash = random::hash(seed, &[&about.uid, about.reason, &about.message]);
    format!("{}.{hash:016x}", about.name)
}

pub fn render(
    seed: u64,
    about: &Occurrence,
    first: StoryTime,
    last: StoryTime,
    count: u64,
    calendar: Calendar,
) -> Value {
    let name = name(seed, about);
    let info = about.kind.info();
    let mut involved = json!({"kind": info.name, "namespace": about.namespace, "name": about.name, "uid": about.uid,
        "apiVersion": info.api_version()});
    if let Some(path) = about.field_path {
        involved["fieldPath"] = json!(path);
    }
    let mut source = json!({"component": about.component});
    if let Some(host) = about.host {
        source["host"] = json!(host);
    }
    let at = calendar.second(last);
    json!({
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": about.namespace,
            "uid": random::uid(seed, &["event", &name]),
            "resourceVersion": "",
            "creationTimestamp": calendar.second(first),
            "managedFields": [managed(about.component, "Update", "v1", &at, &json!({"count": 1, "firstTimestamp": "", "involvedObject": {}, "lastTimestamp": "", "message": "", "reason": "", "source": {"component": ""}, "type": ""}), false)],
        },
        "involvedObject": involved,
        "reason": about.reason,
        "message": about.message,
        "source": source,
        "firstTimestamp": calendar.second(first),
        "lastTimestamp": at,
        "count": count,
        "type": if about.warning { "Warning" } else { "Normal" },
        "eventTime": null,
        "reportingComponent": about.component,
        "reportingInstance": about.host.unwrap_or_default(),
    })
}
