//! Columns of the generic table: a heading and how to read a cell from a row, in one place for screen, sort, filter and report.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Serialize;

use super::age;
use crate::domain::figure;
use crate::domain::health::Grade;
use crate::domain::text::CleanText;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    Left,
    Right,
}

/// What stands above a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Heading {
    pub title: &'static str,
    pub align: Align,
    /// The width it would like.
    pub width: u16,
    /// 0 is always shown; the highest goes first when the screen is narrow.
    pub priority: u8,
    /// It takes what the others leave; its width is the least it needs.
    pub stretches: bool,
}

impl Heading {
    #[must_use]
    pub const fn left(title: &'static str, width: u16, priority: u8) -> Self {
        Self { title, align: Align::Left, width, priority, stretches: false }
    }

    #[must_use]
    pub const fn right(title: &'static str, width: u16, priority: u8) -> Self {
        Self { title, align: Align::Right, width, priority, stretches: false }
    }
}

/// A heading with the way to its cells.
pub struct Column<R> {
    pub heading: Heading,
    pub cell: fn(&R, Timestamp) -> Cell,
}

impl<R> Column<R> {
    pub const fn left(title: &'static str, width: u16, priority: u8, cell: fn(&R, Timestamp) -> Cell) -> Self {
        Self { heading: Heading::left(title, width, priority), cell }
    }

    pub const fn right(title: &'static str, width: u16, priority: u8, cell: fn(&R, Timestamp) -> Cell) -> Self {
        Self { heading: Heading::right(title, width, priority), cell }
    }

    /// A text that takes what the other columns leave.
    pub const fn rest(title: &'static str, least: u16, priority: u8, cell: fn(&R, Timestamp) -> Cell) -> Self {
        Self { heading: Heading { stretches: true, ..Heading::left(title, least, priority) }, cell }
    }
}

/// One value of a table. It orders as a person expects: numbers by size, ages by time, states worst first.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(CleanText),
    /// A state with its colour.
    State(Grade, CleanText),
    Number(u64),
    /// So many of so many.
    Share(u32, u32),
    /// Shown as the time since.
    Since(Timestamp),
    Millicores(u32),
    Bytes(u64),
}

impl Cell {
    /// What to show at this moment.
    #[must_use]
    pub fn text(&self, now: Timestamp) -> CleanText {
        match self {
            Self::Empty => CleanText::default(),
            Self::Text(text) | Self::State(_, text) => text.clone(),
            Self::Number(number) => number.to_string().into(),
            Self::Share(have, want) => format!("{have}/{want}").into(),
            Self::Since(at) => age::age(*at, now).into(),
            Self::Millicores(value) => figure::cores(f64::from(*value) / 1e3).into(),
            Self::Bytes(value) => figure::bytes(*value as f64).into(),
        }
    }

    /// Ascending order: a younger thing comes before an older one, an empty cell last.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::State(a, x), Self::State(b, y)) => a.cmp(b).then_with(|| x.cmp(y)),
            (Self::Number(a), Self::Number(b)) | (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Millicores(a), Self::Millicores(b)) => a.cmp(b),
            (Self::Share(a, b), Self::Share(x, y)) => share(*a, *b).total_cmp(&share(*x, *y)).then_with(|| b.cmp(y)),
            (Self::Since(a), Self::Since(b)) => b.cmp(a),
            (Self::Empty, Self::Empty) => Ordering::Equal,
            (Self::Empty, _) => Ordering::Greater,
            (_, Self::Empty) => Ordering::Less,
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// Cells of one column may differ in form only where one is empty; otherwise forms stay together.
    fn rank(&self) -> u8 {
        match self {
            Self::State(..) => 0,
            Self::Number(_) => 1,
            Self::Share(..) => 2,
            Self::Since(_) => 3,
            Self::Millicores(_) => 4,
            Self::Bytes(_) => 5,
            Self::Text(_) => 6,
            Self::Empty => 7,
        }
    }
}

fn share(have: u32, want: u32) -> f64 {
    if want == 0 { 1.0 } else { f64::from(have) / f64::from(want) }
}

impl From<&CleanText> for Cell {
    fn from(text: &CleanText) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.clone()) }
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Option<Timestamp>> for Cell {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Empty, Self::Since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_order_as_people_expect() {
        let at = |second| Cell::Since(Timestamp::from_second(second).unwrap());
        assert_eq!(at(20).order(&at(10)), Ordering::Less);
        assert_eq!(Cell::Number(9).order(&Cell::Number(10)), Ordering::Less);
        assert_eq!(Cell::Share(1, 3).order(&Cell::Share(2, 2)), Ordering::Less);
        assert_eq!(Cell::Empty.order(&Cell::Number(1)), Ordering::Greater);
        let state = |grade| Cell::State(grade, CleanText::default());
        assert_eq!(state(Grade::Broken).order(&state(Grade::Ready)), Ordering::Less);
    }

    #[test]
    fn cells_read_well() {
        let now = Timestamp::from_second(1_000).unwrap();
        assert_eq!(Cell::Share(1, 2).text(now), "1/2");
        assert_eq!(Cell::Since(Timestamp::from_second(700).unwrap()).text(now), "5m");
        assert_eq!(Cell::Bytes(1 << 20).text(now), "1Mi");
    }
}
