//! An alerting rule and the grid of instants at which rules are evaluated.

use crate::demo::prometheus::storage::Milliseconds;

/// As a rule file has it.
#[derive(Debug, Clone, Copy)]
pub struct AlertingRule {
    pub group: &'static str,
    pub name: &'static str,
    pub expression: &'static str,
    /// Where the group's evaluations lie in the interval: Prometheus spreads its groups over it.
    pub offset: Milliseconds,
    /// `for`: how long the expression must hold before the alert fires.
    pub hold: Milliseconds,
    /// `keep_firing_for`: how long a firing alert outlasts its expression.
    pub keep: Milliseconds,
    pub labels: &'static [(&'static str, &'static str)],
    /// Texts with `{{ $labels.name }}` and `{{ $value }}` in them.
    pub annotations: &'static [(&'static str, &'static str)],
}

/// When rules are evaluated: every `interval` from `first` on, each group by its offset later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    pub first: Milliseconds,
    pub interval: Milliseconds,
}

impl Schedule {
    /// How many evaluations of a group there have been until an instant.
    pub fn count(self, offset: Milliseconds, now: Milliseconds) -> i64 {
        (now - self.first - offset).div_euclid(self.interval).max(-1) + 1
    }

    pub fn at(self, offset: Milliseconds, index: i64) -> Milliseconds {
        self.first + offset + index * self.interval
    }

    /// The last evaluation at or before an instant, or the first one.
    pub fn last(self, offset: Milliseconds, now: Milliseconds) -> Milliseconds {
        self.at(offset, (self.count(offset, now) - 1).max(0))
    }
}
