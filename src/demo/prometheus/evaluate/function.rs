//! Functions of instant vectors, scalars and strings; functions of ranges are handed on to `range_function`.

use promql_parser::label::MatchOp;
use promql_parser::parser::{Call, Expr};
use regex::Regex;

use super::engine::{Evaluation, inner};
use super::error::EvaluationError;
use super::range_function::{self, RangeFunction};
use super::value::{Column, Value, merge};
use super::{histogram, select};
use crate::demo::prometheus::labels::{Labels, METRIC_NAME};

pub fn evaluate(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let name = call.func.name;
    if let Some(function) = RangeFunction::named(name) {
        let selector = match inner(argument(call, 0)?) {
            Expr::MatrixSelector(selector) => selector,
            Expr::Subquery(_) => return Err(EvaluationError::unsupported("a subquery")),
            _ => return Err(EvaluationError::execution(format!("{name}() needs a range vector"))),
        };
        return range_function::evaluate(evaluation, function, selector).map(Value::Vector);
    }
    if let Some(change) = elementwise(name) {
        return mapped(evaluation, call, |_| change);
    }
    match name {
        "time" => Ok(Value::Scalar(evaluation.steps.times.iter().map(|&time| time as f64 / 1000.0).collect())),
        "vector" => {
            let values = evaluation.scalar(argument(call, 0)?)?.into_iter().map(Some).collect();
            Ok(Value::Vector(vec![Column { labels: Labels::default(), values }]))
        }
        "scalar" => Ok(Value::Scalar(scalar(evaluation, &evaluation.vector(argument(call, 0)?)?))),
        "absent" => absent(evaluation, call),
        "timestamp" => timestamp(evaluation, call),
        "clamp_min" => limited(evaluation, call, |value, limit| value.max(limit)),
        "clamp_max" => limited(evaluation, call, |value, limit| value.min(limit)),
        "clamp" => clamp(evaluation, call),
        "round" => round(evaluation, call),
        "histogram_quantile" => {
            let quantile = evaluation.scalar(argument(call, 0)?)?;
            let buckets = evaluation.vector(argument(call, 1)?)?;
            merge(histogram::quantiles(&quantile, &buckets)).map(Value::Vector)
        }
        "label_replace" => label_replace(evaluation, call),
        "sort" | "sort_desc" => sorted(evaluation, call, name == "sort_desc"),
        _ => Err(EvaluationError::unsupported(format_args!("function {name}()"))),
    }
}

fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "sqrt" => f64::sqrt,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        _ => return None,
    })
}

fn argument(call: &Call, at: usize) -> Result<&Expr, EvaluationError> {
    let argument = call.args.args.get(at).map(|argument| &**argument);
    argument.ok_or_else(|| EvaluationError::bad_data(format!("too few arguments in call to {}()", call.func.name)))
}

/// Applies, at each step, the change made for it to every value of the first argument.
fn mapped<F: Fn(f64) -> f64>(
    evaluation: &Evaluation<'_>,
    call: &Call,
    change: impl Fn(usize) -> F,
) -> Result<Value, EvaluationError> {
    let columns = evaluation.vector(argument(call, 0)?)?;
    let changed = columns.into_iter().map(|mut column| {
        for (step, value) in column.values.iter_mut().enumerate() {
            *value = value.map(change(step));
        }
        column.without_metric_name()
    });
    merge(changed.collect()).map(Value::Vector)
}

/// NaN on either side gives NaN, unlike Rust's own `min` and `max`.
fn limited(evaluation: &Evaluation<'_>, call: &Call, limit: fn(f64, f64) -> f64) -> Result<Value, EvaluationError> {
    let limits = evaluation.scalar(argument(call, 1)?)?;
    mapped(evaluation, call, |step| {
        let bound = limits[step];
        move |value: f64| if value.is_nan() || bound.is_nan() { f64::NAN } else { limit(value, bound) }
    })
}

fn clamp(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let low = evaluation.scalar(argument(call, 1)?)?;
    let high = evaluation.scalar(argument(call, 2)?)?;
    let columns = evaluation.vector(argument(call, 0)?)?;
    let clamped = columns.into_iter().map(|mut column| {
        for (step, value) in column.values.iter_mut().enumerate() {
            let (low, high) = (low[step], high[step]);
            let undefined = low.is_nan() || high.is_nan();
            // An empty interval keeps nothing.
            *value = value
                .filter(|_| undefined || low <= high)
                .map(|value| if undefined || value.is_nan() { f64::NAN } else { value.min(high).max(low) });
        }
        column.without_metric_name()
    });
    merge(clamped.collect()).map(Value::Vector)
}

