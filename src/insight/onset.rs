//! When a symptom began, found in its series. An alert comes later than its symptom: the window of its rate, the scrape
//! and `for` lie between them, so causes are ranked by nearness to what is found here.
//!
//! The final run above the limit is taken, and followed back to where it left the baseline. The baseline is the median
//! of what came before the limit was crossed, and "left" means more than four of its (robust) standard deviations and
//! more than a fiftieth of the way up to the peak, so that neither noise nor a first small sample decides. Gaps say
//! nothing and are skipped; a dip of two samples does not end a run.

mod counted;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::alerts::{Threshold, longest_window};
use crate::domain::alert::Alert;
use crate::domain::metric::Grid;
use crate::domain::text::CleanText;

pub use counted::{Counts, counted_back};

/// So many samples below the level do not end a run.
const DIP: usize = 2;
/// Fewer samples than this before the limit was crossed tell no baseline.
const BASELINE_SAMPLES: usize = 3;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Onset {
    /// Seen in the series: still well at `well`, begun by `at`.
    Seen { at: Timestamp, well: Timestamp, shape: Shape },
    /// Already there when the window begins.
    BeforeWindow { start: Timestamp },
    /// Computed from the alert, for want of a series.
    Estimated { at: Timestamp, within_seconds: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// It left its baseline.
    Rise,
    /// It grew slowly, and this is when it crossed the limit.
    Climb,
    /// There was no such series before.
    Appeared,
    /// Counted back from the failures of the first pod.
    Counted,
}

impl Onset {
    /// The moment to draw and to reason with.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Seen { at, .. } | Self::Estimated { at, .. } => *at,
            Self::BeforeWindow { start } => *start,
        }
    }

    /// The latest that the moment may be. What is seen in a series lies before its first bad sample; what is computed
    /// lies around the moment.
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        let around = matches!(self, Self::Estimated { .. } | Self::Seen { shape: Shape::Counted, .. });
        let within = self.precision_seconds().filter(|_| around).unwrap_or_default();
        self.at().checked_add(SignedDuration::from_secs_f64(within)).unwrap_or(self.at())
    }

    /// How far off the moment may be, in seconds; None when it lies anywhere before.
    #[must_use]
    pub fn precision_seconds(&self) -> Option<f64> {
        match self {
            Self::Seen { at, well, .. } => Some(at.duration_since(*well).as_secs_f64()),
            Self::BeforeWindow { .. } => None,
            Self::Estimated { within_seconds, .. } => Some(*within_seconds),
        }
    }

    /// How the moment is known, to stand beside it.
    #[must_use]
    pub fn words(&self) -> CleanText {
        CleanText::from(match self {
            Self::Seen { shape, .. } => {
                let within = self.precision_seconds().unwrap_or_default();
                match shape {
                    Shape::Rise => format!("left its baseline, seen to {within:.0} s"),
                    Shape::Climb => format!("crossed the limit after a slow climb, seen to {within:.0} s"),
                    Shape::Appeared => "the first sample there is".to_owned(),
                    Shape::Counted => format!("counted back from the first failures, to {within:.0} s"),
                }
            }
            Self::BeforeWindow { .. } => "before the window: it was so from the first sample on".to_owned(),
            Self::Estimated { within_seconds, .. } => {
                format!("estimated from the alert, to {within_seconds:.0} s; no series was found")
            }
        })
    }
}

/// Finds where the symptom that lasts until the end of the series began. None when the end is well, or there are no
/// samples.
#[must_use]
pub fn find(values: &[Option<f64>], grid: &Grid, threshold: Option<Threshold>) -> Option<Onset> {
    // Turned over where low is bad, so that below everything reads upwards.
    let sign = if threshold.is_some_and(|threshold| !threshold.above) { -1.0 } else { 1.0 };
    let samples: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)? * sign))).collect();
    let limit = match threshold {
        Some(threshold) => threshold.value * sign,
        None => midway(&samples)?,
    };
    let crossed = run_start(&samples, limit, limit)?;
    let before: Vec<f64> = samples.iter().take(crossed).map(|(_, value)| *value).collect();
    let peak = samples.iter().skip(crossed).map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let (start, shape) = match level(&before, peak) {
        Some(level) if level < limit => (run_start(&samples, level, limit)?, Shape::Rise),
        Some(_) => (crossed, Shape::Climb),
        None => (crossed, Shape::Rise),
    };
    let (index, _) = *samples.get(start)?;
    let Some((well, _)) = start.checked_sub(1).and_then(|before| samples.get(before)) else {
        // Nothing came before: either the window is too short, or the series is new.
        return Some(if index <= DIP {
            Onset::BeforeWindow { start: grid.start }
        } else {
            Onset::Seen { at: grid.at(index), well: grid.at(index - 1), shape: Shape::Appeared }
        });
    };
    Some(Onset::Seen { at: grid.at(index), well: grid.at(*well), shape })
}

