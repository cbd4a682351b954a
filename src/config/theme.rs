//! Colours by role, as plain data. Which style a role has on screen is decided in `ui::styles`.

/// How a terminal is told a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Color {
    /// The terminal's own.
    #[default]
    Default,
    /// 0 to 15 are the terminal's named colours, the rest the fixed table of 256.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// How many colours the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    Mono,
    Sixteen,
    Indexed,
    True,
}

/// One colour for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    pub background: Color,
    pub text: Color,
    /// What explains and what is old.
    pub dim: Color,
    /// Lines between panes, axes, the bar of the header.
    pub rule: Color,
    /// Titles, keys, the cursor.
    pub accent: Color,
    pub production: Color,
    /// Text upon a filled label.
    pub on_badge: Color,
    pub broken: Color,
    pub warning: Color,
    pub changing: Color,
    pub good: Color,
    pub added: Color,
    pub removed: Color,
    /// Behind a cell that has just changed.
    pub glow: Color,
    /// Lines of charts, in turn.
    pub chart: Vec<Color>,
}

impl Theme {
    /// The same theme for a terminal that cannot show all colours.
    #[must_use]
    pub fn reduced(mut self, depth: Depth) -> Self {
        let reduce = |color: &mut Color| {
            *color = match (*color, depth) {
                (_, Depth::Mono) => Color::Default,
                (Color::Rgb(red, green, blue), Depth::Indexed) => Color::Indexed(nearest_indexed(red, green, blue)),
                (Color::Rgb(red, green, blue), Depth::Sixteen) => Color::Indexed(nearest_named(red, green, blue)),
                (Color::Indexed(16..), Depth::Sixteen) => Color::Default,
                (color, _) => color,
            };
        };
        for color in [
            &mut self.background,
            &mut self.text,
            &mut self.dim,
            &mut self.rule,
            &mut self.accent,
            &mut self.production,
            &mut self.on_badge,
            &mut self.broken,
            &mut self.warning,
            &mut self.changing,
            &mut self.good,
            &mut self.added,
            &mut self.removed,
            &mut self.glow,
        ] {
            reduce(color);
        }
        self.chart.iter_mut().for_each(reduce);
        self
    }
}

/// The steps of the colour cube in the table of 256.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn nearest_indexed(red: u8, green: u8, blue: u8) -> u8 {
    let step = |value: u8| (0..6).min_by_key(|&index| CUBE[index].abs_diff(value)).unwrap_or(0);
    let (r, g, b) = (step(red), step(green), step(blue));
    let cube = (16 + 36 * r + 6 * g + b, [CUBE[r], CUBE[g], CUBE[b]]);
    let average = (usize::from(red) + usize::from(green) + usize::from(blue)) / 3;
    let shade = (average.saturating_sub(3) / 10).min(23);
    let level = u8::try_from(8 + 10 * shade).unwrap_or(u8::MAX);
    let grey = (232 + shade, [level; 3]);
    let nearest =
        if distance([red, green, blue], grey.1) < distance([red, green, blue], cube.1) { grey.0 } else { cube.0 };
    u8::try_from(nearest).unwrap_or(0)
}

/// The sixteen as most terminals paint them.
const NAMED: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn nearest_named(red: u8, green: u8, blue: u8) -> u8 {
    (0..16).min_by_key(|&index| distance([red, green, blue], NAMED[usize::from(index)])).unwrap_or(7)
}

/// The colour of an index as red, green and blue, for pictures.
#[must_use]
pub fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let index = usize::from(index - 16);
            [CUBE[index / 36], CUBE[index / 6 % 6], CUBE[index % 6]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_colour_is_near() {
        for (rgb, index) in [((0, 0, 0), 16), ((255, 255, 255), 231), ((128, 128, 128), 244), ((255, 0, 0), 196)] {
            assert_eq!(nearest_indexed(rgb.0, rgb.1, rgb.2), index);
        }
        assert_eq!(nearest_named(240, 10, 20), 9);
    }

    #[test]
    fn the_table_of_256_is_read_back() {
        for index in 16..=255 {
            let [red, green, blue] = indexed_rgb(index);
            assert_eq!(indexed_rgb(nearest_indexed(red, green, blue)), [red, green, blue], "{index}");
        }
    }
}
