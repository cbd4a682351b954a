//! One request from its first byte to its answer: who asks, for what, may they, and who answers.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::identity::{self, User};
use super::request::{Query, Target, target};
use super::respond::{Answer, Refusal};
use super::{discovery, rbac, read, reviews, watch};
use crate::demo::audit::RequestRecord;
use crate::demo::cluster::Cluster;

/// As the API server: 3 MiB.
const LARGEST_BODY: usize = 3 * 1024 * 1024;

pub async fn serve(cluster: Arc<Cluster>, request: Request<Incoming>) -> Answer {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let raw_query = request.uri().query().unwrap_or_default().to_owned();
    let query = Query::parse(&raw_query);
    let target = target(&method, &path, &query);
    let mut acting = String::new();
    let answer = answer(&cluster, request, &path, &query, &target, &mut acting).await;
    let answer = answer.unwrap_or_else(|refusal| refusal.answer());
    cluster.audit().add(RequestRecord {
        method,
        path,
        dry_run: query.is_dry_run(),
        query: raw_query,
        user: acting,
        verb: if target.resource.is_empty() { "" } else { target.verb },
        status: answer.status().as_u16(),
    });
    answer
}

async fn answer(
    cluster: &Arc<Cluster>,
    request: Request<Incoming>,
    path: &str,
    query: &Query,
    target: &Target,
    acting: &mut String,
) -> Result<Answer, Refusal> {
    let user = user(cluster, &request)?;
    acting.clone_from(&user.name);
    rbac::authorize(&user, target, path).map_err(|message| forbidden(target, message))?;
    if target.resource.is_empty() {
        return match *request.method() {
            Method::GET | Method::HEAD => discovery::discover(path, request.headers()),
            _ => Err(Refusal::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )),
        };
    }
    if matches!(target.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io") && target.verb == "create" {
        let body = collect(request).await?;
        return reviews::review(&user, &target.resource, &body);
    }
    let kind = target.kind().ok_or_else(Refusal::no_such_path)?;
    match (target.verb, target.subresource.as_str()) {
        ("list", "") => read::list(cluster, kind, target, query, request.headers()),
        ("watch", "") => watch::watch(cluster, kind, target, query, request.headers()),
        ("get", "" | "status") => read::get(cluster, kind, target, request.headers()),
        _ => Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )),
    }
}

fn user(cluster: &Cluster, request: &Request<Incoming>) -> Result<User, Refusal> {
    let user = identity::authenticate(request.headers(), cluster.role())
        .map_err(|_| Refusal::new(401, "Unauthorized", "Unauthorized"))?;
    let Some(wanted) = identity::impersonation(request.headers()) else { return Ok(user) };
    let question =
        Target { verb: "impersonate", resource: "users".to_owned(), name: wanted.name.clone(), ..Target::default() };
    rbac::authorize(&user, &question, "").map_err(|message| forbidden(&question, message))?;
    Ok(wanted)
}

fn forbidden(target: &Target, message: String) -> Refusal {
    let details = serde_json::json!({"name": target.name, "group": target.group, "kind": target.resource});
    Refusal { details, ..Refusal::new(403, "Forbidden", message) }
}

pub async fn collect(request: Request<Incoming>) -> Result<Bytes, Refusal> {
    let body = Limited::new(request.into_body(), LARGEST_BODY).collect().await;
    body.map(|body| body.to_bytes()).map_err(|_| {
        Refusal::new(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {LARGEST_BODY}"))
    })
}
