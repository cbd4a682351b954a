//! A frame in the middle of the screen with its title; the label of production stands at its left edge when it writes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::domain::identity::Environment;
use crate::ui::paint;
use crate::ui::styles::{Styles, badge_word};

#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    pub title: &'a str,
    /// Set where the overlay leads to a write.
    pub badge: Option<Environment>,
    /// Columns and rows wanted, the frame included.
    pub size: (u16, u16),
    pub styles: &'a Styles,
}

impl Overlay<'_> {
    /// Where the frame stands, centred and a little above the middle.
    #[must_use]
    pub fn frame(&self, area: Rect) -> Rect {
        let width = self.size.0.min(area.width);
        let height = self.size.1.min(area.height);
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
    }

    /// What is left inside, with a column of air on both sides.
    #[must_use]
    pub fn inner(&self, area: Rect) -> Rect {
        let frame = self.frame(area);
        Rect {
            x: (frame.x + 2).min(frame.right()),
            y: (frame.y + 1).min(frame.bottom()),
            width: frame.width.saturating_sub(4),
            height: frame.height.saturating_sub(2),
        }
    }
}

impl Widget for Overlay<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let frame = paint::visible(self.frame(area), buffer);
        if frame.is_empty() {
            return;
        }
        Clear.render(frame, buffer);
        buffer.set_style(frame, self.styles.base);
        Block::bordered().border_type(BorderType::Rounded).border_style(self.styles.rule).render(frame, buffer);
        let mut title = Vec::new();
        if let Some(environment) = self.badge {
            title.push(Span::styled(format!(" {} ", badge_word(environment)), self.styles.badge(environment)));
        }
        title.push(Span::styled(format!(" {} ", self.title), self.styles.title));
        let room = Rect { x: frame.x + 1, width: frame.width.saturating_sub(2), height: 1, ..frame };
        paint::line(buffer, room, &Line::from(title));
    }
}
