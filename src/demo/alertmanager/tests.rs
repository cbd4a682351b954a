use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::Alertmanager;
use crate::demo::prometheus::Prometheus;
use crate::demo::world::{Observation, StoryTime, Upstream, World};

/// The story with nobody doing anything, and an Alertmanager to ask.
struct Watch {
    world: Observation,
    alertmanager: Alertmanager,
}

impl Watch {
    fn new() -> Self {
        let mut world = World::new("2026-08-14T03:00:00Z".parse().unwrap(), 7, 0);
        world.advance(StoryTime::at(11, 0));
        let alertmanager = Alertmanager::new(Arc::new(Prometheus::default()));
        Self { world: world.observe("ann"), alertmanager }
    }

    fn send(&self, at: StoryTime, method: &str, path: &str, body: &str) -> (u16, Value) {
        let world = Observation { now: at, ..self.world.clone() };
        let request = Request::builder().method(method).uri(path).body(Bytes::from(body.to_owned())).unwrap();
        let response = self.alertmanager.handle(&world, request);
        let value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), value)
    }

    fn get(&self, at: StoryTime, path: &str) -> Value {
        let (status, value) = self.send(at, "GET", path, "");
        assert_eq!(status, 200, "{path}");
        value
    }

    fn alert(&self, at: StoryTime, name: &str) -> Option<Value> {
        let alerts = self.get(at, "/api/v2/alerts");
        alerts.as_array().unwrap().iter().find(|alert| alert["labels"]["alertname"] == name).cloned()
    }

    fn silence(&self, at: StoryTime, matchers: Value) -> String {
        let body = json!({
            "matchers": matchers, "startsAt": at.instant(self.world.epoch),
            "endsAt": at.plus_millis(60_000).instant(self.world.epoch), "createdBy": "ann", "comment": "trying",
        });
        let (status, answer) = self.send(at, "POST", "/api/v2/silences", &body.to_string());
        assert_eq!(status, 200, "{answer}");
        answer["silenceID"].as_str().unwrap().to_owned()
    }
}

const FIRING: StoryTime = StoryTime::at(3, 0);

#[test]
fn only_what_fires_is_there_and_it_is_routed() {
    let watch = Watch::new();
    assert!(watch.alert(StoryTime::at(1, 10), "PayErrorRatio").is_none());
    let pay = watch.alert(FIRING, "PayErrorRatio").unwrap();
    assert_eq!(pay["startsAt"], "2026-08-14T03:01:14Z");
    assert_eq!(pay["receivers"], json!([{"name": "pager"}, {"name": "#oncall"}]));
    assert_eq!(pay["status"]["state"], "active");
    assert_eq!(pay["labels"]["service"], "pay-api");
    let orders = watch.alert(FIRING, "OrdersErrorRatio").unwrap();
    assert_eq!(orders["receivers"], json!([{"name": "#oncall"}]));
    assert_eq!(watch.get(FIRING, "/api/v2/alerts?receiver=pager").as_array().unwrap().len(), 1);
    let groups = watch.get(FIRING, "/api/v2/alerts/groups");
    let pager: Vec<&Value> =
        groups.as_array().unwrap().iter().filter(|one| one["receiver"]["name"] == "pager").collect();
    assert_eq!(pager.len(), 1);
    assert_eq!(pager[0]["labels"], json!({"alertname": "PayErrorRatio", "namespace": "checkout"}));
}

#[test]
fn bob_silences_after_ten_minutes() {
    let watch = Watch::new();
    assert_eq!(watch.get(StoryTime::at(9, 59), "/api/v2/silences"), json!([]));
    let silences = watch.get(StoryTime::at(10, 1), "/api/v2/silences");
    assert_eq!(silences[0]["createdBy"], "bob@corp");
    assert_eq!((&silences[0]["comment"], &silences[0]["status"]["state"]), (&json!("looking"), &json!("active")));
    let pay = watch.alert(StoryTime::at(10, 30), "PayErrorRatio").unwrap();
    assert_eq!(pay["status"]["state"], "suppressed");
    assert_eq!(pay["status"]["silencedBy"], json!([silences[0]["id"]]));
    assert_eq!(watch.alert(StoryTime::at(10, 30), "OrdersErrorRatio").unwrap()["status"]["state"], "active");
}

