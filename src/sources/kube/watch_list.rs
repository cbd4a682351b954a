//! Listing in pages: a small first one that fills the screen, then large ones, in the fastest wire the server has.

use bytes::Bytes;
use http::{HeaderMap, header};
use tokio::sync::oneshot;
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure, unpack};
use super::fault::Fault;
use super::gzip;
use super::status::Refusal;
use super::transport::Class;
use super::watch::WatchRequest;
use crate::kinds::decode::{DecodeError, ProtobufPage, Wire, decode_list};
use crate::kinds::info;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;
use crate::sources::task_scope::ScopeGuard;

const FIRST_PAGE: usize = 100;
/// Measured on 10,000 pods: larger pages of gzipped protobuf take as long in all (0.7 s) and more memory each.
const PAGE: usize = 500;
/// A page of large pods is a few megabytes.
const PAGE_LIMIT: usize = 64 << 20;

pub(super) enum ListStep {
    Page { rows: Vec<Row>, remaining: Option<u64> },
    Last { rows: Vec<Row>, version: String },
}

pub(super) struct Lister {
    connection: Connection,
    request: WatchRequest,
    path: String,
    continue_token: String,
    /// The page that is on its way already.
    asked: Option<Asked>,
    loaded: usize,
    /// The server has no protobuf for this kind.
    pub(super) json_only: bool,
}

/// Headers, and bytes that may be packed.
type Answer = (HeaderMap, Bytes);

/// An answer on its way. Dropped, it is no longer wanted.
struct Asked {
    answer: oneshot::Receiver<Result<Answer, Failure>>,
    _scope: ScopeGuard,
}

impl Lister {
    pub(super) fn new(connection: Connection, request: WatchRequest) -> Self {
        let path = info::collection_path(request.kind, &request.scope);
        Self { connection, request, path, continue_token: String::new(), asked: None, loaded: 0, json_only: false }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn loaded(&self) -> usize {
        self.loaded
    }

    /// Asks for the page behind a token, or for the first one, and lets the answer come while something else is done.
    fn ask(&self, continue_token: &str) -> Asked {
        let mut query = Serializer::new(String::new());
        self.request.selectors.append(&mut query);
        let limit = if continue_token.is_empty() { FIRST_PAGE } else { PAGE };
        query.append_pair("limit", &limit.to_string());
        if !continue_token.is_empty() {
            query.append_pair("continue", continue_token);
        }
        let path = format!("{}?{}", self.path, query.finish());
        let accept = accept_list(&self.request, self.json_only);
        let connection = self.connection.clone();
        let scope = connection.scope().child();
        let (sender, answer) = oneshot::channel();
        scope.spawn(async move {
            // Nobody waits any more: then nobody misses it.
            let _ = sender.send(connection.get_packed(&path, accept, PAGE_LIMIT, Class::Control).await);
        });
        Asked { answer, _scope: scope.guard() }
    }

    pub(super) async fn next(&mut self, interner: &mut Interner) -> Result<ListStep, Failure> {
        let asked = match self.asked.take() {
            Some(asked) => asked,
            None => self.ask(&self.continue_token),
        };
        let (headers, bytes) = match asked.answer().await {
            Err(Failure::Refused(refusal)) if refusal.code == 406 && !self.json_only => {
                self.json_only = true;
                self.ask(&self.continue_token).answer().await?
            }
            other => other?,
        };
        let kind = self.request.kind;
        let page = match wire(&headers) {
            Wire::Protobuf => {
                let page = ProtobufPage::open(gzip::reader(&headers, &bytes, PAGE_LIMIT)).map_err(unreadable)?;
                // The server works on the next page while this one is read.
                self.asked = page.continue_token().map(|token| self.ask(token));
                page.read(kind, interner)
            }
            Wire::Json => {
                let (_, bytes) = unpack((headers, bytes), PAGE_LIMIT)?;
                decode_list(kind, Wire::Json, bytes, interner)
            }
        };
        let page = page.map_err(unreadable)?;
        self.loaded += page.rows.len();
        self.continue_token = page.continue_token;
        Ok(if self.continue_token.is_empty() {
            ListStep::Last { rows: page.rows, version: page.resource_version }
        } else {
            ListStep::Page { rows: page.rows, remaining: page.remaining }
        })
    }
}

impl Asked {
    async fn answer(self) -> Result<Answer, Failure> {
        let ended = || Failure::Fault(Fault::Lost("the connection was closed".into()));
        self.answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

fn unreadable(error: DecodeError) -> Failure {
    Failure::Fault(Fault::Unreadable(error.to_string()))
}

fn accept_list(request: &WatchRequest, json_only: bool) -> &'static str {
    let info = info::info(request.kind);
    match (info.metadata_only, info.protobuf && !json_only) {
        (false, true) => "application/vnd.kubernetes.protobuf,application/json",
        (false, false) => "application/json",
        (true, true) => {
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
        }
        (true, false) => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    }
}

pub(super) fn accept_watch(request: &WatchRequest, json_only: bool) -> &'static str {
    let info = info::info(request.kind);
    match (info.metadata_only, info.protobuf && !json_only) {
        (false, _) => accept_list(request, json_only),
        (true, true) => {
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
        }
        (true, false) => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
    }
}

/// What the server chose to speak.
pub(super) fn wire(headers: &HeaderMap) -> Wire {
    let protobuf = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/vnd.kubernetes.protobuf"));
    if protobuf { Wire::Protobuf } else { Wire::Json }
}

impl Failure {
    /// The version asked for is gone: list again.
    pub(super) fn expired(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.expired())
    }

    pub(super) fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Refused(refusal) => Refusal::retry_after(refusal),
            Self::Fault(_) => None,
        }
    }
}
