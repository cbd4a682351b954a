//! The story's numbers, asked for as the console asks.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::Value;

use crate::demo::prometheus::Prometheus;
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::Key;
use crate::demo::world::{Observation, ServiceId, StoryTime, Timeline, Upstream, World};

const EPOCH: &str = "2026-08-14T03:00:00Z";

/// When the user rolls back, in those tests in which somebody does.
const BACK: i64 = 120;

/// The story until this second with nobody doing anything.
fn bad_release() -> Arc<Timeline> {
    let mut world = World::new(EPOCH.parse().unwrap(), 7, 0);
    world.advance(StoryTime::from_secs(400));
    world.observe("").timeline
}

fn rolled_back() -> Arc<Timeline> {
    changed(|now, before| now["spec"]["template"] = before["spec"]["template"].clone())
}

/// The story in which somebody changes pay-api's Deployment at [`BACK`], knowing how it was at the start.
fn changed(change: impl FnOnce(&mut Value, &Value)) -> Arc<Timeline> {
    let mut world = World::new(EPOCH.parse().unwrap(), 7, 0);
    let key = Key::new("checkout", "pay-api");
    let before = (**world.store.value(Kind::Deployment, &key).unwrap()).clone();
    world.advance(StoryTime::from_secs(BACK));
    let mut deployment = (**world.store.value(Kind::Deployment, &key).unwrap()).clone();
    change(&mut deployment, &before);
    world.write(Kind::Deployment, &key, deployment);
    world.advance(StoryTime::from_secs(400));
    world.observe("").timeline
}

struct Shop {
    prometheus: Prometheus,
    timeline: Arc<Timeline>,
}

impl Shop {
    fn of(timeline: Arc<Timeline>) -> Self {
        Self { prometheus: Prometheus::default(), timeline }
    }

    fn at(&self, seconds: i64) -> Observation {
        Observation {
            timeline: Arc::clone(&self.timeline),
            epoch: EPOCH.parse().unwrap(),
            now: StoryTime::from_secs(seconds),
            user: String::new(),
        }
    }

    fn get(&self, seconds: i64, path: &str, parameters: &[(&str, &str)]) -> Value {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        let request = Request::get(format!("{path}?{}", query.finish())).body(Bytes::new()).unwrap();
        let response = self.prometheus.handle(&self.at(seconds), request);
        assert_eq!(response.status(), 200, "{:?}", response.body());
        serde_json::from_slice::<Value>(response.body()).unwrap()["data"].clone()
    }

    fn vector(&self, seconds: i64, query: &str) -> Vec<(Value, f64)> {
        let answer = self.get(seconds, "/api/v1/query", &[("query", query)]);
        let elements = answer["result"].as_array().unwrap().iter();
        elements
            .map(|element| (element["metric"].clone(), element["value"][1].as_str().unwrap().parse().unwrap()))
            .collect()
    }

    fn value(&self, seconds: i64, query: &str) -> f64 {
        let answer = self.vector(seconds, query);
        assert_eq!(answer.len(), 1, "{query}: {answer:?}");
        answer[0].1
    }

    fn error_ratio(&self, seconds: i64, service: &str) -> f64 {
        let rate = |code: &str| format!("sum(rate(http_requests_total{{service=\"{service}\"{code}}}[1m]))");
        self.value(seconds, &format!("{} / {}", rate(",code=~\"5..\""), rate("")))
    }

    fn rate(&self, seconds: i64, service: &str) -> f64 {
        self.value(seconds, &format!("sum(rate(http_requests_total{{service=\"{service}\"}}[1m]))"))
    }

    fn p99(&self, seconds: i64, service: &str) -> f64 {
        let buckets = format!("http_request_duration_seconds_bucket{{service=\"{service}\"}}");
        self.value(seconds, &format!("histogram_quantile(0.99, sum by (le) (rate({buckets}[1m])))"))
    }

    /// Pending and firing alerts with the story second each state began.
    fn alert(&self, seconds: i64, name: &str) -> Option<(i64, Option<i64>)> {
        let alerts = self.prometheus.alerts(&self.at(seconds)).unwrap();
        let epoch = EPOCH.parse::<Timestamp>().unwrap().as_millisecond();
        let second = |time: i64| (time - epoch) / 1000;
        let alert = alerts.iter().find(|alert| alert.labels.get("alertname") == name)?;
        Some((second(alert.active_at), alert.fired_at.map(second)))
    }
}

#[track_caller]
fn about(value: f64, wanted: f64, within: f64) {
    assert!((value - wanted).abs() <= within, "{value}, wanted {wanted} ± {within}");
}

