//! Text into cells: measured, cut with a visible mark, never outside its area.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::symbols::ELLIPSIS;

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// A name of at most so many columns: both its ends tell more than its middle.
#[must_use]
pub fn shortened(name: &str, columns: u16) -> String {
    if width(name) <= columns {
        return name.to_owned();
    }
    let half = columns.saturating_sub(1) / 2;
    let within = |used: &mut u16, character: &char, most: u16| {
        *used += width(character.encode_utf8(&mut [0; 4]));
        *used <= most
    };
    let start = name.chars().scan(0, |used, c| within(used, &c, half).then_some(c));
    let end: Vec<char> =
        name.chars().rev().scan(0, |used, c| within(used, &c, columns.saturating_sub(1) - half).then_some(c)).collect();
    start.chain(ELLIPSIS.chars()).chain(end.into_iter().rev()).collect()
}

/// Columns a line takes.
#[must_use]
pub fn line_width(line: &Line<'_>) -> u16 {
    line.spans.iter().fold(0, |sum, span| sum.saturating_add(width(&span.content)))
}

/// The part of an area that can be drawn at all.
#[must_use]
pub fn visible(area: Rect, buffer: &Buffer) -> Rect {
    area.intersection(buffer.area)
}

/// One row of an area, counted from its top; empty when outside.
#[must_use]
pub fn row(area: Rect, index: u16) -> Rect {
    if index < area.height { Rect { y: area.y + index, height: 1, ..area } } else { Rect { height: 0, ..area } }
}

/// Writes into the first row of an area and cuts with a mark what does not fit. Returns the columns used.
pub fn text(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    spans(buffer, area, &[Span::styled(text, style)], Style::new())
}

/// Writes a line of several styles, likewise.
pub fn line(buffer: &mut Buffer, area: Rect, line: &Line<'_>) -> u16 {
    spans(buffer, area, &line.spans, line.style)
}

/// Writes a text so that it ends at the right edge. Returns the columns used.
pub fn text_right(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    line_right(buffer, area, &Line::from(Span::styled(text, style)))
}

/// Writes a line so that it ends at the right edge, likewise.
pub fn line_right(buffer: &mut Buffer, area: Rect, line: &Line<'_>) -> u16 {
    let used = line_width(line).min(area.width);
    let area = Rect { x: area.right() - used, width: used, ..area };
    spans(buffer, area, &line.spans, line.style)
}

fn spans(buffer: &mut Buffer, area: Rect, spans: &[Span<'_>], base: Style) -> u16 {
    let area = visible(area, buffer);
    if area.is_empty() {
        return 0;
    }
    let needed = spans.iter().fold(0u16, |sum, span| sum.saturating_add(width(&span.content)));
    let cut = needed > area.width;
    // One column is kept for the mark.
    let mut left = if cut { area.width - 1 } else { area.width };
    let mut x = area.x;
    let mut last = base;
    for span in spans {
        last = base.patch(span.style);
        let kept = head(&span.content, left);
        let (next, _) = buffer.set_stringn(x, area.y, kept, usize::from(left), last);
        left -= (next - x).min(left);
        x = next;
        if cut && kept.len() < span.content.len() {
            break;
        }
    }
    if cut && x < area.right() {
        x = buffer.set_stringn(x, area.y, ELLIPSIS, 1, last).0;
    }
    x - area.x
}

/// The longest beginning of a text that fits into so many columns.
fn head(text: &str, columns: u16) -> &str {
    let mut used = 0;
    for (index, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > usize::from(columns) {
            return &text[..index];
        }
    }
    text
}

/// Repeats a sign of one column over the first row of an area.
pub fn repeat(buffer: &mut Buffer, area: Rect, symbol: &str, style: Style) {
    let area = visible(area, buffer);
    if area.is_empty() {
        return;
    }
    for x in area.left()..area.right() {
        buffer[(x, area.y)].set_symbol(symbol).set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(content: &str, columns: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 1));
        text(&mut buffer, Rect::new(0, 0, columns, 1), content, Style::new());
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_mark() {
        assert_eq!(drawn("pay-api", 7), "pay-api");
        assert_eq!(drawn("pay-api", 5), "pay-…");
        assert_eq!(drawn("支払い", 5), "支 払 …");
        assert_eq!(drawn("支払い", 4), "支 … ");
    }

    #[test]
    fn the_right_edge_is_held() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buffer = Buffer::empty(area);
        text_right(&mut buffer, area, "14.2", Style::new());
        let drawn: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(drawn, "  14.2");
    }
}
