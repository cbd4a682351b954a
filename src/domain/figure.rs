//! How numbers, sizes and spans of time are written, the same on screen, in reports and in sentences.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::metric::Unit;

const KIBI: f64 = 1024.0;

/// A whole number with its thousands apart: `2,400`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate or any other measured number: `2,400`, `49`, `3.5`, `0.02`.
#[must_use]
pub fn rate(number: f64) -> String {
    match number.abs() {
        _ if !number.is_finite() => "–".to_owned(),
        size if size < 0.005 => "0".to_owned(),
        size if size < 0.1 => format!("{number:.2}"),
        size if size < 9.95 => {
            let text = format!("{number:.1}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        // Rounded and not negative here: the sign is written apart.
        size => format!("{}{}", if number < 0.0 { "-" } else { "" }, count(size.round() as u64)),
    }
}

/// A ratio in percent without the sign, for a column headed by it: `14.2`, `0.0`, `97`.
#[must_use]
pub fn percent(ratio: f64) -> String {
    let value = ratio * 100.0;
    match value.abs() {
        _ if !value.is_finite() => "–".to_owned(),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// A ratio in percent, rounded up, for “at most”: `0.2` of 0.0011.
#[must_use]
pub fn percent_at_most(ratio: f64) -> String {
    // What is a tenth but for the last bit is not the next tenth.
    percent((ratio * 1000.0 - 1e-6).max(0.0).ceil() / 1000.0)
}

/// A ratio in whole percent without the sign: `81`.
#[must_use]
pub fn whole_percent(ratio: f64) -> String {
    if ratio.is_finite() { format!("{:.0}", ratio * 100.0) } else { "–".to_owned() }
}

/// A measured span: `240ms`, `1.9s`, `38ms`, `2m10s`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        _ if !seconds.is_finite() => "–".to_owned(),
        size if size < 0.000_000_5 => "0ms".to_owned(),
        size if size < 0.001 => format!("{:.0}µs", seconds * 1e6),
        size if size < 0.0095 => format!("{:.1}ms", seconds * 1e3),
        size if size < 0.9995 => format!("{:.0}ms", seconds * 1e3),
        size if size < 9.95 => format!("{seconds:.1}s"),
        size if size < 119.5 => format!("{seconds:.0}s"),
        size => duration(Duration::from_secs(size.round() as u64)),
    }
}

/// A size in binary units: `512Mi`, `1.5Gi`, `900`.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    if !bytes.is_finite() {
        return "–".to_owned();
    }
    let mut value = bytes;
    let mut unit = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi"] {
        if value.abs() < 999.5 {
            break;
        }
        value /= KIBI;
        unit = next;
    }
    let fraction = usize::from(!unit.is_empty() && value.abs() < 9.95 && (value * 10.0).round() % 10.0 != 0.0);
    format!("{value:.fraction$}{unit}")
}

/// Processor cores as Kubernetes writes them: `250m`, `1.5`.
#[must_use]
pub fn cores(cores: f64) -> String {
    match cores.abs() {
        _ if !cores.is_finite() => "–".to_owned(),
        size if size < 0.9995 => format!("{:.0}m", cores * 1e3),
        _ => rate(cores),
    }
}

/// A number in its unit, as a chart labels it: `14.2 %`, `345/s`, `1.9s`.
#[must_use]
pub fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::PerSecond => format!("{}/s", rate(value)),
        Unit::Ratio => format!("{} %", percent(value)),
        Unit::Seconds => seconds(value),
        Unit::Bytes => bytes(value),
        Unit::Cores if value >= 0.9995 => format!("{} cores", cores(value)),
        Unit::Cores => cores(value),
        Unit::Count => rate(value),
    }
}

/// A span in its two largest units: `48s`, `4m12s`, `6h12m`, `9d`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (large, small, rest) = match seconds {
        0..60 => return format!("{seconds}s"),
        60..3_600 => (format!("{}m", seconds / 60), "s", seconds % 60),
        3_600..86_400 => (format!("{}h", seconds / 3_600), "m", seconds / 60 % 60),
        _ => (format!("{}d", seconds / 86_400), "h", seconds / 3_600 % 24),
    };
    if rest == 0 { large } else { format!("{large}{rest}{small}") }
}

/// A span in its largest unit as a sentence says it: `12 s`, `44 min`, `2 h`, `6 d`.
#[must_use]
pub fn spell(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A running watch: `0:48`, `1:26`, `1:02:03`.
#[must_use]
pub fn stopwatch(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Hour and minute in UTC: `03:02`.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
}

/// Time of day in UTC: `03:02:09`.
#[must_use]
pub fn second(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string()
}

/// Time of day in UTC to the millisecond, for lines of logs: `03:02:09.120`.
#[must_use]
pub fn millisecond(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S%.3f").to_string()
}

/// The time of day in UTC, with its day when that is not today: `03:02:09`, `2026-11-15 03:02:09`.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if day(at) == day(now) { second(at) } else { stamp(at) }
}

/// Day and time in UTC: `2026-11-21 03:02:09`.
#[must_use]
pub fn stamp(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: Copy>(write: impl Fn(T) -> String, values: &[T]) -> Vec<String> {
        values.iter().map(|&value| write(value)).collect()
    }

    #[test]
    fn numbers_are_written_as_on_the_screens() {
        assert_eq!(all(count, &[0, 999, 1_000, 12_345_678]), ["0", "999", "1,000", "12,345,678"]);
        assert_eq!(
            all(rate, &[0.0, 0.024, 0.33, 3.5, 4.0, 9.97, 344.7, 2_400.0]),
            ["0", "0.02", "0.3", "3.5", "4", "10", "345", "2,400"]
        );
        assert_eq!(all(percent, &[0.0, 0.001, 0.142, 0.99996, 1.5]), ["0.0", "0.1", "14.2", "100", "150"]);
        assert_eq!(
            all(seconds, &[0.0, 0.000_2, 0.004_2, 0.038, 0.24, 1.92, 12.3, 130.0]),
            ["0ms", "200µs", "4.2ms", "38ms", "240ms", "1.9s", "12s", "2m10s"]
        );
        assert_eq!(
            all(bytes, &[900.0, 1_023.0, 536_870_912.0, 1_610_612_736.0, 4_294_967_296.0]),
            ["900", "1Ki", "512Mi", "1.5Gi", "4Gi"]
        );
        assert_eq!(all(cores, &[0.25, 1.5, 2.0]), ["250m", "1.5", "2"]);
        assert_eq!(value(Unit::Ratio, 0.142), "14.2 %");
        assert_eq!(all(rate, &[f64::NAN, f64::INFINITY]), ["–", "–"]);
    }

    #[test]
    fn spans_and_times_are_written_as_on_the_screens() {
        let span = |write: fn(Duration) -> String, seconds| write(Duration::from_secs(seconds));
        assert_eq!([48, 252, 22_320, 777_600].map(|s| span(duration, s)), ["48s", "4m12s", "6h12m", "9d"]);
        assert_eq!([12, 2_640, 7_200, 518_400].map(|s| span(spell, s)), ["12 s", "44 min", "2 h", "6 d"]);
        assert_eq!([48, 86, 3_723].map(|s| span(stopwatch, s)), ["0:48", "1:26", "1:02:03"]);
        let at: Timestamp = "2026-11-21T03:02:09.12Z".parse().expect("a time");
        assert_eq!(
            (minute(at), second(at), millisecond(at), stamp(at)),
            ("03:02".into(), "03:02:09".into(), "03:02:09.120".into(), "2026-11-21 03:02:09".into())
        );
    }
}
