//! Which right a request needs, read off its method and path, so that every refusal names it exactly.

use http::Method;

use crate::domain::access::Access;

/// The right RBAC asks for this request. Paths beside resources (`/version`) give a right on that path.
pub(super) fn access_of(method: &Method, path_and_query: &str) -> Access {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (group, rest) = match segments.as_slice() {
        ["api", _version, rest @ ..] if !rest.is_empty() => ("", rest),
        ["apis", group, _version, rest @ ..] if !rest.is_empty() => (*group, rest),
        _ => return Access::new(verb(method, query, true), "", path, ""),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let (resource, name, subresource) = match rest {
        [resource] => (*resource, "", ""),
        [resource, name] => (*resource, *name, ""),
        [resource, name, subresource, ..] => (*resource, *name, *subresource),
        [] => ("", "", ""),
    };
    let verb = verb(method, query, !name.is_empty());
    let resource = if subresource.is_empty() { resource.to_string() } else { format!("{resource}/{subresource}") };
    let access = Access::new(verb, group, &resource, namespace);
    if name.is_empty() { access } else { access.named(name) }
}

fn verb(method: &Method, query: &str, named: bool) -> &'static str {
    let watch = query.split('&').any(|pair| matches!(pair, "watch=1" | "watch=true"));
    match *method {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ if watch => "watch",
        _ if named => "get",
        _ => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_named_as_rbac_names_them() {
        for (method, path, right) in [
            (Method::GET, "/api/v1/namespaces/checkout/pods?limit=100", "list pods in checkout"),
            (Method::GET, "/api/v1/pods?watch=1", "watch pods in all namespaces"),
            (Method::GET, "/api/v1/namespaces/checkout/pods/a/log", "get pods/log a in checkout"),
            (Method::GET, "/api/v1/namespaces", "list namespaces in all namespaces"),
            (Method::GET, "/api/v1/namespaces/checkout", "get namespaces checkout in all namespaces"),
            (
                Method::PATCH,
                "/apis/apps/v1/namespaces/checkout/deployments/pay-api",
                "patch deployments.apps pay-api in checkout",
            ),
            (
                Method::GET,
                "/api/v1/namespaces/monitoring/services/prometheus:web/proxy/api/v1/query?query=up",
                "get services/proxy prometheus:web in monitoring",
            ),
        ] {
            assert_eq!(access_of(&method, path).to_string(), right);
        }
    }
}
