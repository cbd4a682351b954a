//! The last gate before the wire: what no permit covers is not sent, whatever the code above believes. Deny by default:
//! only reads, reviews of one's own rights, and calls whose `PlannedCall` matches pass.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, header};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

use super::counters::Counters;
use super::fault::Fault;
use crate::action::guard::Authorized;
use crate::domain::identity::Generation;
use crate::domain::mutation::{Call, ExecTarget, Mutation};
use crate::domain::policy::Limits;

/// Proof in a request's extensions that an authorised plan holds this very call. Made only from a permit.
#[derive(Clone, Debug)]
pub(super) struct PlannedCall {
    generation: Generation,
    method: Method,
    path: String,
}

impl PlannedCall {
    /// None when the call is not one of the permit's own.
    pub(super) fn of_call(permit: &Authorized<Mutation>, call: &Call) -> Option<Self> {
        let planned = permit.value().calls.iter().any(|own| own == call);
        planned.then(|| Self {
            generation: permit.generation(),
            method: Method::from_bytes(call.method.as_str().as_bytes()).unwrap_or(Method::PATCH),
            path: call.path.clone(),
        })
    }

    pub(super) fn of_exec(permit: &Authorized<ExecTarget>) -> Self {
        Self { generation: permit.generation(), method: Method::GET, path: permit.value().path() }
    }
}

#[derive(Clone)]
pub(super) struct GuardLayer {
    pub(super) generation: Generation,
    pub(super) limits: Limits,
    pub(super) counters: Arc<Counters>,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { rules: self.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct Guard<S> {
    rules: GuardLayer,
    inner: S,
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = futures::future::Either<std::future::Ready<Result<S::Response, BoxError>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let counters = &self.rules.counters;
        match self.rules.judge(&request) {
            Ok(kind) => {
                Counters::add(kind.counter(counters));
                counters.note(|| format!("{} {}", request.method(), request.uri()));
                futures::future::Either::Right(self.inner.call(request))
            }
            Err(reason) => {
                Counters::add(&counters.refused);
                let refused: BoxError = Box::new(Fault::Guarded(reason));
                futures::future::Either::Left(std::future::ready(Err(refused)))
            }
        }
    }
}

/// What a request that passes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    Read,
    Watch,
    Review,
    DryRun,
    Write,
    Upgrade,
}

impl Passed {
    fn counter(self, counters: &Counters) -> &std::sync::atomic::AtomicU64 {
        match self {
            Self::Read => &counters.reads,
            Self::Watch => &counters.watches,
            Self::Review => &counters.reviews,
            Self::DryRun => &counters.dry_runs,
            Self::Write => &counters.writes,
            Self::Upgrade => &counters.upgrades,
        }
    }
}

const REVIEWS: [&str; 3] = [
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
];

impl GuardLayer {
    fn judge(&self, request: &Request<Body>) -> Result<Passed, &'static str> {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        if path.contains("//") || path.contains("/../") || path.ends_with("/..") || path.contains("/./") {
            return Err("the path is not in its plain form");
        }
        let upgrade = request.headers().contains_key(header::UPGRADE)
            || request.method() == Method::CONNECT
            || opens_stream(path);
        if !upgrade {
            if request.method() == Method::GET || request.method() == Method::HEAD {
                return match proxied(path) {
                    None => Ok(if has(query, "watch") { Passed::Watch } else { Passed::Read }),
                    Some(inner) if known_proxy_path(inner) => Ok(Passed::Read),
                    Some(_) => Err("only the APIs of Prometheus and Alertmanager are read through a proxy"),
                };
            }
            if request.method() == Method::POST && REVIEWS.contains(&path) {
                return Ok(Passed::Review);
            }
        }
        if self.limits.read_only {
            return Err("read-only: nothing is written and no shell is opened");
        }
        let planned = request.extensions().get::<PlannedCall>().ok_or("no plan holds this call")?;
        if planned.generation != self.generation {
            return Err("the permit belongs to another connection");
        }
        if planned.method != request.method() || planned.path != path {
            return Err("the call is not the planned one");
        }
        Ok(match (upgrade, has(query, "dryRun")) {
            (true, _) => Passed::Upgrade,
            (false, true) => Passed::DryRun,
            (false, false) => Passed::Write,
        })
    }
}

/// Whether the query holds this key.
fn has(query: &str, key: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == key)
}

/// Subresources that run or carry something, whatever the method.
fn opens_stream(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("exec" | "attach" | "portforward"))
        && path.starts_with("/api/v1/namespaces/")
        && path.split('/').nth(5) == Some("pods")
        && path.split('/').count() == 8
}

/// What follows `/proxy` when the API server is asked to pass the request on.
fn proxied(path: &str) -> Option<&str> {
    let segments: Vec<&str> = path.split('/').collect();
    // "", api, v1, namespaces, NS, services|pods, NAME, proxy … or "", api, v1, nodes, NAME, proxy …
    let at = match segments.as_slice() {
        ["", "api", "v1", "namespaces", _, _, _, "proxy", ..] => 8,
        ["", "api", "v1", "nodes", _, "proxy", ..] => return Some(""),
        ["", "api", "v1", "proxy", ..] => return Some(""),
        _ => return None,
    };
    let head: usize = segments.iter().take(at).map(|segment| segment.len() + 1).sum();
    let served = segments.get(5).is_some_and(|resource| *resource == "services" || *resource == "pods");
    Some(if served { path.get(head..).unwrap_or_default() } else { "" })
}

/// The read APIs of Prometheus and Alertmanager, perhaps under one prefix such as `prometheus/`.
fn known_proxy_path(inner: &str) -> bool {
    if inner.contains('%') {
        return false;
    }
    let segments: Vec<&str> = inner.split('/').collect();
    let known = |segments: &[&str]| {
        matches!(
            segments,
            ["api", "v1", "query" | "query_range" | "query_exemplars" | "series" | "labels" | "rules" | "alerts"]
                | ["api", "v1", "metadata" | "targets" | "alertmanagers"]
                | ["api", "v1", "label", _, "values"]
                | ["api", "v1", "status", "buildinfo" | "runtimeinfo" | "flags"]
                | ["api", "v2", "alerts" | "silences" | "status" | "receivers"]
                | ["api", "v2", "alerts", "groups"]
                | ["api", "v2", "silence", _]
                | ["-", "healthy" | "ready"]
        )
    };
    known(&segments)
        || segments.split_first().is_some_and(|(prefix, rest)| !matches!(*prefix, "api" | "-") && known(rest))
}

#[cfg(test)]
#[path = "guard_layer_tests.rs"]
mod tests;
