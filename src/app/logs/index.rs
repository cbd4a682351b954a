//! The entries that lines form, a stack trace being one, and which entries the query wants. Works in bounded pieces.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use unicode_width::UnicodeWidthStr;

use crate::domain::log::{Level, LogChunk, LogLine, LogSource};
use crate::domain::text::CleanText;

use super::buffer::{Limits, LogBuffer, ORIGIN, Place};
use super::pulse::Pulse;
use super::query::Query;
use super::trace::Trace;

/// Lines entered in one piece of work; with the text below, a few milliseconds. Keys go between two pieces.
const PIECE_LINES: usize = 4_000;
/// Text searched in one piece of work.
const PIECE_BYTES: usize = 512 << 10;
/// What an entry costs besides its text.
const ENTRY_COST: usize = 48;
/// A line that comes later than this is not part of a trace.
const TRACE_PAUSE: SignedDuration = SignedDuration::from_secs(2);
/// Lines of all containers that a trace may be spread over.
const TRACE_SPREAD: u64 = 2_000;
/// Marks without a line between them; the newest stay.
const MARKS_IN_A_ROW: usize = 20;
/// Containers remembered; those not heard of for longest go.
const SOURCES: usize = 2_000;

/// Lines with everything that is known about them.
#[derive(Debug)]
pub struct LogIndex {
    buffer: LogBuffer,
    pub pulse: Pulse,
    /// Marks that no entry was made for yet, with the serial they stand before.
    waiting: VecDeque<(u64, CleanText)>,
    /// All entries, oldest first; the first has the name `base`.
    entries: VecDeque<Entry>,
    base: u64,
    marks_in_a_row: usize,
    /// Serial of the first line that is in no entry yet.
    entered: u64,
    sources: HashMap<LogSource, Source>,
    /// Names of the entries the query wants, in order.
    shown: VecDeque<u64>,
    /// Names of the entries that have been judged.
    judged: Range<u64>,
    /// Entries that are marks; all of them are shown.
    marks: usize,
    /// Entries that say no level.
    unlevelled: usize,
    /// Columns of the longest short name of a pod.
    /// Columns of the longest short name of a pod, and of the longest name of a container.
    name_width: usize,
    container_width: usize,
    /// Pages of the past were read; then, since when all lines are there, unless it is from the beginning.
    past: Option<Option<Timestamp>>,
}

/// How many lines of each container are later than some moment, and which is the first of all.
#[derive(Debug, Default)]
pub struct Later {
    pub lines: HashMap<LogSource, u64>,
    pub first: u64,
}

impl Default for LogIndex {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// What takes a row: a line with those that go on with it, or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Lines(Lines),
    /// Something happened before the line with this serial.
    Mark {
        before: u64,
        text: CleanText,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    pub first: u64,
    /// Where the last of its lines stands; lines of other containers may lie between.
    pub last: u64,
    /// Lines that go on with the first.
    pub more: u32,
    pub level: Level,
}

/// What is remembered of a container.
#[derive(Debug)]
struct Source {
    /// The entry of its newest line.
    entry: u64,
    serial: u64,
    at: Option<Timestamp>,
    /// Its first line that was read.
    begins: Option<Timestamp>,
    lines: u64,
    trace: Trace,
}

impl LogIndex {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::of(LogBuffer::new(limits), ORIGIN)
    }

    /// Of an empty buffer.
    fn of(buffer: LogBuffer, base: u64) -> Self {
        Self {
            entered: buffer.end(),
            buffer,
            pulse: Pulse::default(),
            waiting: VecDeque::new(),
            entries: VecDeque::new(),
            base,
            marks_in_a_row: 0,
            sources: HashMap::new(),
            shown: VecDeque::new(),
            judged: base..base,
            marks: 0,
            unlevelled: 0,
            name_width: 0,
            container_width: 0,
            past: None,
        }
    }

    /// Takes up a chunk; looks at none of its lines.
    pub fn push(&mut self, mut chunk: LogChunk) {
        let first = self.buffer.end();
        for mark in std::mem::take(&mut chunk.marks) {
            if self.waiting.len() >= MARKS_IN_A_ROW * 2 {
                self.waiting.pop_front();
            }
            self.waiting.push_back((first + mark.before as u64, mark.text));
        }
        self.buffer.push(chunk);
    }

    /// Forgets all lines; names and serials go on.
    pub fn clear(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let end = self.base + self.entries.len() as u64;
        *self = Self::of(buffer, end);
    }

