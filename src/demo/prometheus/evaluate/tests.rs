use super::*;
use crate::demo::prometheus::{FixedSeries, Labels, METRIC_NAME, STALE, Sample, Series};

const T0: i64 = 1_700_000_000_000;

/// A series named like `errors{pod="a"}` with a sample every `step` seconds from [`T0`] on.
fn series(text: &str, step: i64, values: &[f64]) -> Series {
    let query = Query::parse(text).unwrap();
    let promql_parser::parser::Expr::VectorSelector(selector) = query.expression else { panic!("{text}") };
    let matchers = selector.matchers.matchers.iter().map(|matcher| (matcher.name.clone(), matcher.value.clone()));
    let name = selector.name.into_iter().map(|name| (METRIC_NAME.to_owned(), name));
    let samples = values.iter().enumerate().map(|(at, &value)| Sample { time: T0 + at as i64 * step * 1000, value });
    Series { labels: Labels::new(matchers.chain(name)), samples: samples.collect() }
}

fn counter(text: &str, step: i64, per_step: f64, count: usize) -> Series {
    let values: Vec<f64> = (0..count).map(|at| 1000.0 + per_step * at as f64).collect();
    series(text, step, &values)
}

fn ask(storage: &[Series], query: &str, seconds: i64) -> Result<Vec<(String, f64)>, EvaluationError> {
    ask_with(Engine::default(), storage, query, seconds)
}

fn ask_with(
    engine: Engine,
    storage: &[Series],
    query: &str,
    seconds: i64,
) -> Result<Vec<(String, f64)>, EvaluationError> {
    let steps = Steps::instant(T0 + seconds * 1000);
    let answer = engine.evaluate(&FixedSeries(storage.to_vec()), &Query::parse(query)?, &steps)?;
    Ok(match answer {
        Value::Scalar(values) => vec![(String::new(), values[0])],
        Value::Vector(columns) => {
            columns.iter().map(|column| (column.labels.to_string(), column.values[0].unwrap())).collect()
        }
        other => panic!("{other:?}"),
    })
}

fn value(storage: &[Series], query: &str, seconds: i64) -> f64 {
    let answer = ask(storage, query, seconds).unwrap();
    assert_eq!(answer.len(), 1, "{query}: {answer:?}");
    answer[0].1
}

