//! Measured numbers on time.

use jiff::Timestamp;
use serde::Serialize;

use super::text::CleanText;

/// One number of the moment and its recent past, for a table cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Vital {
    pub now: Option<f64>,
    /// Oldest first; a gap is None.
    #[serde(skip)]
    pub recent: Vec<Option<f64>>,
}

/// One line of a chart on an even grid of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    pub name: CleanText,
    pub labels: Vec<(CleanText, CleanText)>,
    /// One value for each step of the grid; a gap is None.
    pub values: Vec<Option<f64>>,
}

/// Even steps from `start` (inclusive) of `step_seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Grid {
    pub start: Timestamp,
    pub step_seconds: f64,
    pub steps: usize,
}

impl Grid {
    #[must_use]
    pub fn at(&self, index: usize) -> Timestamp {
        let seconds = self.step_seconds * index as f64;
        self.start.checked_add(jiff::SignedDuration::from_secs_f64(seconds)).unwrap_or(self.start)
    }

    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.at(self.steps.saturating_sub(1))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    PerSecond,
    /// A share, 0 to 1, shown in percent.
    Ratio,
    Seconds,
    Bytes,
    Cores,
    Count,
}

impl Unit {
    /// A number with its unit, as short as it can be read: `14.2 %`, `345/s`, `240 ms`, `512 MiB`.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        match self {
            Self::PerSecond => format!("{}/s", short(value)),
            Self::Ratio => format!("{} %", short(value * 100.0)),
            Self::Seconds if value.abs() < 0.0005 => format!("{:.0} µs", value * 1e6),
            Self::Seconds if value.abs() < 1.0 => format!("{:.0} ms", value * 1e3),
            Self::Seconds => format!("{} s", short(value)),
            Self::Bytes => bytes(value),
            Self::Cores if value.abs() < 1.0 => format!("{:.0} m", value * 1e3),
            Self::Cores => format!("{value:.1} cores"),
            Self::Count => short(value),
        }
    }
}

/// Three digits that matter, thousands grouped.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        return grouped(value);
    }
    // A share such as 0.04 must not read as none.
    let digits = if size == 0.0 || size >= 0.095 { 1 } else { 2 };
    format!("{value:.digits$}").trim_end_matches(".0").to_owned()
}

fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = value;
    let mut unit = 0;
    while value.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if value.abs() >= 10.0 || value.fract() == 0.0 {
        format!("{value:.0} {name}")
    } else {
        format!("{value:.1} {name}")
    }
}

/// An answer to a range query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RangeAnswer {
    pub grid: Grid,
    pub series: Vec<Series>,
    /// Warnings of the server, shown with the chart.
    pub warnings: Vec<CleanText>,
}

/// An answer to an instant query.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InstantAnswer {
    pub samples: Vec<InstantSample>,
    /// Warnings of the server, shown with the numbers.
    pub warnings: Vec<CleanText>,
}

/// One sample of an instant query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstantSample {
    pub labels: Vec<(CleanText, CleanText)>,
    pub at: Timestamp,
    pub value: f64,
}

impl InstantSample {
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&CleanText> {
        self.labels.iter().find(|(key, _)| key == &name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_carry_their_unit() {
        let shown = [
            (Unit::Ratio, 0.142, "14.2 %"),
            (Unit::Ratio, 0.0004, "0.04 %"),
            (Unit::Ratio, 0.0, "0 %"),
            (Unit::Ratio, 0.02, "2 %"),
            (Unit::Ratio, 1.0, "100 %"),
            (Unit::PerSecond, 2400.4, "2,400/s"),
            (Unit::PerSecond, 85.0, "85/s"),
            (Unit::Seconds, 0.24, "240 ms"),
            (Unit::Seconds, 1.94, "1.9 s"),
            (Unit::Bytes, 536_870_912.0, "512 MiB"),
            (Unit::Cores, 0.25, "250 m"),
            (Unit::Count, -1_234_567.0, "-1,234,567"),
            (Unit::Count, f64::NAN, "–"),
        ];
        for (unit, value, text) in shown {
            assert_eq!(unit.show(value), text);
        }
    }
}
