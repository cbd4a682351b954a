//! What a request asks for, read from its method and path as the API server reads it.

use http::Method;

use super::refusal::Refusal;
use crate::demo::world::kinds::Kind;

/// The parts of a request that routing and authorization go by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// RBAC's verb; for a path that is no resource, the method in lower case.
    pub verb: &'static str,
    /// Empty for paths that are no resources.
    pub resource: String,
    pub group: String,
    pub version: String,
    pub namespace: String,
    pub name: String,
    pub subresource: String,
    /// What follows a `proxy` subresource, with its leading slash.
    pub rest: String,
}

impl Target {
    pub fn kind(&self) -> Option<Kind> {
        Kind::find(&self.group, &self.version, &self.resource)
    }

    /// `pods/log`.
    pub fn full_resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// The query, decoded.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Query {
        Query(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A flag, as Go's strconv reads it.
    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1" | "t" | "T" | "TRUE" | "True"))
    }

    /// In the words of Go's strconv when it is none.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let unreadable = |_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"));
        text.parse().map(Some).map_err(unreadable)
    }

    pub fn is_dry_run(&self) -> bool {
        self.all("dryRun").any(|value| value == "All")
    }
}

pub fn target(method: &Method, path: &str, query: &Query) -> Target {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, version, parts) = match parts.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Target { verb: method_verb(method), ..Target::default() },
    };
    let mut target = Target { group: group.to_owned(), version: version.to_owned(), ..Target::default() };
    let tail = match parts {
        ["namespaces", namespace, resource, tail @ ..] if *resource != "status" && *resource != "finalize" => {
            target.namespace = decode(namespace);
            target.resource = (*resource).to_owned();
            tail
        }
        [resource, tail @ ..] => {
            target.resource = (*resource).to_owned();
            tail
        }
        [] => &[],
    };
    if let [name, rest @ ..] = tail {
        target.name = decode(name);
        // A namespace is in itself, as RBAC sees it.
        if target.resource == "namespaces" {
            target.namespace.clone_from(&target.name);
        }
        if let [subresource, rest @ ..] = rest {
            target.subresource = (*subresource).to_owned();
            target.rest = rest.iter().map(|part| format!("/{part}")).collect();
            if path.ends_with('/') {
                target.rest.push('/');
            }
        }
    }
    // The name of an object ends the wish to watch.
    let watch = query.is_set("watch") && target.name.is_empty();
    target.verb = match *method {
        Method::GET | Method::HEAD if watch => "watch",
        Method::GET | Method::HEAD if target.name.is_empty() => "list",
        Method::GET | Method::HEAD => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if target.name.is_empty() => "deletecollection",
        Method::DELETE => "delete",
        _ => "get",
    };
    target
}

fn method_verb(method: &Method) -> &'static str {
    match *method {
        Method::POST => "post",
        Method::PUT => "put",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "get",
    }
}

fn decode(part: &str) -> String {
    // Names may hold a percent-encoded colon: `http:prometheus:web`.
    let text = part.replace('+', "%2B");
    url::form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(key, _)| key.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, uri: &str) -> Target {
        let uri: http::Uri = uri.parse().expect("a uri");
        let method = method.parse().expect("a method");
        target(&method, uri.path(), &Query::parse(uri.query().unwrap_or("")))
    }

    #[test]
    fn reads_paths_as_the_api_server_does() {
        let list = read("GET", "/api/v1/namespaces/shop/pods?watch=true");
        assert_eq!((list.verb, list.resource.as_str(), list.namespace.as_str()), ("watch", "pods", "shop"));
        let namespace = read("GET", "/api/v1/namespaces/shop");
        assert_eq!((namespace.verb, namespace.name.as_str(), namespace.namespace.as_str()), ("get", "shop", "shop"));
        assert_eq!(read("GET", "/api/v1/namespaces").verb, "list");
        let scale = read("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale?dryRun=All");
        assert_eq!((scale.verb, scale.full_resource().as_str()), ("patch", "deployments/scale"));
        let proxy =
            read("GET", "/api/v1/namespaces/monitoring/services/http:prometheus:web/proxy/api/v1/query?query=1");
        assert_eq!((proxy.name.as_str(), proxy.rest.as_str()), ("http:prometheus:web", "/api/v1/query"));
        assert_eq!(read("GET", "/version").resource, "");
        assert_eq!(read("GET", "/apis/apps/v1").resource, "");
    }
}
