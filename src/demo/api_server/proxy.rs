//! services/proxy: hands a request to the program behind a Service.

use bytes::Bytes;
use http::{Request, Uri};

use super::identity::User;
use super::refusal::Refusal;
use super::request::Target;
use super::respond::{Answer, whole};
use crate::demo::cluster::Cluster;
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::Key;
use crate::demo::world::{Observation, ServiceId};

pub fn proxy(cluster: &Cluster, user: &User, target: &Target, request: &Request<Bytes>) -> Result<Answer, Refusal> {
    let name = service_name(&target.name);
    let (known, world) = cluster.with_world(|world| {
        let key = Key::new(target.namespace.clone(), name);
        (world.store.get(Kind::Service, &key).is_some(), world.observe(&user.name))
    });
    if !known {
        return Err(Refusal::not_found("services", "", name));
    }
    let unavailable =
        || Refusal::new(503, "ServiceUnavailable", format!("no endpoints available for service \"{}\"", target.name));
    let service = ServiceId::find(&target.namespace, name).ok_or_else(unavailable)?;
    if !has_endpoints(&world, service) {
        return Err(unavailable());
    }
    let Some(upstream) = cluster.upstream(service) else {
        return Err(Refusal::new(
            503,
            "ServiceUnavailable",
            "error trying to reach service: this program of the built-in cluster answers no HTTP",
        ));
    };
    let path = if target.rest.is_empty() { "/" } else { target.rest.as_str() };
    let inner = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let uri: Uri = inner.parse().map_err(|_| Refusal::bad_request("invalid path"))?;
    let mut forwarded = Request::new(request.body().clone());
    *forwarded.method_mut() = request.method().clone();
    *forwarded.uri_mut() = uri;
    *forwarded.headers_mut() = request.headers().clone();
    // The API server keeps the caller's credentials to itself.
    forwarded.headers_mut().remove(http::header::AUTHORIZATION);
    let (parts, body) = upstream.handle(&world, forwarded).into_parts();
    Ok(Answer::from_parts(parts, whole(body)))
}

/// `[scheme:]name[:port]`.
fn service_name(text: &str) -> &str {
    let text = text.strip_prefix("http:").or_else(|| text.strip_prefix("https:")).unwrap_or(text);
    text.split(':').next().unwrap_or(text)
}

fn has_endpoints(world: &Observation, service: ServiceId) -> bool {
    world.timeline.pods_at(service, world.now).any(|pod| pod.is_ready(world.now))
}

#[cfg(test)]
mod tests {
    use super::service_name;

    #[test]
    fn names_carry_scheme_and_port() {
        for text in ["prometheus", "prometheus:web", "http:prometheus:web", "https:prometheus:"] {
            assert_eq!(service_name(text), "prometheus", "{text}");
        }
    }
}
