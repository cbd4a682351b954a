//! The palette: a field over what it found.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::overlay::PaletteOverlay;
use crate::ui::paint;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::input_line::InputLine;
use crate::ui::widget::overlay::Overlay;

/// Columns of a name before its explanation, and of the shortest explanation.
const NAME: u16 = 34;
const SORT: u16 = 10;

pub(super) fn draw(palette: &PaletteOverlay, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let frame = Overlay { title: "Go to", badge: None, size: (92, 18), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    let prompt = Line::from(Span::styled(":", styles.key));
    let placeholder = "a screen, kind, service, namespace, context or action";
    let (text, cursor) = (palette.field.text(), palette.field.cursor());
    InputLine { prompt, text, cursor, placeholder, styles }.render(paint::row(inner, 0), buffer);
    let rows = usize::from(inner.height.saturating_sub(1));
    let width = usize::from(NAME.min(inner.width.saturating_sub(SORT + 3)));
    let first = palette.cursor.saturating_sub(rows.saturating_sub(1));
    for (index, entry) in palette.entries.iter().enumerate().skip(first).take(rows) {
        let here = index == palette.cursor;
        let row = paint::row(inner, (index - first + 1) as u16);
        let mark = if here { symbols::HERE } else { " " };
        let style = if here { styles.cursor } else { Style::new() };
        let name = format!("{:<width$}", entry.name());
        let line = Line::from(vec![
            Span::raw(format!("{mark} ")),
            Span::styled(name, style),
            Span::styled(format!(" {}", entry.sort()), styles.dim),
        ]);
        paint::line(buffer, row, &line);
    }
    if palette.entries.is_empty() {
        paint::text(buffer, paint::row(inner, 1), "nothing of that name", styles.dim);
    }
}