/// The onset as far as the alert alone tells it: it pended when its window held enough.
#[must_use]
pub fn estimate(alert: &Alert) -> Option<Onset> {
    let rule = alert.rule.as_ref();
    let hold = rule.map_or(0.0, |rule| rule.hold_seconds);
    let pending = alert.active_at.or_else(|| {
        let firing = alert.starts_at?;
        firing.checked_sub(SignedDuration::from_secs_f64(hold)).ok()
    })?;
    let window = rule.and_then(|rule| longest_window(&rule.expression)).unwrap_or(0.0);
    let interval = rule.map_or(0.0, |rule| rule.interval_seconds);
    let at = pending.checked_sub(SignedDuration::from_secs_f64(window)).unwrap_or(pending);
    Some(Onset::Estimated { at, within_seconds: window + interval })
}

/// Where the run above `level` that lasts until the end begins, as an index into the samples. A dip counts as part of
/// the run when what came before it was above `limit`.
fn run_start(samples: &[(usize, f64)], level: f64, limit: f64) -> Option<usize> {
    let mut start = None;
    let mut below = 0;
    for (position, (_, value)) in samples.iter().enumerate().rev() {
        if *value > level && (below == 0 || *value > limit) {
            start = Some(position);
            below = 0;
        } else {
            below += 1;
            if below > DIP {
                break;
            }
        }
    }
    // A run that ended before the last samples is over.
    start
}

/// What a sample must exceed to have left the baseline; None without enough samples to tell one.
fn level(before: &[f64], peak: f64) -> Option<f64> {
    if before.len() < BASELINE_SAMPLES {
        return None;
    }
    let baseline = median(before)?;
    let deviations: Vec<f64> = before.iter().map(|value| (value - baseline).abs()).collect();
    let deviation = 1.4826 * median(&deviations)?;
    Some(baseline + (4.0 * deviation).max((peak - baseline) / 50.0))
}

