//! create, update, patch and the scale of a workload; dry runs go the whole way but for the last step.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};

use super::identity::User;
use super::read::key_of;
use super::refusal::{Cause, Refusal};
use super::request::{Query, Target};
use super::respond::{Answer, json_answer};
use super::{patch, validate};
use crate::demo::cluster::Cluster;
use crate::demo::objects::metadata::{changed, own};
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::Key;
use crate::demo::world::writes::with_generation;
use crate::demo::world::{World, random};

/// A write as it came in.
pub struct Write<'a> {
    pub user: &'a User,
    pub kind: Kind,
    pub target: &'a Target,
    pub query: &'a Query,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
}

impl Write<'_> {
    fn text(&self, name: http::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `fieldManager`, or what the client calls itself.
    fn manager(&self) -> &str {
        let agent = self.text(USER_AGENT);
        let named = self.query.get("fieldManager").filter(|name| !name.is_empty());
        named.unwrap_or_else(|| agent.split('/').next().unwrap_or("unknown"))
    }

    fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| {
            Refusal::bad_request(format!(
                "{} in version \"{}\" cannot be handled as a {}: {error}",
                self.kind.info().name,
                self.kind.info().version,
                self.kind.info().name
            ))
        })
    }

    fn not_found(&self) -> Refusal {
        Refusal::not_found(&self.target.resource, &self.target.group, &self.target.name)
    }

    fn conflict(&self, why: &str) -> Refusal {
        let (name, group, resource) = (&self.target.name, &self.target.group, &self.target.resource);
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", self.kind.info().qualified());
        Refusal::new(409, "Conflict", message).about(name, group, resource)
    }

    /// The new object from the old one, by the method of the request.
    fn change(&self, old: &Value) -> Result<Value, Refusal> {
        if self.target.verb == "update" {
            let new = self.json()?;
            return self.check_type(&new).map(|()| new);
        }
        let mut value = old.clone();
        patch::apply(&mut value, self.text(CONTENT_TYPE), self.body)?;
        Ok(value)
    }

    /// Refuses an object of another kind.
    fn check_type(&self, new: &Value) -> Result<(), Refusal> {
        let info = self.kind.info();
        let (api_version, kind) =
            (new["apiVersion"].as_str().unwrap_or_default(), new["kind"].as_str().unwrap_or_default());
        if kind.is_empty() || kind == info.name || self.target.subresource == "scale" {
            return Ok(());
        }
        let (short, group) = (api_version.rsplit('/').next().unwrap_or_default(), info.group);
        let group = if group.is_empty() { "core" } else { group.split('.').next().unwrap_or_default() };
        Err(Refusal::bad_request(format!(
            "{kind} in version \"{api_version}\" cannot be handled as a {0}: converting ({short}.{kind}) to ({group}.{0}): unknown conversion",
            info.name
        )))
    }

    /// Refuses what names another object or an older version than there is.
    fn check_preconditions(&self, old: &Value, new: &Value) -> Result<(), Refusal> {
        let same = |field: &str| new["metadata"][field].is_null() || new["metadata"][field] == old["metadata"][field];
        if !same("name") || !same("namespace") {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({})",
                new["metadata"]["name"].as_str().unwrap_or_default(),
                self.target.name
            )));
        }
        if !same("uid") {
            let info = self.kind.info();
            // Named twice, as by the server.
            let causes = [(); 2].map(|()| Cause::value("metadata.uid", &new["metadata"]["uid"], "field is immutable"));
            return Err(Refusal::invalid(info.name, info.group, &self.target.name, &causes));
        }
        let version = new["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !version.chars().all(|digit| digit.is_ascii_digit()) {
            // The server's own failure, as it says: it read the number too late.
            return Err(Refusal::new(500, "", format!("strconv.ParseUint: parsing \"{version}\": invalid syntax")));
        }
        if !same("resourceVersion") && !version.is_empty() {
            return Err(self.conflict(
                "the object has been modified; please apply your changes to the latest version and try again",
            ));
        }
        Ok(())
    }
}

/// PUT and PATCH of an object.
pub fn update(cluster: &Cluster, write: &Write<'_>) -> Result<Answer, Refusal> {
    if write.kind == Kind::Pod {
        return Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "pods of this built-in cluster are changed through their workloads",
        ));
    }
    let key = key_of(write.kind, write.target);
    let written = cluster.with_world(|world| {
        let old = world.store.value(write.kind, &key).cloned().ok_or_else(|| write.not_found())?;
        let mut new = write.change(&old)?;
        validate::types(&new)?;
        write.check_preconditions(&old, &new)?;
        keep_system_fields(&mut new, &old);
        validate::object(write.kind, &old, &new)?;
        finish(world, write, &key, &old, new, None)
    })?;
    Ok(json_answer(200, &written))
}

