//! What was written before the oldest line that is held: asked of the server a page at a time, and joined to what is
//! there without a gap and without a line twice.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::index::LogIndex;
use super::targets::Targets;
use crate::domain::log::{CHUNK_BYTES, LogChunk, LogLine, LogSource};
use crate::domain::problem::{Cause, Problem};

use super::super::effect::{EarlierLines, Effect, TaskId};
use super::super::message::EarlierPage;
use super::super::outbox::Outbox;

/// Lines of each container in a page, and of all together.
const LINES: usize = 1_000;
const ALL_LINES: usize = 20_000;

/// How far the past has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Past {
    /// There may be more.
    #[default]
    Unread,
    Reading(Waiting),
    /// The logs begin with the first line that is held.
    Whole,
    /// No more can be held.
    Full,
    Failed(Problem),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    task: TaskId,
    until: Timestamp,
    /// Serial of the first line after the page: it must still be held when the page comes.
    after: u64,
}

impl Past {
    /// Asks for the page before `from`; all lines since then are held.
    pub fn ask(&mut self, index: &LogIndex, from: Timestamp, targets: &Targets, previous: bool, out: &mut Outbox) {
        if matches!(self, Self::Reading(_) | Self::Whole) || targets.list.is_empty() {
            return;
        }
        if !index.buffer().has_room(ALL_LINES) {
            *self = Self::Full;
            return;
        }
        let until = from.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(from);
        let known = index.count_after(until);
        let sources = targets.list.iter().map(|target| {
            let source = LogSource::of(&target.pod, &target.container, previous);
            let lines = known.lines.get(&source).copied().unwrap_or(0);
            (source, lines)
        });
        let lines = LINES.min(ALL_LINES / targets.list.len());
        let request = EarlierLines { sources: sources.collect(), until, lines };
        let task = out.ask(|task| Effect::ReadEarlier { task, request });
        *self = Self::Reading(Waiting { task, until, after: known.first });
    }

    #[must_use]
    pub fn awaits(&self, answered: TaskId) -> bool {
        matches!(self, Self::Reading(waiting) if waiting.task == answered)
    }

    /// Joins the page that was asked for.
    pub fn take(&mut self, page: Result<EarlierPage, Problem>, index: &mut LogIndex) {
        let Self::Reading(waiting) = *self else { return };
        *self = match page {
            Err(problem) => Self::Failed(problem),
            Ok(page) if page.complete_from.is_some() && page.chunks.is_empty() => Self::Failed(too_fast()),
            Ok(_) if index.buffer().first() > waiting.after => Self::Failed(too_fast()),
            Ok(page) => {
                let kept = index.take_until(waiting.until);
                // Pods that are gone cannot be read again: what is held of them stays.
                let read = sources_with_lines(&page.chunks);
                let joined = merge(&page.chunks, &kept, |source| !read.contains(source));
                index.prepend(joined, page.complete_from);
                if page.complete_from.is_none() { Self::Whole } else { Self::Unread }
            }
        };
    }
}

fn too_fast() -> Problem {
    Problem::new(
        Cause::Refused,
        "what was before could not be joined",
        "new lines come faster than old ones can be asked for",
        "choose a time with 1 to 6, or a single pod",
    )
}

fn sources_with_lines(chunks: &[LogChunk]) -> BTreeSet<LogSource> {
    let sources = chunks.iter().flat_map(|chunk| chunk.lines.iter().filter_map(|line| chunk.source(line)));
    let mut found: BTreeSet<LogSource> = BTreeSet::new();
    for source in sources {
        if !found.contains(source) {
            found.insert(source.clone());
        }
    }
    found
}

/// All lines of some chunks, and those lines of others whose source is wanted, by time.
fn merge(chunks: &[LogChunk], others: &[LogChunk], wanted: impl Fn(&LogSource) -> bool) -> Vec<LogChunk> {
    let all = chunks.iter().flat_map(|chunk| chunk.lines.iter().map(move |line| (chunk, line)));
    let more = others.iter().flat_map(|chunk| chunk.lines.iter().map(move |line| (chunk, line)));
    let more = more.filter(|(chunk, line)| chunk.source(line).is_some_and(&wanted));
    let mut lines: Vec<(&LogChunk, &LogLine)> = all.chain(more).collect();
    lines.sort_by_key(|(_, line)| line.at);
    let mut merged = Vec::new();
    let mut packing = Packing::default();
    for (chunk, line) in lines {
        if packing.arena.len() + packing.lines.len() * size_of::<LogLine>() > CHUNK_BYTES * 3 / 4 {
            merged.push(std::mem::take(&mut packing).chunk());
        }
        packing.add(chunk, line);
    }
    if !packing.lines.is_empty() {
        merged.push(packing.chunk());
    }
    merged
}

#[derive(Default)]
struct Packing {
    sources: Vec<LogSource>,
    lines: Vec<LogLine>,
    arena: String,
}

