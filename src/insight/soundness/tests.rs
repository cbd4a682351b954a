use super::*;
use crate::domain::metric::{Grid, Series};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn labels(pod: &str) -> Vec<(CleanText, CleanText)> {
    vec![("namespace".into(), "checkout".into()), ("pod".into(), pod.into())]
}

/// Points at 0, 100, 200, 300 and 400 seconds.
fn over_time(pods: &[(&str, [Option<f64>; 5])]) -> RangeAnswer {
    RangeAnswer {
        grid: Grid { start: at(0), step_seconds: 100.0, steps: 5 },
        series: pods
            .iter()
            .map(|(pod, values)| Series { name: CleanText::default(), labels: labels(pod), values: values.to_vec() })
            .collect(),
        warnings: Vec::new(),
    }
}

fn at_end(pod: &str, value: f64) -> InstantSample {
    InstantSample { labels: labels(pod), at: at(400), value }
}

fn reign(holder: &str, from: i64, until: Option<i64>) -> Reign<'_> {
    Reign { holder, from: at(from), until: until.map(at) }
}

fn told(
    reigns: &[Reign<'_>],
    counted: &[(&str, [Option<f64>; 5])],
    failed: &[(&str, [Option<f64>; 5])],
    ends: &[(&str, f64, f64)],
) -> Vec<Fare> {
    let counted_at_end: Vec<InstantSample> = ends.iter().map(|(pod, counted, _)| at_end(pod, *counted)).collect();
    let failed_at_end: Vec<InstantSample> = ends.iter().map(|(pod, _, failed)| at_end(pod, *failed)).collect();
    let (counted, failed) = (over_time(counted), over_time(failed));
    let counters =
        Counters { counted: &counted, failed: &failed, counted_at_end: &counted_at_end, failed_at_end: &failed_at_end };
    fares(reigns, &counters, at(400))
}

#[test]
fn the_old_is_measured_to_its_end_and_the_new_from_its_beginning() {
    let reigns = [reign("new", 380, None), reign("old", -5000, Some(380))];
    let fares = told(
        &reigns,
        &[
            ("old-aaaaa", [Some(1e6), Some(1.01e6), Some(1.02e6), Some(1.03e6), None]),
            ("new-bbbbb", [None, None, None, None, Some(1000.0)]),
        ],
        &[
            ("old-aaaaa", [Some(50.0), Some(60.0), Some(70.0), Some(80.0), None]),
            ("new-bbbbb", [None, None, None, None, Some(142.0)]),
        ],
        &[("old-aaaaa", 1.038e6, 88.0)],
    );
    // What the old one counted before the first point is of an unknown time, and is not claimed.
    assert_eq!(fares[1], Fare { requests: 38_000.0, failed: 38.0, worst: 0.001, seconds: 380, ran: 5380 });
    assert_eq!(fares[1].grade(0.02), Some(Soundness::Measured { error_ratio: 0.001, seconds: 380, ran: 5380 }));
    assert_eq!(fares[0], Fare { requests: 1000.0, failed: 142.0, worst: 0.142, seconds: 20, ran: 20 });
    assert_eq!(fares[0].grade(0.02), Some(Soundness::Failed("14.2 % errors measured".into())));
}

#[test]
fn a_revision_between_two_points_is_known_by_its_end() {
    let reigns = [reign("new", 180, None), reign("short", 120, Some(180)), reign("old", -5000, Some(120))];
    let fares = told(
        &reigns,
        &[
            ("old-aaaaa", [Some(1e6), Some(1.01e6), None, None, None]),
            ("new-bbbbb", [None, None, Some(2000.0), Some(12_000.0), Some(22_000.0)]),
        ],
        &[],
        &[("short-ccccc", 900.0, 90.0)],
    );
    assert_eq!(fares[1], Fare { requests: 900.0, failed: 90.0, worst: 0.1, seconds: 60, ran: 60 });
    assert_eq!((fares[0].requests, fares[0].seconds), (22_000.0, 220));
}

#[test]
fn numbers_that_begin_late_are_not_taken_for_a_birth() {
    // Prometheus keeps less than the revision's life, or was away.
    let fares = told(
        &[reign("old", -5000, None)],
        &[("old-aaaaa", [None, None, Some(9e6), Some(9.01e6), Some(9.02e6)])],
        &[("old-aaaaa", [None, None, Some(9e5), Some(9e5), Some(9e5)])],
        &[],
    );
    assert_eq!(fares[0], Fare { requests: 20_000.0, failed: 0.0, worst: 0.0, seconds: 200, ran: 5400 });
}

#[test]
fn a_pod_that_joins_and_a_container_that_starts_again_count_from_zero() {
    let fares = told(
        &[reign("old", -5000, None)],
        &[
            ("old-aaaaa", [Some(1e6), Some(1.01e6), Some(4000.0), Some(14_000.0), Some(24_000.0)]),
            ("old-bbbbb", [None, None, Some(500.0), None, Some(2500.0)]),
        ],
        &[],
        &[],
    );
    assert_eq!((fares[0].requests, fares[0].seconds), (10_000.0 + 24_000.0 + 2500.0, 400));
}

#[test]
fn one_bad_stretch_is_in_the_figure_that_claims_at_most() {
    let fares = told(
        &[reign("old", -5000, None)],
        &[("old-aaaaa", [Some(0.0), Some(1e5), Some(2e5), Some(3e5), Some(4e5)])],
        &[("old-aaaaa", [Some(0.0), Some(0.0), Some(1000.0), Some(1000.0), Some(1000.0)])],
        &[],
    );
    assert_eq!(fares[0].grade(0.02), Some(Soundness::Measured { error_ratio: 0.01, seconds: 400, ran: 5400 }));
}

#[test]
fn few_requests_or_none_tell_nothing() {
    let few = Fare { requests: 100.0, seconds: 600, ran: 600, ..Fare::default() };
    assert_eq!(few.grade(0.02), None);
    assert_eq!(Fare::default().grade(0.02), None);
    assert_eq!(Fare { requests: f64::NAN, ..few }.grade(0.02), None);
    let fares = told(&[reign("web", 0, None)], &[("web-admin-aaaaa", [Some(0.0); 5])], &[], &[]);
    assert_eq!(fares[0].requests, 0.0);
}
