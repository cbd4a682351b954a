//! What this user may do, by the server's own word: reviews of single rights, of a namespace, and of the identity.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http::{HeaderValue, Method, header};
use kube::client::Body;
use serde::Deserialize;
use serde_json::json;

use super::connection::{Connection, OBJECT_LIMIT, parse};
use crate::domain::access::{Access, Grant};
use crate::domain::identity::Identity;
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

/// The lightest question there is: a server that does not answer it soon is as good as away.
const VERSION_TIMEOUT: Duration = Duration::from_secs(8);
/// How many reviews are asked at once.
const AT_ONCE: usize = 8;

/// What the server listed for one namespace. A listed right holds; one that is not listed proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// The server says itself that there may be more.
    pub incomplete: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

impl Rules {
    /// Allowed or unknown, never denied.
    #[must_use]
    pub fn grant(&self, access: &Access) -> Grant {
        let any = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
        let held = self.rules.iter().any(|rule| {
            let resource = any(&rule.resources, &access.resource)
                || access.resource.split_once('/').is_some_and(|(_, sub)| rule.resources.contains(&format!("*/{sub}")));
            let named = rule.resource_names.is_empty()
                || !access.name.is_empty() && rule.resource_names.iter().any(|name| *name == *access.name);
            resource && named && any(&rule.verbs, &access.verb) && any(&rule.api_groups, &access.group)
        });
        if held { Grant::Allowed } else { Grant::Unknown }
    }
}

impl Connection {
    /// Asks for each right. One that could not be asked stays unknown.
    pub async fn access_review(&self, needs: &[Access]) -> Vec<(Access, Grant)> {
        stream::iter(needs.iter().cloned())
            .map(|access| async move {
                let grant = self.review(&access).await.unwrap_or_default();
                (access, grant)
            })
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    async fn review(&self, access: &Access) -> Result<Grant, Problem> {
        let (resource, subresource) = access.resource.split_once('/').unwrap_or((&access.resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": access.verb.as_str(),
                "group": access.group.as_str(),
                "resource": resource,
                "subresource": subresource,
                "namespace": access.namespace.as_str(),
                "name": access.name.as_str(),
            }},
        });
        let answer = self.post_review("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await?;
        let status =
            |field: &str| answer.value().pointer(&format!("/status/{field}")).and_then(|value| value.as_bool());
        if status("allowed") == Some(true) {
            return Ok(Grant::Allowed);
        }
        if answer.text("/status/evaluationError").is_some_and(|error| !error.is_empty())
            && status("denied") != Some(true)
        {
            return Ok(Grant::Unknown);
        }
        let reason = answer.text("/status/reason").unwrap_or_default();
        let reason = if reason.is_empty() { "the server grants no such right" } else { reason };
        Ok(Grant::Denied(CleanText::new(reason)))
    }

    /// What the server lists for one namespace.
    ///
    /// # Errors
    /// No answer or a refusal.
    pub async fn rules_review(&self, namespace: &str) -> Result<Rules, Problem> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Status {
            resource_rules: Vec<Rule>,
            incomplete: bool,
        }
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": { "namespace": namespace },
        });
        let answer = self.post_review("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &review).await?;
        let status =
            answer.part("/status").and_then(|part| serde_json::from_value::<Status>(part.value().clone()).ok());
        let status = status.unwrap_or_default();
        Ok(Rules { rules: status.resource_rules, incomplete: status.incomplete })
    }

    /// Who the server says we are, with its version and the end of our credentials.
    ///
    /// # Errors
    /// No answer or a refusal. A server too old for the review still answers with its version.
    pub async fn whoami(&self) -> Result<Identity, Problem> {
        let mut identity = self.identity().clone();
        identity.server_version = self.server_version().await?;
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        match self.post_review("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review).await {
            Ok(answer) => {
                if let Some(user) = answer.text("/status/userInfo/username") {
                    identity.user = CleanText::new(user);
                }
                let groups = answer.value().pointer("/status/userInfo/groups").and_then(|groups| groups.as_array());
                identity.groups =
                    groups.into_iter().flatten().filter_map(|group| group.as_str().map(CleanText::new)).collect();
            }
            Err(problem) if problem.cause == crate::domain::problem::Cause::NotFound => {}
            Err(problem) => return Err(problem),
        }
        identity.expires = match (identity.expires, self.credentials().expires().await) {
            (Some(certificate), Some(token)) => Some(certificate.min(token)),
            (certificate, token) => certificate.or(token),
        };
        Ok(identity)
    }

    /// `v1.36.3`
    ///
    /// # Errors
    /// No answer or a refusal.
    pub async fn server_version(&self) -> Result<CleanText, Problem> {
        const PATH: &str = "/version";
        let sent = async {
            let request = Self::request(Method::GET, PATH, Body::empty())?;
            self.collect(self.open_within(request, VERSION_TIMEOUT).await?, OBJECT_LIMIT).await
        };
        let (_, bytes) = sent.await.map_err(|failure| failure.problem(PATH))?;
        Ok(CleanText::new(parse(PATH, &bytes)?.text("/gitVersion").unwrap_or_default()))
    }

    async fn post_review(&self, path: &str, review: &serde_json::Value) -> Result<RawObject, Problem> {
        let body = Body::from(Bytes::from(review.to_string()));
        let request = Self::request(Method::POST, path, body).map(|mut request| {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            request
        });
        let sent = async { self.collect(self.open(request?).await?, OBJECT_LIMIT).await };
        let (_, bytes) = sent.await.map_err(|failure| failure.problem_of(&Method::POST, path))?;
        parse(path, &bytes)
    }
}
