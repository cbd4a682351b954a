//! One watch from its first byte to its end: frames become rows, rows become batches.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use url::form_urlencoded::Serializer;

use super::backoff::random;
use super::connection::{Connection, Failure};
use super::fault::Fault;
use super::status::Refusal;
use super::watch::{Done, WatchRequest};
use super::watch_list::{accept_watch, wire};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::problem::Problem;
use crate::kinds::decode::{WatchItem, Wire, decode_watch};
use crate::kinds::delivery::ObjectsEvent;
use crate::kinds::frames::{FRAME_LIMIT, Frames};
use crate::kinds::info;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;

/// Changes are gathered this long, or to this many objects, into one event.
const BATCH_TIME: Duration = Duration::from_millis(50);
const BATCH_OBJECTS: usize = 500;
/// Servers end a watch after the time we ask for: between five and ten minutes, so that not all end together.
const LIFE: Duration = Duration::from_secs(300);
/// A stream that is still silent this long after its end was due is dead.
const GRACE: Duration = Duration::from_secs(30);
/// Where bookmarks come, one comes within about a minute: a longer silence is that of a server that has stopped, or of
/// one behind a proxy that answers our pings in its place.
const QUIET: Duration = Duration::from_secs(100);

pub(super) enum Ended {
    /// The server ended it, as it does after a while.
    Closed,
    /// The version is too old: list again.
    Expired,
    Lost(Problem),
}

pub(super) struct Follower {
    kind: Kind,
    body: Body,
    wire: Wire,
    frames: Frames,
    due: Instant,
    /// This server sends bookmarks.
    bookmarks: bool,
    version: String,
    request: WatchRequest,
    pending: Pending,
}

/// The last state of each object that changed since the last batch; None is deleted.
#[derive(Default)]
struct Pending {
    objects: BTreeMap<ObjectKey, Option<Row>>,
    flush_at: Option<Instant>,
}

impl Follower {
    pub(super) async fn open(connection: &Connection, request: &WatchRequest, version: &str) -> Result<Self, Failure> {
        let life = LIFE.mul_f64(1.0 + random());
        let path = watch_path(request, version, life);
        let ask = async |json_only: bool| {
            let mut ask = Connection::request(Method::GET, &path, Body::empty())?;
            let accept = HeaderValue::from_static(accept_watch(request, json_only));
            ask.headers_mut().insert(header::ACCEPT, accept);
            connection.open(ask).await
        };
        let response = match ask(false).await {
            Err(Failure::Refused(refusal)) if refusal.code == 406 => ask(true).await?,
            other => other?,
        };
        let wire = wire(response.headers());
        Ok(Self {
            kind: request.kind,
            body: response.into_body(),
            wire,
            frames: Frames::new(wire, FRAME_LIMIT),
            due: Instant::now() + life + GRACE,
            bookmarks: false,
            version: version.to_string(),
            request: request.clone(),
            pending: Pending::default(),
        })
    }

    /// Where the next watch goes on.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) async fn run(
        &mut self,
        events: &mpsc::Sender<ObjectsEvent>,
        interner: &mut Interner,
    ) -> Result<Ended, Done> {
        let ended = self.read(events, interner).await?;
        self.pending.flush(events).await?;
        Ok(ended)
    }

    async fn read(&mut self, events: &mpsc::Sender<ObjectsEvent>, interner: &mut Interner) -> Result<Ended, Done> {
        let mut heard = Instant::now();
        loop {
            let flush_at = self.pending.flush_at;
            let (silent_at, after) = match self.bookmarks {
                true if heard + QUIET < self.due => (heard + QUIET, QUIET),
                _ => (self.due, GRACE),
            };
            tokio::select! {
                () = events.closed() => return Err(Done),
                () = sleep_until(flush_at.unwrap_or(silent_at)), if flush_at.is_some() => {
                    self.pending.flush(events).await?;
                }
                () = sleep_until(silent_at), if flush_at.is_none() => {
                    return Ok(self.lost(&Fault::Silent { stage: "the watch", after }));
                }
                frame = self.body.frame() => match frame {
                    None => return Ok(Ended::Closed),
                    Some(Err(error)) => return Ok(self.lost(&Fault::lost(&error))),
                    Some(Ok(frame)) => {
                        heard = Instant::now();
                        if let Some(data) = frame.data_ref() {
                            self.frames.push(data);
                        }
                        if let Some(ended) = self.take_frames(events, interner).await? {
                            return Ok(ended);
                        }
                    }
                }
            }
        }
    }

    async fn take_frames(
        &mut self,
        events: &mpsc::Sender<ObjectsEvent>,
        interner: &mut Interner,
    ) -> Result<Option<Ended>, Done> {
        loop {
            let frame = match self.frames.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(self.lost(&Fault::Unreadable(error.to_string())))),
            };
            match decode_watch(self.kind, self.wire, frame, interner) {
                Ok(WatchItem::Applied { row, resource_version }) => {
                    self.pending.add(row.key().clone(), Some(row));
                    self.version = resource_version;
                }
                Ok(WatchItem::Deleted { key, resource_version }) => {
                    self.pending.add(key, None);
                    self.version = resource_version;
                }
                Ok(WatchItem::Bookmark { resource_version, .. }) => {
                    self.bookmarks = true;
                    self.version = resource_version;
                }
                Ok(WatchItem::Error { code, reason, message, retry_after_seconds }) => {
                    let refusal = Refusal::from_parts(code, &reason, &message, retry_after_seconds);
                    if refusal.expired() {
                        return Ok(Some(Ended::Expired));
                    }
                    let access = self.request.access("watch");
                    return Ok(Some(Ended::Lost(refusal.problem(&format!("cannot {access}"), &access))));
                }
                Err(error) => return Ok(Some(self.lost(&Fault::Unreadable(error.to_string())))),
            }
            if self.pending.objects.len() >= BATCH_OBJECTS {
                self.pending.flush(events).await?;
            }
        }
    }

    fn lost(&self, fault: &Fault) -> Ended {
        Ended::Lost(fault.problem(&format!("cannot {}", self.request.access("watch"))))
    }
}

fn watch_path(request: &WatchRequest, version: &str, life: Duration) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("watch", "1").append_pair("allowWatchBookmarks", "true");
    query.append_pair("resourceVersion", version);
    query.append_pair("timeoutSeconds", &life.as_secs().to_string());
    request.selectors.append(&mut query);
    format!("{}?{}", info::collection_path(request.kind, &request.scope), query.finish())
}

impl Pending {
    fn add(&mut self, key: ObjectKey, row: Option<Row>) {
        self.objects.insert(key, row);
        self.flush_at.get_or_insert_with(|| Instant::now() + BATCH_TIME);
    }

    async fn flush(&mut self, events: &mpsc::Sender<ObjectsEvent>) -> Result<(), Done> {
        self.flush_at = None;
        let (mut applied, mut deleted) = (Vec::new(), Vec::new());
        for (key, row) in std::mem::take(&mut self.objects) {
            match row {
                Some(row) => applied.push(row),
                None => deleted.push(key),
            }
        }
        if !applied.is_empty() {
            events.send(ObjectsEvent::Applied(applied)).await.map_err(|_| Done)?;
        }
        if !deleted.is_empty() {
            events.send(ObjectsEvent::Deleted(deleted)).await.map_err(|_| Done)?;
        }
        Ok(())
    }
}
