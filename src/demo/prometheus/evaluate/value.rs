//! What a node of a query evaluates to.

use std::collections::HashMap;

use super::error::EvaluationError;
use crate::demo::prometheus::labels::Labels;
use crate::demo::prometheus::storage::Series;

/// One label set with a value for each step at which it is present.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub labels: Labels,
    pub values: Vec<Option<f64>>,
}

impl Column {
    /// The same presence, each value changed.
    pub fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        for value in &mut self.values {
            *value = value.map(&change);
        }
        self
    }

    pub fn without_metric_name(mut self) -> Self {
        self.labels = self.labels.without_metric_name();
        self
    }

    pub fn is_present(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One number per step.
    Scalar(Vec<f64>),
    Vector(Vec<Column>),
    /// Raw samples; only an instant query for a range selector answers so.
    Matrix(Vec<Series>),
    Text(String),
}

impl Value {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
            Self::Text(_) => "string",
        }
    }
}

/// Joins columns that have come to the same labels. Two values at one step cannot be told apart: an error.
pub fn merge(columns: Vec<Column>) -> Result<Vec<Column>, EvaluationError> {
    let mut index: HashMap<Labels, usize> = HashMap::with_capacity(columns.len());
    let mut merged: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(&at) = index.get(&column.labels) else {
            index.insert(column.labels.clone(), merged.len());
            merged.push(column);
            continue;
        };
        for (have, new) in merged[at].values.iter_mut().zip(column.values) {
            if have.is_some() && new.is_some() {
                return Err(EvaluationError::execution("vector cannot contain metrics with the same labelset"));
            }
            *have = have.or(new);
        }
    }
    Ok(merged)
}

/// Groups columns by a key of their labels, groups in order of first appearance.
pub fn group_by(columns: &[Column], key: impl Fn(&Labels) -> Labels) -> Vec<(Labels, Vec<&Column>)> {
    let mut index: HashMap<Labels, usize> = HashMap::new();
    let mut groups: Vec<(Labels, Vec<&Column>)> = Vec::new();
    for column in columns {
        let key = key(&column.labels);
        let at = *index.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(column);
    }
    groups
}
