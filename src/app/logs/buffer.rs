//! A ring of whole chunks, bounded in lines and bytes. A line is named by its serial, which never changes.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::log::{LogChunk, LogLine, LogSource};

/// How much is kept. The newest chunk always stays, so limits stand far above the size of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub lines: usize,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lines: 200_000, bytes: 32 << 20 }
    }
}

/// Serial of the first line that comes; what was written before is read later and has smaller ones.
pub const ORIGIN: u64 = 1 << 40;

#[derive(Debug)]
pub struct LogBuffer {
    chunks: VecDeque<Held>,
    limits: Limits,
    lines: usize,
    bytes: usize,
    /// Serial of the next line.
    end: u64,
    /// Lines that were read and had to go.
    let_go: u64,
    /// Pages of the past were read: there is room for a quarter more.
    grown: bool,
}

impl Default for LogBuffer {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// With the quarter more that pages of the past may take.
fn with_room(limit: usize) -> usize {
    limit.saturating_add(limit / 4)
}

#[derive(Debug)]
struct Held {
    first: u64,
    chunk: LogChunk,
}

/// A line together with the chunk it lives in.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub chunk: &'a LogChunk,
    pub line: &'a LogLine,
}

impl<'a> Place<'a> {
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.chunk.text(self.line)
    }

    #[must_use]
    pub fn source(&self) -> Option<&'a LogSource> {
        self.chunk.source(self.line)
    }
}

