//! How many lines and errors came in each short piece of time, for a rate and a small chart.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::log::Level;

/// Seconds of one bucket.
const STEP: i64 = 5;
/// Buckets kept: an hour.
const KEPT: usize = 720;
/// Buckets of a minute.
const MINUTE: i64 = 60 / STEP;
/// Buckets a rate is taken over.
const RATE_OVER: i64 = 2;

#[derive(Debug, Default)]
pub struct Pulse {
    buckets: VecDeque<Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Seconds divided by the step.
    at: i64,
    lines: u32,
    errors: u32,
}

impl Pulse {
    pub fn add(&mut self, at: Timestamp, level: Level) {
        let at = bucket_of(at);
        // Lines nearly always come in order, so that the place is the last one.
        let mut position = match self.buckets.back() {
            Some(last) if last.at == at => self.buckets.len() - 1,
            _ => self.buckets.partition_point(|bucket| bucket.at < at),
        };
        if self.buckets.get(position).is_none_or(|bucket| bucket.at != at) {
            if self.buckets.len() == KEPT {
                if position == 0 {
                    return;
                }
                self.buckets.pop_front();
                position -= 1;
            }
            self.buckets.insert(position, Bucket { at, lines: 0, errors: 0 });
        }
        if let Some(bucket) = self.buckets.get_mut(position) {
            bucket.lines += 1;
            bucket.errors += u32::from(level == Level::Error);
        }
    }

    /// Lines a second, lately.
    #[must_use]
    pub fn rate(&self, now: Timestamp) -> f64 {
        let now = bucket_of(now);
        let lately = self.buckets.iter().rev().take_while(|bucket| bucket.at >= now - RATE_OVER);
        let lines: u32 = lately.filter(|bucket| bucket.at < now).map(|bucket| bucket.lines).sum();
        // A few seconds of counting fit easily.
        f64::from(lines) / (RATE_OVER * STEP) as f64
    }

    /// Errors a minute, lately: of the last whole minute, or of what there is of it since `from`.
    #[must_use]
    pub fn errors_a_minute(&self, from: Timestamp, now: Timestamp) -> f64 {
        let end = bucket_of(now);
        let start = bucket_of(from).clamp(end - MINUTE, end - 1);
        let lately = self.buckets.iter().rev().take_while(|bucket| bucket.at >= start);
        let errors: u32 = lately.filter(|bucket| bucket.at < end).map(|bucket| bucket.errors).sum();
        f64::from(errors) * MINUTE as f64 / (end - start) as f64
    }

    /// Errors over the time up to `now`, in so many columns of at least one bucket; at most the hour that is kept.
    #[must_use]
    pub fn errors(&self, from: Option<Timestamp>, now: Timestamp, columns: usize) -> Vec<Option<f64>> {
        let Some(oldest) = self.buckets.front().map(|bucket| bucket.at) else { return Vec::new() };
        let end = bucket_of(now) + 1;
        let start = from.map_or(oldest, bucket_of).max(end - KEPT as i64).min(end - 1);
        let columns = (columns.max(1) as i64).min(end - start);
        let mut sums = vec![0.0; columns as usize];
        for bucket in self.buckets.iter().filter(|bucket| (start..end).contains(&bucket.at)) {
            let column = (bucket.at - start) * columns / (end - start);
            sums[column as usize] += f64::from(bucket.errors);
        }
        sums.into_iter().map(Some).collect()
    }
}

fn bucket_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_rate_is_of_the_last_whole_buckets_and_falls_to_nothing() {
        let mut pulse = Pulse::default();
        for second in 100..110 {
            (0..3).for_each(|_| pulse.add(at(second), Level::Info));
        }
        assert!((pulse.rate(at(110)) - 3.0).abs() < 1e-9);
        assert!(pulse.rate(at(125)).abs() < 1e-9);
    }

    #[test]
    fn errors_are_spread_over_the_columns() {
        let mut pulse = Pulse::default();
        pulse.add(at(100), Level::Info);
        pulse.add(at(112), Level::Error);
        pulse.add(at(104), Level::Error);
        assert_eq!(pulse.errors(None, at(119), 4), [Some(1.0), Some(0.0), Some(1.0), Some(0.0)]);
        assert_eq!(pulse.errors(Some(at(110)), at(119), 4), [Some(1.0), Some(0.0)]);
        assert!(Pulse::default().errors(None, at(0), 4).is_empty());
    }

    #[test]
    fn errors_are_counted_over_the_last_whole_minute_or_less() {
        let mut pulse = Pulse::default();
        for second in 100..130 {
            (0..2).for_each(|_| pulse.add(at(second), Level::Error));
            pulse.add(at(second), Level::Info);
        }
        assert!((pulse.errors_a_minute(at(100), at(130)) - 120.0).abs() < 1e-9);
        assert!((pulse.errors_a_minute(at(0), at(130)) - 60.0).abs() < 1e-9);
        assert!(pulse.errors_a_minute(at(0), at(300)).abs() < 1e-9);
        assert!(pulse.errors_a_minute(at(130), at(130)).abs() < 600.0);
    }

    #[test]
    fn only_an_hour_is_kept() {
        let mut pulse = Pulse::default();
        for bucket in 0..2_000 {
            pulse.add(at(bucket * STEP), Level::Error);
        }
        pulse.add(at(0), Level::Error);
        assert_eq!(pulse.buckets.len(), KEPT);
    }
}
