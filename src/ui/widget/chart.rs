//! The lines of one chart as braille dots on a window of time. A gap in the data is a gap in the line. Axes, names and
//! marks are drawn around it by `chart_stack`.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::metric::{Grid, Unit};
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

/// The time from one edge to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Window {
    /// Where a time stands: 0 at the left edge, 1 at the right.
    #[must_use]
    pub fn share(&self, at: Timestamp) -> f64 {
        let span = self.to.duration_since(self.from).as_secs_f64();
        if span > 0.0 { at.duration_since(self.from).as_secs_f64() / span } else { 0.0 }
    }

    /// The column of a time among so many, if it is within.
    #[must_use]
    pub fn column(&self, at: Timestamp, columns: u16) -> Option<u16> {
        let share = self.share(at);
        let last = columns.checked_sub(1)?;
        (0.0..=1.0).contains(&share).then(|| (share * f64::from(last)).round() as u16)
    }
}

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// Told apart by it when there are several.
    pub name: &'a str,
    /// One for each step of the grid.
    pub values: &'a [Option<f64>],
    pub style: Style,
}

#[derive(Clone, Debug)]
pub struct Chart<'a> {
    pub title: &'a str,
    pub unit: Unit,
    pub grid: Grid,
    /// The most important first: it is on top where lines cross.
    pub curves: Vec<Curve<'a>>,
    /// A limit; what lies beyond it is drawn as broken.
    pub threshold: Option<f64>,
}

impl Chart<'_> {
    /// The value at the upper edge: round, above everything shown, and never so small that noise fills the chart.
    #[must_use]
    pub fn top(&self) -> f64 {
        let values = self.curves.iter().flat_map(|curve| curve.values).flatten().copied();
        let largest = values.chain(self.threshold).filter(|value| value.is_finite()).fold(0.0, f64::max);
        let least = match self.unit {
            Unit::Ratio => 0.01,
            Unit::Seconds => 0.01,
            Unit::Cores => 0.01,
            Unit::PerSecond | Unit::Count => 1.0,
            Unit::Bytes => 1024.0,
        };
        round_up(largest.max(least), self.unit)
    }

    /// The newest value of a curve, or the one at a time.
    #[must_use]
    pub fn value(&self, curve: &Curve<'_>, at: Option<Timestamp>) -> Option<f64> {
        match at {
            None => curve.values.last().copied().flatten(),
            Some(at) => {
                let steps = at.duration_since(self.grid.start).as_secs_f64() / self.grid.step_seconds;
                let index = steps.round();
                (index >= 0.0).then(|| curve.values.get(index as usize).copied().flatten()).flatten()
            }
        }
    }

    /// Draws the lines and the threshold.
    pub fn draw(&self, window: Window, area: Rect, buffer: &mut Buffer, styles: &Styles) {
        let area = paint::visible(area, buffer);
        if area.is_empty() {
            return;
        }
        let top = self.top();
        if let Some(threshold) = self.threshold.filter(|value| (0.0..=top).contains(value)) {
            let row = ((1.0 - threshold / top) * f64::from(area.height - 1)).round() as u16;
            // On the lowest row it would look like a limit of zero.
            if row + 1 < area.height {
                paint::repeat(buffer, paint::row(area, row), symbols::THRESHOLD, styles.threshold);
            }
        }
        let limit = self.threshold.map(|threshold| Dots::y(threshold / top, area.height));
        let mut dots = Dots::new(area.width, area.height, limit);
        for (index, curve) in self.curves.iter().enumerate().rev() {
            self.trace(curve, u8::try_from(index).unwrap_or(u8::MAX), top, window, &mut dots);
        }
        for y in 0..area.height {
            for x in 0..area.width {
                let Some((symbol, cell)) = dots.cell(x, y) else { continue };
                let own = self.curves.get(usize::from(cell.curve)).map_or(styles.base, |curve| curve.style);
                let style = if cell.beyond { styles.broken } else { own };
                buffer[(area.x + x, area.y + y)].set_char(symbol).set_style(style);
            }
        }
    }

    fn trace(&self, curve: &Curve<'_>, index: u8, top: f64, window: Window, dots: &mut Dots) {
        let last_x = f64::from(dots.width * 2 - 1);
        let mut before: Option<(i32, i32)> = None;
        for (step, value) in curve.values.iter().enumerate() {
            let share = window.share(self.grid.at(step));
            let Some(value) = value.filter(|value| value.is_finite()) else {
                before = None;
                continue;
            };
            let x = (share * last_x).round();
            if !(-1e6..=1e6).contains(&x) {
                before = None;
                continue;
            }
            let point = (x as i32, Dots::y(value / top, dots.height));
            dots.line(before.unwrap_or(point), point, index);
            before = Some(point);
        }
    }
}

