//! Why a query has no answer, in the two classes Prometheus's HTTP API tells apart.

use crate::demo::prometheus::storage::BudgetExceeded;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The request is wrong: 400, `bad_data`.
    #[error("{0}")]
    BadData(String),
    /// The query is well formed but cannot be executed: 422, `execution`.
    #[error("{0}")]
    Execution(String),
}

impl EvaluationError {
    pub fn bad_data(message: impl Into<String>) -> Self {
        Self::BadData(message.into())
    }

    pub fn execution(message: impl Into<String>) -> Self {
        Self::Execution(message.into())
    }

    /// For the part of PromQL that is not evaluated here: names what it was.
    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::Execution(format!("{what} is not supported by the built-in Prometheus"))
    }
}

impl From<BudgetExceeded> for EvaluationError {
    fn from(exceeded: BudgetExceeded) -> Self {
        Self::Execution(exceeded.to_string())
    }
}
