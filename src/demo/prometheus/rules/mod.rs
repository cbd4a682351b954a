//! Alerting rules: what they ask, and the state each alert is in at an instant.
//!
//! State is a function of the samples up to now. It is worked out by evaluating the expression at every instant of the
//! evaluation grid, many instants in one query, and is kept so that the next request only walks the instants since.

mod book;
mod rule;
mod template;

pub use book::{Alert, AlertState, RuleBook};
pub use rule::{AlertingRule, Schedule};

#[cfg(test)]
mod tests;
