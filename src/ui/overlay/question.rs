//! A question with a typed answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::overlay::QuestionOverlay;
use crate::ui::paint;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::input_line::InputLine;
use crate::ui::widget::overlay::Overlay;
use crate::ui::widget::paragraph::fold;

pub(super) fn draw(question: &QuestionOverlay, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let complaint = question.complaint.as_ref().map_or(0, |text| paint::width(text));
    let width = paint::width(&question.question).max(complaint).saturating_add(6).clamp(40, area.width.max(40));
    let room = width.min(area.width).saturating_sub(4);
    let words = fold(&question.question, room);
    let complaint = question.complaint.as_ref().map(|text| fold(text, room)).unwrap_or_default();
    let height = (words.len() + complaint.len().max(1)) as u16 + 3;
    let frame = Overlay { title: question.title(), badge: None, size: (width, height), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    let mut y = 0;
    let mut next = || {
        y += 1;
        paint::row(inner, y - 1)
    };
    for line in &words {
        paint::text(buffer, next(), line, styles.strong);
    }
    if question.takes_text() {
        let prompt = Line::from(Span::styled(symbols::HERE, styles.key));
        let (text, cursor) = (question.field.text(), question.field.cursor());
        InputLine { prompt, text, cursor, placeholder: "a number", styles }.render(next(), buffer);
    }
    for line in &complaint {
        paint::text(buffer, next(), line, styles.warning);
    }
}
