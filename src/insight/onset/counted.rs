//! The same moment from the counts of failures themselves. A rate smears what it shows over its window, and sees a new
//! pod only from its second sample on; the counts of a pod do neither. They are lines with a bend, and how many failures
//! the first count after the bend holds tells where between two scrapes it lies.

use jiff::{SignedDuration, Timestamp};

use super::{Onset, Shape};

/// Steps after the bend that tell how steep it is.
const AFTER: usize = 3;
/// So much of the way from the calmest step to what is now makes a step a steep one.
const TELLING: f64 = 0.125;
/// A pod that fails less than this share of the worst one is not what began.
const SHARE_OF_WORST: f64 = 0.25;

/// What one pod had counted, at the times it was scraped, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub samples: Vec<(Timestamp, f64)>,
    /// Its first sample here is the first there is: it began at zero.
    pub is_new: bool,
    /// When the pod was made, where that is known: it did not fail before.
    pub made: Option<Timestamp>,
}

/// The bend in the counts of one pod.
struct Bend {
    at: f64,
    within_seconds: f64,
    per_second: f64,
}

/// The first moment at which one of the pods that fail began to. None where the counts do not tell.
#[must_use]
pub fn counted_back(pods: &[Counts]) -> Option<Onset> {
    let bends: Vec<Bend> = pods.iter().filter_map(bend).collect();
    let worst = bends.iter().map(|bend| bend.per_second).max_by(f64::total_cmp)?;
    let failing = bends.iter().filter(|bend| bend.per_second >= worst * SHARE_OF_WORST);
    let first = failing.min_by(|a, b| a.at.total_cmp(&b.at))?;
    // No finer than it is known.
    let at = Timestamp::from_second(first.at.round() as i64).ok()?;
    let well = at.checked_sub(SignedDuration::from_secs_f64(first.within_seconds)).ok()?;
    Some(Onset::Seen { at, well, shape: Shape::Counted })
}

fn bend(counts: &Counts) -> Option<Bend> {
    let (points, is_new) = points(counts);
    let slope = |from: usize, to: usize| {
        let ((t0, c0), (t1, c1)) = (*points.get(from)?, *points.get(to)?);
        (t1 > t0).then(|| (c1 - c0) / (t1 - t0))
    };
    let last = points.len().checked_sub(1)?;
    let now = slope(last.checked_sub(AFTER)?, last).filter(|now| *now > 0.0)?;
    // The last stretch of steps that are steep; the bend lies in the first of them, or before the first count.
    let calmest = (1..=last).filter_map(|step| slope(step - 1, step)).min_by(f64::total_cmp)?.min(now);
    let calm = if is_new { 0.0 } else { calmest };
    let telling = calm + (now - calm) * TELLING;
    let is_steep = |step: &usize| slope(step - 1, *step).is_some_and(|slope| slope >= telling);
    let steep = (1..=last).rev().take_while(is_steep).last()?;
    let counted_at_once = steep == 1 && points.first().is_some_and(|(_, count)| *count > 0.0);
    let first = if counted_at_once { 0 } else { steep };
    let after = slope(first, first + AFTER)?;
    let (time, count) = *points.get(first)?;
    let (at, more) =
        match first.checked_sub(1).and_then(|calm| Some((points.get(calm)?, slope(0, calm).unwrap_or(0.0)))) {
            Some(((calm_time, calm_count), before)) => {
                let more = count - calm_count - before * (time - calm_time);
                ((time - more / (after - before)).clamp(*calm_time, time), more)
            }
            None if is_new => (time - count / after, count),
            // It began before what is known.
            None => return None,
        };
    let at = counts.made.map_or(at, |made| at.max(made.as_microsecond() as f64 / 1e6));
    // Failures come by chance: of so many, about the square root more or less.
    let within_seconds = (2.0 * more.max(1.0).sqrt() / after).max(1.0);
    Some(Bend { at, within_seconds, per_second: after })
}

