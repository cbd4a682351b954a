//! Lines of many containers in the order of their times. A line waits a quarter of a second for older ones of slower
//! streams; then it goes, and a later one that is older comes late rather than never. Pure but for the given instants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::log_lines::Line;
use crate::domain::log::{CHUNK_BYTES, Level, LogChunk, LogLine, LogMark, LogSource};
use crate::domain::text::CleanText;

/// How long a line waits for older ones.
pub(super) const WINDOW: Duration = Duration::from_millis(250);
/// Lines that are due within this time leave together.
pub(super) const BATCH: Duration = Duration::from_millis(50);
/// More than this is not held back: the oldest leave early.
const HELD_BYTES: usize = 4 << 20;

enum Entry {
    Line { source: u32, at: Option<Timestamp>, level: Level, text: Box<str> },
    Mark(CleanText),
}

impl Entry {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Line { text, .. } => text.len(),
                Self::Mark(text) => text.len(),
            }
    }
}

/// The place of an entry: its time, then its arrival.
type Place = (Timestamp, u64);

#[derive(Default)]
pub(super) struct Merger {
    sources: Vec<LogSource>,
    shared: Option<Arc<[LogSource]>>,
    /// The time of each source's last line, for lines that have none.
    last: Vec<Option<Timestamp>>,
    held: BTreeMap<Place, Entry>,
    arrivals: VecDeque<(Instant, Place)>,
    bytes: usize,
    sequence: u64,
}

impl Merger {
    /// The number of a source, for `line`.
    pub(super) fn source(&mut self, source: &LogSource) -> u32 {
        let index = self.sources.iter().position(|known| known == source).unwrap_or_else(|| {
            self.sources.push(source.clone());
            self.last.push(None);
            self.shared = None;
            self.sources.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    pub(super) fn named(&self, source: u32) -> Option<&LogSource> {
        self.sources.get(source as usize)
    }

    /// How many there have been.
    pub(super) fn sources(&self) -> usize {
        self.sources.len()
    }

    /// More is held back than should be.
    pub(super) fn overfull(&self) -> bool {
        self.bytes > HELD_BYTES
    }

    pub(super) fn line(&mut self, source: u32, line: Line, now: Timestamp, arrived: Instant) {
        let last = self.last.get_mut(source as usize);
        let at = line.at.or_else(|| last.as_ref().and_then(|last| **last)).unwrap_or(now);
        if let Some(last) = last {
            *last = Some(at);
        }
        self.hold(at, arrived, Entry::Line { source, at: line.at, level: line.level, text: line.text });
    }

    pub(super) fn mark(&mut self, text: CleanText, at: Timestamp, arrived: Instant) {
        self.hold(at, arrived, Entry::Mark(text));
    }

    fn hold(&mut self, at: Timestamp, arrived: Instant, entry: Entry) {
        let place = (at, self.sequence);
        self.sequence += 1;
        self.bytes += entry.bytes();
        self.held.insert(place, entry);
        self.arrivals.push_back((arrived, place));
    }

    /// When the next batch is due.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.overfull() {
            return self.arrivals.front().map(|(arrived, _)| *arrived);
        }
        self.arrivals.front().map(|(arrived, _)| *arrived + WINDOW)
    }

    /// All that has waited long enough, and what is older than that.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<LogChunk> {
        let mut cutoff: Option<Place> = None;
        while let Some((arrived, place)) = self.arrivals.front() {
            if *arrived + WINDOW > now + BATCH {
                break;
            }
            cutoff = cutoff.max(Some(*place));
            self.arrivals.pop_front();
        }
        // Too much: half of it leaves now, the oldest first.
        if self.overfull() {
            cutoff = cutoff.max(self.held.keys().nth(self.held.len() / 2).copied());
        }
        match cutoff {
            Some(cutoff) => self.take(Some(cutoff)),
            None => Vec::new(),
        }
    }

    /// Everything, at the end.
    pub(super) fn take_all(&mut self) -> Vec<LogChunk> {
        self.take(None)
    }

    fn take(&mut self, cutoff: Option<Place>) -> Vec<LogChunk> {
        let later = match cutoff {
            Some((at, sequence)) => self.held.split_off(&(at, sequence + 1)),
            None => BTreeMap::new(),
        };
        let leaving = std::mem::replace(&mut self.held, later);
        if self.held.is_empty() {
            self.arrivals.clear();
        } else {
            // What leaves early has not been taken off the arrivals.
            let held = &self.held;
            while self.arrivals.front().is_some_and(|(_, place)| !held.contains_key(place)) {
                self.arrivals.pop_front();
            }
        }
        self.bytes = self.bytes.saturating_sub(leaving.values().map(Entry::bytes).sum());
        self.pack(leaving.into_values())
    }

