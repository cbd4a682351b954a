//! Where things stand on the terminal; shared by update (page size, clicks) and view. The only file of the machine
//! that uses the layout types of the terminal library.

use ratatui::layout::Rect;

use super::state::Size;

/// Below this nothing sensible can be drawn.
pub const SMALLEST: Size = Size { columns: 40, rows: 10 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    pub header: Rect,
    pub body: Rect,
    pub footer: Rect,
}

#[must_use]
pub fn areas(size: Size) -> Areas {
    let Size { columns, rows } = size;
    let body = rows.saturating_sub(2);
    Areas {
        header: Rect::new(0, 0, columns, rows.min(1)),
        body: Rect::new(0, rows.min(1), columns, body),
        footer: Rect::new(0, rows.saturating_sub(1), columns, rows.saturating_sub(1).min(1)),
    }
}

/// Below this many rows a line of advice would take the place of what it is about.
const ROWS_FOR_ADVICE: u16 = 20;

/// What is left for a screen when a line of advice stands above the footer.
#[must_use]
pub fn room(size: Size, advice: bool) -> Size {
    let taken = u16::from(advice && size.rows >= ROWS_FOR_ADVICE);
    Size { rows: size.rows - taken, ..size }
}

/// The same when the screen has everything but the header, which never goes: it says where one is.
#[must_use]
pub fn full_areas(size: Size) -> Areas {
    let areas = areas(size);
    let body = Rect { height: areas.body.height + areas.footer.height, ..areas.body };
    Areas { body, footer: Rect { height: 0, ..areas.footer }, ..areas }
}

/// Lines of a table: the body without its line of headings.
#[must_use]
pub fn table_rows(size: Size) -> usize {
    usize::from(areas(size).body.height.saturating_sub(1))
}

/// Lines of a table that has a line above it which says what it shows.
#[must_use]
pub fn ruled_rows(size: Size) -> usize {
    table_rows(size).saturating_sub(1)
}

/// Lines of logs: the body without the line above them and the one below that counts them, or all of it.
#[must_use]
pub fn log_rows(size: Size, full: bool) -> usize {
    usize::from(if full { full_areas(size).body.height } else { areas(size).body.height.saturating_sub(2) })
}

/// Where a shell's terminal stands: the body below the line that says whose it is.
#[must_use]
pub fn shell(size: Size) -> Rect {
    let body = areas(size).body;
    Rect { y: body.y + body.height.min(1), height: body.height.saturating_sub(1), ..body }
}

#[must_use]
pub fn is_too_small(size: Size) -> bool {
    size.columns < SMALLEST.columns || size.rows < SMALLEST.rows
}
