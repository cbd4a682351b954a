//! Errors counted by what they say: how many a minute, which of them were not there before a change, and what was read
//! to say so. Bounded in kinds and containers; keeps no lines.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::fields::speak;
use super::pulse::Pulse;
use crate::domain::figure;
use crate::domain::log::{Level, LogChunk, LogSource};
use crate::domain::text::CleanText;

/// Kinds of errors told apart; the errors of further ones are only counted.
const KINDS: usize = 200;
/// Containers whose reading is remembered.
const SOURCES: usize = 500;
/// What tells two errors apart stands in the first characters.
const SHAPE: usize = 160;

#[derive(Debug, Default)]
pub struct Digest {
    /// The change that errors are compared around.
    change: Option<Timestamp>,
    kinds: HashMap<Box<str>, ErrorKind>,
    /// Errors of kinds that had no room.
    pub beyond: u64,
    lines: u64,
    errors: u64,
    /// The oldest line from before the change.
    before: Option<Timestamp>,
    oldest: Option<Timestamp>,
    pulse: Pulse,
    sources: BTreeMap<LogSource, Source>,
}

/// Errors that say the same but for numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorKind {
    /// The newest of them.
    pub words: CleanText,
    pub pod: CleanText,
    pub at: Option<Timestamp>,
    /// How many from before the change, and since.
    pub before: u64,
    pub since: u64,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    lines: u64,
    begins: Option<Timestamp>,
}

impl Digest {
    #[must_use]
    pub fn around(change: Option<Timestamp>) -> Self {
        Self { change, ..Self::default() }
    }

    #[must_use]
    pub fn change(&self) -> Option<Timestamp> {
        self.change
    }

    pub fn take(&mut self, chunk: &LogChunk) {
        self.lines += chunk.lines.len() as u64;
        for line in chunk.lines.iter() {
            if let Some(at) = line.at {
                self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
                if self.is_before(Some(at)) {
                    self.before = Some(self.before.map_or(at, |before| before.min(at)));
                }
                self.pulse.add(at, line.level);
            }
            if line.level == Level::Error {
                let pod = chunk.source(line).map(LogSource::short_name).unwrap_or_default();
                self.take_error(chunk.text(line), pod, line.at);
            }
        }
        self.count_sources(chunk);
    }

    fn count_sources(&mut self, chunk: &LogChunk) {
        let mut counts: Vec<(u64, Option<Timestamp>)> = vec![(0, None); chunk.sources.len()];
        for line in chunk.lines.iter() {
            if let Some(count) = counts.get_mut(line.source as usize) {
                *count = (count.0 + 1, count.1.or(line.at));
            }
        }
        for (source, (lines, begins)) in chunk.sources.iter().zip(counts).filter(|(_, (lines, _))| *lines > 0) {
            if let Some(known) = self.sources.get_mut(source) {
                known.lines += lines;
            } else if self.sources.len() < SOURCES {
                self.sources.insert(source.clone(), Source { lines, begins });
            }
        }
    }

    fn is_before(&self, at: Option<Timestamp>) -> bool {
        matches!((self.change, at), (Some(change), Some(at)) if at < change)
    }

    fn take_error(&mut self, text: &str, pod: &str, at: Option<Timestamp>) {
        self.errors += 1;
        let spoken = speak(text);
        let words = if spoken.message.is_empty() { CleanText::new(text) } else { spoken.message };
        let shape = shape(&words);
        let is_before = self.is_before(at);
        if !self.kinds.contains_key(&*shape) && self.kinds.len() >= KINDS {
            self.beyond += 1;
            return;
        }
        let kind = self.kinds.entry(shape).or_insert_with(|| ErrorKind {
            words: CleanText::default(),
            pod: CleanText::default(),
            at: None,
            before: 0,
            since: 0,
        });
        if is_before {
            kind.before += 1;
        } else {
            kind.since += 1;
        }
        if kind.at <= at {
            kind.at = at;
            if kind.words != words {
                kind.words = words;
            }
            if kind.pod != pod {
                kind.pod = CleanText::new(pod);
            }
        }
    }