/// The next round number, in steps fine enough that a curve fills its chart.
fn round_up(value: f64, unit: Unit) -> f64 {
    let base: f64 = if unit == Unit::Bytes { 1024.0_f64.powf(value.log(1024.0).floor()) } else { 1.0 };
    let scaled = value / base;
    let power = 10f64.powf(scaled.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // A little slack keeps 0.1 from becoming 0.12 by rounding.
    let step = steps.into_iter().find(|step| scaled / power <= step + 1e-9).unwrap_or(10.0);
    step * power * base
}

/// A raster of two by four dots a cell.
struct Dots {
    width: u16,
    height: u16,
    /// Dots above this one lie beyond the limit.
    limit: Option<i32>,
    cells: Vec<Raised>,
}

/// The dots of one cell.
#[derive(Clone, Copy, Default)]
struct Raised {
    bits: u8,
    /// Which curve drew here last.
    curve: u8,
    beyond: bool,
}

/// The bit of each dot, by column and row within a cell, as Unicode numbers them.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Dots {
    fn new(width: u16, height: u16, limit: Option<i32>) -> Self {
        let cells = vec![Raised::default(); usize::from(width) * usize::from(height)];
        Self { width, height, limit, cells }
    }

    /// The row of dots, from the top, for a share of the height.
    fn y(share: f64, height: u16) -> i32 {
        ((1.0 - share.clamp(0.0, 1.0)) * f64::from(height * 4 - 1)).round() as i32
    }

    fn set(&mut self, x: i32, y: i32, curve: u8) {
        let beyond = self.limit.is_some_and(|limit| y < limit);
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= usize::from(self.width) * 2 || y >= usize::from(self.height) * 4 {
            return;
        }
        let cell = &mut self.cells[y / 4 * usize::from(self.width) + x / 2];
        *cell = Raised { bits: cell.bits | BITS[x % 2][y % 4], curve, beyond: cell.beyond || beyond };
    }

    /// A straight line, both ends included. Points far outside cost nothing beyond the raster.
    fn line(&mut self, from: (i32, i32), to: (i32, i32), index: u8) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs());
        if steps == 0 {
            self.set(from.0, from.1, index);
            return;
        }
        // Only the part within the raster is walked.
        let right = i32::from(self.width) * 2;
        let first = if from.0 < 0 && dx > 0 { -from.0 * steps / dx } else { 0 };
        let last = if to.0 > right && dx > 0 { (right - from.0) * steps / dx } else { steps };
        for step in first.max(0)..=last.min(steps) {
            let share = f64::from(step) / f64::from(steps);
            let x = f64::from(from.0) + share * f64::from(dx);
            let y = f64::from(from.1) + share * f64::from(dy);
            self.set(x.round() as i32, y.round() as i32, index);
        }
    }

    fn cell(&self, x: u16, y: u16) -> Option<(char, Raised)> {
        let cell = self.cells[usize::from(y) * usize::from(self.width) + usize::from(x)];
        if cell.bits == 0 {
            return None;
        }
        Some((char::from_u32(0x2800 + u32::from(cell.bits))?, cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_upper_edge_is_round_and_above() {
        for (value, unit, top) in [
            (0.142, Unit::Ratio, 0.15),
            (0.01, Unit::Ratio, 0.01),
            (345.0, Unit::PerSecond, 400.0),
            (0.1, Unit::Seconds, 0.1),
            (1.0, Unit::Count, 1.0),
            (500.0 * 1024.0 * 1024.0, Unit::Bytes, 500.0 * 1024.0 * 1024.0),
        ] {
            let rounded = round_up(value, unit);
            assert!((rounded - top).abs() < top * 1e-6, "{value} {unit:?}: {rounded}");
        }
    }

    #[test]
    fn times_and_columns_agree() {
        let window = Window { from: at(0), to: at(100) };
        assert_eq!(window.column(at(0), 11), Some(0));
        assert_eq!(window.column(at(50), 11), Some(5));
        assert_eq!(window.column(at(100), 11), Some(10));
        assert_eq!(window.column(at(101), 11), None);
        assert_eq!(window.column(at(5), 0), None);
    }

    #[test]
    fn a_gap_in_the_data_is_a_gap_in_the_line() {
        let area = Rect::new(0, 0, 10, 1);
        let mut buffer = Buffer::empty(area);
        let values: Vec<Option<f64>> =
            (0..20).map(|step| if (6..14).contains(&step) { None } else { Some(0.0) }).collect();
        let chart = Chart {
            title: "errors",
            unit: Unit::Ratio,
            grid: Grid { start: at(0), step_seconds: 1.0, steps: 20 },
            curves: vec![Curve { name: "", values: &values, style: Style::new() }],
            threshold: None,
        };
        let theme = crate::config::theme_file::built_in("mono").expect("mono");
        chart.draw(Window { from: at(0), to: at(19) }, area, &mut buffer, &Styles::new(&theme));
        let drawn: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(drawn, "⣀⣀⣀    ⣀⣀⣀");
    }
}
