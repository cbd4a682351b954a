//! Finds Prometheus and Alertmanager: what the user pinned, then the usual names, then labels. Every step is kept, so
//! that the screen and `wk doctor` can say what was tried when there is none.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use http::StatusCode;
use serde::Deserialize;

use super::base::Base;
use crate::domain::endpoint::{Discovery, DiscoveryStep, Endpoint, Monitor, ServiceEndpoint, StepOutcome};
use crate::domain::object::Scope;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::http_get::HttpGet;

const PROBE_LIMIT: Duration = Duration::from_secs(4);
/// So many candidates are tried at once: quick on a slow line, gentle to the API server.
const AT_ONCE: usize = 4;
const LIST_LIMIT: usize = 4 << 20;

/// Namespace, service, port: where installers put them.
const PROMETHEUS_PLACES: [(&str, &str, &str); 14] = [
    ("monitoring", "prometheus-k8s", "web"),
    ("monitoring", "prometheus", "web"),
    ("monitoring", "kube-prometheus-stack-prometheus", "http-web"),
    ("monitoring", "prometheus-kube-prometheus-prometheus", "http-web"),
    ("monitoring", "prometheus-operated", "web"),
    ("monitoring", "prometheus-server", "http"),
    ("monitoring", "prometheus", "9090"),
    ("monitoring", "vmsingle-victoria-metrics-k8s-stack", "http"),
    ("prometheus", "prometheus-server", "http"),
    ("prometheus", "prometheus-operated", "web"),
    ("prometheus", "kube-prometheus-stack-prometheus", "http-web"),
    ("observability", "prometheus-operated", "web"),
    ("observability", "prometheus-server", "http"),
    ("openshift-monitoring", "https:prometheus-k8s", "web"),
];

const ALERTMANAGER_PLACES: [(&str, &str, &str); 12] = [
    ("monitoring", "alertmanager-main", "web"),
    ("monitoring", "alertmanager", "web"),
    ("monitoring", "kube-prometheus-stack-alertmanager", "http-web"),
    ("monitoring", "prometheus-kube-prometheus-alertmanager", "http-web"),
    ("monitoring", "alertmanager-operated", "web"),
    ("monitoring", "prometheus-alertmanager", "http"),
    ("monitoring", "alertmanager", "9093"),
    ("prometheus", "prometheus-alertmanager", "http"),
    ("prometheus", "alertmanager-operated", "web"),
    ("observability", "alertmanager-operated", "web"),
    ("observability", "prometheus-alertmanager", "http"),
    ("openshift-monitoring", "https:alertmanager-main", "web"),
];

/// What to look for, and how far.
pub struct Search<'a> {
    pub monitor: Monitor,
    /// What a flag or the configuration pins: nothing else is tried then.
    pub pinned: Option<&'a Endpoint>,
    /// Where services may be listed by label; empty where listing is known to be denied.
    pub scopes: &'a [Scope],
}

/// Looks for one service. Never fails: what was found and what was not are both in the answer.
pub async fn discover(cluster: &Arc<dyn HttpGet>, search: &Search<'_>) -> Discovery {
    let mut discovery = Discovery::new(search.monitor);
    if let Some(pinned) = search.pinned {
        try_all(cluster, &mut discovery, vec![pinned.clone()]).await;
        return discovery;
    }
    if try_all(cluster, &mut discovery, usual_places(search.monitor)).await {
        return discovery;
    }
    for scope in search.scopes {
        for selector in selectors(search.monitor) {
            let candidates = labelled(cluster, &mut discovery, scope, selector).await;
            if try_all(cluster, &mut discovery, candidates).await {
                return discovery;
            }
        }
    }
    discovery
}

fn usual_places(monitor: Monitor) -> Vec<Endpoint> {
    let places: &[(&str, &str, &str)] = match monitor {
        Monitor::Prometheus => &PROMETHEUS_PLACES,
        Monitor::Alertmanager => &ALERTMANAGER_PLACES,
    };
    places
        .iter()
        .map(|(namespace, name, port)| {
            let (tls, name) = name.strip_prefix("https:").map_or((false, *name), |name| (true, name));
            Endpoint::Service(ServiceEndpoint { tls, ..ServiceEndpoint::new(namespace, name, port) })
        })
        .collect()
}

fn selectors(monitor: Monitor) -> &'static [&'static str] {
    match monitor {
        Monitor::Prometheus => &[
            "operated-prometheus=true",
            "app.kubernetes.io/name in (prometheus,vmsingle,victoria-metrics-single,vmselect,thanos-query)",
            "app=prometheus,component=server",
        ],
        Monitor::Alertmanager => {
            &["operated-alertmanager=true", "app.kubernetes.io/name in (alertmanager,vmalertmanager)"]
        }
    }
}

