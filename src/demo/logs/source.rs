//! One run of one container and the lines it has written.

use std::sync::Arc;

use super::voices;
use crate::demo::world::pod::Pod;
use crate::demo::world::{ServiceId, StoryTime, Timeline};

/// The kubelet keeps this much before it rotates.
const KEPT_SECONDS: i64 = 2 * 3600;
/// How far ahead the next line is looked for.
const LOOK_AHEAD_SECONDS: i64 = 120;

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub at: StoryTime,
    /// Below the millisecond; orders what was written at once.
    pub nanos: u32,
    pub text: String,
}

/// A container from its start to its end.
#[derive(Clone, Debug)]
pub struct LogSource {
    pub(super) service: Option<ServiceId>,
    pub(super) pod: String,
    pub(super) version: String,
    pub(super) started: StoryTime,
    /// `None`: it runs.
    pub(super) ended: Option<StoryTime>,
    /// Why it ended, as the kubelet says it.
    pub(super) reason: Option<&'static str>,
    pub(super) deleted: Option<StoryTime>,
    pub(super) timeline: Arc<Timeline>,
}

impl LogSource {
    /// The container that runs now, or the one that ran before it.
    pub fn of(pod: &Pod, previous: bool, timeline: &Arc<Timeline>) -> Option<LogSource> {
        let (started, ended, reason) = match (previous, &pod.last, pod.running_since) {
            (true, Some(last), _) | (false, Some(last), None) => (last.started, Some(last.finished), Some(last.reason)),
            (false, _, Some(since)) => (since, None, None),
            _ => return None,
        };
        Some(LogSource {
            service: pod.service,
            pod: pod.name.clone(),
            version: pod.template.version().to_owned(),
            started,
            ended,
            reason,
            deleted: pod.deleted.filter(|_| ended.is_none()),
            timeline: Arc::clone(timeline),
        })
    }

    pub fn started(&self) -> StoryTime {
        self.started
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The lines after `from` up to and including `to`, oldest first.
    pub fn lines(&self, from: StoryTime, to: StoryTime) -> Vec<Line> {
        let to = self.ended.map_or(to, |ended| ended.min(to));
        let oldest = StoryTime::from_millis(to.millis() - KEPT_SECONDS * 1000);
        let from = from.max(oldest).max(self.started.plus_millis(-1));
        let mut lines = Vec::new();
        for second in from.millis().div_euclid(1000)..=to.millis().div_euclid(1000) {
            voices::second(self, second, &mut lines);
        }
        lines.retain(|line| line.at > from && line.at <= to);
        lines
    }

    /// The last `count` lines up to a time.
    pub fn tail(&self, to: StoryTime, count: usize) -> Vec<Line> {
        let mut span = 60_000;
        loop {
            let lines = self.lines(to.plus_millis(-span), to);
            if lines.len() >= count || span > KEPT_SECONDS * 1000 {
                let skip = lines.len().saturating_sub(count);
                return lines.into_iter().skip(skip).collect();
            }
            span *= 4;
        }
    }

    /// When there may be something new to read.
    pub fn next_at(&self, after: StoryTime) -> StoryTime {
        let ahead = after.plus_millis(LOOK_AHEAD_SECONDS * 1000);
        for step in 0..LOOK_AHEAD_SECONDS {
            let from = after.plus_millis(step * 1000);
            if let Some(line) = self.lines(from, from.plus_millis(1000)).first() {
                return line.at;
            }
        }
        ahead
    }
}
