//! A pane that has nothing to show, and why: empty, loading, denied or failed. Never just blank.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::paragraph::wrap;
use crate::domain::freshness::Freshness;
use crate::domain::problem::Problem;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

/// The widest a sentence gets before it is broken.
const MEASURE: u16 = 64;

#[derive(Clone, Debug)]
pub struct Empty<'a> {
    pub sign: (&'static str, Style),
    pub title: String,
    /// Why, and what to do.
    pub lines: Vec<String>,
    pub styles: &'a Styles,
}

impl<'a> Empty<'a> {
    /// What a pane without rows says. `nothing` is the sentence for a complete and empty answer.
    #[must_use]
    pub fn of(freshness: &Freshness, nothing: &str, styles: &'a Styles) -> Self {
        let state = |sign, style, title: String, lines| Self { sign: (sign, style), title, lines, styles };
        match freshness {
            Freshness::Loading | Freshness::Partial { .. } => {
                state(symbols::CHANGING, styles.changing, "Loading".to_owned(), Vec::new())
            }
            Freshness::Live | Freshness::Polled { .. } => state("", styles.dim, nothing.to_owned(), Vec::new()),
            Freshness::Stale { problem, .. } | Freshness::Failed(problem) => Self::problem(problem, styles),
            Freshness::Denied(access) => state(
                symbols::DENIED,
                styles.warning,
                format!("You may not {access}"),
                vec!["Y hands over the command for somebody who may grant it.".to_owned()],
            ),
        }
    }

    #[must_use]
    pub fn problem(problem: &Problem, styles: &'a Styles) -> Self {
        let lines = [&problem.why, &problem.hint];
        Self {
            sign: (symbols::BROKEN, styles.broken),
            title: problem.what.to_string(),
            lines: lines.into_iter().filter(|line| !line.is_empty()).map(ToString::to_string).collect(),
            styles,
        }
    }
}

impl Widget for Empty<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        let measure = area.width.saturating_sub(2).min(MEASURE);
        let mut lines = Vec::new();
        let (sign, style) = self.sign;
        for (index, part) in wrap(&self.title, measure).into_iter().enumerate() {
            let mut spans = Vec::new();
            if index == 0 && !sign.is_empty() {
                spans.push(Span::styled(format!("{sign} "), style));
            }
            spans.push(Span::styled(part, self.styles.strong));
            lines.push(Line::from(spans));
        }
        for line in &self.lines {
            lines.extend(wrap(line, measure).into_iter().map(|part| Line::from(Span::styled(part, self.styles.dim))));
        }
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let top = area.height.saturating_sub(height) / 3;
        for (index, line) in lines.iter().enumerate() {
            let row = paint::row(area, top.saturating_add(u16::try_from(index).unwrap_or(u16::MAX)));
            let left = row.width.saturating_sub(paint::line_width(line)) / 2;
            paint::line(buffer, Rect { x: row.x + left, width: row.width - left, ..row }, line);
        }
    }
}