impl Packing {
    fn add(&mut self, chunk: &LogChunk, line: &LogLine) {
        let Some(source) = chunk.source(line) else { return };
        let index = self.sources.iter().position(|known| known == source).unwrap_or_else(|| {
            self.sources.push(source.clone());
            self.sources.len() - 1
        });
        let start = self.arena.len() as u32;
        self.arena.push_str(chunk.text(line));
        self.lines.push(LogLine {
            at: line.at,
            source: index as u32,
            level: line.level,
            text: start..self.arena.len() as u32,
        });
    }

    fn chunk(self) -> LogChunk {
        LogChunk { sources: self.sources.into(), lines: self.lines.into(), arena: self.arena.into(), marks: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::Query;
    use super::super::tests::chunk_of;
    use super::*;
    use crate::domain::log::Level::Info;
    use crate::domain::object::{Kind, ObjectKey};

    use super::super::super::subscription::LogTarget;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn targets() -> Targets {
        let target = |pod| LogTarget { pod: ObjectKey::new(Kind::Pod, "checkout", pod), container: "app".into() };
        Targets { list: vec![target("a"), target("b")], read: 2, pods: 2 }
    }

    /// Everything that is shown, in order.
    fn shown(index: &mut LogIndex) -> String {
        while index.work(&Query::default()) {}
        let words = |name: &u64| match index.entry(*name) {
            Some(super::super::Entry::Lines(lines)) => {
                index.line(lines.first).map(|place| place.text().to_owned()).unwrap_or_default()
            }
            _ => String::new(),
        };
        index.shown().iter().map(words).collect::<Vec<_>>().join(" ")
    }

    fn asked(past: &mut Past, index: &LogIndex, from: i64) -> Option<(TaskId, EarlierLines)> {
        let mut out = Outbox::new(0);
        past.ask(index, at(from), &targets(), false, &mut out);
        match out.effects.pop() {
            Some(Effect::ReadEarlier { task, request }) => Some((task, request)),
            _ => None,
        }
    }

    #[test]
    fn a_page_joins_without_a_gap_or_a_line_twice() {
        let mut index = LogIndex::default();
        // All is known since 10; what b said before, and what the pod that is gone said, stands before.
        index.push(chunk_of(7, &[("gone", Info, "g7"), ("b", Info, "b8")]));
        index.push(chunk_of(10, &[("a", Info, "a10"), ("b", Info, "b11"), ("a", Info, "a12")]));
        assert_eq!(shown(&mut index), "g7 b8 a10 b11 a12");
        let mut past = Past::default();
        let (task, request) = asked(&mut past, &index, 10).expect("a request");
        assert_eq!(request.until.as_nanosecond(), 9_999_999_999);
        assert_eq!(request.sources.iter().map(|(_, known)| *known).collect::<Vec<_>>(), [2, 1]);
        assert!(past.awaits(task) && asked(&mut past, &index, 10).is_none(), "one page at a time");
        // While it was read, a line came.
        index.push(chunk_of(13, &[("a", Info, "a13")]));
        let page = chunk_of(6, &[("a", Info, "a6"), ("a", Info, "a7"), ("b", Info, "b8"), ("a", Info, "a9")]);
        past.take(Ok(EarlierPage { chunks: vec![page], complete_from: Some(at(6)) }), &mut index);
        assert_eq!(shown(&mut index), "a6 a7 g7 b8 a9 a10 b11 a12 a13");
        assert_eq!((past.clone(), index.complete_from(2)), (Past::Unread, Some(at(6))));
        let (_, request) = asked(&mut past, &index, 6).expect("the next page");
        assert_eq!(request.sources.iter().map(|(_, known)| *known).collect::<Vec<_>>(), [6, 2]);
        past.take(Ok(EarlierPage { chunks: Vec::new(), complete_from: None }), &mut index);
        assert_eq!((past.clone(), index.complete_from(2)), (Past::Whole, None));
        assert!(asked(&mut past, &index, 6).is_none(), "there is nothing more");
    }

    #[test]
    fn what_cannot_be_joined_is_said_and_may_be_asked_again() {
        let mut index = LogIndex::new(super::super::Limits { lines: 30_000, bytes: usize::MAX });
        index.push(chunk_of(10, &[("a", Info, "a10")]));
        let mut past = Past::default();
        asked(&mut past, &index, 10).expect("a request");
        past.take(Ok(EarlierPage { chunks: Vec::new(), complete_from: Some(at(9)) }), &mut index);
        assert!(matches!(&past, Past::Failed(problem) if problem.why.contains("faster")));
        asked(&mut past, &index, 10).expect("it is asked again");
        let problem = Problem::new(Cause::Server, "the kubelet is away", "", "");
        past.take(Err(problem.clone()), &mut index);
        assert_eq!(past, Past::Failed(problem));
        for _ in 0..10 {
            index.push(chunk_of(20, &[("a", Info, "x"); 2_000]));
        }
        assert!(asked(&mut past, &index, 10).is_none());
        assert_eq!(past, Past::Full);
    }
}
