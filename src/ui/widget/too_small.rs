//! What is shown on a terminal too small for any screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::app::layout::SMALLEST;
use crate::ui::paint;
use crate::ui::styles::Styles;

#[derive(Clone, Debug)]
pub struct TooSmall<'a> {
    pub styles: &'a Styles,
}

impl Widget for TooSmall<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        let lines = [
            ("This terminal is too small.".to_owned(), self.styles.strong),
            (format!("{}×{}, needed {}×{}", area.width, area.height, SMALLEST.columns, SMALLEST.rows), self.styles.dim),
            ("q leaves".to_owned(), self.styles.dim),
        ];
        let top = area.height.saturating_sub(lines.len() as u16) / 2;
        for (index, (text, style)) in lines.iter().enumerate() {
            let row = paint::row(area, top + index as u16);
            let left = row.width.saturating_sub(paint::width(text)) / 2;
            paint::text(buffer, Rect { x: row.x + left, width: row.width - left, ..row }, text, *style);
        }
    }
}
