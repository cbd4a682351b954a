//! What speaks for a change as the reason of a symptom: how near it lies, and how the versions compare while both ran.
//! It says "fits" and "began after", never "caused": nearness in time is no proof.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::onset::Onset;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::figure;
use crate::domain::metric::{RangeAnswer, Unit};
use crate::domain::text::CleanText;

/// A change much longer ago than this fits only when nothing nearer does.
const NEAR: SignedDuration = SignedDuration::from_mins(15);
/// Fewer requests than this tell nothing of an error ratio.
pub const ENOUGH_REQUESTS: f64 = 300.0;

/// A change that may be the reason.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub change: &'a Change,
    /// When its first new pod was ready: from then on it could do harm.
    pub first_ready: Option<Timestamp>,
}

/// How a change lies to the onset, nearest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nearness {
    /// Index of the candidate.
    pub candidate: usize,
    pub fit: Fit,
    /// `errors began 12 s after its first ready pod`.
    pub words: CleanText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The symptom began shortly after it.
    Fits,
    /// Long before the symptom.
    Earlier,
    /// Whether it came before cannot be told.
    Unknown,
    /// The symptom was there first.
    After,
}

/// Orders changes by how well they fit, the one to look at first in front. `symptom` is a plural noun: `errors`.
#[must_use]
pub fn rank(candidates: &[Candidate<'_>], onset: &Onset, symptom: &str) -> Vec<Nearness> {
    let mut ranked: Vec<(Fit, i128, Nearness)> = candidates
        .iter()
        .enumerate()
        .map(|(candidate, each)| {
            let (fit, distance, words) = judge(each, onset, symptom);
            (fit, distance * weight(each.change.kind), Nearness { candidate, fit, words: words.into() })
        })
        .collect();
    ranked.sort_by_key(|(fit, distance, _)| (*fit, *distance));
    ranked.into_iter().map(|(_, _, nearness)| nearness).collect()
}

/// At the same distance, what brings new code or settings comes before what follows from load.
fn weight(kind: ChangeKind) -> i128 {
    match kind {
        ChangeKind::Release | ChangeKind::Configuration => 2,
        ChangeKind::Helm | ChangeKind::Restart | ChangeKind::Node => 3,
        ChangeKind::Scale => 6,
    }
}

fn judge(candidate: &Candidate<'_>, onset: &Onset, symptom: &str) -> (Fit, i128, String) {
    let (from, event) = match candidate.first_ready {
        Some(ready) => (ready, "its first ready pod"),
        None => (candidate.change.at, noun(candidate.change.kind)),
    };
    let at = onset.at();
    let lag = at.duration_since(from);
    let distance = lag.as_millis().abs();
    let Some(precision) = onset.precision_seconds() else {
        let words = if from > at {
            format!("{symptom} were there before {}", noun(candidate.change.kind))
        } else {
            format!("{symptom} began before the window, so the order is not known")
        };
        let fit = if from > at { Fit::After } else { Fit::Unknown };
        return (fit, distance, words);
    };
    let precision = SignedDuration::from_secs_f64(precision);
    if lag.abs() <= precision.max(SignedDuration::from_secs(1)) {
        (Fit::Fits, distance, format!("{symptom} began with {event}"))
    } else if lag.is_negative() {
        let before = noun(candidate.change.kind);
        (Fit::After, distance, format!("{symptom} began {} BEFORE {before}", span(lag.abs())))
    } else if lag <= NEAR {
        (Fit::Fits, distance, format!("{symptom} began {} after {event}", span(lag)))
    } else {
        (Fit::Earlier, distance, format!("{} before {symptom} began", span(lag)))
    }
}

fn noun(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Release | ChangeKind::Helm => "this release",
        ChangeKind::Configuration => "this write",
        ChangeKind::Scale => "this scaling",
        ChangeKind::Restart => "this restart",
        ChangeKind::Node => "this node event",
    }
}

fn span(length: SignedDuration) -> String {
    figure::spell(length.unsigned_abs())
}

/// How one version fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VersionShare {
    pub version: CleanText,
    pub requests_per_second: f64,
    pub error_ratio: f64,
    /// About how many requests the ratio stands on.
    pub requests: f64,
}

/// Versions side by side, the worst first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VersionSplit {
    pub shares: Vec<VersionShare>,
    /// Both served in the same steps; otherwise one came after the other.
    pub while_both_ran: bool,
}

