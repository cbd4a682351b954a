//! watch: a stream of what happens to a selection, from a resource version on. Sleeps until the world will move or a
//! write moves it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::HeaderMap;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::options::{self, From};
use super::refusal::Refusal;
use super::request::{Query, Target};
use super::respond::{Answer, answer};
use super::selection::{Form, Selection};
use crate::demo::cluster::Cluster;
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::Verb;

const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1800);

struct Watch {
    cluster: Arc<Cluster>,
    selection: Selection,
    changed: tokio::sync::watch::Receiver<u64>,
    /// Everything up to here has been sent.
    version: u64,
    /// Sent before anything else.
    initial: VecDeque<Bytes>,
    bookmarks: bool,
    next_bookmark: Instant,
    end: Instant,
    ended: bool,
}

pub fn watch(
    cluster: &Arc<Cluster>,
    kind: Kind,
    target: &Target,
    query: &Query,
    headers: &HeaderMap,
) -> Result<Answer, Refusal> {
    let selection = Selection::of(kind, target, query, headers)?;
    let changed = cluster.changes();
    let streaming_list = query.is_set("sendInitialEvents");
    options::check_reading(query)?;
    // The server's own failure, as it says: it read the number too late.
    let from = options::from(query).map_err(|why| Refusal::new(500, "", why))?;
    let mut initial = VecDeque::new();
    let version = match from {
        From::Version(version) if !streaming_list => version,
        _ => cluster.with_world(|world| {
            for (key, object) in world.store.all(kind) {
                if selection.matches(key, object) {
                    initial.push_back(line("ADDED", &selection.render(object, world.calendar)));
                }
            }
            world.store.version()
        }),
    };
    let bookmarks = query.is_set("allowWatchBookmarks");
    if streaming_list {
        let mut mark = bookmark(&selection, version);
        mark["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        initial.push_back(line("BOOKMARK", &mark));
    }
    let seconds = query.number("timeoutSeconds")?.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    let now = Instant::now();
    let state = Watch {
        cluster: Arc::clone(cluster),
        selection,
        changed,
        version,
        initial,
        bookmarks,
        next_bookmark: now + BOOKMARK_EVERY,
        end: now + seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs),
        ended: false,
    };
    let frames = stream::unfold(state, |mut state| async move {
        let bytes = state.next().await?;
        Some((Ok::<_, io::Error>(Frame::data(bytes)), state))
    });
    Ok(answer(200, "application/json", StreamBody::new(frames).boxed_unsync()))
}

impl Watch {
    /// The next lines, or the end of the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(bytes) = self.initial.pop_front() {
            return Some(bytes);
        }
        while !self.ended {
            self.changed.borrow_and_update();
            let (lines, wake) = self.collect();
            if !lines.is_empty() {
                return Some(lines.into());
            }
            let wake = wake.unwrap_or(self.end).min(self.end);
            let wake = if self.bookmarks { wake.min(self.next_bookmark) } else { wake };
            tokio::select! {
                changed = self.changed.changed() => if changed.is_err() { return None },
                () = tokio::time::sleep_until(wake) => {}
            }
            let now = Instant::now();
            if now >= self.end {
                return None;
            }
            if self.bookmarks && now >= self.next_bookmark {
                self.next_bookmark = now + BOOKMARK_EVERY;
                return Some(line("BOOKMARK", &bookmark(&self.selection, self.version)));
            }
        }
        None
    }

    /// What has happened since, and when to look again.
    fn collect(&mut self) -> (Vec<u8>, Option<Instant>) {
        let cluster = Arc::clone(&self.cluster);
        let clock = cluster.clock();
        cluster.with_world(|world| {
            let wake = world.next_at().map(|at| clock.instant_of(at));
            let mut lines = Vec::new();
            let Some(records) = world.store.since(self.version) else {
                self.ended = true;
                let message = format!("too old resource version: {} ({})", self.version, world.store.version());
                lines.extend_from_slice(&line("ERROR", &Refusal::expired(message).status()));
                return (lines, wake);
            };
            for record in records.filter(|record| record.kind == self.selection.kind) {
                let is = self.selection.matches(&record.key, &record.object);
                let was = record.before.as_ref().is_some_and(|before| self.selection.matches(&record.key, before));
                let verb = match (record.verb, was, is) {
                    (Verb::Deleted, true, _) | (Verb::Modified, true, false) => "DELETED",
                    (Verb::Added, _, true) | (Verb::Modified, false, true) => "ADDED",
                    (Verb::Modified, true, true) => "MODIFIED",
                    _ => continue,
                };
                lines.extend_from_slice(&line(verb, &self.selection.render(&record.object, world.calendar)));
            }
            self.version = self.version.max(world.store.version());
            (lines, wake)
        })
    }
}

fn line(verb: &str, object: &Value) -> Bytes {
    let mut text = json!({"type": verb, "object": object}).to_string();
    text.push('\n');
    text.into()
}

fn bookmark(selection: &Selection, version: u64) -> Value {
    let info = selection.kind.info();
    let (kind, api_version) = match selection.form {
        Form::Whole => (info.name, info.api_version()),
        Form::Metadata => ("PartialObjectMetadata", "meta.k8s.io/v1".to_owned()),
    };
    json!({"kind": kind, "apiVersion": api_version,
        "metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null}})
}
