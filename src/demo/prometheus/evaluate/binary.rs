//! Binary operators: arithmetic, comparison and the set operators.

use std::collections::HashMap;

use promql_parser::parser::{BinaryExpr, token};

use super::engine::Evaluation;
use super::error::EvaluationError;
use super::matching::{Cardinality, Matching};
use super::value::{Column, Value, group_by, merge};
use crate::demo::prometheus::labels::Labels;

#[derive(Debug, Clone, Copy)]
enum Operator {
    Arithmetic(fn(f64, f64) -> f64),
    Comparison(fn(f64, f64) -> bool),
    And,
    Or,
    Unless,
}

impl Operator {
    fn of(expression: &BinaryExpr) -> Result<Self, EvaluationError> {
        Ok(match expression.op.id() {
            token::T_ADD => Self::Arithmetic(|left, right| left + right),
            token::T_SUB => Self::Arithmetic(|left, right| left - right),
            token::T_MUL => Self::Arithmetic(|left, right| left * right),
            token::T_DIV => Self::Arithmetic(|left, right| left / right),
            token::T_MOD => Self::Arithmetic(|left, right| left % right),
            token::T_POW => Self::Arithmetic(f64::powf),
            token::T_ATAN2 => Self::Arithmetic(f64::atan2),
            token::T_EQLC => Self::Comparison(|left, right| left == right),
            token::T_NEQ => Self::Comparison(|left, right| left != right),
            token::T_GTR => Self::Comparison(|left, right| left > right),
            token::T_LSS => Self::Comparison(|left, right| left < right),
            token::T_GTE => Self::Comparison(|left, right| left >= right),
            token::T_LTE => Self::Comparison(|left, right| left <= right),
            token::T_LAND => Self::And,
            token::T_LOR => Self::Or,
            token::T_LUNLESS => Self::Unless,
            _ => return Err(EvaluationError::unsupported(format_args!("operator \"{}\"", expression.op))),
        })
    }
}

/// An operator on two numbers, with what a comparison that does not hold leaves behind.
#[derive(Clone, Copy)]
struct Operation {
    operator: Operator,
    as_bool: bool,
}

impl Operation {
    /// `kept` is what a comparison that holds lets through.
    fn apply(self, left: f64, right: f64, kept: f64) -> Option<f64> {
        match self.operator {
            Operator::Arithmetic(compute) => Some(compute(left, right)),
            Operator::Comparison(holds) if self.as_bool => Some(f64::from(u8::from(holds(left, right)))),
            Operator::Comparison(holds) => holds(left, right).then_some(kept),
            Operator::And | Operator::Or | Operator::Unless => None,
        }
    }

    fn drops_name(self) -> bool {
        self.as_bool || matches!(self.operator, Operator::Arithmetic(_))
    }
}

pub fn evaluate(evaluation: &Evaluation<'_>, expression: &BinaryExpr) -> Result<Value, EvaluationError> {
    let operator = Operator::of(expression)?;
    let modifier = expression.modifier.as_ref();
    if modifier.is_some_and(|modifier| modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some()) {
        return Err(EvaluationError::unsupported("the \"fill\" modifier"));
    }
    let operation = Operation { operator, as_bool: expression.return_bool() };
    let left = evaluation.value(&expression.lhs)?;
    let right = evaluation.value(&expression.rhs)?;
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            let pairs = left.into_iter().zip(right);
            Ok(Value::Scalar(
                pairs.map(|(left, right)| operation.apply(left, right, left).unwrap_or(f64::NAN)).collect(),
            ))
        }
        (Value::Vector(left), Value::Scalar(right)) => {
            with_scalar(left, &right, operation, |value, scalar| operation.apply(value, scalar, value))
        }
        (Value::Scalar(left), Value::Vector(right)) => {
            with_scalar(right, &left, operation, |value, scalar| operation.apply(scalar, value, value))
        }
        (Value::Vector(left), Value::Vector(right)) => {
            let matching = Matching::of(modifier);
            match operator {
                Operator::And => Ok(Value::Vector(keep_where(left, &right, &matching, true))),
                Operator::Unless => Ok(Value::Vector(keep_where(left, &right, &matching, false))),
                Operator::Or => either(left, right, &matching).map(Value::Vector),
                Operator::Arithmetic(_) | Operator::Comparison(_) => {
                    pairwise(&left, &right, &matching, operation).map(Value::Vector)
                }
            }
        }
        (left, right) => Err(EvaluationError::execution(format!(
            "binary expression must contain only scalar and instant vector types, got {} and {}",
            left.kind(),
            right.kind()
        ))),
    }
}

