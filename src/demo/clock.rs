//! The virtual clock: the story's 0:00, where it was entered, and tokio's time since then.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::world::StoryTime;

/// Follows tokio's time, so that tests with paused time move the story. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: Timestamp,
    at: Duration,
    speed: f64,
    origin: Instant,
}

impl Clock {
    pub fn new(epoch: Timestamp, at: Duration, speed: f64) -> Clock {
        // A clock that stands would never wake anybody.
        let speed = if speed.is_finite() { speed.clamp(0.01, 10_000.0) } else { 1.0 };
        Clock { epoch, at, speed, origin: Instant::now() }
    }

    pub fn now(&self) -> Timestamp {
        let since = self.origin.elapsed().mul_f64(self.speed) + self.at;
        let since = SignedDuration::try_from(since).unwrap_or(SignedDuration::ZERO);
        self.epoch.saturating_add(since).unwrap_or(self.epoch)
    }

    pub fn epoch(&self) -> Timestamp {
        self.epoch
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    pub(super) fn story_now(&self) -> StoryTime {
        StoryTime::of(self.now(), self.epoch)
    }

    /// When the story will have come to a time; never before it has.
    pub(super) fn instant_of(&self, at: StoryTime) -> Instant {
        let millis = at.millis() as f64 - self.at.as_secs_f64() * 1000.0;
        // A millisecond late rather than a hair early: who wakes early would find nothing and wait again.
        self.origin + Duration::from_secs_f64((millis.max(0.0) / self.speed + 1.0) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn follows_tokio_time_at_its_speed() {
        let epoch: Timestamp = "2026-11-21T03:00:00Z".parse().expect("a time");
        let clock = Clock::new(epoch, Duration::from_secs(20), 4.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now().to_string(), "2026-11-21T03:01:00Z");
        let later = clock.instant_of(StoryTime::at(2, 0));
        tokio::time::sleep_until(later).await;
        assert!(clock.story_now() >= StoryTime::at(2, 0));
        assert!(clock.story_now() < StoryTime::at(2, 1));
    }
}