#[test]
fn a_silence_mutes_what_matches_and_ends() {
    let watch = Watch::new();
    let id = watch.silence(FIRING, json!([{"name": "namespace", "value": "check.*", "isRegex": true}]));
    assert_eq!(watch.alert(FIRING, "PayErrorRatio").unwrap()["status"]["silencedBy"], json!([id]));
    assert_eq!(watch.alert(FIRING, "OrdersErrorRatio").unwrap()["status"]["silencedBy"], json!([id]));
    assert_eq!(watch.get(FIRING, "/api/v2/alerts?silenced=false").as_array().unwrap().len(), 1, "the watchdog");
    let after = StoryTime::at(4, 1);
    assert_eq!(watch.alert(after, "PayErrorRatio").unwrap()["status"]["state"], "active");
    assert_eq!(watch.get(after, &format!("/api/v2/silence/{id}"))["status"]["state"], "expired");
}

#[test]
fn a_silence_is_ended_early_and_twice() {
    let watch = Watch::new();
    let id = watch.silence(FIRING, json!([{"name": "alertname", "value": "PayErrorRatio", "isRegex": false}]));
    let path = format!("/api/v2/silence/{id}");
    assert_eq!(watch.send(FIRING, "DELETE", &path, "").0, 200);
    assert_eq!(watch.send(FIRING, "DELETE", &path, "").0, 200);
    assert_eq!(watch.alert(FIRING, "PayErrorRatio").unwrap()["status"]["state"], "active");
    assert_eq!(watch.send(FIRING, "DELETE", "/api/v2/silence/unknown", "").0, 404);
}

#[test]
fn changed_matchers_make_another_silence_and_a_longer_end_does_not() {
    let watch = Watch::new();
    let id = watch.silence(FIRING, json!([{"name": "alertname", "value": "PayErrorRatio", "isRegex": false}]));
    let post = |value: &str| {
        let body = json!({
            "id": id, "matchers": [{"name": "alertname", "value": value, "isRegex": false}], "createdBy": "ann", "comment": "longer",
            "startsAt": "2026-08-14T03:03:00Z", "endsAt": "2026-08-14T03:30:00Z",
        });
        let (_, answer) = watch.send(FIRING, "POST", "/api/v2/silences", &body.to_string());
        answer["silenceID"].as_str().unwrap().to_owned()
    };
    assert_eq!(post("PayErrorRatio"), id);
    assert_ne!(post("OrdersErrorRatio"), id);
    assert_eq!(watch.get(FIRING, &format!("/api/v2/silence/{id}"))["status"]["state"], "expired");
}

#[test]
fn what_is_no_silence_is_refused_in_words() {
    let watch = Watch::new();
    let post = |matchers: Value, ends: &str| {
        let body = json!({
            "matchers": matchers, "createdBy": "ann", "comment": "", "startsAt": "2026-08-14T03:03:00Z", "endsAt": ends,
        });
        watch.send(FIRING, "POST", "/api/v2/silences", &body.to_string())
    };
    let one = json!([{"name": "a", "value": "b", "isRegex": false}]);
    let (status, why) = post(one.clone(), "2026-08-14T03:02:00Z");
    assert_eq!((status, why), (400, json!("Failed to create silence: start time must be before end time")));
    assert_eq!(post(json!([]), "2026-08-14T03:09:00Z").0, 422);
    assert_eq!(post(json!([{"name": "a", "value": ".*", "isRegex": true}]), "2026-08-14T03:09:00Z").0, 400);
    assert_eq!(watch.send(FIRING, "POST", "/api/v2/silences", "{").0, 400);
    assert_eq!(watch.send(FIRING, "GET", "/api/v2/alerts?filter=nothing", "").0, 400);
    assert_eq!(watch.send(FIRING, "GET", "/api/v1/alerts", "").0, 404);
    assert_eq!(watch.send(FIRING, "DELETE", "/api/v2/alerts", "").0, 405);
}

#[test]
fn status_names_configuration_and_receivers() {
    let watch = Watch::new();
    assert_eq!(watch.get(FIRING, "/api/v2/status")["cluster"]["status"], "ready");
    assert_eq!(watch.get(FIRING, "/api/v2/receivers")[1]["name"], "pager");
}
