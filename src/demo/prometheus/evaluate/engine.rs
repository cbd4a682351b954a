//! The engine: parses a query, walks its tree and hands each node to the file that knows it.

use std::cell::RefCell;

use promql_parser::parser::{self, Expr, NumberLiteral};

use super::error::EvaluationError;
use super::value::{Column, Value, merge};
use super::{aggregate, binary, depth, function, select};
use crate::demo::prometheus::storage::{Milliseconds, SampleBudget, Storage};

/// Where the lines of Prometheus differ in their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Up to 2.x: a range holds the sample on its left end too.
    Two,
    /// From 3.0: ranges and lookback are open on the left.
    #[default]
    Three,
}

/// Evaluation settings of one Prometheus.
#[derive(Debug, Clone, Copy)]
pub struct Engine {
    pub dialect: Dialect,
    pub lookback: Milliseconds,
    pub max_samples: usize,
}

impl Default for Engine {
    fn default() -> Self {
        Self { dialect: Dialect::Three, lookback: 5 * 60 * 1000, max_samples: 5_000_000 }
    }
}

/// The instants at which a query is evaluated: at least one, evenly spaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    pub times: Vec<Milliseconds>,
}

impl Steps {
    pub fn instant(time: Milliseconds) -> Self {
        Self { times: vec![time] }
    }

    /// From start to end, both included when the step fits. The caller has bounded the number of points.
    pub fn range(start: Milliseconds, end: Milliseconds, step: Milliseconds) -> Self {
        let count = (end - start).max(0) / step.max(1) + 1;
        Self { times: (0..count).map(|at| start + at * step).collect() }
    }

    pub fn start(&self) -> Milliseconds {
        self.times.first().copied().unwrap_or_default()
    }

    pub fn end(&self) -> Milliseconds {
        self.times.last().copied().unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

/// A parsed query, which may be evaluated many times.
#[derive(Debug, Clone)]
pub struct Query {
    pub expression: Expr,
}

impl Query {
    pub fn parse(text: &str) -> Result<Self, EvaluationError> {
        depth::check(text)?;
        parser::parse(text).map(|expression| Self { expression }).map_err(EvaluationError::BadData)
    }
}

impl Engine {
    pub fn evaluate(&self, storage: &dyn Storage, query: &Query, steps: &Steps) -> Result<Value, EvaluationError> {
        let evaluation =
            Evaluation { engine: *self, storage, steps, budget: RefCell::new(SampleBudget::new(self.max_samples)) };
        if let Expr::MatrixSelector(selector) = inner(&query.expression) {
            return select::matrix(&evaluation, selector).map(Value::Matrix);
        }
        match evaluation.value(&query.expression)? {
            Value::Vector(mut columns) => {
                columns.retain(Column::is_present);
                Ok(Value::Vector(columns))
            }
            other => Ok(other),
        }
    }
}

/// One query under evaluation.
pub struct Evaluation<'a> {
    pub engine: Engine,
    pub storage: &'a dyn Storage,
    pub steps: &'a Steps,
    pub budget: RefCell<SampleBudget>,
}

impl Evaluation<'_> {
    pub fn value(&self, expression: &Expr) -> Result<Value, EvaluationError> {
        match expression {
            Expr::NumberLiteral(NumberLiteral { val }) => Ok(Value::Scalar(vec![*val; self.steps.len()])),
            Expr::StringLiteral(literal) => Ok(Value::Text(literal.val.clone())),
            Expr::Paren(paren) => self.value(&paren.expr),
            Expr::Unary(unary) => match self.value(&unary.expr)? {
                Value::Scalar(values) => Ok(Value::Scalar(values.into_iter().map(|value| -value).collect())),
                Value::Vector(columns) => {
                    let negated = columns.into_iter().map(|column| column.map(|value| -value).without_metric_name());
                    merge(negated.collect()).map(Value::Vector)
                }
                other => Err(mismatch("scalar or vector", &other)),
            },
            Expr::VectorSelector(selector) => select::vector(self, selector).map(Value::Vector),
            Expr::Aggregate(expression) => aggregate::evaluate(self, expression).map(Value::Vector),
            Expr::Binary(expression) => binary::evaluate(self, expression),
            Expr::Call(call) => function::evaluate(self, call),
            Expr::MatrixSelector(_) => {
                Err(EvaluationError::execution("a range vector is only possible as an argument"))
            }
            Expr::Subquery(_) => Err(EvaluationError::unsupported("a subquery")),
            Expr::Extension(extension) => Err(EvaluationError::unsupported(extension.expr.name())),
        }
    }

    pub fn vector(&self, expression: &Expr) -> Result<Vec<Column>, EvaluationError> {
        match self.value(expression)? {
            Value::Vector(columns) => Ok(columns),
            other => Err(mismatch("vector", &other)),
        }
    }

    pub fn scalar(&self, expression: &Expr) -> Result<Vec<f64>, EvaluationError> {
        match self.value(expression)? {
            Value::Scalar(values) => Ok(values),
            other => Err(mismatch("scalar", &other)),
        }
    }

    pub fn text(&self, expression: &Expr) -> Result<String, EvaluationError> {
        match self.value(expression)? {
            Value::Text(text) => Ok(text),
            other => Err(mismatch("string", &other)),
        }
    }
}

fn mismatch(wanted: &str, got: &Value) -> EvaluationError {
    EvaluationError::execution(format!("expected type {wanted}, got {}", got.kind()))
}

/// The expression within any parentheses.
pub fn inner(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(paren) => inner(&paren.expr),
        other => other,
    }
}