fn with_scalar(
    columns: Vec<Column>,
    scalars: &[f64],
    operation: Operation,
    apply: impl Fn(f64, f64) -> Option<f64>,
) -> Result<Value, EvaluationError> {
    let changed = columns.into_iter().map(|mut column| {
        for (value, &scalar) in column.values.iter_mut().zip(scalars) {
            *value = value.and_then(|value| apply(value, scalar));
        }
        if operation.drops_name() { column.without_metric_name() } else { column }
    });
    merge(changed.filter(Column::is_present).collect()).map(Value::Vector)
}

/// For each match group, the steps at which any of its series is present.
fn presence(columns: &[Column], matching: &Matching) -> HashMap<Labels, Vec<bool>> {
    let groups = group_by(columns, |labels| matching.signature(labels));
    let present = groups.into_iter().map(|(signature, members)| {
        let steps = members.first().map_or(0, |column| column.values.len());
        let any = (0..steps).map(|step| members.iter().any(|column| column.values[step].is_some()));
        (signature, any.collect())
    });
    present.collect()
}

/// `and` (`wanted` true) and `unless` (false).
fn keep_where(left: Vec<Column>, right: &[Column], matching: &Matching, wanted: bool) -> Vec<Column> {
    let present = presence(right, matching);
    let kept = left.into_iter().map(|mut column| {
        let group = present.get(&matching.signature(&column.labels));
        for (step, value) in column.values.iter_mut().enumerate() {
            if group.is_some_and(|group| group[step]) != wanted {
                *value = None;
            }
        }
        column
    });
    kept.filter(Column::is_present).collect()
}

fn either(left: Vec<Column>, right: Vec<Column>, matching: &Matching) -> Result<Vec<Column>, EvaluationError> {
    let right = keep_where(right, &left, matching, false);
    merge(left.into_iter().chain(right).collect())
}

fn pairwise(
    left: &[Column],
    right: &[Column],
    matching: &Matching,
    operation: Operation,
) -> Result<Vec<Column>, EvaluationError> {
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    if many.is_empty() {
        return Ok(Vec::new());
    }
    let ones: HashMap<Labels, Vec<&Column>> = group_by(one, |labels| matching.signature(labels)).into_iter().collect();
    for (signature, members) in &ones {
        refuse_duplicates(signature, members, swapped)?;
    }
    let mut results = Vec::new();
    for (signature, members) in group_by(many, |labels| matching.signature(labels)) {
        let Some(partners) = ones.get(&signature) else { continue };
        let mut taken: HashMap<Labels, Vec<bool>> = HashMap::new();
        for member in members {
            for partner in partners {
                let labels = matching.result(&member.labels, &partner.labels, operation.drops_name());
                let taken =
                    taken.entry(result_key(matching, &labels)).or_insert_with(|| vec![false; member.values.len()]);
                let mut values = Vec::with_capacity(member.values.len());
                for (step, (&of_many, &of_one)) in member.values.iter().zip(&partner.values).enumerate() {
                    let (Some(of_many), Some(of_one)) = (of_many, of_one) else {
                        values.push(None);
                        continue;
                    };
                    let (left, right) = if swapped { (of_one, of_many) } else { (of_many, of_one) };
                    let value = operation.apply(left, right, left);
                    if value.is_some() && std::mem::replace(&mut taken[step], true) {
                        return Err(EvaluationError::execution(ambiguous(matching)));
                    }
                    values.push(value);
                }
                results.push(Column { labels, values });
            }
        }
    }
    merge(results.into_iter().filter(Column::is_present).collect())
}

/// Within a match group one to one there may be one result; with grouping, one for each label set.
fn result_key(matching: &Matching, labels: &Labels) -> Labels {
    match matching.cardinality {
        Cardinality::OneToOne => Labels::default(),
        Cardinality::ManyToOne | Cardinality::OneToMany => labels.clone(),
    }
}

fn ambiguous(matching: &Matching) -> &'static str {
    match matching.cardinality {
        Cardinality::OneToOne => {
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        }
        Cardinality::ManyToOne | Cardinality::OneToMany => {
            "multiple matches for labels: grouping labels must ensure unique matches"
        }
    }
}

/// The "one" side may hold one series of a match group at a time.
fn refuse_duplicates(signature: &Labels, members: &[&Column], swapped: bool) -> Result<(), EvaluationError> {
    let [first, others @ ..] = members else { return Ok(()) };
    let steps = first.values.len();
    if others.is_empty() {
        return Ok(());
    }
    for step in 0..steps {
        let mut present = members.iter().filter(|column| column.values[step].is_some());
        if let (Some(first), Some(second)) = (present.next(), present.next()) {
            let side = if swapped { "left" } else { "right" };
            return Err(EvaluationError::execution(format!(
                "found duplicate series for the match group {signature} on the {side} hand-side of the operation: \
                 [{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
                second.labels, first.labels
            )));
        }
    }
    Ok(())
}
