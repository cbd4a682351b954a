//! Where a monitoring service is reached, and each step taken to find it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::redacted::Redacted;
use super::text::CleanText;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Monitor {
    Prometheus,
    Alertmanager,
}

impl Monitor {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::Alertmanager => "Alertmanager",
        }
    }

    /// The flag that pins it.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Prometheus => "--prometheus",
            Self::Alertmanager => "--alertmanager",
        }
    }
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A monitoring service's address: through the API server's proxy, or straight to a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Service(ServiceEndpoint),
    Url(UrlEndpoint),
}

/// `namespace/name:port`, with `https:` before the name when the service speaks TLS, and a path below it if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEndpoint {
    pub namespace: CleanText,
    pub name: CleanText,
    /// A number or a name; empty for a service with one port.
    pub port: CleanText,
    pub tls: bool,
    /// What stands between the service and `/api`, such as `/prometheus`; empty in most clusters.
    pub prefix: CleanText,
}

/// A URL, shown without the password that it may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlEndpoint {
    url: Redacted<url::Url>,
    shown: CleanText,
}

impl UrlEndpoint {
    #[must_use]
    pub fn url(&self) -> &url::Url {
        self.url.expose()
    }
}

impl ServiceEndpoint {
    #[must_use]
    pub fn new(namespace: &str, name: &str, port: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            port: port.into(),
            tls: false,
            prefix: CleanText::default(),
        }
    }

    /// As it stands in the URL of the proxy, and so in the `resourceNames` of a role.
    #[must_use]
    pub fn resource_name(&self) -> String {
        let scheme = if self.tls { "https:" } else { "" };
        match (self.port.is_empty(), self.tls) {
            (true, false) => self.name.to_string(),
            (true, true) => format!("https:{}:", self.name),
            (false, _) => format!("{scheme}{}:{}", self.name, self.port),
        }
    }

    /// The path of the proxy on the API server, without a slash at the end.
    #[must_use]
    pub fn proxy_path(&self) -> String {
        format!("/api/v1/namespaces/{}/services/{}/proxy{}", self.namespace, self.resource_name(), self.prefix)
    }
}

impl Endpoint {
    /// Reads a URL or `namespace/[https:]service[:port][/path]`.
    ///
    /// # Errors
    /// Says what was expected, in words that end a sentence about the flag.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("http://") || text.starts_with("https://") {
            return parse_url(text).map(Self::Url);
        }
        if text.contains("://") {
            return Err(format!("“{text}” is neither http:// nor https://"));
        }
        let expected = || format!("“{text}” is neither a URL nor NAMESPACE/SERVICE:PORT");
        let (namespace, rest) = text.split_once('/').ok_or_else(expected)?;
        let (service, prefix) = match rest.split_once('/') {
            Some((service, path)) => (service, format!("/{}", path.trim_end_matches('/'))),
            None => (rest, String::new()),
        };
        let (tls, service) = match service.strip_prefix("https:") {
            Some(service) => (true, service),
            None => (false, service.strip_prefix("http:").unwrap_or(service)),
        };
        let (name, port) = service.split_once(':').unwrap_or((service, ""));
        if !is_name(namespace) || !is_name(name) || !(port.is_empty() || is_name(port)) {
            return Err(expected());
        }
        if !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte)) || prefix == "/" {
            return Err(format!("the path “{prefix}” in “{text}” holds characters that a path may not"));
        }
        Ok(Self::Service(ServiceEndpoint { tls, prefix: prefix.into(), ..ServiceEndpoint::new(namespace, name, port) }))
    }
}

fn parse_url(text: &str) -> Result<UrlEndpoint, String> {
    let url = url::Url::parse(text).map_err(|error| format!("“{}” is no URL: {error}", without_password(text)))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a URL of Prometheus or Alertmanager ends with its path, without ? or #".to_owned());
    }
    let mut shown = url.clone();
    if url.password().is_some() || !url.username().is_empty() {
        // Both setters fail only for URLs that cannot hold credentials, and this one does.
        let _ = shown.set_password(None);
        let _ = shown.set_username("");
    }
    let shown = CleanText::new(shown.as_str().trim_end_matches('/'));
    Ok(UrlEndpoint { url: Redacted::new(url), shown })
}

/// Cuts what could be credentials out of a text that could not be read as a URL.
fn without_password(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}

/// A DNS label or subdomain, or a port's number or name.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.')
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(service) => write!(f, "{}/{}{}", service.namespace, service.resource_name(), service.prefix),
            Self::Url(url) => f.write_str(&url.shown),
        }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How a monitoring service was looked for: where it is, and every step with its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discovery {
    pub monitor: Monitor,
    pub found: Option<Endpoint>,
    /// Name and version as the service tells them, such as `Prometheus 3.14.0`.
    pub version: CleanText,
    pub steps: Vec<DiscoveryStep>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscoveryStep {
    /// What was tried: an endpoint, or a listing.
    pub tried: CleanText,
    pub outcome: StepOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    Found,
    /// Nothing of that name; not an error in itself.
    NotThere,
    /// The right that is missing, or who refused.
    Denied(CleanText),
    Failed(CleanText),
}

impl Discovery {
    #[must_use]
    pub fn new(monitor: Monitor) -> Self {
        Self { monitor, found: None, version: CleanText::default(), steps: Vec::new() }
    }

    /// Why there is none, in one sentence; the steps tell the rest.
    #[must_use]
    pub fn absence(&self) -> CleanText {
        let denied = self.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Denied(why) => Some(why),
            _ => None,
        });
        let failed = self.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Failed(why) => Some((&step.tried, why)),
            _ => None,
        });
        let tried = self.steps.len();
        CleanText::from(match (failed, denied) {
            (Some((tried, why)), _) => format!("{tried}: {why}"),
            (None, Some(why)) => why.to_string(),
            (None, None) => format!("none of the {tried} usual places answers"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Endpoint::parse(text).map_or_else(|error| format!("error: {error}"), |endpoint| endpoint.to_string())
    }

    #[test]
    fn reads_a_service() {
        let Ok(Endpoint::Service(service)) = Endpoint::parse("monitoring/prometheus-k8s:web") else {
            panic!("service")
        };
        assert_eq!(service.proxy_path(), "/api/v1/namespaces/monitoring/services/prometheus-k8s:web/proxy");
        let Ok(Endpoint::Service(service)) = Endpoint::parse("mimir/https:query:8080/prometheus/") else {
            panic!("service")
        };
        assert_eq!(service.proxy_path(), "/api/v1/namespaces/mimir/services/https:query:8080/proxy/prometheus");
        let Ok(Endpoint::Service(service)) = Endpoint::parse("m/https:p") else { panic!("service") };
        assert_eq!(service.resource_name(), "https:p:");
    }

    #[test]
    fn shows_what_it_read() {
        for text in ["monitoring/prometheus:9090", "m/p", "m/https:p:web/prometheus", "https://mon.corp/prom"] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn refuses_what_could_leave_its_path() {
        for text in ["prometheus", "a/../b:1", "a/b:1/../../x?y", "A/b:1", "ftp://x/y", "a/b:c d", "/b:1", "a/"] {
            assert!(shown(text).starts_with("error"), "{text} was read as {}", shown(text));
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let endpoint = Endpoint::parse("https://ann:secret@mon.corp/").expect("a URL");
        assert_eq!(endpoint.to_string(), "https://mon.corp");
        assert!(!format!("{endpoint:?}").contains("secret"));
        assert!(!shown("https://ann:secret@mon corp").contains("secret"));
    }
}
