use super::*;
use crate::demo::prometheus::evaluate::Engine;
use crate::demo::prometheus::{FixedSeries, Labels, METRIC_NAME, Sample, Series};

const RULE: AlertingRule = AlertingRule {
    group: "shop",
    name: "TooHigh",
    expression: "level > 2",
    offset: 0,
    hold: 30_000,
    keep: 0,
    labels: &[("severity", "warning")],
    annotations: &[("summary", "{{ $labels.pod }} at {{ $value }}")],
};

const SCHEDULE: Schedule = Schedule { first: 0, interval: 15_000 };

/// A level of 1, and of 5 from the first to the second instant, sampled each second.
fn risen(from: i64, to: i64) -> FixedSeries {
    let level = |second: i64| if (from..to).contains(&second) { 5.0 } else { 1.0 };
    let samples = (0..600).map(|second| Sample { time: second * 1000, value: level(second) });
    let labels = Labels::new([(METRIC_NAME, "level"), ("pod", "a")]);
    FixedSeries(vec![Series { labels, samples: samples.collect() }])
}

fn states(book: &RuleBook, storage: &FixedSeries, seconds: i64) -> Vec<(i64, Option<i64>)> {
    let alerts = book.alerts(Engine::default(), storage, SCHEDULE, seconds * 1000).unwrap();
    alerts.iter().map(|alert| (alert.active_at / 1000, alert.fired_at.map(|at| at / 1000))).collect()
}

#[test]
fn an_alert_pends_then_fires_then_ends_on_the_grid() {
    let book = RuleBook::new(&[RULE]);
    let storage = risen(40, 100);
    assert_eq!(states(&book, &storage, 44), []);
    assert_eq!(states(&book, &storage, 45), [(45, None)]);
    assert_eq!(states(&book, &storage, 74), [(45, None)]);
    assert_eq!(states(&book, &storage, 75), [(45, Some(75))]);
    assert_eq!(states(&book, &storage, 104), [(45, Some(75))]);
    assert_eq!(states(&book, &storage, 105), []);
}

#[test]
fn a_firing_alert_can_outlast_its_expression() {
    let book = RuleBook::new(&[AlertingRule { keep: 15_000, ..RULE }]);
    let storage = risen(40, 100);
    assert_eq!(states(&book, &storage, 119), [(45, Some(75))]);
    assert_eq!(states(&book, &storage, 120), []);
    assert_eq!(states(&RuleBook::new(&[AlertingRule { keep: 15_000, ..RULE }]), &storage, 119), [(45, Some(75))]);
    // A pending one cannot.
    assert_eq!(states(&book, &risen(40, 70), 76), []);
}

#[test]
fn state_does_not_depend_on_when_it_was_asked_for() {
    let storage = risen(40, 100);
    let often = RuleBook::new(&[RULE]);
    for seconds in 0..120 {
        let once = RuleBook::new(&[RULE]);
        assert_eq!(states(&often, &storage, seconds), states(&once, &storage, seconds), "at {seconds}");
    }
    assert_eq!(states(&often, &storage, 80), [(45, Some(75))], "asked about the past");
}

#[test]
fn an_alert_carries_the_labels_of_rule_and_series_and_its_texts() {
    let book = RuleBook::new(&[RULE]);
    let alerts = book.alerts(Engine::default(), &risen(40, 100), SCHEDULE, 80_000).unwrap();
    assert_eq!(alerts[0].labels.to_string(), r#"{alertname="TooHigh", pod="a", severity="warning"}"#);
    assert_eq!(alerts[0].annotations, [("summary", "a at 5".to_owned())]);
}