    /// How many lines of each container are later than this.
    #[must_use]
    pub fn count_after(&self, until: Timestamp) -> Later {
        let mut later = Later { first: self.buffer.end(), ..Later::default() };
        let mut serial = self.buffer.first();
        for chunk in self.buffer.chunks() {
            let mut counts = vec![0; chunk.sources.len()];
            for line in chunk.lines.iter() {
                if line.at.is_some_and(|at| at > until) {
                    later.first = later.first.min(serial);
                    if let Some(count) = counts.get_mut(line.source as usize) {
                        *count += 1;
                    }
                }
                serial += 1;
            }
            for (source, count) in chunk.sources.iter().zip(counts).filter(|(_, count)| *count > 0) {
                *later.lines.entry(source.clone()).or_default() += count;
            }
        }
        later
    }

    /// Takes out the oldest lines, up to this moment.
    pub fn take_until(&mut self, until: Timestamp) -> Vec<LogChunk> {
        let taken = self.buffer.take_until(until);
        self.forget();
        taken
    }

    /// Takes up a page of the past, older than everything that is there.
    pub fn prepend(&mut self, chunks: Vec<LogChunk>, complete_from: Option<Timestamp>) {
        for chunk in chunks.into_iter().rev() {
            // Its entries are made apart: what comes later knows nothing of them.
            let mut page = Self::default();
            page.push(chunk.clone());
            while page.entered < page.buffer.end() {
                page.enter();
            }
            for line in chunk.lines.iter() {
                if let Some(at) = line.at {
                    self.pulse.add(at, line.level);
                }
            }
            self.buffer.push_front(chunk);
            let first = self.buffer.first();
            let here = |serial: u64| first + (serial - ORIGIN);
            self.base -= page.entries.len() as u64;
            for entry in page.entries.into_iter().rev() {
                self.entries.push_front(match entry {
                    Entry::Lines(lines) => {
                        Entry::Lines(Lines { first: here(lines.first), last: here(lines.last), ..lines })
                    }
                    Entry::Mark { before, text } => Entry::Mark { before: here(before), text },
                });
            }
            self.unlevelled += page.unlevelled;
            self.name_width = self.name_width.max(page.name_width);
            self.container_width = self.container_width.max(page.container_width);
        }
        self.past = Some(complete_from);
    }

    /// Pages of the past were read.
    #[must_use]
    pub fn reads_past(&self) -> bool {
        self.past.is_some()
    }

    /// Everything has to be judged anew, the newest first.
    pub fn judge_anew(&mut self) {
        self.shown.clear();
        self.judged = self.end()..self.end();
    }

    /// Does a bounded piece of work; true when more remains.
    pub fn work(&mut self, query: &Query) -> bool {
        self.forget();
        let touched = self.enter();
        for name in touched {
            self.judge_again(name, query);
        }
        let mut budget = PIECE_BYTES;
        while self.judged.end < self.end() && budget > 0 {
            let name = self.judged.end;
            self.judged.end += 1;
            if self.judge(name, query, &mut budget) {
                self.shown.push_back(name);
            }
        }
        while self.judged.start > self.base && budget > 0 {
            self.judged.start -= 1;
            let name = self.judged.start;
            if self.judge(name, query, &mut budget) {
                self.shown.push_front(name);
            }
        }
        self.is_working()
    }

    #[must_use]
    pub fn is_working(&self) -> bool {
        self.entered < self.buffer.end() || !self.waiting.is_empty() || self.judged != (self.base..self.end())
    }

    /// Drops the entries whose lines are gone.
    fn forget(&mut self) {
        let first = self.buffer.first();
        self.entered = self.entered.max(first);
        while let Some(oldest) = self.entries.front() {
            match oldest {
                Entry::Lines(lines) if lines.first < first => {
                    self.unlevelled -= usize::from(lines.level == Level::Unknown);
                }
                Entry::Mark { before, .. } if *before < first => self.marks -= 1,
                _ => break,
            }
            if self.shown.front() == Some(&self.base) {
                self.shown.pop_front();
            }
            self.entries.pop_front();
            self.base += 1;
        }
        self.judged = self.judged.start.max(self.base)..self.judged.end.max(self.base);
    }

