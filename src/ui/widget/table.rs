//! A table of visible rows. Columns keep their width while one scrolls, and are dropped in a declared order when the
//! screen is narrow; a row that needs explaining has a second, quiet line. The caller decides which rows are visible.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::kinds::column::{Align, Heading};
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

/// Mark, sign and a space stand before the first column.
const GUTTER: u16 = 3;
const GAP: u16 = 2;
/// A name is not cut below this for the sake of other columns.
const NAME: u16 = 20;

#[derive(Clone, Debug, Default)]
pub struct Cell<'a> {
    pub content: Line<'a>,
    /// It has just changed.
    pub glow: bool,
}

impl<'a, T: Into<Line<'a>>> From<T> for Cell<'a> {
    fn from(content: T) -> Self {
        Self { content: content.into(), glow: false }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// The sign before the name, such as a grade of health.
    pub sign: Span<'a>,
    pub cells: Vec<Cell<'a>>,
    /// Why it is unhealthy.
    pub note: Option<Line<'a>>,
    pub marked: bool,
}

impl Row<'_> {
    #[must_use]
    pub fn height(&self) -> u16 {
        if self.note.is_some() { 2 } else { 1 }
    }
}

#[derive(Clone, Debug)]
pub struct Table<'a> {
    pub columns: &'a [Heading],
    pub rows: Vec<Row<'a>>,
    /// Index into `rows`.
    pub cursor: Option<usize>,
    /// The column rows are ordered by, and whether the largest is on top.
    pub sorted: Option<(usize, bool)>,
    pub styles: &'a Styles,
}

/// A column that is shown: its index and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub column: usize,
    pub x: u16,
    pub width: u16,
}

/// A column is shown whole or dropped; only the name may be cut.
fn least(columns: &[Heading], index: usize) -> u16 {
    let column = columns[index];
    if index == 0 { column.width.min(NAME) } else { column.width.max(paint::width(column.title)) }
}

/// Chooses columns and widths for a total width. Depends on nothing else, so nothing jumps while one scrolls.
#[must_use]
pub fn place(columns: &[Heading], total: u16) -> Vec<Placed> {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed = |shown: &[usize]| {
        shown.iter().fold(GUTTER, |sum, &index| sum.saturating_add(least(columns, index)).saturating_add(GAP)) - GAP
    };
    while shown.len() > 1 && needed(&shown) > total {
        let last = (1..shown.len()).max_by_key(|&place| (columns[shown[place]].priority, place)).unwrap_or(1);
        shown.remove(last);
    }
    let spare = total.saturating_sub(needed(&shown));
    let mut widths: Vec<u16> = shown.iter().map(|&index| least(columns, index)).collect();
    if let [only] = widths.as_mut_slice() {
        *only = (*only).min(total.saturating_sub(GUTTER));
    }
    // What is left goes to the name.
    if let (Some(width), Some(&name)) = (widths.first_mut(), shown.first()) {
        *width += columns[name].width.saturating_sub(*width).min(spare);
    }
    let used = widths.iter().fold(GUTTER, |sum, width| sum + width + GAP) - GAP;
    if let Some(place) = shown.iter().position(|&index| columns[index].stretches) {
        widths[place] += total.saturating_sub(used);
    }
    let mut x = GUTTER;
    shown
        .into_iter()
        .zip(widths)
        .map(|(column, width)| {
            let placed = Placed { column, x, width };
            x += width + GAP;
            placed
        })
        .collect()
}

impl Widget for Table<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        if area.is_empty() {
            return;
        }
        let placed = place(self.columns, area.width);
        self.head(paint::row(area, 0), &placed, buffer);
        let mut y = area.y + 1;
        for (index, row) in self.rows.iter().enumerate() {
            if y >= area.bottom() {
                break;
            }
            let lines = Rect { y, height: area.bottom() - y, ..area };
            self.row(row, self.cursor == Some(index), lines, &placed, buffer);
            y += row.height();
        }
    }
}