#[test]
fn all_is_well_at_the_start() {
    let shop = Shop::of(bad_release());
    for (service, rate) in
        [("gateway", 2400.0), ("web", 1204.0), ("catalog", 640.0), ("pay-api", 312.0), ("orders", 240.0)]
    {
        about(shop.rate(0, service), rate, rate * 0.002);
    }
    about(shop.error_ratio(0, "pay-api"), 0.001, 0.0001);
    for (service, p99) in [("pay-api", 0.31), ("gateway", 0.021), ("catalog", 0.038), ("search", 0.24)] {
        about(shop.p99(0, service), p99, p99 * 0.05);
    }
    assert!(["PayErrorRatio", "OrdersErrorRatio"].into_iter().all(|name| shop.alert(0, name).is_none()));
    assert!(shop.alert(0, "Watchdog").is_some());
    // Which is old: cart-worker has crashed for two hours.
    let (active, fired) = shop.alert(0, "PodCrashLooping").unwrap();
    about(active as f64, -115.0 * 60.0, 20.0);
    about(fired.unwrap() as f64, -110.0 * 60.0, 20.0);
}

#[test]
fn search_is_at_97_percent_of_its_limit_and_pends() {
    let shop = Shop::of(bad_release());
    let used = "max(container_memory_working_set_bytes{namespace=\"shop\",pod=~\"search-.*\"})";
    let limit = "max(kube_pod_container_resource_limits{namespace=\"shop\",pod=~\"search-.*\",resource=\"memory\"})";
    about(shop.value(0, &format!("{used} / {limit}")), 0.97, 0.002);
    assert_eq!(shop.value(0, "sum(kube_pod_container_status_restarts_total{pod=~\"search-.*\"})"), 1.0);
    let (active, fired) = shop.alert(120, "ContainerNearLimit").unwrap();
    about(active as f64, -9.0 * 60.0, 30.0);
    assert_eq!(fired, None);
}

#[test]
fn errors_climb_with_each_pod_to_14_2_percent() {
    let shop = Shop::of(bad_release());
    // Of the new pods alone, from their first seconds on.
    let bad = "{service=\"pay-api\",version=\"1.8.4\"";
    let ratio =
        format!("sum(rate(http_requests_total{bad},code=\"500\"}}[1m])) / sum(rate(http_requests_total{bad}}}[1m]))");
    about(shop.value(45, &ratio), 0.142, 0.002);
    about(shop.error_ratio(104, "pay-api"), 0.142, 0.0005);
    // The fifth pod, since 1:36, makes the extrapolation of the other four a little too high.
    about(shop.rate(104, "pay-api"), 345.0, 2.5);
    about(shop.rate(160, "pay-api"), 345.0, 0.5);
    about(shop.p99(104, "pay-api"), 1.9, 0.03);
    let processor = shop.value(104, "max(rate(container_cpu_usage_seconds_total{pod=~\"pay-api-.*\"}[1m])) / 0.5");
    about(processor, 0.81, 0.03);
    about(shop.error_ratio(104, "web"), 0.0004, 0.0001);
}

#[test]
fn alerts_pend_and_fire_when_the_story_says() {
    let shop = Shop::of(bad_release());
    assert_eq!(shop.alert(43, "PayErrorRatio"), None);
    assert_eq!(shop.alert(73, "PayErrorRatio"), Some((44, None)));
    assert_eq!(shop.alert(75, "PayErrorRatio"), Some((44, Some(74))));
    assert_eq!(shop.alert(79, "OrdersErrorRatio"), None);
    assert_eq!(shop.alert(139, "OrdersErrorRatio"), Some((80, None)));
    assert_eq!(shop.alert(141, "OrdersErrorRatio"), Some((80, Some(140))));
}

#[test]
fn a_rollback_heals_when_the_story_says() {
    let shop = Shop::of(rolled_back());
    assert!(shop.error_ratio(BACK + 66, "pay-api") > 0.02);
    assert!(shop.error_ratio(BACK + 71, "pay-api") < 0.02);
    assert!(shop.alert(BACK + 70, "PayErrorRatio").is_some());
    assert_eq!(shop.alert(BACK + 79, "PayErrorRatio"), None);
    assert!(shop.alert(BACK + 95, "OrdersErrorRatio").is_some());
    assert_eq!(shop.alert(BACK + 105, "OrdersErrorRatio"), None);
    let new = "service=\"pay-api\",version=\"1.8.3\"";
    let errors = format!("sum(increase(http_requests_total{{{new},code=\"500\"}}[30s]))");
    let all = format!("sum(increase(http_requests_total{{{new}}}[30s]))");
    about(shop.value(BACK + 40, &format!("{errors} / {all}")), 0.001, 0.0005);
}

