//! One request from its first byte to its answer: who asks, for what, may they, and who answers.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::identity::{self, User};
use super::refusal::Refusal;
use super::request::{Query, Target, target};
use super::respond::{Answer, page_not_found};
use super::write::Write;
use super::{delete, discovery, exec, logs, options, proxy, rbac, read, reviews, watch, write};
use crate::demo::audit::RequestRecord;
use crate::demo::cluster::Cluster;
use crate::demo::faults::{self, Effect};
use crate::demo::world::kinds::Kind;

/// As the API server: 3 MiB.
const LARGEST_BODY: usize = 3 * 1024 * 1024;

/// Never fails by itself: an error is the connection's, and is there for HTTP's sake alone.
pub async fn serve(cluster: Arc<Cluster>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let raw_query = request.uri().query().unwrap_or_default().to_owned();
    let query = Query::parse(&raw_query);
    let target = target(&method, &path, &query);
    let whole = request.uri().path_and_query().map_or(path.as_str(), |whole| whole.as_str());
    let effect = cluster.faults().take(&method, whole);
    let mut record = RequestRecord {
        method,
        path,
        dry_run: query.is_dry_run(),
        query: raw_query,
        user: String::new(),
        verb: if target.resource.is_empty() { "" } else { target.verb },
        status: 0,
    };
    let answer = match effect {
        Some(Effect::Refuse { code, retry_after }) => Err(faults::refusal(code, retry_after)),
        Some(Effect::Hang) => std::future::pending().await,
        _ => answer(&cluster, request, &query, &target, &mut record).await,
    };
    let answer = answer.unwrap_or_else(|refusal| refusal.answer());
    record.status = answer.status().as_u16();
    cluster.audit().add(record);
    Ok(match effect {
        Some(Effect::Cut { after }) => faults::shorten(answer, after, true),
        Some(Effect::Truncate { after }) => faults::shorten(answer, after, false),
        _ => answer,
    })
}

async fn answer(
    cluster: &Arc<Cluster>,
    request: Request<Incoming>,
    query: &Query,
    target: &Target,
    record: &mut RequestRecord,
) -> Result<Answer, Refusal> {
    let user = user(cluster, &request)?;
    record.user.clone_from(&user.name);
    rbac::authorize(&user, target, &record.path).map_err(|message| forbidden(target, message))?;
    if !discovery::serves(&target.group) {
        return Ok(page_not_found());
    }
    if target.resource.is_empty() {
        return match *request.method() {
            Method::GET | Method::HEAD => discovery::discover(&record.path, request.headers()),
            _ => Err(Refusal::not_allowed()),
        };
    }
    if matches!(target.verb, "get" | "list" | "watch") && target.subresource != "proxy" {
        let kind = target.kind().ok_or_else(Refusal::no_such_path)?;
        return look(cluster, &user, kind, target, query, request);
    }
    options::check_writing(target, query)?;
    let (parts, body) = request.into_parts();
    let body = collect(body).await?;
    if matches!(target.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io") {
        return reviews::review(&user, &target.resource, &body);
    }
    let kind = target.kind().ok_or_else(Refusal::no_such_path)?;
    let write = Write { user: &user, kind, target, query, headers: &parts.headers, body: &body };
    match (target.verb, target.subresource.as_str(), kind) {
        (_, "proxy", Kind::Service) => {
            let request = Request::from_parts(parts, body);
            proxy::proxy(cluster, &user, target, &request)
        }
        ("create", "eviction", Kind::Pod) => {
            record.dry_run = delete::is_dry_run(query, &body);
            delete::evict(cluster, &user, target, query, &body)
        }
        ("create", "", _) if target.name.is_empty() => write::create(cluster, &write),
        ("update" | "patch", "", _) => write::update(cluster, &write),
        ("update" | "patch", "scale", _) => write::scale(cluster, &write),
        ("delete", "", _) => {
            record.dry_run = delete::is_dry_run(query, &body);
            delete::delete(cluster, &user, kind, target, query, &body)
        }
        _ => Err(Refusal::not_allowed()),
    }
}

/// What changes nothing.
fn look(
    cluster: &Arc<Cluster>,
    user: &User,
    kind: Kind,
    target: &Target,
    query: &Query,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    match (target.verb, target.subresource.as_str(), kind) {
        ("list", "", _) => read::list(cluster, kind, target, query, request.headers()),
        ("watch", "", _) => watch::watch(cluster, kind, target, query, request.headers()),
        ("get", "" | "status", _) => read::get(cluster, kind, target, request.headers()),
        ("get", "log", Kind::Pod) => logs::logs(cluster, target, query),
        ("get", "exec", Kind::Pod) => {
            // Reading the upgrade is not enough: since 1.35 it must be allowed to create as well.
            let create = Target { verb: "create", ..target.clone() };
            rbac::authorize(user, &create, "").map_err(|message| forbidden(&create, message))?;
            exec::exec(cluster, target, query, request)
        }
        ("get", "scale", _) => {
            let body = Bytes::new();
            let headers = request.headers();
            write::scale(cluster, &Write { user, kind, target, query, headers, body: &body })
        }
        _ => Err(Refusal::not_allowed()),
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
    Refusal::new(403, "Forbidden", message).about(&target.name, &target.group, &target.resource)
}

async fn collect(body: Incoming) -> Result<Bytes, Refusal> {
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    body.map(|body| body.to_bytes()).map_err(|_| {
        Refusal::new(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {LARGEST_BODY}"))
    })
}
