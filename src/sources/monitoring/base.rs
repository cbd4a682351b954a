//! Asks one monitoring service for JSON, and turns every way of not getting it into a `Problem`.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::direct::DirectUrl;
use crate::domain::access::Access;
use crate::domain::endpoint::{Endpoint, Monitor};
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::http_get::{HttpAnswer, HttpGet};

/// No answer is waited for longer than this.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);
/// No answer larger than this is read.
pub const BODY_LIMIT: usize = 16 << 20;

/// One monitoring service: who carries the request, and below which path.
#[derive(Clone)]
pub struct Base {
    http: Arc<dyn HttpGet>,
    prefix: String,
    monitor: Monitor,
    /// What the API server asks for when the request goes through its proxy.
    access: Option<Access>,
    shown: CleanText,
}

impl Base {
    /// `cluster` carries what goes through the API server's proxy; a URL gets a client of its own.
    ///
    /// # Errors
    /// When no client can be made for a URL, for example because the machine has no certificates to trust.
    pub fn new(monitor: Monitor, endpoint: &Endpoint, cluster: &Arc<dyn HttpGet>) -> Result<Self, Problem> {
        let shown = CleanText::from(endpoint.to_string());
        Ok(match endpoint {
            Endpoint::Service(service) => Self {
                http: Arc::clone(cluster),
                prefix: service.proxy_path(),
                monitor,
                access: Some(
                    Access::new("get", "", "services/proxy", &service.namespace).named(&service.resource_name()),
                ),
                shown,
            },
            Endpoint::Url(url) => Self {
                http: Arc::new(DirectUrl::new(url)?),
                prefix: url.url().path().trim_end_matches('/').to_owned(),
                monitor,
                access: None,
                shown,
            },
        })
    }

    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.monitor
    }

    /// The right that the proxy asks for; None when it is reached directly.
    #[must_use]
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// One GET within the limits, its status not yet judged.
    pub(super) async fn get(&self, path: &str, time_limit: Duration) -> Result<HttpAnswer, Problem> {
        let path = format!("{}{path}", self.prefix);
        match tokio::time::timeout(time_limit, self.http.get(&path, BODY_LIMIT)).await {
            Ok(answer) => answer,
            Err(_) => Err(Problem::new(
                Cause::NoConnection,
                format!("{} at {} does not answer", self.monitor, self.shown),
                format!("no answer within {} s", time_limit.as_secs()),
                format!("{} pins another address", self.monitor.flag()),
            )),
        }
    }

    /// The bytes of a good answer.
    ///
    /// # Errors
    /// No connection, a missing right, or words of refusal from whoever answered.
    pub async fn bytes(&self, path: &str, parameters: &[(&str, &str)]) -> Result<bytes::Bytes, Problem> {
        let answer = self.get(&with_query(path, parameters), TIME_LIMIT).await?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(self.refusal(&answer)) }
    }

    /// The JSON of a good answer.
    ///
    /// # Errors
    /// As `bytes`, and when the answer is not what was asked for.
    pub async fn json<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, &str)]) -> Result<T, Problem> {
        let body = self.bytes(path, parameters).await?;
        serde_json::from_slice(&body).map_err(|error| self.malformed(&error.to_string()))
    }

    /// The answer came, and is not what this kind of service answers.
    pub fn malformed(&self, why: &str) -> Problem {
        Problem::new(
            Cause::Malformed,
            format!("{} answers what is not {}'s API", self.shown, self.monitor),
            why,
            format!("{} pins another address", self.monitor.flag()),
        )
    }

    pub(super) fn refusal(&self, answer: &HttpAnswer) -> Problem {
        let refusal = Refusal::read(answer);
        let cause = match (answer.status, refusal.by_api_server) {
            (StatusCode::FORBIDDEN, true) => {
                if let Some(access) = &self.access {
                    return Problem::denied(access.clone(), refusal.words);
                }
                Cause::Refused
            }
            (StatusCode::UNAUTHORIZED, _) => Cause::Unauthenticated,
            // The service itself is not there; otherwise it is, and does not know the path.
            (StatusCode::NOT_FOUND, true) => Cause::Absent,
            (StatusCode::NOT_FOUND, false) => Cause::NotFound,
            (StatusCode::TOO_MANY_REQUESTS, _) => Cause::Throttled,
            (StatusCode::SERVICE_UNAVAILABLE, true) => Cause::NoConnection,
            (status, _) if status.is_server_error() => Cause::Server,
            _ => Cause::Refused,
        };
        let what = if refusal.by_api_server {
            format!("{} at {} cannot be reached", self.monitor, self.shown)
        } else {
            format!("{} refuses ({})", self.monitor, answer.status.as_u16())
        };
        let hint = match cause {
            Cause::NotFound | Cause::Absent | Cause::NoConnection => {
                format!("{} pins another address", self.monitor.flag())
            }
            Cause::Server | Cause::Throttled => "it is asked again".to_owned(),
            _ => String::new(),
        };
        Problem::new(cause, what, refusal.words, hint)
    }
}

