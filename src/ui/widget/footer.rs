//! The last line: the keys that work now, or what has just happened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::ui::paint;
use crate::ui::styles::Styles;

/// One key and what it does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    pub words: String,
}

impl Hint {
    #[must_use]
    pub fn new(key: impl Into<String>, words: impl Into<String>) -> Self {
        Self { key: key.into(), words: words.into() }
    }
}

#[derive(Clone, Debug)]
pub struct Footer<'a> {
    /// The most useful first; what does not fit is left out from the end.
    pub hints: &'a [Hint],
    /// Stay at the end of the line whatever hints are left out: `:` go, `?` help.
    pub pinned: &'a [Hint],
    /// Goes first; hints fill what it leaves.
    pub message: Option<(&'a str, Style)>,
    pub styles: &'a Styles,
}

const GAP: &str = "  ";

impl Widget for Footer<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::row(paint::visible(area, buffer), 0);
        let mut pinned: Vec<Span<'_>> = self.pinned.iter().flat_map(|hint| self.spans(hint)).collect();
        // What has just happened is told whole; the next key brings the hints back.
        let told = self.message.map_or(0, |(message, _)| paint::width(message).saturating_add(2));
        if told.saturating_add(paint::line_width(&Line::from(pinned.clone()))) > area.width {
            pinned.clear();
        }
        let pinned_width = paint::line_width(&Line::from(pinned.clone()));
        let mut spans = Vec::new();
        if let Some((message, style)) = self.message {
            spans.extend([Span::raw(" "), Span::styled(message, style), Span::raw("  ")]);
        }
        let mut width = pinned_width.saturating_add(paint::line_width(&Line::from(spans.clone())));
        for hint in self.hints {
            let next = self.spans(hint);
            width = width.saturating_add(paint::line_width(&Line::from(next.clone())));
            if width > area.width {
                break;
            }
            spans.extend(next);
        }
        let room = area.width.saturating_sub(pinned_width);
        let used = paint::line(buffer, Rect { width: room, ..area }, &Line::from(spans));
        let rest = Rect { x: area.x + used, width: area.width - used, ..area };
        paint::line(buffer, rest, &Line::from(pinned));
    }
}

impl Footer<'_> {
    fn spans<'b>(&self, hint: &'b Hint) -> Vec<Span<'b>> {
        vec![
            Span::raw(if hint.key.is_empty() { "" } else { " " }),
            Span::styled(hint.key.as_str(), self.styles.key),
            Span::raw(" "),
            Span::styled(hint.words.as_str(), self.styles.dim),
            Span::raw(&GAP[1..]),
        ]
    }
}
