//! Listing, in the fastest wire the server has. Protobuf becomes rows while it comes, however long the list is; JSON is
//! read in pages.
//!
//! A first list asks for whatever version the server has at hand, since a watch goes on from there: the server then
//! answers from its cache, in one piece. Pages cost it twice as much, because all but the first come from its store.

use http::{HeaderMap, header};
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::time::timeout;
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure, READ_TIMEOUT};
use super::fault::Fault;
use super::gzip::Unpacker;
use super::status::Refusal;
use super::transport::Class;
use super::watch::WatchRequest;
use crate::kinds::decode::{DecodeError, ProtobufList, Wire, decode_list};
use crate::kinds::info;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;

/// So many rows fill the screen.
const FIRST_PAGE: usize = 100;
const PAGE: usize = 500;
/// A page of large objects in JSON is a few megabytes.
const PAGE_LIMIT: usize = 64 << 20;

pub(super) enum ListStep {
    Page { rows: Vec<Row>, remaining: Option<u64> },
    Last { rows: Vec<Row>, version: String },
}

pub(super) struct Lister {
    connection: Connection,
    request: WatchRequest,
    path: String,
    /// Any version will do, not only the newest.
    any_version: bool,
    continue_token: String,
    /// An answer that still comes.
    coming: Option<Coming>,
    loaded: usize,
    /// The server has no protobuf for this kind.
    pub(super) json_only: bool,
}

struct Coming {
    body: Body,
    unpacker: Unpacker,
    list: ProtobufList,
}

impl Lister {
    pub(super) fn new(connection: Connection, request: WatchRequest, any_version: bool) -> Self {
        let path = info::collection_path(request.kind, &request.scope);
        let json_only = !info::info(request.kind).protobuf || connection.is_built_in();
        let continue_token = String::new();
        Self { connection, request, path, any_version, continue_token, coming: None, loaded: 0, json_only }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn loaded(&self) -> usize {
        self.loaded
    }

    fn batch(&self) -> usize {
        if self.loaded == 0 { FIRST_PAGE } else { PAGE }
    }

    fn page_path(&self) -> String {
        let mut query = Serializer::new(String::new());
        self.request.selectors.append(&mut query);
        query.append_pair("limit", &self.batch().to_string());
        if !self.continue_token.is_empty() {
            query.append_pair("continue", &self.continue_token);
        } else if self.any_version && !self.json_only {
            // Servers that answer from their cache do not heed the limit.
            query.append_pair("resourceVersion", "0");
        }
        format!("{}?{}", self.path, query.finish())
    }

    pub(super) async fn next(&mut self, interner: &mut Interner) -> Result<ListStep, Failure> {
        let coming = match self.coming.take() {
            Some(coming) => coming,
            None => {
                let accept = accept_list(&self.request, self.json_only);
                let response = match self.connection.open_read(&self.page_path(), accept, Class::Control).await {
                    Err(Failure::Refused(refusal)) if refusal.code == 406 && !self.json_only => {
                        self.json_only = true;
                        let accept = accept_list(&self.request, true);
                        self.connection.open_read(&self.page_path(), accept, Class::Control).await?
                    }
                    other => other?,
                };
                if wire(response.headers()) == Wire::Json {
                    let (_, bytes) = self.connection.collect(response, PAGE_LIMIT).await?;
                    let page = decode_list(self.request.kind, Wire::Json, bytes, interner).map_err(unreadable)?;
                    return Ok(self.step(page.rows, page.continue_token, page.remaining, page.resource_version));
                }
                let unpacker = Unpacker::of(response.headers());
                Coming { body: response.into_body(), unpacker, list: ProtobufList::default() }
            }
        };
        self.read(coming, interner).await
    }

    /// Reads on until there is something to show, or to the end.
    async fn read(&mut self, mut coming: Coming, interner: &mut Interner) -> Result<ListStep, Failure> {
        let kind = self.request.kind;
        loop {
            let frame = match timeout(READ_TIMEOUT, coming.body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(Fault::lost(&error).into()),
                Ok(None) => break,
                Err(_) => return Err(Fault::Silent { stage: "the request", after: READ_TIMEOUT }.into()),
            };
            let Some(bytes) = frame.data_ref() else { continue };
            let list = &mut coming.list;
            coming.unpacker.unpack(bytes, |bytes| list.push(kind, bytes, interner).map_err(unreadable))?;
            if list.rows().len() >= self.batch() {
                let rows = list.take_rows();
                self.loaded += rows.len();
                self.coming = Some(coming);
                return Ok(ListStep::Page { rows, remaining: None });
            }
        }
        let Coming { unpacker, mut list, .. } = coming;
        unpacker.finish(|bytes| list.push(kind, bytes, interner).map_err(unreadable))?;
        let (rows, metadata) = list.finish().map_err(unreadable)?;
        let remaining = metadata.remaining_item_count.and_then(|count| u64::try_from(count).ok());
        Ok(self.step(rows, metadata.continue_token, remaining, metadata.resource_version))
    }

    fn step(&mut self, rows: Vec<Row>, continue_token: String, remaining: Option<u64>, version: String) -> ListStep {
        self.loaded += rows.len();
        self.continue_token = continue_token;
        if self.continue_token.is_empty() {
            ListStep::Last { rows, version }
        } else {
            ListStep::Page { rows, remaining }
        }
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