    /// Makes entries of new lines. Returns the older entries that grew.
    fn enter(&mut self) -> BTreeSet<u64> {
        let mut touched = BTreeSet::new();
        let mut budget = PIECE_LINES;
        while budget > 0 && self.entered < self.buffer.end() {
            let Some((first, chunk)) = self.buffer.chunk(self.entered) else { break };
            let chunk = chunk.clone();
            let mut known: Vec<Option<Source>> =
                chunk.sources.iter().map(|source| self.sources.remove(source)).collect();
            let mut stranger = None;
            let from = usize::try_from(self.entered - first).unwrap_or(usize::MAX);
            for line in chunk.lines.iter().skip(from).take(budget) {
                self.enter_marks();
                let source = known.get_mut(line.source as usize).unwrap_or(&mut stranger);
                touched.extend(self.enter_line(chunk.text(line), line, source));
                self.entered += 1;
                budget -= 1;
            }
            for (name, source) in chunk.sources.iter().zip(known) {
                if let Some(source) = source {
                    self.name_width = self.name_width.max(name.short_name().width());
                    self.container_width = self.container_width.max(name.container.width());
                    self.sources.insert(name.clone(), source);
                }
            }
        }
        self.enter_marks();
        self.forget_sources();
        touched
    }

    fn forget_sources(&mut self) {
        if self.sources.len() > SOURCES {
            let mut newest: Vec<u64> = self.sources.values().map(|source| source.serial).collect();
            let (_, median, _) = newest.select_nth_unstable(SOURCES / 2);
            let median = *median;
            self.sources.retain(|_, source| source.serial >= median);
        }
    }

    fn enter_marks(&mut self) {
        while self.waiting.front().is_some_and(|(before, _)| *before <= self.entered) {
            let Some((before, text)) = self.waiting.pop_front() else { return };
            let mark = Entry::Mark { before, text };
            match self.entries.back_mut() {
                Some(last) if self.marks_in_a_row >= MARKS_IN_A_ROW => *last = mark,
                _ => {
                    self.entries.push_back(mark);
                    self.marks += 1;
                    self.marks_in_a_row += 1;
                }
            }
        }
    }

    /// Adds the line to the entry it goes on with, whose name is returned, or makes a new one.
    fn enter_line(&mut self, text: &str, line: &LogLine, source: &mut Option<Source>) -> Option<u64> {
        let serial = self.entered;
        if let Some(at) = line.at {
            self.pulse.add(at, line.level);
        }
        let new = self.end();
        let known = source.get_or_insert_with(|| Source {
            entry: new,
            serial,
            at: line.at,
            begins: line.at,
            lines: 0,
            trace: Trace::default(),
        });
        let joins = serial - known.serial <= TRACE_SPREAD
            && !is_late(known.at, line.at)
            && self.may_join(known.entry, line.level)
            && known.trace.takes(text);
        known.serial = serial;
        known.at = line.at;
        known.lines += 1;
        if joins {
            let name = known.entry;
            self.extend(name, serial, line.level);
            return Some(name);
        }
        known.entry = new;
        known.trace = Trace::after(text);
        let lines = Lines { first: serial, last: serial, more: 0, level: line.level };
        self.unlevelled += usize::from(line.level == Level::Unknown);
        self.entries.push_back(Entry::Lines(lines));
        self.marks_in_a_row = 0;
        None
    }

    /// A line never hides behind one that is less severe.
    fn may_join(&self, entry: u64, level: Level) -> bool {
        self.lines(entry).is_some_and(|lines| lines.level <= level || lines.level == Level::Unknown)
    }

    fn extend(&mut self, name: u64, serial: u64, level: Level) {
        let Some(mut lines) = self.lines(name) else { return };
        lines.last = serial;
        lines.more += 1;
        if lines.level == Level::Unknown && level != Level::Unknown {
            self.unlevelled -= 1;
        }
        lines.level = lines.level.min(level);
        let index = usize::try_from(name - self.base).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(index) {
            *entry = Entry::Lines(lines);
        }
    }

    /// Whether the query wants an entry. Marks are always wanted.
    fn judge(&self, name: u64, query: &Query, budget: &mut usize) -> bool {
        let lines = match self.entry(name) {
            Some(Entry::Lines(lines)) => *lines,
            Some(Entry::Mark { .. }) => return true,
            None => return false,
        };
        if !query.filter.is_empty() {
            let texts: Vec<&str> = self.places(&lines).map(|place| place.text()).collect();
            let cost = ENTRY_COST + texts.iter().map(|text| text.len()).sum::<usize>();
            *budget = budget.saturating_sub(cost);
            query.wants(lines.level, texts.iter().copied())
        } else {
            *budget = budget.saturating_sub(ENTRY_COST);
            query.wants(lines.level, std::iter::empty())
        }
    }

