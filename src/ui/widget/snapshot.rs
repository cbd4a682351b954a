//! A frame as text for snapshots: the cells, and below them the style of each cell as a letter with its meaning.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use crate::config::theme_file::built_in;
use crate::domain::text::is_hostile;
use crate::ui::styles::Styles;

pub(in crate::ui) fn styles() -> Styles {
    Styles::new(&built_in("dark").expect("the built-in theme"))
}

/// Draws a widget on the ground of the theme.
pub(super) fn draw(widget: impl Widget, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, styles().base);
    widget.render(area, &mut buffer);
    buffer
}

/// Text, then styles. Rows without any style but the ground's are left out of the second part.
pub(in crate::ui) fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut out = String::new();
    for row in buffer.content.chunks(width) {
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let ground = styles().base;
    let mut known: Vec<String> = Vec::new();
    let mut styles = String::new();
    for (index, row) in buffer.content.chunks(width).enumerate() {
        let mut letters = String::new();
        for cell in row {
            let look = describe(cell.style(), ground);
            letters.push(if look.is_empty() {
                ' '
            } else {
                let place = known.iter().position(|other| *other == look).unwrap_or_else(|| {
                    known.push(look);
                    known.len() - 1
                });
                char::from(b'a' + u8::try_from(place).unwrap_or(25))
            });
        }
        if !letters.trim().is_empty() {
            let _ = writeln!(styles, "{index:>2} {}", letters.trim_end());
        }
    }
    out.push_str(&styles);
    for (index, look) in known.iter().enumerate() {
        let _ = writeln!(out, "{} {look}", char::from(b'a' + u8::try_from(index).unwrap_or(25)));
    }
    out
}

fn describe(style: Style, ground: Style) -> String {
    let mut parts = Vec::new();
    if style.fg != ground.fg {
        parts.push(format!("{}", style.fg.unwrap_or_default()));
    }
    if style.bg != ground.bg {
        parts.push(format!("on {}", style.bg.unwrap_or_default()));
    }
    if !style.add_modifier.is_empty() {
        parts.push(format!("{:?}", style.add_modifier).to_lowercase());
    }
    parts.join(" ")
}

/// Draws into a part of a larger frame and holds that nothing outside it was touched and nothing hostile drawn.
pub(super) fn stays_inside(widget: impl Widget, width: u16, height: u16) {
    let frame = Rect::new(0, 0, width + 4, height + 4);
    let area = Rect::new(2, 2, width, height);
    let mut buffer = Buffer::empty(frame);
    widget.render(area, &mut buffer);
    let untouched = ratatui::buffer::Cell::default();
    for y in frame.top()..frame.bottom() {
        for x in frame.left()..frame.right() {
            let cell = &buffer[(x, y)];
            assert!(!cell.symbol().chars().any(is_hostile), "hostile at {x},{y}: {:?}", cell.symbol());
            if !area.contains((x, y).into()) {
                assert_eq!(*cell, untouched, "drawn outside at {x},{y} of {width}×{height}");
            }
        }
    }
}