/// Compares versions by their pods' rates since `since`. Where two versions served at once, only those moments count:
/// load, neighbours and time of day are then the same for both.
#[must_use]
pub fn split(
    requests: &RangeAnswer,
    failures: &RangeAnswer,
    since: Timestamp,
    version_of: impl Fn(&str) -> Option<CleanText>,
) -> Option<VersionSplit> {
    let grid = requests.grid;
    let first = (0..grid.steps).find(|step| grid.at(*step) >= since)?;
    let mut versions: Vec<(CleanText, Vec<(f64, f64)>)> = Vec::new();
    for series in &requests.series {
        let Some(pod) = series.label("pod") else { continue };
        let Some(version) = version_of(pod) else { continue };
        let failed = failures.series.iter().find(|series| series.label("pod") == Some(pod));
        let index = versions.iter().position(|(known, _)| *known == version).unwrap_or_else(|| {
            versions.push((version, vec![(0.0, 0.0); grid.steps]));
            versions.len() - 1
        });
        let Some((_, sums)) = versions.get_mut(index) else { continue };
        for (step, sum) in sums.iter_mut().enumerate() {
            let at = |values: &[Option<f64>]| values.get(step).copied().flatten().unwrap_or(0.0);
            sum.0 += at(&series.values);
            sum.1 += failed.map_or(0.0, |failed| at(&failed.values));
        }
    }
    let served =
        |step: usize| versions.iter().filter(|(_, sums)| sums.get(step).is_some_and(|sum| sum.0 > 0.0)).count();
    let both: Vec<usize> = (first..grid.steps).filter(|step| served(*step) > 1).collect();
    let while_both_ran = !both.is_empty();
    // Without a common moment, the version before is judged by its last steps.
    let steps: Vec<usize> = if while_both_ran { both } else { (0..grid.steps).collect() };
    let mut shares: Vec<VersionShare> = versions
        .into_iter()
        .filter_map(|(version, sums)| {
            let serving: Vec<(f64, f64)> =
                steps.iter().filter_map(|step| sums.get(*step).copied()).filter(|sum| sum.0 > 0.0).collect();
            let (all, failed) = serving.iter().fold((0.0, 0.0), |total, sum| (total.0 + sum.0, total.1 + sum.1));
            (all > 0.0).then(|| VersionShare {
                version,
                requests_per_second: all / serving.len() as f64,
                error_ratio: failed / all,
                requests: all * grid.step_seconds,
            })
        })
        .collect();
    shares.sort_by(|a, b| b.error_ratio.total_cmp(&a.error_ratio));
    (shares.len() > 1).then_some(VersionSplit { shares, while_both_ran })
}

impl VersionSplit {
    /// The worst version, when it is so much worse on enough requests that chance is no explanation.
    #[must_use]
    pub fn telling(&self) -> Option<&CleanText> {
        let (worst, next) = (self.shares.first()?, self.shares.get(1)?);
        let enough = worst.requests >= ENOUGH_REQUESTS && next.requests >= ENOUGH_REQUESTS;
        (enough && worst.error_ratio >= 0.005 && worst.error_ratio >= 5.0 * next.error_ratio).then_some(&worst.version)
    }

