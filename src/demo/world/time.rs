//! Story time: milliseconds since 0:00 of the story. Integers, so that two runs of one seed agree to the bit.

use std::ops::{Add, Sub};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// An instant of the story; negative before 0:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StoryTime(i64);

impl StoryTime {
    pub const START: StoryTime = StoryTime(0);

    pub const fn from_millis(millis: i64) -> StoryTime {
        StoryTime(millis)
    }

    pub const fn from_secs(secs: i64) -> StoryTime {
        StoryTime(secs * 1000)
    }

    /// `StoryTime::at(0, 20)` is 0:20.
    pub const fn at(minutes: i64, seconds: i64) -> StoryTime {
        StoryTime((minutes * 60 + seconds) * 1000)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    pub fn secs(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    pub const fn plus_millis(self, millis: i64) -> StoryTime {
        StoryTime(self.0 + millis)
    }

    /// Where a wall-clock instant lies in a story that began at `epoch`.
    pub fn of(instant: Timestamp, epoch: Timestamp) -> StoryTime {
        StoryTime(instant.as_millisecond() - epoch.as_millisecond())
    }

    /// The wall-clock instant of this story time.
    pub fn instant(self, epoch: Timestamp) -> Timestamp {
        epoch.saturating_add(SignedDuration::from_millis(self.0)).unwrap_or(epoch)
    }
}

impl Add<Duration> for StoryTime {
    type Output = StoryTime;

    fn add(self, duration: Duration) -> StoryTime {
        StoryTime(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for StoryTime {
    type Output = StoryTime;

    fn sub(self, duration: Duration) -> StoryTime {
        StoryTime(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}