/// Half goes up, as Prometheus does it: by the inverse, for fractions are inexact.
fn round(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let nearest = match call.args.args.get(1) {
        Some(nearest) => evaluation.scalar(nearest)?,
        None => vec![1.0; evaluation.steps.len()],
    };
    mapped(evaluation, call, |step| {
        let inverse = 1.0 / nearest[step];
        move |value: f64| (value * inverse + 0.5).floor() / inverse
    })
}

/// The value at each step where exactly one element is present, NaN elsewhere.
fn scalar(evaluation: &Evaluation<'_>, columns: &[Column]) -> Vec<f64> {
    let steps = 0..evaluation.steps.len();
    let alone = steps.map(|step| {
        let mut present = columns.iter().filter_map(|column| column.values[step]);
        match (present.next(), present.next()) {
            (Some(value), None) => value,
            _ => f64::NAN,
        }
    });
    alone.collect()
}

/// One where nothing is present, with the labels the selector asked for by `=`.
fn absent(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let argument = argument(call, 0)?;
    let columns = evaluation.vector(argument)?;
    let steps = 0..evaluation.steps.len();
    let values = steps.map(|step| columns.iter().all(|column| column.values[step].is_none()).then_some(1.0));
    let column = Column { values: values.collect(), labels: absent_labels(inner(argument)) };
    Ok(Value::Vector(vec![column]))
}

fn absent_labels(argument: &Expr) -> Labels {
    let Expr::VectorSelector(selector) = argument else { return Labels::default() };
    let matchers = &selector.matchers.matchers;
    let alone = matchers.iter().filter(|matcher| {
        let same_name = matchers.iter().filter(|other| other.name == matcher.name);
        matcher.op == MatchOp::Equal && matcher.name != METRIC_NAME && same_name.count() == 1
    });
    Labels::new(alone.map(|matcher| (matcher.name.as_str(), matcher.value.as_str())))
}

fn timestamp(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let argument = argument(call, 0)?;
    let columns = match inner(argument) {
        Expr::VectorSelector(selector) => select::timestamps(evaluation, selector)?,
        _ => {
            let mut columns = evaluation.vector(argument)?;
            for column in &mut columns {
                for (value, &time) in column.values.iter_mut().zip(&evaluation.steps.times) {
                    *value = value.map(|_| time as f64 / 1000.0);
                }
            }
            columns
        }
    };
    merge(columns.into_iter().map(Column::without_metric_name).collect()).map(Value::Vector)
}

fn label_replace(evaluation: &Evaluation<'_>, call: &Call) -> Result<Value, EvaluationError> {
    let columns = evaluation.vector(argument(call, 0)?)?;
    let target = evaluation.text(argument(call, 1)?)?;
    let replacement = evaluation.text(argument(call, 2)?)?;
    let source = evaluation.text(argument(call, 3)?)?;
    let pattern = evaluation.text(argument(call, 4)?)?;
    let expression = Regex::new(&format!("^(?s:{pattern})$"))
        .map_err(|_| EvaluationError::execution(format!("invalid regular expression in label_replace(): {pattern}")))?;
    if !is_label_name(&target) {
        return Err(EvaluationError::execution(format!("invalid destination label name in label_replace(): {target}")));
    }
    let replaced = columns.into_iter().map(|mut column| {
        if let Some(captures) = expression.captures(column.labels.get(&source)) {
            let mut value = String::new();
            captures.expand(&replacement, &mut value);
            column.labels = column.labels.with(&target, &value);
        }
        column
    });
    merge(replaced.collect()).map(Value::Vector)
}

fn is_label_name(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Sorting shows in instant queries only, so the last step decides. NaN goes last.
fn sorted(evaluation: &Evaluation<'_>, call: &Call, descending: bool) -> Result<Value, EvaluationError> {
    let mut columns = evaluation.vector(argument(call, 0)?)?;
    let value = |column: &Column| column.values.last().copied().flatten().unwrap_or(f64::NAN);
    columns.sort_by(|left, right| {
        let (left, right) = (value(left), value(right));
        let order = if descending { right.partial_cmp(&left) } else { left.partial_cmp(&right) };
        order.unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
    });
    Ok(Value::Vector(columns))
}
