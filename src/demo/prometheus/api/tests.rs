use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::demo::prometheus::evaluate::Engine;
use crate::demo::prometheus::rules::{AlertingRule, RuleBook, Schedule};
use crate::demo::prometheus::{FixedSeries, Labels, METRIC_NAME, Sample, Series};

const RULE: AlertingRule = AlertingRule {
    group: "shop",
    name: "Busy",
    expression: "rate(c_total[1m]) > 1",
    offset: 0,
    hold: 30_000,
    keep: 0,
    labels: &[("severity", "warning")],
    annotations: &[("summary", "{{ $labels.pod }} is busy")],
};

fn ask(request: Request<Bytes>) -> (u16, Value) {
    let samples = (0..120).map(|at| Sample { time: at * 5000, value: at as f64 * 10.0 });
    let labels = Labels::new([(METRIC_NAME, "c_total"), ("pod", "a"), ("job", "shop")]);
    let storage = FixedSeries(vec![Series { labels: labels.clone(), samples: samples.collect() }]);
    let target = Target { labels, address: "10.0.0.1:8080".to_owned(), up: true, last_scrape: 299_000 };
    let server = Server {
        engine: Engine::default(),
        version: "3.7.0",
        storage: &storage,
        rules: &RuleBook::new(&[RULE]),
        schedule: Schedule { first: 0, interval: 15_000 },
        scrape_interval: 5000,
        targets: &|| vec![target.clone()],
        now: 300_000,
    };
    let response = server.handle(&request);
    let body = serde_json::from_slice(response.body());
    (response.status().as_u16(), body.unwrap_or_else(|_| json!(String::from_utf8_lossy(response.body()))))
}

fn get(path: &str) -> (u16, Value) {
    ask(Request::get(path).body(Bytes::new()).unwrap())
}

#[test]
fn an_instant_query_answers_a_vector() {
    let (status, body) = get("/api/v1/query?query=sum(rate(c_total%5B1m%5D))&time=60");
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [60, "2"]}]}})
    );
    let (_, now) = get("/api/v1/query?query=c_total");
    assert_eq!(now["data"]["result"][0]["value"], json!([300, "600"]));
    let (_, scalar) = get("/api/v1/query?query=1%2B1&time=1970-01-01T00:00:01Z");
    assert_eq!(scalar["data"], json!({"resultType": "scalar", "result": [1, "2"]}));
    let (_, matrix) = get("/api/v1/query?query=c_total%5B10s%5D&time=60");
    assert_eq!(matrix["data"]["result"][0]["values"], json!([[55, "110"], [60, "120"]]));
}

#[test]
fn a_range_query_answers_a_matrix_by_get_and_by_form() {
    let query = "query=rate(c_total%5B1m%5D)&start=60&end=90&step=15s";
    let (_, got) = get(&format!("/api/v1/query_range?{query}"));
    assert_eq!(got["data"]["result"][0]["values"], json!([[60, "2"], [75, "2"], [90, "2"]]));
    let request = Request::post("/api/v1/query_range")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(query))
        .unwrap();
    assert_eq!(ask(request), (200, got));
}

#[test]
fn refusals_come_with_prometheus_own_words_and_codes() {
    let (status, body) = get("/api/v1/query_range?query=up&start=0&end=11001&step=1");
    assert_eq!((status, &body["errorType"]), (400, &json!("bad_data")));
    assert!(body["error"].as_str().unwrap().starts_with("exceeded maximum resolution of 11,000 points"));
    let (status, body) = get("/api/v1/query?query=sum(");
    assert_eq!((status, &body["errorType"]), (400, &json!("bad_data")));
    let (status, body) = get("/api/v1/query?query=deriv(c_total%5B1m%5D)");
    assert_eq!((status, &body["errorType"]), (422, &json!("execution")));
    assert!(body["error"].as_str().unwrap().contains("deriv()"));
    assert_eq!(get("/api/v1/query_range?query=up&start=9&end=1&step=1").0, 400);
    assert_eq!(get("/api/v1/query_range?query=up&start=1&end=9&step=0").0, 400);
    assert_eq!(get("/api/v1/nothing").0, 404);
    assert_eq!(ask(Request::delete("/api/v1/query").body(Bytes::new()).unwrap()).0, 405);
}

#[test]
fn series_labels_and_values() {
    assert_eq!(get("/api/v1/series?match%5B%5D=c_total").1["data"][0]["pod"], "a");
    assert_eq!(get("/api/v1/series").0, 400);
    assert_eq!(get("/api/v1/labels").1["data"], json!(["__name__", "job", "pod"]));
    assert_eq!(get("/api/v1/label/pod/values").1["data"], json!(["a"]));
    assert_eq!(get("/api/v1/metadata").1["data"]["c_total"][0]["type"], "counter");
}

#[test]
fn rules_alerts_targets_and_status() {
    let (_, rules) = get("/api/v1/rules?type=alert");
    let rule = &rules["data"]["groups"][0]["rules"][0];
    assert_eq!((&rule["state"], &rule["type"]), (&json!("firing"), &json!("alerting")));
    assert_eq!(rule["duration"], json!(30.0));
    let (_, alerts) = get("/api/v1/alerts");
    let alert = &alerts["data"]["alerts"][0];
    assert_eq!(alert["activeAt"], "1970-01-01T00:00:45Z");
    assert_eq!(alert["value"], "2e+00");
    assert_eq!(alert["annotations"]["summary"], "a is busy");
    assert_eq!(get("/api/v1/rules?type=record").1["data"]["groups"], json!([]));
    assert_eq!(get("/api/v1/targets?state=active").1["data"]["activeTargets"][0]["health"], "up");
    assert_eq!(get("/api/v1/status/buildinfo").1["data"]["version"], "3.7.0");
    assert_eq!(get("/-/ready").0, 200);
}