    /// `while both ran: 1.8.4 14.2 % of 170/s · 1.8.3 0.1 % of 160/s`.
    #[must_use]
    pub fn words(&self) -> CleanText {
        let shares: Vec<String> = self
            .shares
            .iter()
            .map(|share| {
                let ratio = figure::value(Unit::Ratio, share.error_ratio);
                format!("{} {ratio} of {}", share.version, figure::value(Unit::PerSecond, share.requests_per_second))
            })
            .collect();
        let when = if self.while_both_ran { "while both ran" } else { "one after the other" };
        CleanText::from(format!("{when}: {}", shares.join(" · ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::{Grid, Series};
    use crate::domain::object::{Kind, ObjectKey};
    use crate::domain::revision::Soundness;
    use crate::insight::onset::Shape;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("a time")
    }

    fn change(kind: ChangeKind, second: i64) -> Change {
        Change {
            at: at(second),
            about: false,
            kind,
            object: ObjectKey::new(Kind::ReplicaSet, "checkout", "pay-api-1"),
            title: "1.8.3 → 1.8.4".into(),
            source: "annotation: ci-bot".into(),
            note: CleanText::default(),
            revision: Some(42),
            soundness: Soundness::Unknown,
        }
    }

    fn onset(second: i64) -> Onset {
        Onset::Seen { at: at(second), well: at(second - 5), shape: Shape::Rise }
    }

    #[test]
    fn the_newest_before_the_onset_fits_and_the_innocent_does_not() {
        let (release, configuration, scale) =
            (change(ChangeKind::Release, 2660), change(ChangeKind::Configuration, 0), change(ChangeKind::Scale, 2750));
        let candidates = [
            Candidate { change: &scale, first_ready: None },
            Candidate { change: &configuration, first_ready: None },
            Candidate { change: &release, first_ready: Some(at(2666)) },
        ];
        let ranked = rank(&candidates, &onset(2683), "errors");
        let words: Vec<(usize, Fit, &str)> =
            ranked.iter().map(|each| (each.candidate, each.fit, each.words.as_str())).collect();
        assert_eq!(
            words,
            [
                (2, Fit::Fits, "errors began 17 s after its first ready pod"),
                (1, Fit::Earlier, "44 min before errors began"),
                (0, Fit::After, "errors began 1 min BEFORE this scaling"),
            ]
        );
    }

    #[test]
    fn an_onset_first_is_said_aloud() {
        let release = change(ChangeKind::Release, 200);
        let candidates = [Candidate { change: &release, first_ready: None }];
        let ranked = rank(&candidates, &onset(20), "errors");
        assert_eq!(ranked[0].words, "errors began 3 min BEFORE this release");
        assert_eq!(ranked[0].fit, Fit::After);
    }

    #[test]
    fn within_the_precision_it_began_with_it() {
        let release = change(ChangeKind::Release, 18);
        let candidates = [Candidate { change: &release, first_ready: Some(at(23)) }];
        assert_eq!(rank(&candidates, &onset(20), "errors")[0].words, "errors began with its first ready pod");
    }

    #[test]
    fn before_the_window_nothing_is_claimed() {
        let (old, new) = (change(ChangeKind::Release, 0), change(ChangeKind::Release, 100));
        let candidates = [Candidate { change: &new, first_ready: None }, Candidate { change: &old, first_ready: None }];
        let ranked = rank(&candidates, &Onset::BeforeWindow { start: at(50) }, "errors");
        assert_eq!(ranked[0].words, "errors began before the window, so the order is not known");
        assert_eq!(ranked[1].words, "errors were there before this release");
        assert!(ranked.iter().all(|each| each.fit != Fit::Fits));
    }

    fn answer(pods: &[(&str, &[Option<f64>])]) -> RangeAnswer {
        RangeAnswer {
            grid: Grid { start: at(0), step_seconds: 10.0, steps: 4 },
            series: pods
                .iter()
                .map(|(pod, values)| Series {
                    name: CleanText::default(),
                    labels: vec![("pod".into(), (*pod).into())],
                    values: values.to_vec(),
                })
                .collect(),
            warnings: Vec::new(),
        }
    }

    fn version(pod: &str) -> Option<CleanText> {
        match pod {
            "new-1" | "new-2" => Some("1.8.4".into()),
            "old-1" => Some("1.8.3".into()),
            _ => None,
        }
    }

    #[test]
    fn versions_are_compared_while_both_ran() {
        let requests = answer(&[
            ("old-1", &[Some(160.0), Some(160.0), Some(160.0), None]),
            ("new-1", &[None, Some(80.0), Some(90.0), Some(300.0)]),
            ("new-2", &[None, Some(80.0), Some(90.0), Some(300.0)]),
            ("foreign", &[Some(1e6); 4]),
        ]);
        let failures = answer(&[
            ("old-1", &[Some(0.16), Some(0.16), Some(0.16), None]),
            ("new-1", &[None, Some(11.36), Some(12.78), Some(200.0)]),
            ("new-2", &[None, Some(11.36), Some(12.78), Some(200.0)]),
        ]);
        let split = split(&requests, &failures, at(0), version).expect("two versions");
        assert!(split.while_both_ran);
        assert_eq!(split.words(), "while both ran: 1.8.4 14.2 % of 170/s · 1.8.3 0.1 % of 160/s");
        assert_eq!(split.telling().expect("telling"), &"1.8.4");
    }

    #[test]
    fn a_pod_that_never_failed_has_no_failures() {
        let requests = answer(&[("old-1", &[Some(160.0); 4]), ("new-1", &[Some(160.0); 4])]);
        let split = split(&requests, &answer(&[]), at(0), version).expect("two versions");
        assert_eq!(split.shares[0].error_ratio, 0.0);
        assert_eq!(split.telling(), None);
    }

    #[test]
    fn few_requests_tell_nothing() {
        let requests = answer(&[("old-1", &[Some(1.0); 4]), ("new-1", &[Some(1.0); 4])]);
        let failures = answer(&[("new-1", &[Some(1.0); 4])]);
        assert_eq!(split(&requests, &failures, at(0), version).expect("two versions").telling(), None);
        assert!(split(&answer(&[("old-1", &[Some(1.0); 4])]), &failures, at(0), version).is_none());
    }
}
