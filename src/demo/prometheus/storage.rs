//! The seam between the evaluator and where samples come from. No query language here.

use std::fmt;

use promql_parser::label::Matcher;

use super::labels::Labels;

/// The NaN that marks the end of a series, bit for bit as Prometheus writes it.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// Milliseconds since the Unix epoch, the unit of every timestamp in Prometheus.
pub type Milliseconds = i64;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub time: Milliseconds,
    pub value: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Labels,
    /// In order of time.
    pub samples: Vec<Sample>,
}

/// Both ends belong to the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    pub start: Milliseconds,
    pub end: Milliseconds,
}

/// How many samples one query may still load, so that no query can exhaust memory.
#[derive(Debug)]
pub struct SampleBudget {
    left: usize,
}

impl SampleBudget {
    pub fn new(samples: usize) -> Self {
        Self { left: samples }
    }

    pub fn take(&mut self, samples: usize) -> Result<(), BudgetExceeded> {
        self.left = self.left.checked_sub(samples).ok_or(BudgetExceeded)?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetExceeded;

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("query processing would load too many samples into memory in query execution")
    }
}

pub trait Storage {
    /// The series that match, sorted by labels, with their samples in the range. A series without a sample in the
    /// range may be left out.
    fn select(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        budget: &mut SampleBudget,
    ) -> Result<Vec<Series>, BudgetExceeded>;

    /// The label sets alone, for `/series`, `/labels` and label values.
    fn label_sets(&self, matchers: &[Matcher], range: TimeRange) -> Vec<Labels>;
}

pub fn matches(labels: &Labels, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|matcher| matcher.is_match(labels.get(&matcher.name)))
}

/// A storage that holds just what it was given: for the evaluator's tests and the comparison with the real Prometheus.
#[derive(Debug, Clone, Default)]
pub struct FixedSeries(pub Vec<Series>);

impl Storage for FixedSeries {
    fn select(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        budget: &mut SampleBudget,
    ) -> Result<Vec<Series>, BudgetExceeded> {
        let mut found = Vec::new();
        for series in self.0.iter().filter(|series| matches(&series.labels, matchers)) {
            let within = |sample: &&Sample| (range.start..=range.end).contains(&sample.time);
            let samples: Vec<Sample> = series.samples.iter().filter(within).copied().collect();
            budget.take(samples.len())?;
            found.push(Series { labels: series.labels.clone(), samples });
        }
        found.sort_by(|left, right| left.labels.cmp(&right.labels));
        Ok(found)
    }

    fn label_sets(&self, matchers: &[Matcher], _range: TimeRange) -> Vec<Labels> {
        let labels = self.0.iter().map(|series| &series.labels);
        labels.filter(|labels| matches(labels, matchers)).cloned().collect()
    }
}
