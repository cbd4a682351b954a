//! The alert's part in a verification: whether it has ended, and when it can at the earliest.

use jiff::{SignedDuration, Timestamp};

use crate::domain::alert::{Alert, AlertRule, AlertState, Suppression};
use crate::domain::text::CleanText;
use crate::insight::alerts::{chart, longest_window};

/// The alert that led here, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub enum AlertStanding {
    /// Nobody came here by an alert.
    NotTied,
    /// Alerts cannot be read now.
    Unknown(CleanText),
    /// It holds, whether or not anybody is told.
    Active(Box<Alert>),
    /// It was there and is gone.
    Ended,
}

impl AlertStanding {
    /// A silenced or inhibited alert holds like any other: a mute is no cure.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    pub(super) fn words(alert: &Alert, earliest: Option<&str>) -> CleanText {
        let until = earliest.map(|at| format!(", cannot end before {at}")).unwrap_or_default();
        CleanText::from(match (alert.state, alert.suppressed_by.first()) {
            (AlertState::Pending, _) => format!("{} still pending{until}", alert.name),
            (_, Some(Suppression::Silence { by, .. })) if !by.is_empty() => {
                format!("{} silenced by “{by}”, which is no end{until}", alert.name)
            }
            (AlertState::Suppressed, _) => format!("{} suppressed, which is no end{until}", alert.name),
            _ => format!("{} still firing{until}", alert.name),
        })
    }
}

/// When the rule's expression can be false at the earliest, if all was well from `calm` on: the bad share of its window
/// must first fall below the limit, and the next evaluation must see it. `for` delays only the beginning of an alert.
/// `value` is what the expression was when all was still bad.
#[must_use]
pub fn earliest_end(rule: &AlertRule, value: Option<f64>, calm: Timestamp) -> Timestamp {
    let window = longest_window(&rule.expression).unwrap_or(0.0);
    let limit = chart(&rule.expression).threshold.filter(|threshold| threshold.above).map(|threshold| threshold.value);
    let must_leave = match (limit, value) {
        (Some(limit), Some(value)) if limit > 0.0 && value > limit => 1.0 - limit / value,
        _ => 0.0,
    };
    let end = calm.checked_add(SignedDuration::from_secs_f64(window * must_leave)).unwrap_or(calm);
    next_evaluation(rule, end)
}

fn next_evaluation(rule: &AlertRule, at: Timestamp) -> Timestamp {
    let Some(last) = rule.evaluated_at.filter(|_| rule.interval_seconds > 0.0) else { return at };
    let ahead = at.duration_since(last).as_secs_f64();
    let rounds = (ahead / rule.interval_seconds).ceil().max(1.0);
    last.checked_add(SignedDuration::from_secs_f64(rounds * rule.interval_seconds)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("a time")
    }

    fn rule(expression: &str) -> AlertRule {
        AlertRule {
            expression: expression.into(),
            hold_seconds: 30.0,
            evaluated_at: Some(at(2)),
            interval_seconds: 5.0,
        }
    }

    #[test]
    fn the_bad_part_of_the_window_must_pass() {
        let rule = rule("rate(failed[1m]) / rate(all[1m]) > 0.02");
        // 14 % falls below 2 % when six sevenths of the minute are well: 51.4 s, seen at the next evaluation.
        assert_eq!(earliest_end(&rule, Some(0.14), at(0)), at(52));
        assert_eq!(earliest_end(&rule, None, at(0)), at(7), "without a value only the next evaluation is sure");
    }

    #[test]
    fn an_expression_without_a_window_ends_at_once() {
        assert_eq!(earliest_end(&rule("up < 1"), Some(0.0), at(3)), at(7));
    }
}
