//! What an act changes: fields with their values before and after, and two texts line against line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::paragraph::fold;
use crate::domain::plan::Difference;
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
/// Columns a value must have beside its name, and how far it is indented below it.
const VALUE_LEAST: u16 = 24;
const VALUE_INDENT: u16 = 4;

impl<'a> FieldDifferences<'a> {
    /// All rows there are. What does not fit beside the value before stands below it.
    #[must_use]
    pub fn rows(&self, width: u16) -> Vec<Line<'a>> {
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
            let name = format!("{}{}  ", if path.is_empty() { "" } else { "  " }, padded(name, name_width));
            let before = self.side(&difference.before, self.styles.removed, before_width);
            let after = self.side(&difference.after, self.styles.added, 0);
            let beside =
                Line::from(vec![Span::raw(name), before, Span::styled("  →  ", self.styles.dim), after.clone()]);
            if paint::line_width(&beside) <= width {
                rows.push(beside);
            } else {
                let name = beside.spans.into_iter().next().unwrap_or_default();
                self.below(name, difference, width, &mut rows);
            }
        }
        rows
    }

    /// The value after below the one before, both whole; below the name as well where it leaves them no room.
    fn below(&self, name: Span<'a>, difference: &Difference, width: u16, rows: &mut Vec<Line<'a>>) {
        let mut indent = paint::width(&name.content);
        let mut first = Some(name);
        if width < indent + VALUE_LEAST {
            rows.extend(first.take().map(Line::from));
            indent = VALUE_INDENT;
        }
        let room = width.saturating_sub(indent + 2);
        let sides =
            [(&difference.before, ["", ""], self.styles.removed), (&difference.after, ["→ ", "  "], self.styles.added)];
        for (value, marks, style) in sides {
            let (value, style) = if value.is_empty() { ("(gone)", self.styles.dim) } else { (&**value, style) };
            for (index, part) in fold(value, room).into_iter().enumerate() {
                let before = first.take().unwrap_or_else(|| Span::raw(" ".repeat(usize::from(indent))));
                let mark = marks[usize::from(index > 0)];
                rows.push(Line::from(vec![before, Span::styled(mark, self.styles.dim), Span::styled(part, style)]));
            }
        }
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
        for (index, line) in self.rows(area.width).iter().skip(self.top).take(usize::from(area.height)).enumerate() {
            paint::line(buffer, paint::row(area, index as u16), line);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme_file;

    #[test]
    fn a_value_that_does_not_fit_beside_the_one_before_stands_below_it() {
        let styles = Styles::new(&theme_file::built_in("dark").expect("the default theme"));
        let image = Difference {
            field: "template › app › image".into(),
            before: "registry.example/team/shop-pay:1.8.4".into(),
            after: "registry.example/team/shop-pay:1.8.3".into(),
        };
        let shown = |width| {
            let rows =
                FieldDifferences { differences: std::slice::from_ref(&image), top: 0, styles: &styles }.rows(width);
            rows.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(shown(100).len(), 2);
        let narrow = shown(60);
        assert!(
            narrow[1].ends_with("shop-pay:1.8.4") && narrow[2].ends_with("→ registry.example/team/shop-pay:1.8.3"),
            "{narrow:?}"
        );
        for width in 20..60 {
            let rows = shown(width);
            assert!(rows.iter().all(|row| paint::width(row) <= width.max(20)), "{width}: {rows:?}");
            let told: String = rows.iter().map(|row| row.trim().trim_start_matches("→ ")).collect();
            for value in [&image.before, &image.after] {
                assert!(told.contains(value.as_str()), "{width}: {rows:?}");
            }
        }
    }
}
