//! Bytes of a container's log become clean lines with their time. A line without end costs no memory without end. Pure.

use std::borrow::Cow;

use jiff::Timestamp;

use super::log_level::level;
use crate::domain::log::Level;
use crate::domain::text::clean;

/// What is longer is cut, and says so.
const LINE_LIMIT: usize = 64 << 10;

/// A line on its way to be merged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) at: Option<Timestamp>,
    pub(super) level: Level,
    pub(super) text: Box<str>,
}

/// Splits a stream into lines.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    partial: Vec<u8>,
    /// Bytes of the present line beyond the limit.
    cut: usize,
}

impl Splitter {
    pub(super) fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(Line)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (head, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            if self.partial.is_empty() && head.len() <= LINE_LIMIT {
                line(read(head, 0));
                continue;
            }
            self.keep(head);
            line(read(&self.partial, self.cut));
            self.partial.clear();
            self.cut = 0;
        }
        self.keep(bytes);
    }

    /// The last line, when the stream ended without a line break.
    pub(super) fn finish(&mut self) -> Option<Line> {
        let line = (!self.partial.is_empty()).then(|| read(&self.partial, self.cut));
        *self = Self::default();
        line
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_LIMIT - self.partial.len();
        let (kept, cut) = bytes.split_at(bytes.len().min(room));
        self.partial.extend_from_slice(kept);
        self.cut += cut.len();
    }
}

fn read(bytes: &[u8], cut: usize) -> Line {
    let text = String::from_utf8_lossy(bytes);
    let (at, text) = match text.split_once(' ') {
        Some((time, rest)) => match time.parse::<Timestamp>() {
            Ok(at) => (Some(at), rest),
            Err(_) => (None, text.as_ref()),
        },
        None => match text.parse::<Timestamp>() {
            Ok(at) => (Some(at), ""),
            Err(_) => (None, text.as_ref()),
        },
    };
    let text = clean(text);
    let level = level(&text);
    let text: Cow<'_, str> =
        if cut == 0 { text } else { Cow::Owned(format!("{text} … ({cut} bytes more are not shown)")) };
    Line { at, level, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Line> {
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk, |line| lines.push(line));
        }
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn time_level_and_clean_text_are_read() {
        let read =
            lines(&[b"2026-11-21T12:00:00.5Z \x1b[31mERROR\x1b[0m x\x1b]0;t\x07y\r\nno time\n2026-11-21T12:00:01Z\n"]);
        assert_eq!(read[0].at.unwrap().to_string(), "2026-11-21T12:00:00.5Z");
        assert_eq!((&*read[0].text, read[0].level), ("ERROR xy", Level::Error));
        assert_eq!((read[1].at, &*read[1].text), (None, "no time"));
        assert_eq!(&*read[2].text, "");
        assert!(read[2].at.is_some());
    }

    #[test]
    fn a_line_without_end_is_cut_and_says_so() {
        let long = vec![b'a'; 1 << 20];
        let mut chunks: Vec<&[u8]> = vec![&long; 64];
        chunks.push(b"\nnext\n");
        let read = lines(&chunks);
        assert_eq!(read.len(), 2);
        assert!(read[0].text.len() < LINE_LIMIT + 100);
        assert!(read[0].text.ends_with("bytes more are not shown)"), "{}", &read[0].text[LINE_LIMIT..]);
        assert_eq!(&*read[1].text, "next");
        // Also when it comes in one piece.
        let whole = [long.as_slice(), b"\nnext\n"].concat();
        assert_eq!(lines(&[&whole])[0].text.len(), lines(&[&long[..100], &long[100..], b"\n"])[0].text.len());
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_bytes_arrive(bytes in prop::collection::vec(prop::sample::select(vec![b'a', b' ', b'\n', 0xff, 0x1b, b'[']), 0..200), step in 1usize..40) {
            let chunks: Vec<&[u8]> = bytes.chunks(step).collect();
            prop_assert_eq!(lines(&chunks), lines(&[&bytes]));
        }
    }
}
