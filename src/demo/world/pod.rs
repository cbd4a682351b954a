//! A pod as the simulation keeps it: what differs from its template, and where it is in its life.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::services::ServiceId;
use super::time::StoryTime;
use crate::demo::objects::pod_text::PodText;

/// What all pods of one revision share.
#[derive(Debug)]
pub struct Template {
    /// The `spec` of the pod template.
    pub spec: Value,
    pub labels: BTreeMap<String, String>,
    pub annotations: Value,
    /// The text of its serving pods, made when it is first asked for.
    pub text: OnceLock<PodText>,
}

impl Template {
    pub fn of(template: &Value) -> Template {
        Template {
            spec: template["spec"].clone(),
            labels: text_map(&template["metadata"]["labels"]),
            annotations: template["metadata"]["annotations"].clone(),
            text: OnceLock::new(),
        }
    }

    pub fn container(&self) -> &Value {
        &self.spec["containers"][0]
    }

    pub fn image(&self) -> &str {
        self.container()["image"].as_str().unwrap_or_default()
    }

    /// The image's tag.
    pub fn version(&self) -> &str {
        image_tag(self.image())
    }
}

pub fn image_tag(image: &str) -> &str {
    image.rsplit_once(':').map_or("latest", |(_, tag)| tag)
}

pub fn text_map(value: &Value) -> BTreeMap<String, String> {
    let Some(map) = value.as_object() else { return BTreeMap::new() };
    map.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

#[derive(Clone, Debug)]
pub struct ControllerRef {
    pub kind: &'static str,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Debug)]
pub struct Termination {
    pub reason: &'static str,
    pub exit_code: i32,
    /// The program's last word, from where it may leave one.
    pub message: &'static str,
    pub started: StoryTime,
    pub finished: StoryTime,
}

#[derive(Clone, Debug)]
pub struct Waiting {
    pub reason: &'static str,
    pub message: String,
}

#[derive(Clone, Debug)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub controller: ControllerRef,
    pub template: Arc<Template>,
    pub extra_labels: Vec<(String, String)>,
    pub service: Option<ServiceId>,
    pub created: StoryTime,
    pub node: Option<&'static str>,
    pub ip: String,
    /// The container's state: waiting, or running since.
    pub waiting: Option<Waiting>,
    pub running_since: Option<StoryTime>,
    pub last: Option<Termination>,
    pub restarts: u32,
    pub ready: bool,
    pub ready_changed: StoryTime,
    pub deleted: Option<StoryTime>,
}

impl Pod {
    pub fn label(&self, name: &str) -> Option<&str> {
        self.extra_labels
            .iter()
            .find(|(k, _)| k == name)
            .map(|(_, v)| v.as_str())
            .or_else(|| self.template.labels.get(name).map(String::as_str))
    }

    /// Counted by its controller.
    pub fn is_active(&self) -> bool {
        self.deleted.is_none()
    }

    pub fn is_available(&self) -> bool {
        self.ready && self.deleted.is_none()
    }
}
