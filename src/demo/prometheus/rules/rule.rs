//! An alerting rule and the grid of instants at which rules are evaluated.

use crate::demo::prometheus::storage::Milliseconds;

/// As a rule file has it.
#[derive(Debug, Clone, Copy)]
pub struct AlertingRule {
    pub group: &'static str,
    pub name: &'static str,
    pub expression: &'static str,
    /// `for`: how long the expression must hold before the alert fires.
    pub hold: Milliseconds,
    pub labels: &'static [(&'static str, &'static str)],
    /// Texts with `{{ $labels.name }}` and `{{ $value }}` in them.
    pub annotations: &'static [(&'static str, &'static str)],
}

/// When rules are evaluated: every `interval`, on the grid that contains `first`, and not before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    pub first: Milliseconds,
    pub interval: Milliseconds,
}

impl Schedule {
    /// The last evaluation at or before an instant.
    pub fn last(self, now: Milliseconds) -> Option<Milliseconds> {
        (now >= self.first).then(|| now - (now - self.first).rem_euclid(self.interval))
    }
}
