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

impl Series {
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&CleanText> {
        label(&self.labels, name)
    }
}

fn label<'a>(labels: &'a [(CleanText, CleanText)], name: &str) -> Option<&'a CleanText> {
    labels.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
}

/// Even steps from `start` (inclusive) of `step_seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Grid {
    pub start: Timestamp,
    pub step_seconds: f64,
    pub steps: usize,
}

/// The newest value of a line is never older than so many seconds, however long the line.
const FRESH: f64 = 30.0;

impl Grid {
    #[must_use]
    pub fn at(&self, index: usize) -> Timestamp {
        let seconds = self.step_seconds * index as f64;
        self.start.checked_add(jiff::SignedDuration::from_secs_f64(seconds)).unwrap_or(self.start)
    }

    /// The steps that end at `now`. They fall on multiples of themselves, so that a line does not change its shape from
    /// one answer to the next; only where they are wide they follow the time more closely, since the last of them is
    /// what is shown as the value of now.
    #[must_use]
    pub fn ending(now: Timestamp, span_seconds: f64, step_seconds: f64) -> Self {
        let step_seconds = step_seconds.max(1.0);
        let steps = (span_seconds.max(1.0) / step_seconds) as usize + 1;
        let whole = step_seconds.min(FRESH);
        let end = (now.as_second() as f64 / whole).floor() * whole;
        let start = end - step_seconds * (steps - 1) as f64;
        Self { start: Timestamp::from_second(start as i64).unwrap_or(now), step_seconds, steps }
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
        label(&self.labels, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_step_is_never_far_from_now() {
        let now = Timestamp::from_second(1_700_000_123).expect("a time");
        for (span, step) in [(300.0, 5.0), (3_600.0, 31.0), (86_400.0, 709.0), (604_800.0, 5_000.0)] {
            let grid = Grid::ending(now, span, step);
            let behind = now.duration_since(grid.end()).as_secs();
            assert!((0..=30).contains(&behind), "{behind} s behind at steps of {step} s");
            assert!(grid.end().duration_since(grid.start).as_secs_f64() <= span);
        }
    }
}
