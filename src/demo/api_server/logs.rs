//! pods/log.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::json;

use super::read::key_of;
use super::refusal::{Cause, Refusal};
use super::request::{Query, Target};
use super::respond::{Answer, answer, whole};
use crate::demo::cluster::Cluster;
use crate::demo::logs::{Line, LogSource};
use crate::demo::objects::metadata::Calendar;
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::Key;
use crate::demo::world::{StoryTime, World};

/// How lines are asked for.
struct Wanted {
    timestamps: bool,
    calendar: Calendar,
    /// Bytes that may still be sent.
    left: usize,
}

impl Wanted {
    /// Writes until the limit; `false` when it was reached.
    fn write(&mut self, out: &mut Vec<u8>, lines: &[Line]) -> bool {
        for line in lines {
            let stamp = if self.timestamps { self.calendar.nano(line.at, line.nanos) + " " } else { String::new() };
            let text = format!("{stamp}{}\n", line.text);
            let bytes = &text.as_bytes()[..text.len().min(self.left)];
            out.extend_from_slice(bytes);
            self.left -= bytes.len();
            if self.left == 0 {
                return false;
            }
        }
        true
    }
}

pub fn logs(cluster: &Arc<Cluster>, target: &Target, query: &Query) -> Result<Answer, Refusal> {
    let key = key_of(Kind::Pod, target);
    let previous = query.is_set("previous");
    check(query, &key.name)?;
    let (source, now, calendar) = cluster.with_world(|world| {
        let source = find(world, &key, query.get("container"), previous)?;
        Ok::<_, Refusal>((source, world.now(), world.calendar))
    })?;
    let since = since(query, now, calendar)?;
    let lines = match query.number("tailLines")? {
        Some(count) => {
            let mut lines = source.tail(now, usize::try_from(count).unwrap_or(usize::MAX));
            lines.retain(|line| line.at > since);
            lines
        }
        None => source.lines(since, now),
    };
    let left = match query.number("limitBytes")? {
        Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut wanted = Wanted { timestamps: query.is_set("timestamps"), calendar, left };
    let mut first = Vec::new();
    let more = wanted.write(&mut first, &lines);
    let body = if more && query.is_set("follow") && !previous {
        follow(cluster, key, source, now, first, wanted)
    } else {
        whole(first)
    };
    Ok(answer(200, "text/plain", body))
}

/// Refuses what lines may not be asked for by.
fn check(query: &Query, pod: &str) -> Result<(), Refusal> {
    let mut causes = Vec::new();
    let at_least = [
        ("sinceSeconds", 1, "must be greater than 0"),
        ("tailLines", 0, "must be greater than or equal to 0"),
        ("limitBytes", 1, "must be greater than 0"),
    ];
    for (field, least, why) in at_least {
        if let Some(value) = query.number(field)?.filter(|value| *value < least) {
            causes.push(Cause::value(field, &json!(value), why));
        }
    }
    if query.get("sinceSeconds").is_some() && query.get("sinceTime").is_some() {
        causes.push(Cause::forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("PodLogOptions", "", pod, &causes)) }
}

/// The container's log, or the server's words why there is none.
fn find(world: &World, key: &Key, container: Option<&str>, previous: bool) -> Result<LogSource, Refusal> {
    let pod = world.store.pod(key).ok_or_else(|| Refusal::not_found("pods", "", &key.name))?;
    let only = pod.template.container()["name"].as_str().unwrap_or("app");
    if let Some(name) = container.filter(|name| !name.is_empty() && *name != only) {
        return Err(Refusal::bad_request(format!("container {name} is not valid for pod {}", key.name)));
    }
    if let Some(source) = LogSource::of(pod, previous, &world.timeline) {
        return Ok(source);
    }
    if previous {
        return Err(Refusal::bad_request(format!(
            "previous terminated container \"{only}\" in pod \"{}\" not found",
            key.name
        )));
    }
    let why = match pod.waiting.as_ref().map(|waiting| waiting.reason) {
        Some("ErrImagePull" | "ImagePullBackOff") => "trying and failing to pull image",
        Some(reason) => reason,
        None => "ContainerCreating",
    };
    Err(Refusal::bad_request(format!("container \"{only}\" in pod \"{}\" is waiting to start: {why}", key.name)))
}

fn since(query: &Query, now: StoryTime, calendar: Calendar) -> Result<StoryTime, Refusal> {
    let beginning = StoryTime::from_millis(i64::MIN / 4);
    match (query.number("sinceSeconds")?, query.get("sinceTime")) {
        (Some(seconds), _) => Ok(now.plus_millis(-seconds.saturating_mul(1000))),
        (None, Some(text)) => {
            let at: Timestamp = text.parse().map_err(|_| {
                let wanted = "parsing time \"{}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{}\" as \"2006\"";
                Refusal::bad_request(wanted.replace("{}", text))
            })?;
            // On its way to the kubelet the API server cuts it to whole seconds; that instant belongs to the answer.
            let millis = StoryTime::of(at, calendar.epoch).millis();
            Ok(StoryTime::from_secs(millis.div_euclid(1000)).plus_millis(-1))
        }
        (None, None) => Ok(beginning),
    }
}

struct Follow {
    cluster: Arc<Cluster>,
    changed: tokio::sync::watch::Receiver<u64>,
    key: Key,
    source: LogSource,
    read_to: StoryTime,
    first: Option<Bytes>,
    wanted: Wanted,
    ended: bool,
}

fn follow(
    cluster: &Arc<Cluster>,
    key: Key,
    source: LogSource,
    now: StoryTime,
    first: Vec<u8>,
    wanted: Wanted,
) -> super::respond::Body {
    let state = Follow {
        cluster: Arc::clone(cluster),
        changed: cluster.changes(),
        key,
        source,
        read_to: now,
        first: Some(first.into()).filter(|bytes: &Bytes| !bytes.is_empty()),
        wanted,
        ended: false,
    };
    let frames = stream::unfold(state, |mut state| async move {
        let bytes = state.next().await?;
        Some((Ok::<_, io::Error>(Frame::data(bytes)), state))
    });
    StreamBody::new(frames).boxed_unsync()
}

impl Follow {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        while !self.ended {
            self.changed.borrow_and_update();
            let clock = self.cluster.clock();
            let now = self.look_again();
            let lines = self.source.lines(self.read_to, now);
            self.read_to = self.read_to.max(now);
            let mut out = Vec::new();
            if !self.wanted.write(&mut out, &lines) {
                self.ended = true;
            }
            if !out.is_empty() {
                return Some(out.into());
            }
            if self.ended {
                break;
            }
            let wake = clock.instant_of(self.source.next_at(now));
            let cluster = Arc::clone(&self.cluster);
            tokio::select! {
                () = tokio::time::sleep_until(wake) => {}
                more = cluster.moved(&mut self.changed) => if !more { return None },
            }
        }
        None
    }

    /// Takes up what became of the container; it has ended when another runs in its place or the pod is gone.
    fn look_again(&mut self) -> StoryTime {
        let cluster = Arc::clone(&self.cluster);
        cluster.with_world(|world| {
            let pod = world.store.pod(&self.key);
            let current = pod.and_then(|pod| LogSource::of(pod, false, &world.timeline));
            let same = current.filter(|current| current.started() == self.source.started());
            match same {
                Some(current) => {
                    self.ended = current.has_ended();
                    self.source = current;
                }
                None => {
                    self.ended = true;
                    let before = pod.and_then(|pod| LogSource::of(pod, true, &world.timeline));
                    if let Some(before) = before.filter(|before| before.started() == self.source.started()) {
                        self.source = before;
                    }
                }
            }
            world.now()
        })
    }
}
