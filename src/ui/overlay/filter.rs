//! The filter: a line above the footer, so that the rows it filters stay in sight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::app::text_field::TextField;
use crate::ui::view::Look;
use crate::ui::widget::input_line::InputLine;

pub(super) fn draw(field: &TextField, placeholder: &str, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let line = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    Clear.render(line, buffer);
    buffer.set_style(line, styles.base);
    let prompt = Line::from(Span::styled(" / ", styles.key));
    InputLine { prompt, text: field.text(), cursor: field.cursor(), placeholder, styles }.render(line, buffer);
}