/// Without a limit: halfway between what was low and what is now, if those are far apart.
fn midway(samples: &[(usize, f64)]) -> Option<f64> {
    let mut sorted: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let low = *sorted.get(sorted.len() / 5)?;
    let last: Vec<f64> = samples.iter().rev().take(3).map(|(_, value)| *value).collect();
    let now = median(&last)?;
    let calm: Vec<f64> = sorted.iter().copied().filter(|value| *value <= (low + now) / 2.0).collect();
    let middle = median(&calm)?;
    let deviations: Vec<f64> = calm.iter().map(|value| (value - middle).abs()).collect();
    let noise = 1.4826 * median(&deviations)?;
    let apart = now - middle > (6.0 * noise).max(middle.abs() * 0.25);
    apart.then_some((middle + now) / 2.0)
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len().is_multiple_of(2) { Some(f64::midpoint(upper, *sorted.get(middle - 1)?)) } else { Some(upper) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Option<Threshold> = Some(Threshold { value: 0.02, above: true });

    fn grid(steps: usize) -> Grid {
        Grid { start: Timestamp::from_second(1_700_000_000).expect("a time"), step_seconds: 5.0, steps }
    }

    /// The index at which the symptom is seen to begin.
    fn index(values: &[Option<f64>], threshold: Option<Threshold>) -> Option<usize> {
        match find(values, &grid(values.len()), threshold)? {
            Onset::Seen { at, .. } => Some((at.duration_since(grid(1).start).as_secs_f64() / 5.0) as usize),
            other => panic!("{other:?}"),
        }
    }

    fn some(values: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
        values.into_iter().map(Some).collect()
    }

    /// Noise that is the same every time.
    fn noise(index: usize) -> f64 {
        ((index * 7919 + 13) % 17) as f64 / 17.0
    }

    fn baseline(count: usize) -> Vec<f64> {
        (0..count).map(|index| 0.0005 + 0.001 * noise(index)).collect()
    }

    #[test]
    fn a_rise_is_followed_back_below_the_limit() {
        // The rate's window fills: 20 samples of noise, then up to 14 %.
        let climb = [0.007, 0.012, 0.019, 0.03, 0.07, 0.11, 0.14, 0.14, 0.14];
        let values = some(baseline(20).into_iter().chain(climb));
        assert_eq!(index(&values, LIMIT), Some(20), "the limit is crossed at 23");
        let onset = find(&values, &grid(values.len()), LIMIT).expect("an onset");
        assert_eq!(onset.precision_seconds(), Some(5.0));
        assert_eq!(onset.words(), "left its baseline, seen to 5 s");
    }

    #[test]
    fn a_step_is_found_at_the_step() {
        let values = some(baseline(30).into_iter().chain([0.2; 5]));
        assert_eq!(index(&values, LIMIT), Some(30));
        assert_eq!(index(&values, None), Some(30), "without a limit too");
    }

    #[test]
    fn an_earlier_spike_is_another_incident() {
        let mut values = baseline(40);
        values[10] = 0.3;
        values[11] = 0.2;
        let values = some(values.into_iter().chain([0.1; 6]));
        assert_eq!(index(&values, LIMIT), Some(40));
    }

    #[test]
    fn gaps_are_skipped_and_widen_the_precision() {
        let mut values = some(baseline(20).into_iter().chain([0.1; 6]));
        values[17] = None;
        values[18] = None;
        values[19] = None;
        values[22] = None;
        let onset = find(&values, &grid(26), LIMIT).expect("an onset");
        assert_eq!(onset.at(), grid(26).at(20));
        assert_eq!(onset.precision_seconds(), Some(20.0));
    }

    #[test]
    fn a_short_dip_does_not_end_it() {
        let values = some(baseline(20).into_iter().chain([0.1, 0.1, 0.001, 0.001, 0.1, 0.1]));
        assert_eq!(index(&values, LIMIT), Some(20));
    }

    #[test]
    fn bad_from_the_start_is_before_the_window() {
        let values = some([0.1; 12]);
        let onset = find(&values, &grid(12), LIMIT).expect("an onset");
        assert_eq!(onset, Onset::BeforeWindow { start: grid(12).start });
        assert_eq!(onset.precision_seconds(), None);
    }

    #[test]
    fn a_series_that_did_not_exist_appears() {
        let mut values = vec![None; 10];
        values.extend(some([0.1; 4]));
        let onset = find(&values, &grid(14), LIMIT).expect("an onset");
        assert!(matches!(onset, Onset::Seen { shape: Shape::Appeared, .. }));
        assert_eq!(onset.at(), grid(14).at(10));
    }

    #[test]
    fn a_slow_climb_is_called_one() {
        let values = some((0..60).map(|index| 100.0 + 6.0 * index as f64));
        let limit = Some(Threshold { value: 400.0, above: true });
        let onset = find(&values, &grid(60), limit).expect("an onset");
        assert!(matches!(onset, Onset::Seen { shape: Shape::Climb, .. }));
        assert_eq!(onset.at(), grid(60).at(51));
    }

    #[test]
    fn low_can_be_bad() {
        let limit = Some(Threshold { value: 0.95, above: false });
        let values = some((0..20).map(|index| 0.999 - 0.0005 * noise(index)).chain([0.97, 0.9, 0.8]));
        assert_eq!(index(&values, limit), Some(20));
    }

    #[test]
    fn what_is_well_has_no_onset() {
        assert_eq!(find(&some(baseline(40)), &grid(40), LIMIT), None);
        assert_eq!(find(&some(baseline(40)), &grid(40), None), None);
        assert_eq!(find(&[None, None], &grid(2), LIMIT), None);
        let over = some([0.2; 10].into_iter().chain(baseline(10)));
        assert_eq!(find(&over, &grid(20), LIMIT), None, "it ended");
    }

    #[test]
    fn an_alert_alone_gives_an_estimate() {
        use crate::domain::alert::{AlertRule, AlertState, Severity};
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).expect("a time");
        let mut alert = Alert {
            name: "A".into(),
            severity: Severity::Critical,
            state: AlertState::Firing,
            labels: Default::default(),
            annotations: Default::default(),
            active_at: Some(at(100)),
            starts_at: Some(at(130)),
            value: None,
            rule: Some(AlertRule {
                expression: "rate(a[1m]) > 1".into(),
                hold_seconds: 30.0,
                keep_firing_seconds: 0.0,
                evaluated_at: None,
                interval_seconds: 5.0,
            }),
            routed_to: Vec::new(),
            suppressed_by: Vec::new(),
            matched: None,
        };
        assert_eq!(estimate(&alert), Some(Onset::Estimated { at: at(40), within_seconds: 65.0 }));
        alert.active_at = None;
        assert_eq!(estimate(&alert).map(|onset| onset.at()), Some(at(40)));
        alert.starts_at = None;
        assert_eq!(estimate(&alert), None);
    }

    proptest! {
        #[test]
        fn any_series_is_met(values in proptest::collection::vec(proptest::option::of(-1e9..1e9f64), 0..80)) {
            for threshold in [LIMIT, None, Some(Threshold { value: 5.0, above: false })] {
                let grid = grid(values.len());
                if let Some(onset) = find(&values, &grid, threshold) {
                    prop_assert!(onset.at() >= grid.start && onset.at() <= grid.end());
                }
            }
        }

        #[test]
        fn a_step_above_the_noise_is_found_to_two_samples(
            calm in 10usize..60, bad in 4usize..20, height in 0.05..0.9f64,
            jitter in proptest::collection::vec(0.0..0.002f64, 60),
        ) {
            let values = some(jitter.iter().copied().take(calm).chain(std::iter::repeat_n(height, bad)));
            let found = index(&values, LIMIT).expect("an onset");
            prop_assert!(found.abs_diff(calm) <= DIP, "{found} for {calm}");
        }
    }
}
