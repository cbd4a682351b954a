//! One line of text being typed. The field's state lives in the application; this only shows it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::paint;
use crate::ui::styles::Styles;

#[derive(Clone, Debug)]
pub struct InputLine<'a> {
    /// Before the text, such as `On PROD prod-eu / checkout as ann@corp, type pay-api`.
    pub prompt: Line<'a>,
    pub text: &'a str,
    /// In characters from the start.
    pub cursor: usize,
    /// Shown while nothing is typed.
    pub placeholder: &'a str,
    pub styles: &'a Styles,
}

/// The prompt says where one types and what: the field takes no more than it must.
#[must_use]
pub fn room_for_prompt(columns: u16) -> u16 {
    columns - (columns / 3).min(12)
}

impl Widget for InputLine<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::row(paint::visible(area, buffer), 0);
        if area.is_empty() {
            return;
        }
        let used = paint::line(buffer, Rect { width: room_for_prompt(area.width), ..area }, &self.prompt);
        let gap = u16::from(used > 0);
        let field = Rect { x: area.x + used + gap, width: area.width.saturating_sub(used + gap), ..area };
        if field.is_empty() {
            return;
        }
        let cursor = Style::new().add_modifier(Modifier::REVERSED);
        if self.text.is_empty() {
            paint::text(buffer, field, self.placeholder, self.styles.dim);
            buffer.set_style(Rect { width: 1, ..field }, cursor);
            return;
        }
        let split = self.text.char_indices().nth(self.cursor).map_or(self.text.len(), |(index, _)| index);
        let (before, after) = self.text.split_at(split);
        let mut rest = after.graphemes(true);
        let under = rest.next().unwrap_or(" ");
        // The end of what stands before the cursor is always in sight.
        let shown = tail(before, field.width.saturating_sub(paint::width(under)));
        let line = Line::from(vec![
            Span::styled(shown, self.styles.strong),
            Span::styled(under, cursor),
            Span::styled(rest.as_str(), self.styles.strong),
        ]);
        let fits = paint::line_width(&line) <= field.width;
        let used = paint::width(shown) + paint::width(under);
        if fits || used >= field.width {
            buffer.set_line(field.x, field.y, &line, field.width);
        } else {
            paint::line(buffer, field, &line);
        }
    }
}

/// The longest end of a text that fits into so many columns.
fn tail(text: &str, columns: u16) -> &str {
    let mut used = 0;
    for (index, grapheme) in text.grapheme_indices(true).rev() {
        used += paint::width(grapheme);
        if used > columns {
            return &text[index + grapheme.len()..];
        }
    }
    text
}
