//! Aggregation of a vector by its labels.

use promql_parser::parser::{AggregateExpr, LabelModifier, token};

use super::engine::Evaluation;
use super::error::EvaluationError;
use super::value::{Column, group_by};
use crate::demo::prometheus::labels::Labels;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregator {
    Sum,
    Average,
    Minimum,
    Maximum,
    Count,
    Group,
    Top,
    Bottom,
}

pub fn evaluate(evaluation: &Evaluation<'_>, expression: &AggregateExpr) -> Result<Vec<Column>, EvaluationError> {
    let aggregator = match expression.op.id() {
        token::T_SUM => Aggregator::Sum,
        token::T_AVG => Aggregator::Average,
        token::T_MIN => Aggregator::Minimum,
        token::T_MAX => Aggregator::Maximum,
        token::T_COUNT => Aggregator::Count,
        token::T_GROUP => Aggregator::Group,
        token::T_TOPK => Aggregator::Top,
        token::T_BOTTOMK => Aggregator::Bottom,
        _ => return Err(EvaluationError::unsupported(format_args!("aggregation operator \"{}\"", expression.op))),
    };
    let columns = evaluation.vector(&expression.expr)?;
    let groups = group_by(&columns, |labels| group_labels(labels, expression.modifier.as_ref()));
    if matches!(aggregator, Aggregator::Top | Aggregator::Bottom) {
        let parameter = expression.param.as_deref().ok_or_else(|| EvaluationError::bad_data("parameter missing"))?;
        let limits = evaluation.scalar(parameter)?;
        return Ok(groups.into_iter().flat_map(|(_, members)| ranked(&members, &limits, aggregator)).collect());
    }
    let aggregated = groups.into_iter().map(|(labels, members)| {
        let values = (0..evaluation.steps.len())
            .map(|step| fold(aggregator, members.iter().filter_map(|column| column.values[step])));
        Column { values: values.collect(), labels }
    });
    Ok(aggregated.collect())
}

fn group_labels(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::default(),
        Some(LabelModifier::Include(names)) => labels.only(&names.labels),
        Some(LabelModifier::Exclude(names)) => labels.ignoring(&names.labels),
    }
}

/// `None` when no member is present at the step.
fn fold(aggregator: Aggregator, values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut count = 0_usize;
    let counted = values.inspect(|_| count += 1);
    let folded = match aggregator {
        Aggregator::Sum | Aggregator::Average => counted.reduce(|sum, value| sum + value),
        Aggregator::Minimum => counted.reduce(|low, value| if value < low || low.is_nan() { value } else { low }),
        Aggregator::Maximum => counted.reduce(|high, value| if value > high || high.is_nan() { value } else { high }),
        _ => counted.reduce(|first, _| first),
    }?;
    Some(match aggregator {
        Aggregator::Average => folded / count as f64,
        Aggregator::Count => count as f64,
        Aggregator::Group => 1.0,
        _ => folded,
    })
}

/// The members that are among the first `limit` at each step, best first as of the last step.
fn ranked(members: &[&Column], limits: &[f64], aggregator: Aggregator) -> Vec<Column> {
    let mut kept: Vec<Column> = members
        .iter()
        .map(|column| Column { labels: column.labels.clone(), values: vec![None; column.values.len()] })
        .collect();
    let mut order: Vec<usize> = Vec::new();
    for (step, &limit) in limits.iter().enumerate() {
        let value = |at: usize| members[at].values[step];
        let mut present: Vec<usize> = (0..members.len()).filter(|&at| value(at).is_some()).collect();
        present.sort_by(|&left, &right| best_first(value(left), value(right), aggregator));
        // A limit below one, or NaN, keeps nothing.
        present.truncate(if limit >= 1.0 { limit as usize } else { 0 });
        for &at in &present {
            kept[at].values[step] = value(at);
        }
        order = present;
    }
    // An instant query answers in rank order; a range query is sorted by labels afterwards.
    let mut ranks: Vec<usize> = vec![usize::MAX; kept.len()];
    for (rank, &at) in order.iter().enumerate() {
        ranks[at] = rank;
    }
    let mut ranked: Vec<(usize, Column)> =
        ranks.into_iter().zip(kept).filter(|(_, column)| column.is_present()).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, column)| column).collect()
}

/// NaN always goes last.
fn best_first(left: Option<f64>, right: Option<f64>, aggregator: Aggregator) -> std::cmp::Ordering {
    let (left, right) = (left.unwrap_or(f64::NAN), right.unwrap_or(f64::NAN));
    let (better, worse) = if aggregator == Aggregator::Top { (right, left) } else { (left, right) };
    better.partial_cmp(&worse).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}