/// Tries candidates in their order, a few at once; the first in order that answers wins.
async fn try_all(cluster: &Arc<dyn HttpGet>, discovery: &mut Discovery, candidates: Vec<Endpoint>) -> bool {
    let monitor = discovery.monitor;
    let mut probes = futures::stream::iter(candidates)
        .map(|endpoint| async move {
            let outcome = match Base::new(monitor, &endpoint, cluster) {
                Ok(base) => probe(&base).await,
                Err(problem) => Err(problem),
            };
            (endpoint, outcome)
        })
        .buffered(AT_ONCE);
    while let Some((endpoint, outcome)) = probes.next().await {
        let tried = CleanText::from(endpoint.to_string());
        match outcome {
            Ok(version) => {
                discovery.steps.push(DiscoveryStep { tried, outcome: StepOutcome::Found });
                discovery.found = Some(endpoint);
                discovery.version = version;
                return true;
            }
            Err(problem) => discovery.steps.push(DiscoveryStep { tried, outcome: judge(problem) }),
        }
    }
    false
}

fn judge(problem: Problem) -> StepOutcome {
    match problem.cause {
        Cause::Denied(access) => StepOutcome::Denied(format!("needs {access}").into()),
        Cause::NotFound | Cause::Absent => StepOutcome::NotThere,
        _ => StepOutcome::Failed(if problem.why.is_empty() { problem.what } else { problem.why }),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PrometheusStatus {
    status: String,
    data: PrometheusBuild,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PrometheusBuild {
    application: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlertmanagerStatus {
    version_info: AlertmanagerVersion,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AlertmanagerVersion {
    version: String,
}

/// Asks who it is. What answers that well is the thing; compatible servers without build information count by
/// answering the smallest query.
async fn probe(base: &Base) -> Result<CleanText, Problem> {
    match base.monitor() {
        Monitor::Alertmanager => {
            let status: AlertmanagerStatus = probe_json(base, "/api/v2/status").await?;
            Ok(CleanText::from(format!("Alertmanager {}", status.version_info.version)))
        }
        Monitor::Prometheus => {
            let status: PrometheusStatus = match probe_json(base, "/api/v1/status/buildinfo").await {
                Err(Problem { cause: Cause::NotFound, .. }) => probe_json(base, "/api/v1/query?query=1").await?,
                other => other?,
            };
            if status.status != "success" {
                return Err(base.malformed("no status in the answer"));
            }
            let name = if status.data.application.is_empty() { "Prometheus" } else { &status.data.application };
            Ok(CleanText::from(format!("{name} {}", status.data.version).trim()))
        }
    }
}

async fn probe_json<T: serde::de::DeserializeOwned>(base: &Base, path: &str) -> Result<T, Problem> {
    let answer = base.get(path, PROBE_LIMIT).await?;
    if !answer.status.is_success() {
        return Err(base.refusal(&answer));
    }
    serde_json::from_slice(&answer.body).map_err(|error| base.malformed(&error.to_string()))
}

#[derive(Deserialize)]
struct ServiceList {
    items: Vec<ListedService>,
}

#[derive(Deserialize)]
struct ListedService {
    metadata: ListedMetadata,
    #[serde(default)]
    spec: ListedSpec,
}

#[derive(Deserialize)]
struct ListedMetadata {
    name: String,
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListedSpec {
    ports: Vec<ListedPort>,
}

#[derive(Deserialize)]
struct ListedPort {
    #[serde(default)]
    name: String,
    port: u32,
}

/// Services that carry a label, with the port that looks like the API's.
async fn labelled(
    cluster: &Arc<dyn HttpGet>,
    discovery: &mut Discovery,
    scope: &Scope,
    selector: &str,
) -> Vec<Endpoint> {
    let (path, place) = match scope {
        Scope::Cluster => ("/api/v1/services".to_owned(), "in all namespaces".to_owned()),
        Scope::Namespace(name) => (format!("/api/v1/namespaces/{name}/services"), format!("in {name}")),
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("labelSelector", selector)
        .append_pair("limit", "20")
        .finish();
    let path = format!("{path}?{query}");
    let tried = CleanText::from(format!("services labelled {selector} {place}"));
    let answer = tokio::time::timeout(PROBE_LIMIT, cluster.get(&path, LIST_LIMIT)).await;
    let (outcome, candidates) = match answer {
        Err(_) => (StepOutcome::Failed("no answer".into()), Vec::new()),
        Ok(Err(problem)) => (judge(problem), Vec::new()),
        Ok(Ok(answer)) if answer.status == StatusCode::FORBIDDEN => {
            (StepOutcome::Denied(format!("needs list services {place}").into()), Vec::new())
        }
        Ok(Ok(answer)) => match serde_json::from_slice::<ServiceList>(&answer.body) {
            Ok(list) if list.items.is_empty() => (StepOutcome::NotThere, Vec::new()),
            Ok(list) => (StepOutcome::Found, list.items.iter().filter_map(ListedService::endpoint).collect()),
            Err(error) => (StepOutcome::Failed(error.to_string().into()), Vec::new()),
        },
    };
    discovery.steps.push(DiscoveryStep { tried, outcome });
    candidates
}

impl ListedService {
    fn endpoint(&self) -> Option<Endpoint> {
        const API_PORTS: [&str; 4] = ["web", "http-web", "http", "api"];
        let ports = &self.spec.ports;
        let port = API_PORTS
            .iter()
            .find_map(|wanted| ports.iter().find(|port| port.name == *wanted))
            .or_else(|| ports.first())?;
        let text = if port.name.is_empty() { port.port.to_string() } else { port.name.clone() };
        Some(Endpoint::Service(ServiceEndpoint::new(&self.metadata.namespace, &self.metadata.name, &text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::monitoring::scripted::Scripted;

    const BUILD: &str = r#"{"status":"success","data":{"version":"3.14.0","revision":"d15adb9"}}"#;

    async fn find(http: Scripted, monitor: Monitor, scopes: &[Scope]) -> Discovery {
        let cluster: Arc<dyn HttpGet> = Arc::new(http);
        discover(&cluster, &Search { monitor, pinned: None, scopes }).await
    }

    #[tokio::test]
    async fn a_usual_name_is_found_without_listing() {
        let http = Scripted::default().answer(
            "/api/v1/namespaces/monitoring/services/prometheus:web/proxy/api/v1/status",
            200,
            BUILD,
        );
        let discovery = find(http, Monitor::Prometheus, &[]).await;
        assert_eq!(discovery.found.expect("found").to_string(), "monitoring/prometheus:web");
        assert_eq!(discovery.version, "Prometheus 3.14.0");
        assert_eq!(discovery.steps[0].outcome, StepOutcome::NotThere);
        assert_eq!(discovery.steps.last().expect("steps").outcome, StepOutcome::Found);
    }

    #[tokio::test]
    async fn labels_are_asked_last() {
        let list = r#"{"items":[{"metadata":{"name":"vm","namespace":"obs"},"spec":{"ports":[{"name":"grpc","port":1},{"name":"http","port":8429}]}}]}"#;
        let http = Scripted::default()
            .answer("/api/v1/services?labelSelector=operated", 200, r#"{"items":[]}"#)
            .answer("/api/v1/services?labelSelector=app.kubernetes.io", 200, list)
            .answer("/api/v1/namespaces/obs/services/vm:http/proxy/api/v1/status/buildinfo", 200, BUILD);
        let discovery = find(http, Monitor::Prometheus, &[Scope::Cluster]).await;
        assert_eq!(discovery.found.expect("found").to_string(), "obs/vm:http");
    }

    #[tokio::test]
    async fn what_is_denied_is_said() {
        let forbidden = r#"{"kind":"Status","message":"services is forbidden","code":403}"#;
        let http = Scripted::default().answer("/", 403, forbidden);
        let discovery = find(http, Monitor::Alertmanager, &[Scope::Cluster]).await;
        assert_eq!(discovery.found, None);
        assert_eq!(discovery.absence(), "needs get services/proxy alertmanager-main:web in monitoring");
        assert!(discovery.steps.last().expect("steps").tried.starts_with("services labelled"));
    }

    #[tokio::test]
    async fn a_pinned_address_is_the_only_one_tried() {
        let http = Scripted::default();
        let pinned = Endpoint::parse("mimir/query:8080/prometheus").expect("an endpoint");
        let cluster: Arc<dyn HttpGet> = Arc::new(http);
        let search = Search { monitor: Monitor::Prometheus, pinned: Some(&pinned), scopes: &[Scope::Cluster] };
        let discovery = discover(&cluster, &search).await;
        assert_eq!(discovery.steps.len(), 1);
        assert_eq!(discovery.steps[0].outcome, StepOutcome::NotThere);
    }

    #[tokio::test]
    async fn a_server_without_build_information_counts_by_its_answer() {
        let place = "/api/v1/namespaces/m/services/thanos:web/proxy";
        let http =
            Scripted::default().answer(&format!("{place}/api/v1/status/buildinfo"), 404, "404 page not found").answer(
                &format!("{place}/api/v1/query"),
                200,
                r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#,
            );
        let pinned = Endpoint::parse("m/thanos:web").expect("an endpoint");
        let cluster: Arc<dyn HttpGet> = Arc::new(http);
        let search = Search { monitor: Monitor::Prometheus, pinned: Some(&pinned), scopes: &[] };
        assert_eq!(discover(&cluster, &search).await.version, "Prometheus");
    }

    #[tokio::test]
    async fn alertmanager_tells_its_version() {
        let http = Scripted::default().answer(
            "/api/v1/namespaces/monitoring/services/alertmanager:web/proxy/api/v2/status",
            200,
            r#"{"cluster":{"status":"ready"},"versionInfo":{"version":"0.25.0"},"uptime":"2026-11-21T10:00:00Z"}"#,
        );
        assert_eq!(find(http, Monitor::Alertmanager, &[]).await.version, "Alertmanager 0.25.0");
    }
}
