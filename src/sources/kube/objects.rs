//! Reading whole objects once: for a YAML view, a plan, a diff. What is shown in tables comes by `watch`.

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure};
use super::transport::Class;
use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::kinds::info;
use crate::sources::http_get::{HttpAnswer, HttpGet};

/// All objects of one list together, in bytes.
const LIST_LIMIT: usize = 64 << 20;
const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

/// Which objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selectors {
    /// As kubectl writes them: `app=pay-api,tier!=web`.
    pub labels: String,
    pub fields: String,
}

impl Selectors {
    pub(super) fn append(&self, query: &mut Serializer<'_, String>) {
        if !self.labels.is_empty() {
            query.append_pair("labelSelector", &self.labels);
        }
        if !self.fields.is_empty() {
            query.append_pair("fieldSelector", &self.fields);
        }
    }
}

impl Connection {
    /// Reads one object whole.
    ///
    /// # Errors
    /// No answer, a refusal, or an answer that is not JSON.
    pub async fn fetch(&self, key: &ObjectKey) -> Result<RawObject, Problem> {
        self.get_json(&info::object_path(key)).await
    }

    /// Reads up to `limit` objects whole.
    ///
    /// # Errors
    /// No answer, a refusal, or an answer that is not a list.
    pub async fn list(
        &self,
        kind: Kind,
        scope: &Scope,
        selectors: &Selectors,
        limit: usize,
    ) -> Result<Vec<RawObject>, Problem> {
        let path = path(kind, scope, selectors, limit);
        let bytes = self.large(&path, "application/json").await?;
        #[derive(Deserialize)]
        struct List {
            items: Option<Vec<serde_json::Value>>,
        }
        let list: List = read(&path, &bytes)?;
        let info = info::info(kind);
        let complete = |mut item: serde_json::Value| {
            // Items of a list say neither kind nor version; whoever shows or writes one needs both.
            if let Some(fields) = item.as_object_mut() {
                fields.insert("apiVersion".into(), info::api_version(kind).into());
                fields.insert("kind".into(), info.name.into());
            }
            RawObject::new(item)
        };
        Ok(list.items.unwrap_or_default().into_iter().map(complete).collect())
    }

    /// Reads names alone, sorted.
    ///
    /// # Errors
    /// No answer, a refusal, or an answer that is not a list.
    pub async fn list_names(&self, kind: Kind, scope: &Scope) -> Result<Vec<CleanText>, Problem> {
        #[derive(Deserialize)]
        struct List {
            items: Option<Vec<Item>>,
        }
        #[derive(Deserialize)]
        struct Item {
            metadata: Metadata,
        }
        #[derive(Deserialize)]
        struct Metadata {
            name: String,
        }
        let path = path(kind, scope, &Selectors::default(), 0);
        let bytes = self.large(&path, METADATA).await?;
        let list: List = read(&path, &bytes)?;
        let mut names: Vec<CleanText> =
            list.items.unwrap_or_default().iter().map(|item| CleanText::new(&item.metadata.name)).collect();
        names.sort();
        Ok(names)
    }

    async fn large(&self, path: &str, accept: &'static str) -> Result<Bytes, Problem> {
        let answer = self.get(path, accept, LIST_LIMIT, Class::Bulk).await;
        answer.map(|(_, bytes)| bytes).map_err(|failure| failure.problem(path))
    }
}

/// Prometheus and Alertmanager are asked through the API server's proxy, with the same identity and guard.
impl HttpGet for Connection {
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<HttpAnswer, Problem>> {
        async move {
            match self.get(path, "application/json", limit, Class::Control).await {
                Ok((_, body)) => Ok(HttpAnswer { status: StatusCode::OK, body }),
                Err(Failure::Refused(refusal)) => Ok(refusal.into_answer()),
                Err(failure) => Err(failure.problem(path)),
            }
        }
        .boxed()
    }
}

fn path(kind: Kind, scope: &Scope, selectors: &Selectors, limit: usize) -> String {
    let mut query = Serializer::new(String::new());
    selectors.append(&mut query);
    if limit > 0 {
        query.append_pair("limit", &limit.to_string());
    }
    match query.finish() {
        query if query.is_empty() => info::collection_path(kind, scope),
        query => format!("{}?{query}", info::collection_path(kind, scope)),
    }
}

fn read<'a, T: Deserialize<'a>>(path: &str, bytes: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let why = format!("the answer is no list: line {}, column {}", error.line(), error.column());
        let access = super::request_access::access_of(&http::Method::GET, path);
        Problem::new(Cause::Malformed, format!("cannot {access}"), why, "does a proxy stand between?")
    })
}