impl LogBuffer {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { chunks: VecDeque::new(), limits, lines: 0, bytes: 0, end: ORIGIN, let_go: 0, grown: false }
    }

    fn most(&self) -> Limits {
        let more = |all: usize| if self.grown { with_room(all) } else { all };
        Limits { lines: more(self.limits.lines), bytes: more(self.limits.bytes) }
    }

    /// Whether a page of the past can be held besides.
    #[must_use]
    pub fn has_room(&self, lines: usize) -> bool {
        self.lines + lines <= with_room(self.limits.lines) && self.bytes <= self.limits.bytes
    }

    /// Takes up a page of the past; nothing goes for it.
    pub fn push_front(&mut self, chunk: LogChunk) {
        let lines = chunk.lines.len();
        self.grown = true;
        self.lines += lines;
        self.bytes += chunk.bytes();
        let first = self.first() - lines as u64;
        self.chunks.push_front(Held { first, chunk });
    }

    /// Takes out the oldest lines, up to this moment.
    pub fn take_until(&mut self, until: Timestamp) -> Vec<LogChunk> {
        let mut taken = Vec::new();
        while let Some(oldest) = self.chunks.front_mut() {
            let is_taken = |line: &LogLine| line.at.is_none_or(|at| at <= until);
            let lines = oldest.chunk.lines.iter().take_while(|line| is_taken(line)).count();
            if lines == 0 {
                break;
            }
            let (head, rest) = oldest.chunk.lines.split_at(lines);
            let (head, rest): (Arc<[LogLine]>, Arc<[LogLine]>) = (head.into(), rest.into());
            let all = rest.is_empty();
            taken.push(LogChunk { lines: head, marks: Vec::new(), ..oldest.chunk.clone() });
            self.lines -= lines;
            self.bytes -= lines * size_of::<LogLine>();
            oldest.first += lines as u64;
            oldest.chunk.lines = rest;
            if !all {
                break;
            }
            self.bytes -= oldest.chunk.arena.len();
            self.chunks.pop_front();
        }
        taken
    }

    /// Takes up a chunk and lets go of the oldest ones above the limits.
    pub fn push(&mut self, chunk: LogChunk) {
        if chunk.lines.is_empty() {
            return;
        }
        self.lines += chunk.lines.len();
        self.bytes += chunk.bytes();
        let first = self.end;
        self.end += chunk.lines.len() as u64;
        self.chunks.push_back(Held { first, chunk });
        while self.chunks.len() > 1 && (self.lines > self.most().lines || self.bytes > self.most().bytes) {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.lines -= oldest.chunk.lines.len();
            self.bytes -= oldest.chunk.bytes();
            self.let_go += oldest.chunk.lines.len() as u64;
        }
    }

    /// Forgets all lines; serials go on.
    pub fn clear(&mut self) {
        *self = Self { end: self.end, ..Self::new(self.limits) };
    }

    /// Serial of the oldest line that is kept.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.chunks.front().map_or(self.end, |held| held.first)
    }

    /// Serial after the newest line.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.lines
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[must_use]
    pub fn let_go(&self) -> u64 {
        self.let_go
    }

    #[must_use]
    pub fn line(&self, serial: u64) -> Option<Place<'_>> {
        let (first, chunk) = self.chunk(serial)?;
        let line = chunk.lines.get(usize::try_from(serial - first).ok()?)?;
        Some(Place { chunk, line })
    }

    /// All chunks, oldest first.
    pub fn chunks(&self) -> impl Iterator<Item = &LogChunk> {
        self.chunks.iter().map(|held| &held.chunk)
    }

    /// The chunk with this line, and the serial of its first one.
    #[must_use]
    pub fn chunk(&self, serial: u64) -> Option<(u64, &LogChunk)> {
        let after = self.chunks.partition_point(|held| held.first <= serial);
        self.chunks.get(after.checked_sub(1)?).map(|held| (held.first, &held.chunk))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{chunk, chunk_of};
    use super::*;
    use crate::domain::log::Level;

    #[test]
    fn whole_chunks_go_and_serials_stay() {
        let mut buffer = LogBuffer::new(Limits { lines: 4, bytes: usize::MAX });
        buffer.push(chunk(&["a", "b"]));
        buffer.push(chunk(&["c", "d"]));
        buffer.push(chunk(&["e"]));
        let (first, end) = (buffer.first() - ORIGIN, buffer.end() - ORIGIN);
        assert_eq!((first, end, buffer.len(), buffer.let_go()), (2, 5, 3, 2));
        assert_eq!(buffer.line(ORIGIN + 2).map(|place| place.text()), Some("c"));
        assert!(buffer.line(ORIGIN + 1).is_none());
        assert!(buffer.line(ORIGIN + 5).is_none());
    }

    #[test]
    fn clearing_keeps_counting() {
        let mut buffer = LogBuffer::default();
        buffer.push(chunk(&["a", "b"]));
        buffer.clear();
        buffer.push(chunk(&["c"]));
        assert_eq!((buffer.first() - ORIGIN, buffer.len(), buffer.let_go()), (2, 1, 0));
        assert_eq!(buffer.line(ORIGIN + 2).map(|place| place.text()), Some("c"));
    }

    #[test]
    fn the_past_is_taken_up_in_front_and_makes_room_for_itself() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut buffer = LogBuffer::new(Limits { lines: 8, bytes: usize::MAX });
        buffer.push(chunk(&["a", "b", "c"]));
        buffer.push(chunk_of(3, &[("x", Level::Info, "d"), ("x", Level::Info, "e")]));
        let taken = buffer.take_until(at(1));
        assert_eq!((taken.len(), taken[0].lines.len(), buffer.len(), buffer.first()), (1, 2, 3, ORIGIN + 2));
        assert_eq!(buffer.line(ORIGIN + 2).map(|place| place.text()), Some("c"));
        assert!(buffer.has_room(7) && !buffer.has_room(8));
        buffer.push_front(chunk(&["x", "y", "z", "a", "b"]));
        assert_eq!(buffer.line(buffer.first()).map(|place| place.text()), Some("x"));
        assert_eq!(buffer.line(ORIGIN + 4).map(|place| place.text()), Some("e"));
        buffer.push(chunk(&["f", "g"]));
        assert_eq!((buffer.len(), buffer.let_go()), (10, 0));
        buffer.push(chunk(&["h"]));
        assert_eq!((buffer.len(), buffer.let_go()), (6, 5));
        assert_eq!(buffer.take_until(at(100)).len(), 4);
        assert!(buffer.is_empty() && buffer.bytes() == 0);
    }

    proptest! {
        #[test]
        fn it_never_exceeds_its_limits_and_keeps_the_order(
            sizes in proptest::collection::vec(0usize..20, 1..60),
            lines in 20usize..60,
            bytes in 1500usize..6000,
        ) {
            let limits = Limits { lines, bytes };
            let mut buffer = LogBuffer::new(limits);
            let mut pushed = 0u64;
            for size in sizes {
                let texts: Vec<String> = (0..size as u64).map(|index| (pushed + index).to_string()).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                buffer.push(chunk(&texts));
                pushed += size as u64;
                prop_assert!(buffer.len() <= lines && buffer.bytes() <= bytes);
                prop_assert_eq!(buffer.let_go() + buffer.len() as u64, pushed);
                prop_assert_eq!(buffer.end() - buffer.first(), buffer.len() as u64);
                for serial in buffer.first()..buffer.end() {
                    let text = buffer.line(serial).map(|place| place.text().to_owned());
                    prop_assert_eq!(text, Some((serial - ORIGIN).to_string()));
                }
            }
        }
    }
}