fn refusal(storage: &[Series], query: &str, seconds: i64) -> String {
    match ask(storage, query, seconds) {
        Err(EvaluationError::Execution(message)) => message,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn the_latest_sample_counts_until_it_is_five_minutes_old_or_marked_stale() {
    let storage = [series("up{pod=\"a\"}", 10, &[1.0, 2.0]), series("up{pod=\"b\"}", 10, &[1.0, STALE])];
    assert_eq!(ask(&storage, "up", 5).unwrap().len(), 2);
    let answer = ask(&storage, "up", 10).unwrap();
    assert_eq!(answer, [("{__name__=\"up\", pod=\"a\"}".to_owned(), 2.0)]);
    assert_eq!(ask(&storage, "up", 309).unwrap().len(), 1);
    assert!(ask(&storage, "up", 310).unwrap().is_empty());
    assert_eq!(ask(&storage, "up offset 5m", 310).unwrap().len(), 1);
}

#[test]
fn matchers_are_anchored_and_absent_labels_are_empty() {
    let storage = [series("x{pod=\"pay-1\"}", 10, &[1.0]), series("x{pod=\"pay-10\",zone=\"z\"}", 10, &[2.0])];
    assert_eq!(ask(&storage, "x{pod=~\"pay-1\"}", 0).unwrap().len(), 1);
    assert_eq!(ask(&storage, "x{pod=~\"pay.*\"}", 0).unwrap().len(), 2);
    assert_eq!(value(&storage, "x{zone=\"\"}", 0), 1.0);
    assert_eq!(value(&storage, "x{zone!=\"\"}", 0), 2.0);
    assert_eq!(value(&storage, "x{pod!~\".*0\"}", 0), 1.0);
}

#[test]
fn rate_extends_to_the_window_and_never_below_zero() {
    let steady = [counter("c", 5, 10.0, 100)];
    assert!((value(&steady, "rate(c[1m])", 300) - 2.0).abs() < 1e-12);
    assert!((value(&steady, "increase(c[1m])", 302) - 120.0).abs() < 1e-9);
    // Born at zero within the window: only as far back as zero.
    let born = [series("c", 5, &[0.0, 10.0, 20.0])];
    assert!((value(&born, "increase(c[1m])", 10) - 20.0).abs() < 1e-9);
    let reset = [series("c", 5, &[100.0, 110.0, 5.0, 15.0])];
    assert!((value(&reset, "increase(c[15s])", 15) - 15.0 * 1.5).abs() < 1e-9);
    assert!((value(&reset, "irate(c[15s])", 10) - 1.0).abs() < 1e-9);
    assert!((value(&reset, "resets(c[20s])", 15) - 1.0).abs() < 1e-9);
}

#[test]
fn the_left_end_of_a_range_belongs_to_it_before_version_three() {
    let storage = [counter("c", 5, 10.0, 20)];
    assert_eq!(value(&storage, "count_over_time(c[10s])", 50), 2.0);
    let two = Engine { dialect: Dialect::Two, ..Engine::default() };
    assert_eq!(ask_with(two, &storage, "count_over_time(c[10s])", 50).unwrap()[0].1, 3.0);
}

#[test]
fn aggregates_group_by_and_without() {
    let storage = [
        series("x{pod=\"a\",code=\"200\"}", 10, &[1.0]),
        series("x{pod=\"a\",code=\"500\"}", 10, &[2.0]),
        series("x{pod=\"b\",code=\"200\"}", 10, &[4.0]),
    ];
    let by = ask(&storage, "sum by (pod) (x)", 0).unwrap();
    assert_eq!(by, [("{pod=\"a\"}".to_owned(), 3.0), ("{pod=\"b\"}".to_owned(), 4.0)]);
    assert_eq!(ask(&storage, "avg without (code) (x)", 0).unwrap()[0].1, 1.5);
    assert_eq!(value(&storage, "count(x)", 0), 3.0);
    assert_eq!(value(&storage, "max(x) - min(x)", 0), 3.0);
    let top: Vec<f64> = ask(&storage, "topk(2, x)", 0).unwrap().into_iter().map(|(_, value)| value).collect();
    assert_eq!(top, [4.0, 2.0]);
    assert_eq!(value(&storage, "bottomk(1, x)", 0), 1.0);
    assert!(ask(&storage, "sum(nothing)", 0).unwrap().is_empty());
}

#[test]
fn arithmetic_matches_series_and_refuses_what_is_ambiguous() {
    let storage = [
        series("errors{pod=\"a\",code=\"500\"}", 10, &[3.0]),
        series("errors{pod=\"b\",code=\"500\"}", 10, &[1.0]),
        series("requests{pod=\"a\",version=\"1\"}", 10, &[30.0]),
        series("requests{pod=\"b\",version=\"2\"}", 10, &[100.0]),
    ];
    let ratio = ask(&storage, "errors / on (pod) requests", 0).unwrap();
    assert_eq!(ratio, [("{pod=\"a\"}".to_owned(), 0.1), ("{pod=\"b\"}".to_owned(), 0.01)]);
    let lent = ask(&storage, "errors * on (pod) group_left (version) requests", 0).unwrap();
    assert_eq!(lent[0], ("{code=\"500\", pod=\"a\", version=\"1\"}".to_owned(), 90.0));
    assert!(refusal(&storage, "errors / on (code) errors", 0).contains("found duplicate series"));
    assert!(refusal(&storage, "errors / ignoring (pod) sum by (code) (errors)", 0).contains("group_left"));
}

#[test]
fn comparison_filters_and_with_bool_counts() {
    let storage = [series("x{pod=\"a\"}", 10, &[3.0]), series("x{pod=\"b\"}", 10, &[1.0])];
    assert_eq!(ask(&storage, "x > 2", 0).unwrap(), [("{__name__=\"x\", pod=\"a\"}".to_owned(), 3.0)]);
    assert_eq!(ask(&storage, "2 < x", 0).unwrap()[0].1, 3.0);
    let marks = ask(&storage, "x > bool 2", 0).unwrap();
    assert_eq!(marks, [("{pod=\"a\"}".to_owned(), 1.0), ("{pod=\"b\"}".to_owned(), 0.0)]);
    assert_eq!(value(&storage, "1 >= bool 2", 0), 0.0);
}

#[test]
fn sets_look_at_labels_only() {
    let storage = [
        series("x{pod=\"a\"}", 10, &[3.0]),
        series("x{pod=\"b\"}", 10, &[1.0]),
        series("y{pod=\"b\"}", 10, &[0.0]),
        series("y{pod=\"c\"}", 10, &[7.0]),
    ];
    assert_eq!(value(&storage, "x and y", 0), 1.0);
    assert_eq!(value(&storage, "x unless y", 0), 3.0);
    let either: Vec<f64> = ask(&storage, "x or y", 0).unwrap().into_iter().map(|(_, value)| value).collect();
    assert_eq!(either, [3.0, 1.0, 7.0]);
}

#[test]
fn quantiles_of_classic_buckets() {
    let bucket = |le: &str, count: f64| series(&format!("d_bucket{{le=\"{le}\"}}"), 10, &[count]);
    let storage = [bucket("0.1", 50.0), bucket("0.5", 90.0), bucket("1", 99.0), bucket("+Inf", 100.0)];
    assert!((value(&storage, "histogram_quantile(0.5, d_bucket)", 0) - 0.1).abs() < 1e-12);
    assert!((value(&storage, "histogram_quantile(0.7, d_bucket)", 0) - 0.3).abs() < 1e-12);
    assert_eq!(value(&storage, "histogram_quantile(0.999, d_bucket)", 0), 1.0);
    assert_eq!(value(&storage, "histogram_quantile(2, d_bucket)", 0), f64::INFINITY);
    assert!(value(&storage[..3], "histogram_quantile(0.5, d_bucket)", 0).is_nan());
}

#[test]
fn functions_of_instant_vectors() {
    let storage = [series("x{pod=\"pay-1\"}", 10, &[-2.5])];
    assert_eq!(value(&storage, "abs(x)", 0), 2.5);
    assert_eq!(value(&storage, "round(x)", 0), -2.0);
    assert_eq!(value(&storage, "round(x, 5)", 0), 0.0);
    assert_eq!(value(&storage, "clamp_min(x, 0)", 0), 0.0);
    assert_eq!(value(&storage, "clamp_max(x, -3)", 0), -3.0);
    assert_eq!(value(&storage, "scalar(x) * 2", 0), -5.0);
    assert!(value(&storage, "scalar(nothing)", 0).is_nan());
    assert_eq!(value(&storage, "time()", 7), (T0 / 1000 + 7) as f64);
    assert_eq!(value(&storage, "vector(3) + 1", 0), 4.0);
    assert!(ask(&storage, "absent(x)", 0).unwrap().is_empty());
    let absent = ask(&storage, "absent(nothing{job=\"a\",pod=~\"b\"})", 0).unwrap();
    assert_eq!(absent, [("{job=\"a\"}".to_owned(), 1.0)]);
    let replaced = ask(&storage, "label_replace(x, \"app\", \"$1\", \"pod\", \"(.*)-.*\")", 0).unwrap();
    assert_eq!(replaced[0].0, "{__name__=\"x\", app=\"pay\", pod=\"pay-1\"}");
}

#[test]
fn what_is_not_supported_is_named() {
    let storage = [counter("c", 5, 10.0, 20)];
    assert!(refusal(&storage, "predict_linear(c[1m], 60)", 50).contains("predict_linear()"));
    assert!(refusal(&storage, "max_over_time(rate(c[1m])[5m:1m])", 50).contains("subquery"));
    assert!(refusal(&storage, "quantile(0.5, c)", 50).contains("\"quantile\""));
    assert!(matches!(ask(&storage, "rate(c)", 50), Err(EvaluationError::BadData(_))));
    assert!(matches!(ask(&storage, "sum(", 50), Err(EvaluationError::BadData(_))));
    let small = Engine { max_samples: 10, ..Engine::default() };
    let error = ask_with(small, &storage, "rate(c[5m])", 95).unwrap_err();
    assert!(error.to_string().contains("too many samples"), "{error}");
}

#[test]
fn a_range_is_evaluated_at_every_step() {
    let storage = FixedSeries(vec![counter("c", 5, 10.0, 100)]);
    let steps = Steps::range(T0 + 60_000, T0 + 120_000, 15_000);
    let answer = Engine::default().evaluate(&storage, &Query::parse("rate(c[1m]) > 1").unwrap(), &steps).unwrap();
    let Value::Vector(columns) = answer else { panic!("{answer:?}") };
    assert_eq!(columns[0].values.len(), 5);
    assert!(columns[0].values.iter().all(|value| (value.unwrap() - 2.0).abs() < 1e-9));
}

#[test]
fn a_query_that_wants_too_much_is_refused_and_breaks_nothing() {
    let storage = [counter("c", 5, 10.0, 20)];
    for query in ["rate(c[99999999999y])", "rate(c[1e300s])", "c offset 1e30y", "c @ 1e300", "c[0s]", "rate(c[300y])"] {
        let _ = ask(&storage, query, 50);
    }
    let nested = format!("{}c{}", "(".repeat(3000), ")".repeat(3000));
    assert!(ask(&storage, &nested, 50).is_err());
    assert!(ask(&storage, &format!("c{}", " + c".repeat(3000)), 50).is_err());
    assert!(ask(&storage, &format!("{}c", "-".repeat(3000)), 50).is_err());
}
