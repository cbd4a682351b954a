//! A finished frame as an SVG picture: the very cells of the terminal on a fixed raster, in the colours they have there.

mod glyph;

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::config::theme::indexed_rgb;

/// Metrics of DejaVu Sans Mono at this size: 0.602 of it wide, with the line height its box drawing joins at.
const SIZE: f64 = 14.0;
const WIDTH: f64 = SIZE * 0.602;
const HEIGHT: f64 = SIZE * 1.164;
/// Where the base line stands in a row.
const ASCENT: f64 = SIZE * 0.928;
const MARGIN: f64 = 10.0;

/// What the terminal's own colours look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground {
    pub text: [u8; 3],
    pub background: [u8; 3],
}

impl Ground {
    pub const DARK: Self = Self { text: [213, 219, 227], background: [16, 20, 26] };
    pub const LIGHT: Self = Self { text: [35, 41, 47], background: [251, 250, 247] };
}

/// Writes the picture. Cells of equal look in a row are one piece of text; lines, blocks and dots are shapes.
#[must_use]
pub fn svg(buffer: &Buffer, ground: Ground) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = f64::from(columns) * WIDTH + 2.0 * MARGIN;
    let height = f64::from(rows) * HEIGHT + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\" font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{SIZE}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n",
        hex(ground.background)
    );
    for y in 0..rows {
        let row = &buffer.content[usize::from(y) * usize::from(columns)..][..usize::from(columns)];
        backgrounds(row, y, ground, &mut out);
        texts(row, y, ground, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn backgrounds(row: &[Cell], y: u16, ground: Ground, out: &mut String) {
    let mut x = 0;
    for run in row.chunk_by(|one, other| look(one, ground).background == look(other, ground).background) {
        let color = look(&run[0], ground).background;
        if color != ground.background {
            let (left, top) = (MARGIN + x as f64 * WIDTH, MARGIN + f64::from(y) * HEIGHT);
            // The look of a String cannot fail to be written.
            let _ = writeln!(
                out,
                "<rect x=\"{left:.2}\" y=\"{top:.2}\" width=\"{:.2}\" height=\"{HEIGHT:.2}\" fill=\"{}\"/>",
                run.len() as f64 * WIDTH,
                hex(color)
            );
        }
        x += run.len();
    }
}

fn texts(row: &[Cell], y: u16, ground: Ground, out: &mut String) {
    let top = MARGIN + f64::from(y) * HEIGHT;
    let mut x = 0;
    let alike = |one: &Cell, other: &Cell| {
        look(one, ground).same_text(look(other, ground)) && Form::of(one.symbol()) == Form::of(other.symbol())
    };
    for run in row.chunk_by(alike) {
        let look = look(&run[0], ground);
        let left = |index: usize| MARGIN + (x + index) as f64 * WIDTH;
        match Form::of(run[0].symbol()) {
            Form::Letters => {
                let text: String = run.iter().map(Cell::symbol).collect();
                let leading = run.iter().take_while(|cell| cell.symbol() == " ").count();
                letters(text.trim(), left(leading), top, look, "", out);
            }
            // Signs come from whatever font has them: each is centred in its own cell.
            Form::Sign => {
                for (index, cell) in run.iter().enumerate() {
                    let columns = cell.symbol().width() as f64;
                    let middle = left(index) + columns * WIDTH / 2.0;
                    letters(cell.symbol(), middle, top, look, " text-anchor=\"middle\"", out);
                }
            }
            Form::Shape => {
                let mut path = glyph::Path::default();
                for (index, cell) in run.iter().enumerate() {
                    if let Some(symbol) = cell.symbol().chars().next() {
                        path.add(symbol, left(index), top, WIDTH, HEIGHT);
                    }
                }
                path.write(&hex(look.text), out);
            }
        }
        x += run.len();
    }
}

fn letters(text: &str, x: f64, top: f64, look: Look, anchor: &str, out: &mut String) {
    if text.is_empty() || text == " " {
        return;
    }
    let (base, fill, attributes) = (top + ASCENT, hex(look.text), attributes(look.modifiers));
    let text = escape(text);
    let _ = writeln!(
        out,
        "<text x=\"{x:.2}\" y=\"{base:.2}\" xml:space=\"preserve\" fill=\"{fill}\"{attributes}{anchor}>{text}</text>"
    );
}

/// How a symbol is drawn, so that a picture does not hang on the fonts of whoever looks at it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Letters that every fixed-width font has, in one piece.
    Letters,
    /// A sign of unknown width.
    Sign,
    /// Lines, blocks and dots, drawn and not written.
    Shape,
}

impl Form {
    fn of(symbol: &str) -> Self {
        match symbol.chars().next() {
            Some(first) if glyph::is_drawn(first) => Self::Shape,
            None | Some('\u{0}'..='\u{24f}' | '–' | '…' | '“' | '”' | '›' | '→' | '≤' | '≥') => {
                Self::Letters
            }
            Some(_) => Self::Sign,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Look {
    text: [u8; 3],
    background: [u8; 3],
    modifiers: Modifier,
}

impl Look {
    fn same_text(self, other: Self) -> bool {
        self.text == other.text && self.modifiers == other.modifiers
    }
}

fn look(cell: &Cell, ground: Ground) -> Look {
    let mut text = rgb(cell.fg, ground.text);
    let mut background = rgb(cell.bg, ground.background);
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut background);
    }
    if cell.modifier.contains(Modifier::DIM) {
        for (channel, ground) in text.iter_mut().zip(background) {
            *channel = u8::midpoint(*channel, ground);
        }
    }
    Look { text, background, modifiers: cell.modifier & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED) }
}

fn attributes(modifiers: Modifier) -> String {
    [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ]
    .into_iter()
    .filter_map(|(modifier, text)| modifiers.contains(modifier).then_some(text))
    .collect()
}

fn rgb(color: Color, own: [u8; 3]) -> [u8; 3] {
    match color {
        Color::Reset => own,
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Indexed(index) => indexed_rgb(index),
        Color::Black => indexed_rgb(0),
        Color::Red => indexed_rgb(1),
        Color::Green => indexed_rgb(2),
        Color::Yellow => indexed_rgb(3),
        Color::Blue => indexed_rgb(4),
        Color::Magenta => indexed_rgb(5),
        Color::Cyan => indexed_rgb(6),
        Color::Gray => indexed_rgb(7),
        Color::DarkGray => indexed_rgb(8),
        Color::LightRed => indexed_rgb(9),
        Color::LightGreen => indexed_rgb(10),
        Color::LightYellow => indexed_rgb(11),
        Color::LightBlue => indexed_rgb(12),
        Color::LightMagenta => indexed_rgb(13),
        Color::LightCyan => indexed_rgb(14),
        Color::White => indexed_rgb(15),
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn cells_become_text_and_ground() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(1, 0, "<PROD", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::REVERSED));
        let picture = svg(&buffer, Ground::DARK);
        assert!(picture.contains("&lt;PROD</text>"), "{picture}");
        assert!(picture.contains("fill=\"#010203\""), "{picture}");
        assert_eq!(picture.matches("<text").count(), 1);
    }
}
