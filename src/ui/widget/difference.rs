//! What an act changes: fields with their values before and after, and two texts line against line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::plan::Difference;
use crate::insight::text_difference::{DifferenceLine, Side};
use crate::ui::paint;
use crate::ui::styles::Styles;

/// Changed fields below the path they share: `template › app`, then `image  old → new`.
#[derive(Clone, Debug)]
pub struct FieldDifferences<'a> {
    pub differences: &'a [Difference],
    /// Rows scrolled down.
    pub top: usize,
    pub styles: &'a Styles,
}

const SEPARATOR: &str = " › ";

impl<'a> FieldDifferences<'a> {
    /// All rows there are, for scrolling.
    #[must_use]
    pub fn rows(&self) -> Vec<Line<'a>> {
        let names = self.differences.iter().map(|difference| paint::width(split(&difference.field).1));
        let name_width = usize::from(names.max().unwrap_or(0)).clamp(8, 32);
        let values = self.differences.iter().map(|difference| paint::width(&difference.before));
        let before_width = usize::from(values.max().unwrap_or(0)).clamp(6, 36);
        let mut rows = Vec::new();
        let mut group = None;
        for difference in self.differences {
            let (path, name) = split(&difference.field);
            if group != Some(path) && !path.is_empty() {
                rows.push(Line::from(Span::styled(path, self.styles.dim)));
            }
            group = Some(path);
            // A field without a path stands at the edge, and its value in line with the others.
            let name_width = name_width + if path.is_empty() { 2 } else { 0 };
            rows.push(Line::from(vec![
                Span::raw(format!("{}{}  ", if path.is_empty() { "" } else { "  " }, padded(name, name_width))),
                self.side(&difference.before, self.styles.removed, before_width),
                Span::styled("  →  ", self.styles.dim),
                self.side(&difference.after, self.styles.added, 0),
            ]));
        }
        rows
    }

    fn side(&self, value: &str, style: Style, width: usize) -> Span<'a> {
        if value.is_empty() {
            Span::styled(padded("(gone)", width), self.styles.dim)
        } else {
            Span::styled(padded(value, width), style)
        }
    }
}

impl Widget for FieldDifferences<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        for (index, line) in self.rows().iter().skip(self.top).take(usize::from(area.height)).enumerate() {
            paint::line(buffer, paint::row(area, index as u16), line);
        }
    }
}

/// Two texts line against line, only the visible lines given.
#[derive(Clone, Debug)]
pub struct TextDifference<'a> {
    pub lines: &'a [DifferenceLine],
    pub styles: &'a Styles,
}

impl Widget for TextDifference<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        for (index, line) in self.lines.iter().take(usize::from(area.height)).enumerate() {
            let (sign, style, word) = match line.side {
                Side::Both => (" ", self.styles.dim, self.styles.dim),
                Side::Before => ("-", self.styles.removed, self.styles.removed_word),
                Side::After => ("+", self.styles.added, self.styles.added_word),
                Side::Gap => ("┄", self.styles.rule, self.styles.rule),
            };
            let mut spans = vec![Span::styled(format!("{sign} "), style)];
            let pieces = line.pieces.iter();
            spans
                .extend(pieces.map(|(changed, text)| Span::styled(text.as_str(), if *changed { word } else { style })));
            paint::line(buffer, paint::row(area, index as u16), &Line::from(spans));
        }
    }
}

/// The path above a field and its own name.
fn split(field: &str) -> (&str, &str) {
    field.rsplit_once(SEPARATOR).unwrap_or(("", field))
}

/// Filled up to a width in columns.
fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(usize::from(paint::width(text)));
    format!("{text}{}", " ".repeat(missing))
}