#[test]
fn more_pods_make_it_faster_and_no_better() {
    let shop = Shop::of(changed(|deployment, _| deployment["spec"]["replicas"] = 8.into()));
    about(shop.p99(BACK + 75, "pay-api"), 1.6, 0.05);
    about(shop.error_ratio(BACK + 75, "pay-api"), 0.142, 0.001);
}

#[test]
fn a_restart_brings_the_same_errors_and_cold_pods() {
    let shop = Shop::of(changed(|deployment, _| {
        deployment["spec"]["template"]["metadata"]["annotations"] =
            serde_json::json!({"kubectl.kubernetes.io/restartedAt": "2026-08-14T03:02:00Z"});
    }));
    // While they warm up, and when all have.
    let cold: f64 = (30..60).step_by(5).map(|after| shop.p99(BACK + after, "pay-api")).fold(0.0, f64::max);
    about(cold, 2.35, 0.1);
    about(shop.error_ratio(BACK + 45, "pay-api"), 0.142, 0.001);
    about(shop.p99(BACK + 130, "pay-api"), 1.9, 0.1);
}

#[test]
fn left_alone_callers_retry_harder() {
    let shop = Shop::of(bad_release());
    about(shop.rate(400, "pay-api"), 420.0, 2.0);
    about(shop.p99(400, "pay-api"), 4.0, 0.1);
    let periods = |name: &str| format!("sum(rate(container_cpu_cfs_{name}_total{{pod=~\"pay-api-.*\"}}[1m]))");
    let throttled = shop.value(400, &format!("{} / {}", periods("throttled_periods"), periods("periods")));
    assert!(throttled > 0.3, "{throttled}");
}

#[test]
fn a_service_page_of_45_minutes_is_quick() {
    let shop = Shop::of(bad_release());
    let requests = "http_requests_total{namespace=\"checkout\",service=\"pay-api\"";
    let buckets = "http_request_duration_seconds_bucket{namespace=\"checkout\",service=\"pay-api\"}";
    let panels = [
        format!("sum by (version) (rate({requests}}}[1m]))"),
        format!("sum(rate({requests},code=~\"5..\"}}[1m])) / sum(rate({requests}}}[1m]))"),
        format!("histogram_quantile(0.99, sum by (le) (rate({buckets}[1m])))"),
        "sum by (pod) (rate(container_cpu_usage_seconds_total{namespace=\"checkout\",pod=~\"pay-api-.*\"}[1m]))"
            .to_owned(),
        "max by (pod) (container_memory_working_set_bytes{namespace=\"checkout\",pod=~\"pay-api-.*\"})".to_owned(),
    ];
    let epoch = EPOCH.parse::<Timestamp>().unwrap().as_second();
    let (start, end) = ((epoch - 2600).to_string(), (epoch + 100).to_string());
    let began = std::time::Instant::now();
    for panel in &panels {
        let parameters = [("query", panel.as_str()), ("start", &start), ("end", &end), ("step", "15")];
        let answer = shop.get(100, "/api/v1/query_range", &parameters);
        assert!(!answer["result"].as_array().unwrap().is_empty(), "{panel}");
    }
    // Far from what it takes, even without optimisation and on a busy machine.
    assert!(began.elapsed().as_secs_f64() < 2.0, "{:?}", began.elapsed());
}

#[test]
fn counters_never_fall_within_a_container() {
    let shop = Shop::of(rolled_back());
    let query = "sum by (service) (resets(http_requests_total[1h]))";
    assert!(shop.vector(400, query).iter().all(|(_, resets)| *resets == 0.0));
    assert_eq!(shop.value(400, "count(up{service=\"pay-api\"})"), 4.0);
}

#[test]
fn every_series_of_a_service_is_listed_with_its_labels() {
    let shop = Shop::of(bad_release());
    let values = shop.get(60, "/api/v1/label/service/values", &[]);
    assert!(values.as_array().unwrap().contains(&Value::from("pay-api")));
    let series = shop.get(60, "/api/v1/series", &[("match[]", "http_requests_total{service=\"pay-api\"}")]);
    let versions: Vec<&str> = series.as_array().unwrap().iter().filter_map(|one| one["version"].as_str()).collect();
    assert!(versions.contains(&"1.8.3") && versions.contains(&"1.8.4"), "{versions:?}");
    assert_eq!(series[0]["route"], "/v1/charge");
    let targets = shop.get(60, "/api/v1/targets", &[]);
    let pods = targets["activeTargets"].as_array().unwrap().len();
    let all: u32 = (0..20).map(|at| ServiceId(at).spec().replicas).sum();
    assert_eq!(pods, all as usize);
}
