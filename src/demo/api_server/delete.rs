//! Deletions and evictions.

use bytes::Bytes;
use serde_json::{Value, json};

use super::identity::User;
use super::read::key_of;
use super::refusal::{Refusal, qualified};
use super::request::{Query, Target};
use super::respond::{Answer, json_answer};
use super::selection::render;
use crate::demo::cluster::Cluster;
use crate::demo::world::kinds::Kind;

/// `dryRun` stands in the query or in the options of the body.
pub fn is_dry_run(query: &Query, body: &[u8]) -> bool {
    let options: Value = serde_json::from_slice(body).unwrap_or_default();
    let all = |options: &Value| options["dryRun"].as_array().is_some_and(|list| list.contains(&json!("All")));
    query.is_dry_run() || all(&options) || all(&options["deleteOptions"])
}

pub fn delete(
    cluster: &Cluster,
    user: &User,
    kind: Kind,
    target: &Target,
    query: &Query,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let key = key_of(kind, target);
    let options: Value = serde_json::from_slice(body).unwrap_or_default();
    cluster.with_world(|world| {
        let not_found = || Refusal::not_found(&target.resource, &target.group, &target.name);
        let object = render(world.store.get(kind, &key).ok_or_else(not_found)?, world.calendar);
        for (field, words, why) in [
            ("uid", "UID", "The object might have been deleted and then recreated"),
            ("resourceVersion", "ResourceVersion", "The object might have been modified"),
        ] {
            let wanted = &options["preconditions"][field];
            let is = &object["metadata"][field];
            if !wanted.is_null() && wanted != is {
                let (wanted, is) = (wanted.as_str().unwrap_or_default(), is.as_str().unwrap_or_default());
                let info = kind.info();
                let message = format!(
                    "Operation cannot be fulfilled on {} \"{}\": the {words} in the precondition ({wanted}) does not match the {words} in record ({is}). {why}",
                    qualified(info.name, info.group),
                    key.name
                );
                return Err(Refusal::new(409, "Conflict", message).about(&key.name, info.group, info.name));
            }
        }
        if !is_dry_run(query, body) {
            world.set_author(&user.name);
            world.delete(kind, &key);
        }
        // A pod lingers until its containers have ended; what is gone at once is told by a Status.
        let object = match world.store.get(kind, &key) {
            Some(stored) => render(stored, world.calendar),
            None => json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                "details": {"name": key.name, "group": target.group, "kind": target.resource, "uid": object["metadata"]["uid"]}}),
        };
        Ok(json_answer(200, &object))
    })
}

pub fn evict(cluster: &Cluster, user: &User, target: &Target, query: &Query, body: &Bytes) -> Result<Answer, Refusal> {
    let key = key_of(Kind::Pod, target);
    let eviction: Value = serde_json::from_slice(body).unwrap_or_default();
    if eviction["metadata"]["name"].as_str().is_some_and(|name| name != key.name) {
        return Err(Refusal::bad_request("name in URL does not match name in Eviction object"));
    }
    cluster.with_world(|world| {
        let pod = world.store.pod(&key).cloned().ok_or_else(|| Refusal::not_found("pods", "", &key.name))?;
        if let Some((budget, needed, healthy)) = world.budget_against(&pod) {
            return Err(Refusal {
                details: json!({"causes": [{"reason": "DisruptionBudget", "message":
                    format!("The disruption budget {budget} needs {needed} healthy pods and has {healthy} currently")}]}),
                ..Refusal::new(
                    429,
                    "TooManyRequests",
                    "Cannot evict pod as it would violate the pod's disruption budget.",
                )
            });
        }
        if !is_dry_run(query, body) {
            world.set_author(&user.name);
            world.delete(Kind::Pod, &key);
        }
        Ok(json_answer(201, &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})))
    })
}
