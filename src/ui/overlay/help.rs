//! Help: every key of this screen with what it does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::model::Model;
use crate::app::overlay::HelpOverlay;
use crate::ui::paint;
use crate::ui::view::Look;
use crate::ui::widget::overlay::Overlay;

pub(super) fn draw(help: &HelpOverlay, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let lines = help.lines(&model.keymap);
    let height = (lines.len() as u16).saturating_add(3).min(area.height);
    let frame = Overlay { title: "Keys of this screen", badge: None, size: (96, height), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    let rows = usize::from(inner.height);
    let top = help.top.min(lines.len().saturating_sub(rows));
    for (index, line) in lines.iter().skip(top).take(rows).enumerate() {
        let spans = vec![
            Span::styled(format!("{:<18}", line.keys), styles.key),
            Span::raw(format!(" {:<16}", line.title)),
            Span::styled(format!(" {}", line.help), styles.dim),
        ];
        paint::line(buffer, paint::row(inner, index as u16), &Line::from(spans));
    }
}
