//! Questions about oneself: may I, what may I, who am I.

use bytes::Bytes;
use serde_json::{Value, json};

use super::identity::User;
use super::rbac;
use super::refusal::Refusal;
use super::respond::{Answer, json_answer};
use crate::demo::options::Role;

pub fn review(user: &User, resource: &str, body: &Bytes) -> Result<Answer, Refusal> {
    let mut review: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("couldn't get version/kind; json parse error: {error}")))?;
    review["status"] = match resource {
        "selfsubjectaccessreviews" => access(user, &review["spec"]),
        "selfsubjectrulesreviews" => rbac::rules_in(user, review["spec"]["namespace"].as_str().unwrap_or("default")),
        "selfsubjectreviews" => {
            json!({"userInfo": {"username": user.name, "uid": format!("uid-{}", user.role.name()), "groups": user.groups}})
        }
        _ => return Err(Refusal::no_such_path()),
    };
    if !review["metadata"].is_object() {
        review["metadata"] = json!({"creationTimestamp": null});
    }
    Ok(json_answer(201, &review))
}

fn access(user: &User, spec: &Value) -> Value {
    if let Some(path) = spec["nonResourceAttributes"]["path"].as_str() {
        let target = super::request::Target { verb: "get", ..Default::default() };
        let allowed = rbac::authorize(user, &target, path).is_ok();
        return json!({"allowed": allowed});
    }
    let wanted = &spec["resourceAttributes"];
    let text = |field: &str| wanted[field].as_str().unwrap_or_default();
    let resource = match text("subresource") {
        "" => text("resource").to_owned(),
        subresource => format!("{}/{subresource}", text("resource")),
    };
    let all = user.role == Role::Admin;
    match rbac::allowed_by(user, text("verb"), text("group"), &resource, text("namespace"), text("name")) {
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None if all => json!({"allowed": true}),
        None => json!({"allowed": false}),
    }
}