    /// An entry that grew may be wanted now, or no longer.
    fn judge_again(&mut self, name: u64, query: &Query) {
        if !self.judged.contains(&name) || query.is_open() {
            return;
        }
        let mut budget = PIECE_BYTES;
        let wanted = self.judge(name, query, &mut budget);
        match (self.shown.binary_search(&name), wanted) {
            (Ok(place), false) => drop(self.shown.remove(place)),
            (Err(place), true) => self.shown.insert(place, name),
            (Ok(_), true) | (Err(_), false) => {}
        }
    }

    /// Serial after the newest line that has found its entry.
    #[must_use]
    pub fn entered(&self) -> u64 {
        self.entered
    }

    /// Name after the newest entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    #[must_use]
    pub fn entry(&self, name: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(name.checked_sub(self.base)?).ok()?)
    }

    fn lines(&self, name: u64) -> Option<Lines> {
        match self.entry(name)? {
            Entry::Lines(lines) => Some(*lines),
            Entry::Mark { .. } => None,
        }
    }

    #[must_use]
    pub fn line(&self, serial: u64) -> Option<Place<'_>> {
        self.buffer.line(serial)
    }

    /// All lines of an entry, first to last.
    pub fn places(&self, lines: &Lines) -> impl Iterator<Item = Place<'_>> + Clone {
        let head = self.buffer.line(lines.first);
        let own = lines.first;
        let range = if lines.more == 0 { own..own } else { own + 1..lines.last + 1 };
        let rest = range.filter_map(|serial| self.buffer.line(serial));
        head.into_iter().chain(rest.filter(move |place| head.is_some_and(|head| same_source(&head, place))))
    }

    /// Names of the entries the query wants, oldest first.
    #[must_use]
    pub fn shown(&self) -> &VecDeque<u64> {
        &self.shown
    }

    /// Where an entry stands among the shown ones, or would.
    #[must_use]
    pub fn position(&self, name: u64) -> usize {
        self.shown.partition_point(|shown| *shown < name)
    }

    #[must_use]
    pub fn buffer(&self) -> &LogBuffer {
        &self.buffer
    }

    /// Columns of the longest short name of a pod.
    #[must_use]
    pub fn name_width(&self) -> usize {
        self.name_width
    }

    #[must_use]
    pub fn container_width(&self) -> usize {
        self.container_width
    }

    /// Shown lines and all lines, each together with those that go on with it.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let shown_marks = if self.judged == (self.base..self.end()) { self.marks } else { self.shown_marks() };
        (self.shown.len() - shown_marks, self.entries.len() - self.marks)
    }

    /// While not everything has been judged, marks have to be counted.
    fn shown_marks(&self) -> usize {
        self.shown.iter().filter(|name| matches!(self.entry(**name), Some(Entry::Mark { .. }))).count()
    }

    /// Lines that say no level.
    #[must_use]
    pub fn unlevelled(&self) -> usize {
        self.unlevelled
    }

    /// The share of entries that have been judged, while some have not.
    #[must_use]
    pub fn progress(&self) -> Option<f64> {
        let judged = self.judged.end - self.judged.start;
        let all = self.entries.len() as u64;
        (judged < all).then(|| judged as f64 / all as f64)
    }

    /// From when on the lines are complete, as far as it is known from them: what had to go, and containers whose past
    /// was cut at `tail` lines, bound it. None means that nothing bound it.
    #[must_use]
    pub fn complete_from(&self, tail: u64) -> Option<Timestamp> {
        let cut = match self.past {
            Some(complete_from) => complete_from,
            None => {
                let cut = self.sources.values().filter(|source| source.lines >= tail);
                cut.filter_map(|source| source.begins).max()
            }
        };
        let kept = if self.buffer.let_go() > 0 { self.oldest() } else { None };
        cut.max(kept)
    }

    /// The oldest moment a kept line is from.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.buffer.line(self.buffer.first())?.line.at
    }

    /// The newest moment a line is from.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.buffer.line(self.buffer.end().checked_sub(1)?)?.line.at
    }
}

fn is_late(before: Option<Timestamp>, at: Option<Timestamp>) -> bool {
    matches!((before, at), (Some(before), Some(at)) if at.duration_since(before) > TRACE_PAUSE)
}

fn same_source(one: &Place<'_>, other: &Place<'_>) -> bool {
    let same_list = Arc::ptr_eq(&one.chunk.sources, &other.chunk.sources);
    if same_list { one.line.source == other.line.source } else { one.source() == other.source() }
}

#[cfg(test)]
mod tests;
