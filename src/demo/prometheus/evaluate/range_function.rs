//! Functions over a range of samples: rates with Prometheus's extrapolation, and the `_over_time` family.

use promql_parser::parser::MatrixSelector;

use super::engine::{Dialect, Evaluation};
use super::error::EvaluationError;
use super::select::{self, Window};
use super::value::{Column, merge};
use crate::demo::prometheus::storage::{Milliseconds, Sample};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeFunction {
    Rate,
    Increase,
    Delta,
    InstantRate,
    InstantDelta,
    Average,
    Minimum,
    Maximum,
    Sum,
    Count,
    Last,
    Present,
    Changes,
    Resets,
}

impl RangeFunction {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "rate" => Self::Rate,
            "increase" => Self::Increase,
            "delta" => Self::Delta,
            "irate" => Self::InstantRate,
            "idelta" => Self::InstantDelta,
            "avg_over_time" => Self::Average,
            "min_over_time" => Self::Minimum,
            "max_over_time" => Self::Maximum,
            "sum_over_time" => Self::Sum,
            "count_over_time" => Self::Count,
            "last_over_time" => Self::Last,
            "present_over_time" => Self::Present,
            "changes" => Self::Changes,
            "resets" => Self::Resets,
            _ => return None,
        })
    }

    fn apply(self, window: &Window<'_>, range: Milliseconds, dialect: Dialect) -> Option<f64> {
        let last = window.samples.last()?;
        let values = window.samples.iter().map(|sample| sample.value);
        let pairs = window.samples.windows(2).map(|pair| (pair[0].value, pair[1].value));
        match self {
            Self::Rate => extrapolated(window, dialect, true, seconds(range)),
            Self::Increase => extrapolated(window, dialect, true, 1.0),
            Self::Delta => extrapolated(window, dialect, false, 1.0),
            Self::InstantRate => last_two(window.samples, true),
            Self::InstantDelta => last_two(window.samples, false),
            Self::Average => Some(sum(values) / window.samples.len() as f64),
            Self::Minimum => values.reduce(|low, value| if value < low || low.is_nan() { value } else { low }),
            Self::Maximum => values.reduce(|high, value| if value > high || high.is_nan() { value } else { high }),
            Self::Sum => Some(sum(values)),
            Self::Count => Some(window.samples.len() as f64),
            Self::Last => Some(last.value),
            Self::Present => Some(1.0),
            Self::Changes => {
                let changed = pairs.filter(|(before, after)| before != after && !(before.is_nan() && after.is_nan()));
                Some(changed.count() as f64)
            }
            Self::Resets => Some(pairs.filter(|(before, after)| after < before).count() as f64),
        }
    }
}

pub fn evaluate(
    evaluation: &Evaluation<'_>,
    function: RangeFunction,
    selector: &MatrixSelector,
) -> Result<Vec<Column>, EvaluationError> {
    let windows = select::windows(evaluation, selector)?;
    let dialect = evaluation.engine.dialect;
    let columns = windows.series.iter().map(|series| {
        let values = windows.over(series).map(|window| function.apply(&window, windows.range, dialect));
        let keeps_name = function == RangeFunction::Last;
        let labels = if keeps_name { series.labels.clone() } else { series.labels.without_metric_name() };
        Column { labels, values: values.collect() }
    });
    merge(columns.filter(Column::is_present).collect())
}

/// Summed with compensation, as Prometheus does, so that long ranges of small values keep their precision.
pub fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = 0.0_f64;
    let mut compensation = 0.0;
    for value in values {
        let next = sum + value;
        if next.is_infinite() {
            compensation = 0.0;
        } else if sum.abs() >= value.abs() {
            compensation += (sum - next) + value;
        } else {
            compensation += (value - next) + sum;
        }
        sum = next;
    }
    sum + compensation
}

/// The change over the window, extended to its ends where the samples come close enough to them, per so many seconds.
fn extrapolated(window: &Window<'_>, dialect: Dialect, counter: bool, per: f64) -> Option<f64> {
    let [first, .., last] = window.samples else { return None };
    let mut change = last.value - first.value;
    if counter {
        let resets = window.samples.windows(2).filter(|pair| pair[1].value < pair[0].value);
        change += resets.map(|pair| pair[0].value).sum::<f64>();
    }
    let sampled = seconds(last.time - first.time);
    let average = sampled / (window.samples.len() - 1) as f64;
    let threshold = average * 1.1;
    let reach = |gap: f64| if gap < threshold { gap } else { average / 2.0 };

    let to_start = seconds(first.time - window.start);
    // A counter cannot have been below zero, so it is not extended beyond the point where it would have been zero.
    let to_zero =
        if counter && change > 0.0 && first.value >= 0.0 { sampled * (first.value / change) } else { f64::INFINITY };
    let to_start = match dialect {
        Dialect::Two => reach(to_start.min(to_zero)),
        Dialect::Three => reach(to_start).min(to_zero),
    };
    let to_end = reach(seconds(window.end - last.time));
    Some(change * ((sampled + to_start + to_end) / sampled / per))
}

fn last_two(samples: &[Sample], rate: bool) -> Option<f64> {
    let [.., previous, last] = samples else { return None };
    let reset = rate && last.value < previous.value;
    let change = if reset { last.value } else { last.value - previous.value };
    let between = seconds(last.time - previous.time);
    match rate {
        _ if between == 0.0 => None,
        true => Some(change / between),
        false => Some(change),
    }
}

fn seconds(milliseconds: Milliseconds) -> f64 {
    milliseconds as f64 / 1000.0
}