    /// Lines from before the change were read.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.before.is_some()
    }

    /// Not in what was read of the time before the change.
    #[must_use]
    pub fn is_new(&self, kind: &ErrorKind) -> bool {
        self.compares() && kind.before == 0
    }

    /// What came since the change, new kinds first, then the most frequent.
    #[must_use]
    pub fn kinds(&self) -> Vec<&ErrorKind> {
        let mut kinds: Vec<&ErrorKind> = self.kinds.values().filter(|kind| kind.since > 0).collect();
        kinds.sort_by(|a, b| {
            let rank = |kind: &ErrorKind| (!self.is_new(kind), std::cmp::Reverse(kind.since));
            rank(a).cmp(&rank(b)).then_with(|| a.words.cmp(&b.words))
        });
        kinds
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// `212 a minute`.
    #[must_use]
    pub fn rate(&self, now: Timestamp) -> String {
        let from = self.oldest.unwrap_or(now);
        match self.pulse.errors_a_minute(from, now) {
            rate if rate <= 0.0 && self.errors == 0 => "no error".to_owned(),
            rate if rate <= 0.0 => "none in the last minute".to_owned(),
            rate if rate < 1.0 => "less than one a minute".to_owned(),
            rate => format!("{} a minute", figure::count(rate.round() as u64)),
        }
    }

    /// How the errors since the change compare with what was read of the time before it.
    #[must_use]
    pub fn comparison(&self, now: Timestamp) -> String {
        let Some(change) = self.change else { return String::new() };
        let kinds = self.kinds();
        if kinds.is_empty() {
            return String::new();
        }
        let at = figure::moment(change, now);
        let Some(before) = self.before else { return format!("no lines from before {at}") };
        let read = figure::spell(change.duration_since(before).max(SignedDuration::from_secs(1)).unsigned_abs());
        let new = kinds.iter().filter(|kind| self.is_new(kind)).count();
        match new {
            0 => format!("all of them were there in the {read} read before {at}"),
            new if new == kinds.len() => format!("not in the {read} read before {at}"),
            new => format!("{new} of {} kinds not in the {read} read before {at}", kinds.len()),
        }
    }

    /// `read: 1,240 lines of 4 pods, 02:20:00 – now`: nothing is said of a time of which not all was read.
    #[must_use]
    pub fn read(&self, pods: &str, tail: u32, now: Timestamp) -> String {
        let cut = self.sources.values().filter(|source| source.lines >= u64::from(tail)).filter_map(|s| s.begins).max();
        let lines = format!("read: {} lines of {pods}", figure::count(self.lines));
        match cut.or(self.oldest) {
            Some(from) if cut.is_some() => format!("{lines}, all since {}", figure::moment(from, now)),
            Some(from) => format!("{lines}, {} – now", figure::moment(from, now)),
            None => lines,
        }
    }
}

/// What an error says without what differs each time: numbers, and names made of digits and letters.
fn shape(words: &str) -> Box<str> {
    let mut out = String::with_capacity(words.len().min(SHAPE));
    let is_part = |c: char| c.is_alphanumeric();
    let mut rest = words;
    while let Some(c) = rest.chars().next() {
        if out.len() >= SHAPE {
            break;
        }
        if is_part(c) {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            out.push_str(if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word });
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::chunk_of;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    const OLD: (&str, Level, &str) = ("pay-1-x2k", Level::Error, "level=error msg=\"bank 7 refused\"");
    const NEW: (&str, Level, &str) = ("pay-2-9qz", Level::Error, "level=error msg=\"amount is undefined\" trace=9f2c");
    const FINE: (&str, Level, &str) = ("pay-2-9qz", Level::Info, "level=info msg=fine");

    #[test]
    fn errors_that_say_the_same_are_one_and_new_ones_stand_first() {
        let mut digest = Digest::around(Some(at(1_000)));
        digest.take(&chunk_of(400, &[OLD, FINE]));
        let other = ("pay-1-x2k", Level::Error, "level=error msg=\"bank 12 refused\"");
        digest.take(&chunk_of(1_000, &[other, OLD, NEW, FINE, NEW, NEW]));
        let kinds: Vec<(&str, &str, u64, bool)> = digest
            .kinds()
            .iter()
            .map(|kind| (kind.words.as_str(), kind.pod.as_str(), kind.since, digest.is_new(kind)))
            .collect();
        assert_eq!(kinds, [("amount is undefined", "9qz", 3, true), ("bank 7 refused", "x2k", 2, false)]);
        assert_eq!(digest.comparison(at(1_010)), "1 of 2 kinds not in the 10 min read before 00:16:40");
        assert_eq!(digest.rate(at(1_010)), "5 a minute");
        assert_eq!(digest.read("2 pods", 2_000, at(1_010)), "read: 8 lines of 2 pods, 00:06:40 – now");
    }

    #[test]
    fn without_lines_from_before_nothing_is_called_new() {
        let mut digest = Digest::around(Some(at(1_000)));
        digest.take(&chunk_of(1_000, &[NEW]));
        assert!(!digest.is_new(digest.kinds()[0]));
        assert_eq!(digest.comparison(at(1_010)), "no lines from before 00:16:40");
        let mut unknown = Digest::around(None);
        unknown.take(&chunk_of(1_000, &[NEW]));
        assert_eq!((unknown.comparison(at(1_010)).as_str(), unknown.kinds().len()), ("", 1));
    }

    #[test]
    fn what_was_cut_bounds_what_is_said() {
        let mut digest = Digest::around(Some(at(1_000)));
        digest.take(&chunk_of(1_000, &[FINE, FINE, FINE]));
        assert_eq!(digest.read("1 pod", 3, at(1_010)), "read: 3 lines of 1 pod, all since 00:16:40");
        assert_eq!(digest.rate(at(1_010)), "no error");
        assert_eq!(digest.comparison(at(1_010)), "");
    }

    #[test]
    fn a_flood_of_kinds_is_bounded() {
        let mut digest = Digest::around(None);
        for name in 0..1_000u32 {
            let letters: String = name.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect();
            digest.take(&chunk_of(1_000, &[("x", Level::Error, &format!("error {letters}"))]));
        }
        assert_eq!((digest.kinds().len(), digest.beyond), (KINDS, 800));
    }
}
