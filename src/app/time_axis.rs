//! The stretch of time a screen with charts shows, and the cursor in it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::action::Action;
use crate::domain::figure;

const SHORTEST: Duration = Duration::from_secs(60);
/// What is shown when nothing says how much.
const USUAL: Duration = Duration::from_secs(30 * 60);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// Columns beside the lines, as the charts leave them.
const GUTTER: u16 = 21;

#[derive(Clone, Debug)]
pub struct TimeAxis {
    pub span: Duration,
    /// The moment whose values are shown; None is now.
    pub cursor: Option<Timestamp>,
    /// Columns the lines have.
    columns: u16,
}

impl TimeAxis {
    #[must_use]
    pub fn new(span: Duration) -> Self {
        Self { span, cursor: None, columns: 100 }
    }

    /// Wide enough that what began then stands in the right third, with the calm before it.
    #[must_use]
    pub fn around(began: Option<Timestamp>, now: Timestamp) -> Self {
        let lasted = began.and_then(|began| Duration::try_from(now.duration_since(began)).ok());
        let span = lasted.map_or(USUAL, |lasted| (lasted * 3).clamp(USUAL / 2, LONGEST));
        // Whole minutes read better.
        Self::new(Duration::from_secs(span.as_secs().div_ceil(60) * 60))
    }

    /// Exactly how long it is, as its keys say it: `15 min`, `24 h`, `1h40m`.
    #[must_use]
    pub fn words(&self) -> String {
        let seconds = self.span.as_secs();
        match seconds {
            0..3_600 if seconds.is_multiple_of(60) => figure::spell(self.span),
            3_600..=86_400 if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
            _ => figure::duration(self.span),
        }
    }

    pub fn resize(&mut self, columns: u16) {
        self.columns = columns.saturating_sub(GUTTER).max(10);
    }

    #[must_use]
    pub fn columns(&self) -> u16 {
        self.columns
    }

    /// Moves the cursor or changes the span; `end` is the newest moment that is shown. False when the action is another.
    pub fn act(&mut self, action: Action, end: Timestamp) -> bool {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        match action {
            Action::Left => self.step(-1, end),
            Action::Right => self.step(1, end),
            Action::Range5m => self.show(minutes(5)),
            Action::Range15m => self.show(minutes(15)),
            Action::Range30m => self.show(minutes(30)),
            Action::Range1h => self.show(minutes(60)),
            Action::Range6h => self.show(minutes(6 * 60)),
            Action::Range24h => self.show(minutes(24 * 60)),
            Action::ZoomIn => self.show(self.span / 2),
            Action::ZoomOut => self.show(self.span * 2),
            _ => return false,
        }
        true
    }

    fn show(&mut self, span: Duration) {
        self.span = span.clamp(SHORTEST, LONGEST);
    }

    /// One column to the side. Beyond the newest moment there is no cursor: then the values are those of now.
    fn step(&mut self, columns: i32, end: Timestamp) {
        let column = (self.span / u32::from(self.columns)).max(Duration::from_secs(1));
        let by = SignedDuration::try_from(column).unwrap_or_default() * columns;
        let from = end.checked_sub(SignedDuration::try_from(self.span).unwrap_or_default()).unwrap_or(end);
        let at = self.cursor.unwrap_or(end).checked_add(by).unwrap_or(end);
        self.cursor = (at < end).then_some(at.max(from));
    }

    /// Drops a cursor that the time has left behind.
    pub fn settle(&mut self, end: Timestamp) {
        let from = end.checked_sub(SignedDuration::try_from(self.span).unwrap_or_default()).unwrap_or(end);
        self.cursor = self.cursor.filter(|at| (from..=end).contains(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end() -> Timestamp {
        Timestamp::from_second(1_700_000_000).expect("a time")
    }

    #[test]
    fn the_cursor_steps_by_columns_and_leaves_at_the_newest() {
        let mut axis = TimeAxis::new(Duration::from_secs(1000));
        axis.resize(121);
        assert_eq!(axis.columns(), 100);
        assert!(axis.act(Action::Left, end()));
        assert_eq!(axis.cursor, end().checked_sub(SignedDuration::from_secs(10)).ok());
        axis.act(Action::Right, end());
        assert_eq!(axis.cursor, None, "the newest values are those of now");
        for _ in 0..500 {
            axis.act(Action::Left, end());
        }
        assert_eq!(axis.cursor, end().checked_sub(SignedDuration::from_secs(1000)).ok(), "never beyond the left edge");
        axis.act(Action::Range5m, end());
        axis.settle(end());
        assert_eq!(axis.cursor, None);
    }

    #[test]
    fn a_stretch_is_said_as_long_as_it_is() {
        for (seconds, words) in [(450, "7m30s"), (900, "15 min"), (3_600, "1 h"), (6_000, "1h40m"), (86_400, "24 h")] {
            assert_eq!(TimeAxis::new(Duration::from_secs(seconds)).words(), words);
        }
    }

    #[test]
    fn zooming_stays_within_bounds() {
        let mut axis = TimeAxis::new(Duration::from_secs(300));
        for _ in 0..40 {
            axis.act(Action::ZoomIn, end());
        }
        assert_eq!(axis.span, SHORTEST);
        for _ in 0..40 {
            axis.act(Action::ZoomOut, end());
        }
        assert_eq!(axis.span, LONGEST);
        assert!(!axis.act(Action::Open, end()));
    }
}
