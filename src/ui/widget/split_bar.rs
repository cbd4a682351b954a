//! How many pods run each version: `1.8.3 ███████████████░░░░░ 3   1.8.4 █████ 1`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub label: &'a str,
    /// Ready ones, drawn full.
    pub ready: u32,
    /// All of them; the rest is drawn light.
    pub total: u32,
    pub style: Style,
}

#[derive(Clone, Debug)]
pub struct SplitBar<'a> {
    pub parts: Vec<Part<'a>>,
    pub styles: &'a Styles,
}

const GAP: &str = "   ";

impl Widget for SplitBar<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::row(paint::visible(area, buffer), 0);
        paint::line(buffer, area, &self.line(area.width));
    }
}

impl SplitBar<'_> {
    /// The bar as a line of at most so many columns, for a rule's detail.
    #[must_use]
    pub fn line(&self, columns: u16) -> Line<'static> {
        let words: u16 = self.parts.iter().fold(0, |sum, part| {
            sum.saturating_add(paint::width(part.label)).saturating_add(count(part).len() as u16 + 2)
        });
        let gaps = GAP.len() * self.parts.len().saturating_sub(1);
        let room = usize::from(columns).saturating_sub(usize::from(words) + gaps);
        let all: u32 = self.parts.iter().map(|part| part.total).sum();
        let cells = |pods: u32| {
            // At most five columns for a pod, so that few pods make a short bar.
            let scale = (room as f64 / f64::from(all.max(1))).min(5.0);
            (f64::from(pods) * scale).round() as usize
        };
        let mut spans = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                spans.push(Span::raw(GAP));
            }
            let (full, whole) = (cells(part.ready.min(part.total)), cells(part.total));
            spans.push(Span::styled(format!("{} ", part.label), self.styles.strong));
            spans.push(Span::styled(symbols::FULL.repeat(full), part.style));
            spans.push(Span::styled(symbols::LIGHT.repeat(whole.saturating_sub(full)), self.styles.dim));
            spans.push(Span::raw(format!("{}{}", if whole == 0 { "" } else { " " }, count(part))));
        }
        Line::from(spans)
    }
}

fn count(part: &Part<'_>) -> String {
    if part.ready == part.total { part.total.to_string() } else { format!("{}/{}", part.ready, part.total) }
}
