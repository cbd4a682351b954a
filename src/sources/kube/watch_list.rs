//! Listing in pages: a small first one that fills the screen, then large ones, in the fastest wire the server has.

use http::{HeaderMap, header};
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure};
use super::fault::Fault;
use super::status::Refusal;
use super::transport::Class;
use super::watch::WatchRequest;
use crate::kinds::decode::{Wire, decode_list};
use crate::kinds::info;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;

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
    loaded: usize,
    /// The server has no protobuf for this kind.
    pub(super) json_only: bool,
}

impl Lister {
    pub(super) fn new(connection: Connection, request: WatchRequest) -> Self {
        let path = info::collection_path(request.kind, &request.scope);
        Self { connection, request, path, continue_token: String::new(), loaded: 0, json_only: false }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn loaded(&self) -> usize {
        self.loaded
    }

    fn page_path(&self) -> String {
        let mut query = Serializer::new(String::new());
        self.request.selectors.append(&mut query);
        query.append_pair("limit", &(if self.loaded == 0 { FIRST_PAGE } else { PAGE }).to_string());
        if !self.continue_token.is_empty() {
            query.append_pair("continue", &self.continue_token);
        }
        format!("{}?{}", self.path, query.finish())
    }

    pub(super) async fn next(&mut self, interner: &mut Interner) -> Result<ListStep, Failure> {
        let path = self.page_path();
        let accept = accept_list(&self.request, self.json_only);
        let (headers, bytes) = match self.connection.get(&path, accept, PAGE_LIMIT, Class::Control).await {
            Err(Failure::Refused(refusal)) if refusal.code == 406 && !self.json_only => {
                self.json_only = true;
                let accept = accept_list(&self.request, true);
                self.connection.get(&path, accept, PAGE_LIMIT, Class::Control).await?
            }
            other => other?,
        };
        let page = decode_list(self.request.kind, wire(&headers), bytes, interner)
            .map_err(|error| Failure::Fault(Fault::Unreadable(error.to_string())))?;
        self.loaded += page.rows.len();
        self.continue_token = page.continue_token;
        Ok(if self.continue_token.is_empty() {
            ListStep::Last { rows: page.rows, version: page.resource_version }
        } else {
            ListStep::Page { rows: page.rows, remaining: page.remaining }
        })
    }
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