/// What a client may not set: it stays as it was.
fn keep_system_fields(new: &mut Value, old: &Value) {
    for field in ["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation", "managedFields"] {
        new["metadata"][field] = old["metadata"][field].clone();
    }
    if let Some(metadata) = new["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    if !old["status"].is_null() {
        new["status"] = old["status"].clone();
    }
    new["kind"] = old["kind"].clone();
    new["apiVersion"] = old["apiVersion"].clone();
}

/// Records who wrote, and writes unless the run is dry.
fn finish(
    world: &mut World,
    write: &Write<'_>,
    key: &Key,
    old: &Value,
    mut new: Value,
    subresource: Option<&str>,
) -> Result<Arc<Value>, Refusal> {
    let difference = changed(old, &new);
    if difference.as_object().is_some_and(|map| !map.is_empty()) {
        let at = world.calendar.second(world.now());
        own(&mut new, write.manager(), subresource, &at, &difference);
    }
    if write.query.is_dry_run() {
        return Ok(Arc::new(with_generation(new, Some(old))));
    }
    world.set_author(&write.user.name);
    Ok(world.write(write.kind, key, new))
}

/// POST of a new object.
pub fn create(cluster: &Cluster, write: &Write<'_>) -> Result<Answer, Refusal> {
    if matches!(write.kind, Kind::Pod | Kind::Node | Kind::ReplicaSet) {
        return Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "this built-in cluster makes pods, nodes and replica sets itself",
        ));
    }
    let mut object = write.json()?;
    let info = write.kind.info();
    let written = cluster.with_world(|world| {
        let name = match object["metadata"]["name"].as_str() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => {
                let prefix = object["metadata"]["generateName"].as_str().unwrap_or_default().to_owned();
                if prefix.is_empty() {
                    let cause = Cause::required("metadata.name", ": name or generateName is required");
                    return Err(Refusal::invalid(info.name, info.group, "", &[cause]));
                }
                format!("{prefix}{}", random::suffix(world.seed, &[&prefix, &world.store.version().to_string()], 5))
            }
        };
        let key = Key::new(if info.namespaced { write.target.namespace.clone() } else { String::new() }, name.clone());
        if info.namespaced && world.store.get(Kind::Namespace, &Key::new("", key.namespace.clone())).is_none() {
            return Err(Refusal::not_found("namespaces", "", &key.namespace));
        }
        if world.store.get(write.kind, &key).is_some() {
            let message = format!("{} \"{name}\" already exists", info.qualified());
            return Err(Refusal::new(409, "AlreadyExists", message).about(&name, info.group, info.resource));
        }
        let at = world.calendar.second(world.now());
        object["kind"] = json!(info.name);
        object["apiVersion"] = json!(info.api_version());
        object["metadata"]["name"] = json!(name);
        if info.namespaced {
            object["metadata"]["namespace"] = json!(key.namespace);
        }
        object["metadata"]["uid"] = json!(random::uid(world.seed, &[info.resource, &key.namespace, &name, &at]));
        object["metadata"]["creationTimestamp"] = json!(at);
        object["metadata"]["resourceVersion"] = json!("");
        let owned = object.clone();
        own(&mut object, write.manager(), None, &at, &owned);
        validate::object(write.kind, &Value::Null, &object)?;
        if write.query.is_dry_run() {
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.remove("resourceVersion");
            }
            return Ok(Arc::new(with_generation(object, None)));
        }
        world.set_author(&write.user.name);
        Ok(world.write(write.kind, &key, object))
    })?;
    Ok(json_answer(201, &written))
}

/// GET, PUT and PATCH of `scale`.
pub fn scale(cluster: &Cluster, write: &Write<'_>) -> Result<Answer, Refusal> {
    if !matches!(write.kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet) {
        return Err(Refusal::no_such_path());
    }
    let key = key_of(write.kind, write.target);
    let view = cluster.with_world(|world| {
        let old = world.store.value(write.kind, &key).cloned().ok_or_else(|| write.not_found())?;
        if write.target.verb == "get" {
            return Ok(scale_of(&old));
        }
        let scale = scale_of(&old);
        let wanted = write.change(&scale)?;
        write.check_preconditions(&scale, &wanted)?;
        let replicas = wanted["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let cause = Cause::value("spec.replicas", &json!(replicas), "must be greater than or equal to 0");
            return Err(Refusal::invalid("Scale", "autoscaling", &key.name, &[cause]));
        }
        let mut new = (*old).clone();
        new["spec"]["replicas"] = json!(replicas);
        finish(world, write, &key, &old, new, Some("scale")).map(|written| scale_of(&written))
    })?;
    Ok(json_answer(200, &view))
}

fn scale_of(object: &Value) -> Value {
    let labels = object["spec"]["selector"]["matchLabels"].as_object();
    let selector: Vec<String> = labels
        .map(|map| map.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect())
        .unwrap_or_default();
    let metadata = &object["metadata"];
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": {"replicas": object["spec"]["replicas"]},
        "status": {"replicas": object["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector.join(",")},
    })
}
