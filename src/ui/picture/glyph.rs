//! Box drawing, blocks and braille as SVG paths that fill their cell exactly.

use std::fmt::Write;

/// Shapes of one colour, gathered over a run of cells.
#[derive(Default)]
pub(super) struct Path {
    strokes: String,
    heavy: String,
    dots: String,
    blocks: String,
    light: String,
}

pub(super) fn is_drawn(symbol: char) -> bool {
    matches!(symbol, '\u{2801}'..='\u{28ff}' | '▁'..='█' | '░')
        || arms(symbol).is_some()
        || round(symbol).is_some()
        || matches!(symbol, '━' | '┄' | '┊')
}

impl Path {
    pub(super) fn add(&mut self, symbol: char, x: f64, y: f64, width: f64, height: f64) {
        let (middle, centre) = (x + width / 2.0, y + height / 2.0);
        // Writing into a String cannot fail.
        let _ = match symbol {
            '\u{2801}'..='\u{28ff}' => {
                self.braille(u32::from(symbol) - 0x2800, x, y, width, height);
                Ok(())
            }
            '▁'..='█' => {
                let part = f64::from(u32::from(symbol) - u32::from('▁') + 1) / 8.0 * height;
                write!(self.blocks, "M{x:.2} {:.2}h{width:.2}v{part:.2}h-{width:.2}z", y + height - part)
            }
            '░' => write!(self.light, "M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z"),
            '━' => write!(self.heavy, "M{x:.2} {centre:.2}h{width:.2}"),
            '┄' => {
                let dash = width / 6.0;
                let gap = width / 3.0 - dash;
                write!(self.strokes, "M{x:.2} {centre:.2}h{dash:.2}m{gap:.2} 0h{dash:.2}m{gap:.2} 0h{dash:.2}")
            }
            '┊' => {
                let dash = height / 8.0;
                write!(
                    self.strokes,
                    "M{middle:.2} {y:.2}v{dash:.2}m0 {dash:.2}v{dash:.2}m0 {dash:.2}v{dash:.2}m0 {dash:.2}v{dash:.2}"
                )
            }
            _ => match (arms(symbol), round(symbol)) {
                (Some([left, up, right, down]), _) => {
                    for (wanted, dx, dy) in [
                        (left, -width / 2.0, 0.0),
                        (up, 0.0, -height / 2.0),
                        (right, width / 2.0, 0.0),
                        (down, 0.0, height / 2.0),
                    ] {
                        if wanted {
                            let _ = write!(self.strokes, "M{middle:.2} {centre:.2}l{dx:.2} {dy:.2}");
                        }
                    }
                    Ok(())
                }
                (None, Some((right, down))) => {
                    let (to_x, to_y) = (if right { x + width } else { x }, if down { y + height } else { y });
                    write!(self.strokes, "M{middle:.2} {to_y:.2}Q{middle:.2} {centre:.2} {to_x:.2} {centre:.2}")
                }
                (None, None) => Ok(()),
            },
        };
    }

    fn braille(&mut self, bits: u32, x: f64, y: f64, width: f64, height: f64) {
        // Unicode numbers the upper three rows column by column, then the lowest row.
        const PLACES: [(f64, f64); 8] =
            [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (0.0, 3.0), (1.0, 3.0)];
        for (bit, (column, row)) in PLACES.into_iter().enumerate() {
            if bits >> bit & 1 == 1 {
                let (dot_x, dot_y) = (x + width * (column + 0.5) / 2.0, y + height * (row + 0.5) / 4.0);
                let _ = write!(self.dots, "M{dot_x:.1} {dot_y:.1}h.01");
            }
        }
    }

    pub(super) fn write(&self, color: &str, out: &mut String) {
        for (path, attributes) in [
            (&self.strokes, format!("stroke=\"{color}\" stroke-width=\"1.1\"")),
            (&self.heavy, format!("stroke=\"{color}\" stroke-width=\"2.4\"")),
            (&self.dots, format!("stroke=\"{color}\" stroke-width=\"2.6\" stroke-linecap=\"round\"")),
            (&self.blocks, format!("fill=\"{color}\"")),
            (&self.light, format!("fill=\"{color}\" opacity=\"0.3\"")),
        ] {
            if !path.is_empty() {
                let fill = if attributes.starts_with("fill") { "" } else { " fill=\"none\"" };
                let _ = writeln!(out, "<path d=\"{path}\" {attributes}{fill}/>");
            }
        }
    }
}

/// Which of left, up, right and down a thin line reaches.
fn arms(symbol: char) -> Option<[bool; 4]> {
    let arms = match symbol {
        '─' => "lr",
        '│' => "ud",
        '┌' => "rd",
        '┐' => "ld",
        '└' => "ur",
        '┘' => "lu",
        '├' => "urd",
        '┤' => "lud",
        '┬' => "lrd",
        '┴' => "lur",
        '┼' => "lurd",
        _ => return None,
    };
    Some(['l', 'u', 'r', 'd'].map(|arm| arms.contains(arm)))
}

/// A round corner: whether it opens to the right and downwards.
fn round(symbol: char) -> Option<(bool, bool)> {
    match symbol {
        '╭' => Some((true, true)),
        '╮' => Some((false, true)),
        '╰' => Some((true, false)),
        '╯' => Some((false, false)),
        _ => None,
    }
}