/// Seconds and counts from the last start of the counter on, and whether it began at zero.
fn points(counts: &Counts) -> (Vec<(f64, f64)>, bool) {
    let samples = &counts.samples;
    let reset = samples.windows(2).rposition(|pair| matches!(pair, [(_, before), (_, after)] if after < before));
    let kept = samples.iter().skip(reset.map_or(0, |reset| reset + 1));
    let mut points: Vec<(f64, f64)> = kept.map(|(at, count)| (at.as_microsecond() as f64 / 1e6, *count)).collect();
    // A grid finer than the scrapes shows a sample twice.
    points.dedup_by_key(|point| point.0);
    (points, counts.is_new || reset.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: f64) -> Timestamp {
        Timestamp::from_microsecond(((1_700_000_000.0 + second) * 1e6) as i64).expect("a time")
    }

    /// Counts every five seconds: `calm` a second until the bend, `bad` a second from there on.
    fn counts(phase: f64, bend: f64, calm: f64, bad: f64) -> Counts {
        let count = |t: f64| if t <= bend { calm * t } else { calm * bend + bad * (t - bend) };
        let samples = (0..24).map(|step| 5.0 * f64::from(step) + phase).map(|t| (at(t), count(t).floor())).collect();
        Counts { samples, ..Counts::default() }
    }

    fn born(start: f64, phase: f64, bad: f64) -> Counts {
        let old = counts(phase, start, 0.0, bad);
        let samples = old.samples.into_iter().filter(|(time, _)| *time >= at(start)).collect();
        Counts { samples, is_new: true, made: None }
    }

    fn found(pods: &[Counts]) -> Option<f64> {
        counted_back(pods).map(|onset| onset.at().duration_since(at(0.0)).as_secs_f64())
    }

    #[test]
    fn a_new_pod_that_fails_from_its_first_request_is_counted_back_to_it() {
        for phase in [0.0, 1.3, 2.9, 4.7] {
            let onset = counted_back(&[counts(phase, 1e9, 0.08, 0.0), born(46.0, phase, 11.0), born(52.0, 0.4, 11.0)]);
            let onset = onset.expect("an onset");
            let off = onset.at().duration_since(at(46.0)).as_secs_f64().abs();
            assert!(off < 0.1, "{off} s off at {phase}");
            assert!(onset.precision_seconds().is_some_and(|within| off <= within && within < 3.0));
            assert_eq!(onset.words(), "counted back from the first failures, to 1 s");
        }
    }

    #[test]
    fn a_new_pod_that_was_scraped_before_it_served_is_no_exception() {
        let early = counts(2.0, 46.0, 0.0, 11.0);
        let samples = early.samples.into_iter().filter(|(time, _)| *time >= at(40.0)).collect();
        let second = found(&[Counts { samples, is_new: true, made: None }]).expect("an onset");
        assert!((second - 46.0).abs() < 0.1, "{second}");
    }

    #[test]
    fn old_pods_that_begin_to_fail_are_found_between_two_scrapes() {
        let second = found(&[counts(1.0, 63.0, 0.1, 20.0), counts(3.0, 64.0, 0.1, 20.0)]).expect("an onset");
        assert!((second - 63.0).abs() < 0.5, "{second}");
    }

    #[test]
    fn no_pod_fails_before_it_is_made() {
        let mut pod = born(46.0, 1.0, 2.0);
        // By chance more failures than later, at first.
        for (_, count) in &mut pod.samples {
            *count += 9.0;
        }
        assert!(found(&[pod.clone()]).expect("an onset") < 43.0);
        assert_eq!(found(&[Counts { made: Some(at(45.0)), ..pod }]), Some(45.0));
    }

    #[test]
    fn a_counter_that_began_again_is_a_new_one() {
        let mut restarted = counts(0.0, 30.0, 500.0, 500.0);
        restarted.samples.retain(|(time, _)| *time < at(60.0));
        restarted.samples.extend(born(58.0, 0.0, 11.0).samples);
        let second = found(&[restarted]).expect("an onset");
        assert!((second - 58.0).abs() < 0.5, "{second}");
    }

    #[test]
    fn what_the_counts_do_not_tell_is_not_said() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[counts(0.0, 0.0, 0.0, 0.0)]), None, "none fails");
        assert_eq!(found(&[counts(0.0, -20.0, 0.0, 11.0)]), None, "it began before");
        assert_eq!(found(&[born(107.0, 0.0, 11.0)]), None, "too few counts to tell how steep");
    }
}
