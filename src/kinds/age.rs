//! Ages in one short form for the whole program: `45s`, `4m`, `6h`, `9d`, `2y`, as kubectl shortens them.

use std::time::Duration;

use jiff::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// How long ago `at` was; a time in the future counts as now.
#[must_use]
pub fn age(at: Timestamp, now: Timestamp) -> String {
    short(since(at, now))
}

/// A duration in its largest unit, rounded down.
#[must_use]
pub fn short(duration: Duration) -> String {
    let (unit, name) = unit(duration.as_secs());
    format!("{}{name}", duration.as_secs() / unit)
}

/// The time from `at` to `now`, zero when `at` lies ahead.
#[must_use]
pub fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

fn unit(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..MINUTE => (1, "s"),
        MINUTE..HOUR => (MINUTE, "m"),
        HOUR..DAY => (HOUR, "h"),
        DAY..YEAR => (DAY, "d"),
        _ => (YEAR, "y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn the_largest_unit_is_enough() {
        let now = at(2_000_000_000);
        let ages: Vec<String> = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 31_536_000]
            .into_iter()
            .map(|ago| age(at(2_000_000_000 - ago), now))
            .collect();
        assert_eq!(ages, ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "1y"]);
        assert_eq!(age(at(2_000_000_100), now), "0s");
    }
}
