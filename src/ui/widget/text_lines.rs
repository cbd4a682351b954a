//! Text to read: YAML, help, a record. Only the visible lines are given; colours are light and carry nothing alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::paragraph::wrap;
use crate::ui::paint;
use crate::ui::styles::Styles;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Plain,
    Yaml,
    /// Headings, lists and code marks.
    Markdown,
}

#[derive(Clone, Debug)]
pub struct TextLines<'a> {
    /// From the first visible one.
    pub lines: &'a [&'a str],
    pub syntax: Syntax,
    /// Columns scrolled to the right; without meaning when wrapped.
    pub left: usize,
    pub wrapped: bool,
    /// Text searched for, marked where it stands.
    pub found: Option<&'a str>,
    pub styles: &'a Styles,
}

impl Widget for TextLines<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        let mut y = 0;
        for line in self.lines {
            let parts = if self.wrapped && paint::width(line) > area.width {
                wrap(line, area.width)
            } else {
                vec![(*line).to_owned()]
            };
            for part in parts {
                if y >= area.height {
                    return;
                }
                let shown: String = if self.wrapped { part } else { part.chars().skip(self.left).collect() };
                let row = paint::row(area, y);
                paint::line(buffer, row, &self.colored(&shown));
                self.mark(&shown, row, buffer);
                y += 1;
            }
        }
    }
}

impl TextLines<'_> {
    fn colored<'b>(&self, line: &'b str) -> Line<'b> {
        match self.syntax {
            Syntax::Plain => Line::from(line),
            Syntax::Yaml => self.yaml(line),
            Syntax::Markdown if line.starts_with('#') => Line::from(Span::styled(line, self.styles.focus)),
            Syntax::Markdown if line.starts_with("    ") || line.starts_with("> ") => {
                Line::from(Span::styled(line, self.styles.dim))
            }
            Syntax::Markdown => Line::from(line),
        }
    }

    /// A key, its colon and its value; a comment; or just text.
    fn yaml<'b>(&self, line: &'b str) -> Line<'b> {
        let body = line.trim_start_matches([' ', '-']);
        let indent = &line[..line.len() - body.len()];
        if body.starts_with('#') {
            return Line::from(Span::styled(line, self.styles.dim));
        }
        let end = body.find(": ").or_else(|| body.ends_with(':').then(|| body.len() - 1));
        let Some(end) = end.filter(|&end| !body[..end].contains(['"', '\'', ' '])) else { return Line::from(line) };
        let (key, value) = body.split_at(end);
        let value_style = match value.trim_start_matches([':', ' ']) {
            "null" | "true" | "false" | "{}" | "[]" => self.styles.changing,
            number if number.parse::<f64>().is_ok() => self.styles.changing,
            _ => ratatui::style::Style::new(),
        };
        Line::from(vec![
            Span::styled(indent, self.styles.dim),
            Span::styled(key, self.styles.chart(0)),
            Span::styled(&value[..1], self.styles.dim),
            Span::styled(&value[1..], value_style),
        ])
    }

    fn mark(&self, line: &str, row: Rect, buffer: &mut Buffer) {
        let Some(found) = self.found.filter(|found| !found.is_empty()) else { return };
        for (start, end) in matches(line, found) {
            let (x, width) = (paint::width(&line[..start]), paint::width(&line[start..end]));
            if x < row.width {
                let area = Rect { x: row.x + x, width: width.min(row.width - x), ..row };
                buffer.set_style(area, self.styles.found);
            }
        }
    }
}

/// Where a text stands in a line, without regard to ASCII case, as byte ranges.
#[must_use]
pub fn matches(line: &str, found: &str) -> Vec<(usize, usize)> {
    let (line, found) = (line.to_ascii_lowercase(), found.to_ascii_lowercase());
    line.match_indices(&found).map(|(start, text)| (start, start + text.len())).collect()
}