impl Table<'_> {
    fn head(&self, area: Rect, placed: &[Placed], buffer: &mut Buffer) {
        for place in placed {
            let column = &self.columns[place.column];
            let arrow = match self.sorted {
                Some((index, true)) if index == place.column => "↓",
                Some((index, false)) if index == place.column => "↑",
                _ => "",
            };
            let title = format!("{}{arrow}", column.title);
            // The first title stands over the sign.
            let x = if place.column == 0 { 1 } else { place.x };
            // The arrow may stand in the gap between columns.
            let width = place.x + place.width - x + u16::from(!arrow.is_empty());
            let cell = span(area, x, width);
            let style = if arrow.is_empty() { self.styles.dim } else { self.styles.key };
            match column.align {
                Align::Left => paint::text(buffer, cell, &title, style),
                Align::Right => paint::text_right(buffer, cell, &title, style),
            };
        }
    }

    fn row(&self, row: &Row<'_>, here: bool, area: Rect, placed: &[Placed], buffer: &mut Buffer) {
        let first = paint::row(area, 0);
        let gutter = span(first, 0, GUTTER);
        if row.marked {
            paint::text(buffer, gutter, symbols::MARKED, self.styles.key);
        } else if here {
            paint::text(buffer, gutter, symbols::HERE, Style::new());
        }
        paint::text(buffer, span(first, 1, 1), &row.sign.content, row.sign.style);
        for place in placed {
            let Some(cell) = row.cells.get(place.column) else { continue };
            let target = span(first, place.x, place.width);
            if cell.glow {
                buffer.set_style(target, self.styles.glow);
            }
            let used = match self.columns[place.column].align {
                // What tells the names of pods apart stands at their end.
                Align::Left if place.column == 0 => match shortened(&cell.content, place.width) {
                    Some(name) => paint::line(buffer, target, &name),
                    None => paint::line(buffer, target, &cell.content),
                },
                Align::Left => paint::line(buffer, target, &cell.content),
                Align::Right => paint::line_right(buffer, target, &cell.content),
            };
            if here && place.column == 0 {
                buffer.set_style(Rect { width: used, ..target }, self.styles.base.patch(self.styles.cursor));
            }
        }
        if here {
            // One bar without the sign's own colour: the sign still tells.
            buffer.set_style(gutter, self.styles.base.patch(self.styles.cursor));
        }
        if let Some(note) = &row.note {
            let second = paint::row(area, 1);
            let target = span(second, GUTTER, second.width);
            paint::line(buffer, target, &note.clone().patch_style(self.styles.dim.patch(note.style)));
        }
    }
}

/// A name that does not fit, cut in its middle; None where it fits, or stands in several styles.
fn shortened(name: &Line<'_>, columns: u16) -> Option<Line<'static>> {
    let [only] = name.spans.as_slice() else { return None };
    let fits = paint::width(&only.content) <= columns;
    (!fits).then(|| Line::styled(paint::shortened(&only.content, columns), name.style.patch(only.style)))
}

/// A part of one row, never beyond its end.
fn span(area: Rect, x: u16, width: u16) -> Rect {
    let x = x.min(area.width);
    Rect { x: area.x + x, width: width.min(area.width - x), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Heading; 4] = [
        Heading::left("NAME", 30, 0),
        Heading::right("READY", 5, 0),
        Heading::left("NODE", 12, 2),
        Heading::right("AGE", 4, 1),
    ];

    fn titles(total: u16) -> Vec<(&'static str, u16)> {
        place(&COLUMNS, total).iter().map(|placed| (COLUMNS[placed.column].title, placed.width)).collect()
    }

    #[test]
    fn the_least_important_column_goes_first() {
        assert_eq!(titles(80), [("NAME", 30), ("READY", 5), ("NODE", 12), ("AGE", 4)]);
        assert_eq!(titles(52), [("NAME", 22), ("READY", 5), ("NODE", 12), ("AGE", 4)]);
        assert_eq!(titles(49), [("NAME", 30), ("READY", 5), ("AGE", 4)]);
        assert_eq!(titles(30), [("NAME", 20), ("READY", 5)]);
        assert_eq!(titles(9), [("NAME", 6)]);
    }

    #[test]
    fn columns_never_overlap_nor_leave_the_table() {
        for total in 0..200 {
            let placed = place(&COLUMNS, total);
            for pair in placed.windows(2) {
                assert!(pair[0].x + pair[0].width < pair[1].x);
            }
            let last = placed.last().expect("the name is always there");
            assert!(last.x + last.width <= total.max(GUTTER), "{total}");
        }
    }
}
