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

/// When an alert can end, if nothing goes wrong from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertEnd {
    /// Not before this.
    pub earliest: Timestamp,
    /// About then.
    pub likely: Timestamp,
}

/// The bad share of the alert's window must first fall below the limit, the next evaluation must see it, and then the
/// rule's own delay passes; `for` delays only the beginning of an alert.
///
/// `value` is what the expression was while all was bad. `relieved` is when each equal part of the bad load ended or
/// can end at the earliest, such as each old pod's place taken by a new one.
#[must_use]
pub fn alert_end(rule: &AlertRule, value: Option<f64>, relieved: &[Timestamp]) -> Option<AlertEnd> {
    let window = longest_window(&rule.expression).unwrap_or(0.0);
    // A rate needs two samples: of a series that ended, it sees up to two samples less than its window.
    let seen = (window - 2.0 * rule.interval_seconds).max(0.0);
    let end = |window| {
        let calm = calm(rule, window, value, relieved)?;
        evaluation(rule, calm).checked_add(SignedDuration::from_secs_f64(rule.keep_firing_seconds.max(0.0))).ok()
    };
    Some(AlertEnd { earliest: end(seen)?, likely: end(window)? })
}

/// When the expression no longer holds.
fn calm(rule: &AlertRule, window: f64, value: Option<f64>, relieved: &[Timestamp]) -> Option<Timestamp> {
    let (first, last) = (relieved.iter().min()?, relieved.iter().max()?);
    let limit = chart(&rule.expression).threshold.filter(|threshold| threshold.above).map(|threshold| threshold.value);
    let tolerated = match (limit, value) {
        (Some(limit), Some(value)) if limit > 0.0 && value > limit => limit / value,
        // The value says nothing of how much must leave the window: only that something must.
        _ => 1.0,
    };
    let seconds = |at: &Timestamp| at.duration_since(*first).as_secs_f64();
    // The part of the window at `end` that was still bad, over all parts of the load.
    let bad_share = |end: f64| {
        let parts = relieved.iter().map(|at| ((seconds(at) - (end - window)) / window.max(1e-9)).clamp(0.0, 1.0));
        parts.sum::<f64>() / relieved.len() as f64
    };
    // The share only falls: the end lies between the first relief and a whole window after the last.
    let (mut early, mut late) = (0.0, seconds(last) + window);
    while late - early > 0.1 {
        let middle = f64::midpoint(early, late);
        if bad_share(middle) < tolerated { late = middle } else { early = middle }
    }
    first.checked_add(SignedDuration::from_secs_f64(early)).ok()
}

/// The first evaluation at or after a moment; it may be past, and the alert then be kept by its delay alone.
fn evaluation(rule: &AlertRule, at: Timestamp) -> Timestamp {
    let Some(last) = rule.evaluated_at.filter(|_| rule.interval_seconds > 0.0) else { return at };
    let ahead = at.duration_since(last).as_secs_f64();
    let rounds = (ahead / rule.interval_seconds).ceil();
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
            keep_firing_seconds: 0.0,
            evaluated_at: Some(at(2)),
            interval_seconds: 5.0,
        }
    }

    fn seconds(rule: &AlertRule, value: Option<f64>, relieved: &[i64]) -> Option<(i64, i64)> {
        let relieved: Vec<Timestamp> = relieved.iter().map(|second| at(*second)).collect();
        let end = alert_end(rule, value, &relieved)?;
        let after = |time: Timestamp| time.duration_since(at(0)).as_secs();
        Some((after(end.earliest), after(end.likely)))
    }

    #[test]
    fn the_bad_part_of_the_window_must_pass() {
        let rule = rule("rate(failed[1m]) / rate(all[1m]) > 0.02");
        // 14 % falls below 2 % when six sevenths of the minute are well: 51.4 s, seen at the next evaluation.
        assert_eq!(seconds(&rule, Some(0.14), &[0]), Some((47, 52)));
        assert_eq!(seconds(&rule, None, &[0]), Some((2, 2)), "without a value only the next evaluation is sure");
        assert_eq!(seconds(&rule, Some(0.14), &[]), None);
    }

    #[test]
    fn each_old_pod_that_goes_relieves_the_window() {
        let mut rule = rule("rate(failed[1m]) / rate(all[1m]) > 0.02");
        rule.keep_firing_seconds = 5.0;
        // As the last of five goes at 27 s, the others have been well for a while: 68 s, seen at 72, kept to 77.
        let (_, likely) = seconds(&rule, Some(0.142), &[5, 10, 15, 21, 27]).expect("an end");
        assert_eq!(likely, 77);
        let (_, later) = seconds(&rule, Some(0.142), &[27; 5]).expect("an end");
        assert!(later > likely);
    }

    #[test]
    fn an_expression_without_a_window_ends_at_once() {
        assert_eq!(seconds(&rule("up < 1"), Some(0.0), &[3]), Some((7, 7)));
    }
}
