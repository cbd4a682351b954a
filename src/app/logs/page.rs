//! Rows on screen: where the cursor stands among entries and what is unfolded of them, and which rows fill a page.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::domain::log::Level;
use crate::domain::text::CleanText;

use super::buffer::Place;
use super::fields::{Spoken, speak};
use super::index::{Entry, LogIndex};

/// A row: an entry, and which part of it counted from its first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub entry: u64,
    pub part: usize,
}

/// What a row shows.
#[derive(Clone, Debug)]
pub enum Row<'a> {
    Mark(&'a CleanText),
    /// Here begins what is held.
    Begins,
    /// The first line of an entry, with the number of lines folded behind it.
    Line {
        place: Place<'a>,
        level: Level,
        spoken: Spoken,
        folded: u32,
    },
    /// A field of an opened line.
    Field(CleanText, CleanText),
    /// A line that goes on with the first.
    More(Place<'a>),
}

/// How lines are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Columns for the text of a line, and whether longer ones are wrapped there.
    pub columns: usize,
    pub wrap: bool,
    /// Lines on a page.
    pub lines: usize,
}

/// Which entries show all of themselves.
#[derive(Clone, Debug, Default)]
pub struct Unfolded {
    pub traces: bool,
    pub entries: BTreeSet<u64>,
}

/// The rows of an index under one way of unfolding.
#[derive(Clone, Copy, Debug)]
pub struct Pages<'a> {
    pub index: &'a LogIndex,
    pub unfolded: &'a Unfolded,
    pub shape: Shape,
    /// A row says where what is held begins.
    pub begins: bool,
}

