//! Selectors: from matchers to samples, with offset, `@`, lookback and staleness.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{AtModifier, MatrixSelector, Offset, VectorSelector};

use super::engine::{Dialect, Evaluation};
use super::error::EvaluationError;
use super::value::Column;
use crate::demo::prometheus::labels::{Labels, METRIC_NAME};
use crate::demo::prometheus::storage::{Milliseconds, Sample, Series, TimeRange, is_stale};

/// The samples of one series with the instants at which a range over them ends, one per step.
pub struct Windows {
    pub series: Vec<Series>,
    pub ends: Vec<Milliseconds>,
    pub range: Milliseconds,
    dialect: Dialect,
}

impl Windows {
    /// Each window of a series in turn, stale marks taken out before.
    pub fn over<'a>(&'a self, series: &'a Series) -> impl Iterator<Item = Window<'a>> {
        let mut first = 0;
        let mut past = 0;
        self.ends.iter().map(move |&end| {
            let start = end - self.range;
            let samples = &series.samples;
            // Steps go forward, except under `@`, where they stand still.
            while past < samples.len() && samples[past].time <= end {
                past += 1;
            }
            while first < past && before(samples[first].time, start, self.dialect) {
                first += 1;
            }
            Window { samples: &samples[first..past], start, end }
        })
    }
}

pub struct Window<'a> {
    pub samples: &'a [Sample],
    pub start: Milliseconds,
    pub end: Milliseconds,
}

/// Whether a sample lies before a range that begins at `start`.
fn before(time: Milliseconds, start: Milliseconds, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Two => time < start,
        Dialect::Three => time <= start,
    }
}

pub fn vector(evaluation: &Evaluation<'_>, selector: &VectorSelector) -> Result<Vec<Column>, EvaluationError> {
    instant(evaluation, selector, |sample| sample.value)
}

/// The time of the sample rather than its value, for `timestamp()`.
pub fn timestamps(evaluation: &Evaluation<'_>, selector: &VectorSelector) -> Result<Vec<Column>, EvaluationError> {
    instant(evaluation, selector, |sample| sample.time as f64 / 1000.0)
}

fn instant(
    evaluation: &Evaluation<'_>,
    selector: &VectorSelector,
    read: impl Fn(&Sample) -> f64,
) -> Result<Vec<Column>, EvaluationError> {
    let references = references(evaluation, selector)?;
    let lookback = evaluation.engine.lookback;
    let series = load(evaluation, selector, &references, lookback)?;
    let columns = series.into_iter().map(|series| {
        let mut past = 0;
        let values = references.iter().map(|&reference| {
            while past < series.samples.len() && series.samples[past].time <= reference {
                past += 1;
            }
            let latest = series.samples[..past].last()?;
            let lost = before(latest.time, reference - lookback, evaluation.engine.dialect) || is_stale(latest.value);
            (!lost).then(|| read(latest))
        });
        let values = values.collect();
        Column { labels: series.labels, values }
    });
    Ok(columns.filter(Column::is_present).collect())
}

pub fn windows(evaluation: &Evaluation<'_>, selector: &MatrixSelector) -> Result<Windows, EvaluationError> {
    let ends = references(evaluation, &selector.vs)?;
    let range = milliseconds(selector.range)?;
    let mut series = load(evaluation, &selector.vs, &ends, range)?;
    for series in &mut series {
        series.samples.retain(|sample| !is_stale(sample.value));
    }
    Ok(Windows { series, ends, range, dialect: evaluation.engine.dialect })
}

/// The raw samples of a range selector, as an instant query for one answers.
pub fn matrix(evaluation: &Evaluation<'_>, selector: &MatrixSelector) -> Result<Vec<Series>, EvaluationError> {
    let windows = windows(evaluation, selector)?;
    let mut found = Vec::new();
    for series in &windows.series {
        let Some(window) = windows.over(series).next() else { continue };
        if !window.samples.is_empty() {
            found.push(Series { labels: series.labels.clone(), samples: window.samples.to_vec() });
        }
    }
    Ok(found)
}

/// The samples that any step looks at. Where steps lie further apart than they look back, what is between them is not
/// read: a few points of a week cost as little as a few points.
fn load(
    evaluation: &Evaluation<'_>,
    selector: &VectorSelector,
    references: &[Milliseconds],
    back: Milliseconds,
) -> Result<Vec<Series>, EvaluationError> {
    let matchers = matchers(selector)?;
    let mut found: BTreeMap<Labels, Vec<Sample>> = BTreeMap::new();
    for range in ranges(references, back) {
        for series in evaluation.storage.select(&matchers, range, &mut evaluation.budget.borrow_mut())? {
            found.entry(series.labels).or_default().extend(series.samples);
        }
    }
    Ok(found.into_iter().map(|(labels, samples)| Series { labels, samples }).collect())
}

/// The spans that so many looks back cover together, in order and apart from each other.
fn ranges(references: &[Milliseconds], back: Milliseconds) -> Vec<TimeRange> {
    let mut ends = references.to_vec();
    ends.sort_unstable();
    let mut ranges: Vec<TimeRange> = Vec::new();
    for end in ends {
        let start = end.saturating_sub(back);
        match ranges.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => ranges.push(TimeRange { start, end }),
        }
    }
    ranges
}

/// The matchers of a selector with its name among them.
pub fn matchers(selector: &VectorSelector) -> Result<Vec<Matcher>, EvaluationError> {
    if !selector.matchers.or_matchers.is_empty() {
        return Err(EvaluationError::unsupported("\"or\" between matchers"));
    }
    let name = selector.name.iter().map(|name| Matcher::new(MatchOp::Equal, METRIC_NAME, name));
    Ok(name.chain(selector.matchers.matchers.iter().cloned()).collect())
}

/// The instant each step looks at, after `@` and `offset`.
fn references(evaluation: &Evaluation<'_>, selector: &VectorSelector) -> Result<Vec<Milliseconds>, EvaluationError> {
    let offset = match &selector.offset {
        None => 0,
        Some(Offset::Pos(duration)) => milliseconds(*duration)?,
        Some(Offset::Neg(duration)) => -milliseconds(*duration)?,
    };
    let steps = evaluation.steps;
    let fixed = match &selector.at {
        None => None,
        Some(AtModifier::Start) => Some(steps.start()),
        Some(AtModifier::End) => Some(steps.end()),
        Some(AtModifier::At(time)) => Some(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => milliseconds(after)?,
            Err(before) => -milliseconds(before.duration())?,
        }),
    };
    Ok(steps.times.iter().map(|&time| fixed.unwrap_or(time).saturating_sub(offset)).collect())
}

fn milliseconds(duration: Duration) -> Result<Milliseconds, EvaluationError> {
    // A century is more than any series has, and keeps every sum within bounds.
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    Milliseconds::try_from(duration.min(century).as_millis())
        .map_err(|_| EvaluationError::bad_data("duration out of range"))
}