/// Who refused, and in which words.
struct Refusal {
    by_api_server: bool,
    words: CleanText,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalBody {
    /// `Status` from the API server.
    kind: String,
    message: String,
    /// Prometheus.
    error: String,
}

impl Refusal {
    fn read(answer: &HttpAnswer) -> Self {
        match serde_json::from_slice::<RefusalBody>(&answer.body) {
            Ok(body) if body.kind == "Status" => Self { by_api_server: true, words: body.message.into() },
            Ok(body) if !body.error.is_empty() => Self { by_api_server: false, words: body.error.into() },
            Ok(body) => Self { by_api_server: false, words: body.message.into() },
            Err(_) => Self { by_api_server: false, words: first_words(&answer.body) },
        }
    }
}

/// Enough of a body that is no JSON to recognise who spoke.
fn first_words(body: &[u8]) -> CleanText {
    const WORDS: usize = 120;
    let text = String::from_utf8_lossy(body.get(..4 * WORDS).unwrap_or(body));
    CleanText::from(text.trim().chars().take(WORDS).collect::<String>())
}

fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    if parameters.is_empty() {
        return path.to_owned();
    }
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    for (name, value) in parameters {
        query.append_pair(name, value);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::ServiceEndpoint;
    use crate::sources::monitoring::scripted::Scripted;

    fn base(http: Scripted) -> Base {
        let endpoint = Endpoint::Service(ServiceEndpoint::new("monitoring", "prometheus", "web"));
        let http: Arc<dyn HttpGet> = Arc::new(http);
        Base::new(Monitor::Prometheus, &endpoint, &http).expect("a base")
    }

    async fn problem(status: u16, body: &str) -> Problem {
        let http = Scripted::default().answer("/", status, body);
        base(http).json::<serde_json::Value>("/api/v1/query", &[]).await.expect_err("a problem")
    }

    #[test]
    fn a_query_is_escaped() {
        assert_eq!(
            with_query("/api/v1/query", &[("query", r#"up{a="b&c"}"#), ("limit", "5")]),
            "/api/v1/query?query=up%7Ba%3D%22b%26c%22%7D&limit=5"
        );
    }

    #[tokio::test]
    async fn a_missing_right_is_named() {
        let body = r#"{"kind":"Status","status":"Failure","message":"services \"prometheus:web\" is forbidden: User \"ann\" cannot get","reason":"Forbidden","code":403}"#;
        let problem = problem(403, body).await;
        let Cause::Denied(access) = problem.cause else { panic!("{problem:?}") };
        assert_eq!(access.to_string(), "get services/proxy prometheus:web in monitoring");
        assert!(problem.why.contains("is forbidden"));
    }

    #[tokio::test]
    async fn prometheus_speaks_in_its_own_words() {
        let body =
            r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
        let problem = problem(422, body).await;
        assert_eq!(problem.cause, Cause::Refused);
        assert_eq!(problem.why, "query processing would load too many samples");
    }

    #[tokio::test]
    async fn a_service_without_pods_is_no_connection() {
        let body = r#"{"kind":"Status","message":"no endpoints available for service \"prometheus:web\"","code":503}"#;
        assert_eq!(problem(503, body).await.cause, Cause::NoConnection);
    }

    #[tokio::test]
    async fn a_login_page_is_no_answer() {
        let problem = problem(200, "<html>Please log in").await;
        assert_eq!(problem.cause, Cause::Malformed);
        assert!(problem.hint.contains("--prometheus"));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_within_the_limit() {
        let http = Scripted::default().silent("/");
        let problem = base(http).json::<serde_json::Value>("/x", &[]).await.expect_err("a problem");
        assert_eq!(problem.cause, Cause::NoConnection);
        assert_eq!(problem.why, "no answer within 10 s");
    }
}
