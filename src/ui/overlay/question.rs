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

pub(super) fn draw(question: &QuestionOverlay, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let complaint = question.complaint.as_ref().map_or(0, |text| paint::width(text));
    let width = paint::width(&question.question).max(complaint).saturating_add(6).max(40);
    let frame = Overlay { title: question.title(), badge: None, size: (width, 5), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    paint::text(buffer, paint::row(inner, 0), &question.question, styles.strong);
    if question.takes_text() {
        let prompt = Line::from(Span::styled(symbols::HERE, styles.key));
        let (text, cursor) = (question.field.text(), question.field.cursor());
        InputLine { prompt, text, cursor, placeholder: "a number", styles }.render(paint::row(inner, 1), buffer);
    }
    if let Some(complaint) = &question.complaint {
        paint::text(buffer, paint::row(inner, 2), complaint, styles.warning);
    }
}