    fn pack(&mut self, entries: impl Iterator<Item = Entry>) -> Vec<LogChunk> {
        let sources = self.shared.get_or_insert_with(|| self.sources.clone().into()).clone();
        let mut chunks = Vec::new();
        let mut packing = Packing::default();
        for entry in entries {
            if packing.full() {
                chunks.push(std::mem::take(&mut packing).chunk(sources.clone()));
            }
            packing.add(entry);
        }
        if !packing.is_empty() {
            chunks.push(packing.chunk(sources));
        }
        chunks
    }
}

#[derive(Default)]
struct Packing {
    arena: String,
    lines: Vec<LogLine>,
    marks: Vec<LogMark>,
}

impl Packing {
    fn full(&self) -> bool {
        // Room for one more line, which is at most a few times 64 KiB long.
        self.arena.len() + self.lines.len() * size_of::<LogLine>() > CHUNK_BYTES * 3 / 4
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.marks.is_empty()
    }

    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Line { source, at, level, text } => {
                let start = self.arena.len() as u32;
                self.arena.push_str(&text);
                self.lines.push(LogLine { at, source, level, text: start..self.arena.len() as u32 });
            }
            Entry::Mark(text) => self.marks.push(LogMark { before: self.lines.len(), text }),
        }
    }

    fn chunk(self, sources: Arc<[LogSource]>) -> LogChunk {
        LogChunk { sources, lines: self.lines.into(), arena: self.arena.into(), marks: self.marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn line(second: i64, text: &str) -> Line {
        Line { at: Some(at(second)), level: Level::Info, text: text.into() }
    }

    fn source(pod: &str) -> LogSource {
        LogSource { namespace: "checkout".into(), pod: pod.into(), container: "app".into(), previous: false }
    }

    fn texts(chunks: &[LogChunk]) -> String {
        let lines = chunks.iter().flat_map(|chunk| chunk.lines.iter().map(|line| chunk.text(line)));
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_line_waits_for_older_ones_of_slower_streams() {
        let mut merger = Merger::default();
        let (a, b) = (merger.source(&source("a")), merger.source(&source("b")));
        let begin = Instant::now();
        merger.line(a, line(3, "third"), at(9), begin);
        assert!(merger.take_due(begin).is_empty());
        merger.line(b, line(1, "first"), at(9), begin + WINDOW / 2);
        merger.line(b, line(2, "second"), at(9), begin + WINDOW / 2);
        merger.line(b, line(4, "fourth"), at(9), begin + WINDOW / 2);
        assert_eq!(merger.due(), Some(begin + WINDOW));
        let chunks = merger.take_due(begin + WINDOW);
        assert_eq!(texts(&chunks), "first second third");
        assert_eq!(chunks[0].source(&chunks[0].lines[2]).unwrap().pod, "a");
        assert_eq!(texts(&merger.take_due(begin + WINDOW * 2)), "fourth");
        assert_eq!(merger.due(), None);
    }

    #[test]
    fn a_line_without_time_stays_behind_its_own() {
        let mut merger = Merger::default();
        let (a, b) = (merger.source(&source("a")), merger.source(&source("b")));
        let now = Instant::now();
        merger.line(a, line(1, "trace:"), at(9), now);
        merger.line(b, line(2, "other"), at(9), now);
        merger.line(a, Line { at: None, level: Level::Unknown, text: "at-main".into() }, at(9), now);
        assert_eq!(texts(&merger.take_all()), "trace: at-main other");
    }

    #[test]
    fn marks_stand_between_their_lines() {
        let mut merger = Merger::default();
        let a = merger.source(&source("a"));
        let now = Instant::now();
        merger.line(a, line(3, "after"), at(9), now);
        merger.mark("b joined".into(), at(2), now);
        merger.line(a, line(1, "before"), at(9), now);
        let chunks = merger.take_all();
        assert_eq!(chunks[0].marks, [LogMark { before: 1, text: "b joined".into() }]);
    }

    #[test]
    fn a_flood_is_not_held_back_and_comes_in_bounded_chunks() {
        let mut merger = Merger::default();
        let a = merger.source(&source("a"));
        let now = Instant::now();
        let text = "x".repeat(1000);
        for second in 0..10_000 {
            merger.line(a, line(second, &text), at(0), now);
        }
        assert_eq!(merger.due(), Some(now));
        let mut chunks = Vec::new();
        while merger.bytes > HELD_BYTES {
            chunks.extend(merger.take_due(now));
        }
        chunks.extend(merger.take_all());
        assert!(chunks.iter().all(|chunk| chunk.bytes() <= CHUNK_BYTES));
        assert_eq!(chunks.iter().map(|chunk| chunk.lines.len()).sum::<usize>(), 10_000);
        assert_eq!(merger.bytes, 0);
    }
}
