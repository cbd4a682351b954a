//! A ring of whole chunks, bounded in lines and bytes. A line is named by its serial, which never changes.

use std::collections::VecDeque;

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

#[derive(Debug, Default)]
pub struct LogBuffer {
    chunks: VecDeque<Held>,
    limits: Limits,
    lines: usize,
    bytes: usize,
    /// Serial of the next line.
    end: u64,
    /// Lines that were read and had to go.
    let_go: u64,
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
        Self { limits, ..Self::default() }
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
        while self.chunks.len() > 1 && (self.lines > self.limits.lines || self.bytes > self.limits.bytes) {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.lines -= oldest.chunk.lines.len();
            self.bytes -= oldest.chunk.bytes();
            self.let_go += oldest.chunk.lines.len() as u64;
        }
    }

    /// Forgets all lines; serials go on.
    pub fn clear(&mut self) {
        *self = Self { limits: self.limits, end: self.end, ..Self::default() };
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

    use super::super::tests::chunk;
    use super::*;

    #[test]
    fn whole_chunks_go_and_serials_stay() {
        let mut buffer = LogBuffer::new(Limits { lines: 4, bytes: usize::MAX });
        buffer.push(chunk(&["a", "b"]));
        buffer.push(chunk(&["c", "d"]));
        buffer.push(chunk(&["e"]));
        assert_eq!((buffer.first(), buffer.end(), buffer.len(), buffer.let_go()), (2, 5, 3, 2));
        assert_eq!(buffer.line(2).map(|place| place.text()), Some("c"));
        assert!(buffer.line(1).is_none());
        assert!(buffer.line(5).is_none());
    }

    #[test]
    fn clearing_keeps_counting() {
        let mut buffer = LogBuffer::default();
        buffer.push(chunk(&["a", "b"]));
        buffer.clear();
        buffer.push(chunk(&["c"]));
        assert_eq!((buffer.first(), buffer.len(), buffer.let_go()), (2, 1, 0));
        assert_eq!(buffer.line(2).map(|place| place.text()), Some("c"));
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
                    prop_assert_eq!(text, Some(serial.to_string()));
                }
            }
        }
    }
}