impl<'a> Pages<'a> {
    /// The rows of an entry.
    #[must_use]
    pub fn rows(&self, name: u64) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        if self.is_first(name) {
            rows.push(Row::Begins);
        }
        let lines = match self.index.entry(name) {
            Some(Entry::Mark { text, .. }) => {
                rows.push(Row::Mark(text));
                return rows;
            }
            Some(Entry::Lines(lines)) => lines,
            None => return Vec::new(),
        };
        let Some(place) = self.index.line(lines.first) else { return Vec::new() };
        let opened = self.unfolded.entries.contains(&name);
        let unfolded = opened || self.unfolded.traces;
        let mut spoken = speak(place.text());
        let fields = if opened { std::mem::take(&mut spoken.fields) } else { Vec::new() };
        let folded = if unfolded { 0 } else { lines.more };
        rows.push(Row::Line { place, level: lines.level, spoken, folded });
        rows.extend(fields.into_iter().map(|(key, value)| Row::Field(key, value)));
        if unfolded {
            rows.extend(self.index.places(lines).skip(1).map(Row::More));
        }
        rows
    }

    /// The number of those rows.
    fn count(&self, name: u64) -> usize {
        let lines = match self.index.entry(name) {
            Some(Entry::Lines(_)) if self.unfolded.entries.contains(&name) => return self.rows(name).len(),
            Some(Entry::Lines(lines)) if self.unfolded.traces => 1 + lines.more as usize,
            Some(_) => 1,
            None => return 0,
        };
        lines + usize::from(self.is_first(name))
    }

    /// Nothing is shown before this entry.
    fn is_first(&self, name: u64) -> bool {
        self.begins && self.index.shown().front() == Some(&name)
    }

    /// Lines a row takes on the page.
    #[must_use]
    pub fn height(&self, row: &Row<'_>) -> usize {
        if !self.shape.wrap {
            return 1;
        }
        match row {
            Row::Line { spoken, folded, .. } => wrap(&line_text(spoken, *folded), self.shape.columns).len(),
            Row::Field(_, value) => wrap(value, self.shape.columns).len(),
            Row::More(place) => wrap(place.text(), self.shape.columns).len(),
            Row::Mark(_) | Row::Begins => 1,
        }
    }

    #[must_use]
    pub fn last(&self) -> Option<Spot> {
        self.index.shown().back().map(|entry| self.last_of(*entry))
    }

    /// The last row of an entry.
    #[must_use]
    pub fn last_of(&self, entry: u64) -> Spot {
        Spot { entry, part: self.count(entry).saturating_sub(1) }
    }

    #[must_use]
    pub fn first(&self) -> Option<Spot> {
        self.index.shown().front().map(|entry| Spot { entry: *entry, part: 0 })
    }

    /// The row itself when it is shown, or the nearest one after it, or the last.
    #[must_use]
    pub fn nearest(&self, spot: Spot) -> Option<Spot> {
        match self.index.shown().get(self.index.position(spot.entry)) {
            Some(entry) if *entry == spot.entry => {
                Some(Spot { part: spot.part.min(self.count(*entry).saturating_sub(1)), ..spot })
            }
            Some(entry) => Some(Spot { entry: *entry, part: 0 }),
            None => self.last(),
        }
    }

    #[must_use]
    pub fn after(&self, spot: Spot) -> Option<Spot> {
        if spot.part + 1 < self.count(spot.entry) {
            return Some(Spot { part: spot.part + 1, ..spot });
        }
        let entry = *self.index.shown().get(self.index.position(spot.entry + 1))?;
        Some(Spot { entry, part: 0 })
    }

    #[must_use]
    pub fn before(&self, spot: Spot) -> Option<Spot> {
        if spot.part > 0 {
            return Some(Spot { part: spot.part - 1, ..spot });
        }
        let position = self.index.position(spot.entry).checked_sub(1)?;
        self.index.shown().get(position).map(|entry| self.last_of(*entry))
    }

    /// So many rows on, or back when negative; as far as there are rows.
    #[must_use]
    pub fn step(&self, from: Spot, rows: isize) -> Spot {
        let next = |spot| if rows < 0 { self.before(spot) } else { self.after(spot) };
        let mut spot = from;
        for _ in 0..rows.unsigned_abs() {
            match next(spot) {
                Some(there) => spot = there,
                None => break,
            }
        }
        spot
    }

    fn height_at(&self, spot: Spot) -> usize {
        if !self.shape.wrap {
            return 1;
        }
        self.rows(spot.entry).get(spot.part).map_or(1, |row| self.height(row))
    }

    /// The first row of a page that ends with this one.
    fn page_up_to(&self, last: Spot) -> Spot {
        let mut used = self.height_at(last);
        let mut top = last;
        while let Some(before) = self.before(top) {
            used += self.height_at(before);
            if used > self.shape.lines {
                break;
            }
            top = before;
        }
        top
    }

    /// The first row of the page, moved as little as needed for the cursor to be on it.
    #[must_use]
    pub fn top(&self, top: Spot, cursor: Spot) -> Spot {
        let top = self.nearest(top).unwrap_or(cursor);
        let fitting = self.page_up_to(cursor);
        if cursor < top {
            return cursor;
        }
        let top = top.max(fitting);
        // A page that is not full at the end shows more of what is before.
        self.last().map_or(top, |last| top.min(self.page_up_to(last)))
    }

    /// The rows of a page, with the place of each.
    #[must_use]
    pub fn page(&self, top: Spot) -> Vec<(Spot, Row<'a>)> {
        let mut page = Vec::new();
        let mut used = 0;
        for entry in self.index.shown().iter().skip(self.index.position(top.entry)) {
            let skipped = if *entry == top.entry { top.part } else { 0 };
            for (part, row) in self.rows(*entry).into_iter().enumerate().skip(skipped) {
                used += self.height(&row);
                page.push((Spot { entry: *entry, part }, row));
                if used >= self.shape.lines {
                    return page;
                }
            }
        }
        page
    }
}

/// The text of a line as it is laid out: what it says, its fields, and what is folded.
#[must_use]
pub fn line_text(spoken: &Spoken, folded: u32) -> String {
    let mut text = spoken.message.to_string();
    for (index, (key, value)) in spoken.fields.iter().enumerate() {
        text.push_str(between(spoken, index));
        push_field(&mut text, key, value);
    }
    if folded > 0 {
        text.push_str("  ");
        text.push_str(&fold_text(folded));
    }
    text
}

/// What stands before a field.
#[must_use]
pub fn between(spoken: &Spoken, index: usize) -> &'static str {
    match index {
        0 if spoken.message.is_empty() => "",
        0 => "  ",
        _ => " ",
    }
}

/// `route="POST /v1/charge"`
pub fn push_field(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    text.push('=');
    if value.contains(' ') {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(value);
    }
}

/// `▸ 14 more lines`
#[must_use]
pub fn fold_text(folded: u32) -> String {
    format!("▸ {folded} more line{}", if folded == 1 { "" } else { "s" })
}

/// Breaks a text into lines of so many columns, as byte ranges; at least one.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        if used + width > columns {
            lines.push(start..index);
            (start, used) = (index, 0);
        }
        used += width;
    }
    lines.push(start..text.len());
    lines
}

#[cfg(test)]
mod tests;
