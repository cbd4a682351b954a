//! Which objects of a kind a list or watch is about, and in which form they are wanted.

use http::HeaderMap;
use http::header::ACCEPT;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::{Query, Target};
use super::selector::Selector;
use crate::demo::objects::metadata::Calendar;
use crate::demo::objects::pod;
use crate::demo::objects::pod_text::PodText;
use crate::demo::world::kinds::Kind;
use crate::demo::world::pod::Pod;
use crate::demo::world::store::{Body, Key, Stored};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Whole,
    /// `as=PartialObjectMetadata(List)`.
    Metadata,
}

#[derive(Clone, Debug)]
pub struct Selection {
    pub kind: Kind,
    /// Empty: all namespaces.
    pub namespace: String,
    labels: Selector,
    fields: Selector,
    pub form: Form,
}

impl Selection {
    pub fn of(kind: Kind, target: &Target, query: &Query, headers: &HeaderMap) -> Result<Selection, Refusal> {
        let fields = Selector::fields(query.get("fieldSelector").unwrap_or_default())?;
        if let Some(unknown) = fields.keys().find(|key| !is_selectable(kind, key)) {
            return Err(Refusal::bad_request(format!("field label not supported: {unknown}")));
        }
        let namespace = if kind == Kind::Namespace { String::new() } else { target.namespace.clone() };
        Ok(Selection {
            kind,
            namespace,
            labels: Selector::labels(query.get("labelSelector").unwrap_or_default())?,
            fields,
            form: form(headers)?,
        })
    }

    pub fn has_selectors(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    pub fn matches(&self, key: &Key, object: &Stored) -> bool {
        if !self.namespace.is_empty() && key.namespace != self.namespace {
            return false;
        }
        match &object.body {
            Body::Pod(pod) => {
                self.labels.matches(|name| pod.label(name)) && self.fields.matches(|path| pod_field(pod, path))
            }
            Body::Value(value) => {
                self.labels.matches(|name| value["metadata"]["labels"].get(name)?.as_str())
                    && self.fields.matches(|path| field(value, path))
            }
        }
    }

    /// The object as a list holds it: without its type, which the list's head tells.
    pub fn write_item(&self, out: &mut Vec<u8>, object: &Stored, calendar: Calendar) {
        match (&object.body, self.form) {
            (Body::Value(value), Form::Whole) => write_untyped(out, value),
            (Body::Pod(pod), Form::Whole) if PodText::fits(pod) => {
                let text = pod.template.text.get_or_init(|| PodText::of(pod, calendar));
                text.write(out, pod, object.version, calendar);
            }
            (Body::Pod(pod), Form::Whole) => write_untyped(out, &pod::render(pod, object.version, calendar)),
            (_, Form::Metadata) => write(out, &self.render(object, calendar)),
        }
    }

    /// The object as it stands alone.
    pub fn render(&self, object: &Stored, calendar: Calendar) -> Value {
        let value = render(object, calendar);
        match self.form {
            Form::Whole => value,
            Form::Metadata => json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": value["metadata"]}),
        }
    }

    /// Type of the list that holds these objects.
    pub fn list_type(&self) -> (String, String) {
        let info = self.kind.info();
        match self.form {
            Form::Whole => (format!("{}List", info.name), info.api_version()),
            Form::Metadata => ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned()),
        }
    }
}

pub fn render(object: &Stored, calendar: Calendar) -> Value {
    match &object.body {
        Body::Value(value) => (**value).clone(),
        Body::Pod(pod) => pod::render(pod, object.version, calendar),
    }
}

/// What the client accepts, most wanted first; what this server cannot make is skipped, as a real one does.
pub fn form(headers: &HeaderMap) -> Result<Form, Refusal> {
    let Some(accept) = headers.get(ACCEPT).and_then(|value| value.to_str().ok()) else { return Ok(Form::Whole) };
    for choice in accept.split(',').map(|choice| choice.replace(' ', "")) {
        let mut parts = choice.split(';');
        let json = matches!(parts.next(), Some("application/json" | "*/*" | "application/*"));
        let form = parts.find_map(|part| part.strip_prefix("as="));
        match form {
            None if json => return Ok(Form::Whole),
            Some("PartialObjectMetadata" | "PartialObjectMetadataList") if json => return Ok(Form::Metadata),
            _ => {}
        }
    }
    if accept.contains("application/vnd.kubernetes.protobuf") && !accept.contains("as=") {
        // Asked for protobuf alone: JSON is what there is.
        return Ok(Form::Whole);
    }
    let message = "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch";
    Err(Refusal::new(406, "NotAcceptable", message).about("", "", ""))
}

fn write(out: &mut Vec<u8>, value: &Value) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, value);
}

fn write_untyped(out: &mut Vec<u8>, value: &Value) {
    let Some(map) = value.as_object() else { return };
    out.push(b'{');
    for (index, (name, inner)) in map.iter().filter(|(n, _)| *n != "kind" && *n != "apiVersion").enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write(out, inner);
    }
    out.push(b'}');
}

fn field<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    let found = path.split('.').try_fold(value, |inner, part| inner.get(part))?;
    found.as_str()
}

fn pod_field<'a>(pod: &'a Pod, path: &str) -> Option<&'a str> {
    match path {
        "metadata.name" => Some(&pod.name),
        "metadata.namespace" => Some(&pod.namespace),
        "spec.nodeName" => Some(pod.node.unwrap_or_default()),
        "spec.restartPolicy" => Some("Always"),
        "status.phase" => Some(if pod.running_since.is_some() || pod.last.is_some() { "Running" } else { "Pending" }),
        "status.podIP" => Some(&pod.ip),
        _ => None,
    }
}

fn is_selectable(kind: Kind, path: &str) -> bool {
    match path {
        "metadata.name" | "metadata.namespace" => true,
        "spec.nodeName" | "spec.restartPolicy" | "status.phase" | "status.podIP" => kind == Kind::Pod,
        "type" => matches!(kind, Kind::Secret | Kind::Event),
        "reason" | "reportingComponent" => kind == Kind::Event,
        path => kind == Kind::Event && path.starts_with("involvedObject."),
    }
}
