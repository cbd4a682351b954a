//! From a path to its answer.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::alerts::{self, RoutedAlert};
use super::matcher::{Matcher, all_match};
use super::routes;
use super::silences::{PostedSilence, Silence, SilenceError, Silences};
use crate::demo::prometheus::Prometheus;
use crate::demo::world::{Observation, ServiceId, Upstream};

const VERSION: &str = "0.29.0";

#[derive(Debug)]
pub struct Alertmanager {
    prometheus: Arc<Prometheus>,
    silences: Mutex<Silences>,
}

impl Alertmanager {
    pub fn new(prometheus: Arc<Prometheus>) -> Self {
        Self { prometheus, silences: Mutex::default() }
    }

    fn answer(&self, world: &Observation, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let now = world.now.instant(world.epoch);
        let parameters = Parameters::of(request);
        let mut silences = self.silences.lock().unwrap_or_else(PoisonError::into_inner);
        silences.follow(world);
        let path = request.uri().path();
        if matches!(path, "/-/ready" | "/-/healthy") {
            return Ok(text(StatusCode::OK, "OK"));
        }
        let path = path.strip_prefix("/api/v2/").ok_or(Refusal::NotFound)?;
        let silence = path.strip_prefix("silence/");
        match (request.method(), path, silence) {
            (&Method::GET, "status", _) => Ok(ok(&status(world))),
            (&Method::GET, "receivers", _) => Ok(ok(&routes::RECEIVERS.map(|name| json!({ "name": name })))),
            (&Method::GET, "alerts", _) => Ok(ok(&self.alerts(world, &silences, &parameters, now)?)),
            (&Method::GET, "alerts/groups", _) => {
                Ok(ok(&alerts::groups(&self.alerts(world, &silences, &parameters, now)?)))
            }
            (&Method::GET, "silences", _) => {
                let filter = parameters.filter()?;
                let shown = silences.list(now).into_iter();
                // Each filter must be one of the silence's own matchers, kind and all.
                let shown = shown.filter(|silence| filter.iter().all(|one| silence.matchers.contains(one)));
                Ok(ok(&shown.map(|silence| view(silence, now)).collect::<Vec<_>>()))
            }
            (&Method::POST, "silences", _) => {
                let body: Map<String, Value> =
                    serde_json::from_slice(request.body()).map_err(|why| Refusal::Invalid(why.to_string()))?;
                let posted: PostedSilence =
                    serde_json::from_value(Value::Object(body)).map_err(|why| Refusal::Incomplete(why.to_string()))?;
                let id = silences.post(posted, world.timeline.seed, now)?;
                Ok(ok(&json!({ "silenceID": id })))
            }
            (&Method::GET, _, Some(id)) => Ok(ok(&view(silences.get(id).ok_or(Refusal::NotFound)?, now))),
            (&Method::DELETE, _, Some(id)) => {
                silences.expire(id, now)?;
                Ok(text(StatusCode::OK, ""))
            }
            (_, "status" | "receivers" | "alerts" | "alerts/groups" | "silences", _) | (_, _, Some(_)) => {
                Err(Refusal::MethodNotAllowed)
            }
            _ => Err(Refusal::NotFound),
        }
    }

    fn alerts(
        &self,
        world: &Observation,
        silences: &Silences,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Vec<RoutedAlert>, Refusal> {
        let filter = parameters.filter()?;
        let receiver = parameters.get("receiver").filter(|receiver| !receiver.is_empty());
        let receiver = receiver
            .map(|text| Regex::new(&format!("^(?:{text})$")))
            .transpose()
            .map_err(|_| Refusal::Invalid("failed to parse receiver param".to_owned()))?;
        let fired = self.prometheus.alerts(world).map_err(|why| Refusal::Broken(why.to_string()))?;
        let mut routed = alerts::route(&fired, silences, self.prometheus.evaluated(world), now);
        let (active, silenced, inhibited) =
            (parameters.flag("active"), parameters.flag("silenced"), parameters.flag("inhibited"));
        routed.retain(|alert| {
            let status = &alert.status;
            all_match(&filter, &alert.labels)
                && receiver.as_ref().is_none_or(|wanted| alert.receivers.iter().any(|one| wanted.is_match(one.name)))
                && (active || status.state != "active")
                && (silenced || status.silenced_by.is_empty())
                && (inhibited || status.inhibited_by.is_empty())
        });
        Ok(routed)
    }
}

impl Upstream for Alertmanager {
    fn service(&self) -> ServiceId {
        own_service()
    }

    fn handle(&self, world: &Observation, request: Request<Bytes>) -> Response<Bytes> {
        self.answer(world, &request).unwrap_or_else(|refusal| match refusal {
            Refusal::Invalid(why) => written(StatusCode::BAD_REQUEST, &why),
            Refusal::Incomplete(message) => {
                written(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "code": 602, "message": message }))
            }
            Refusal::Broken(why) => written(StatusCode::INTERNAL_SERVER_ERROR, &why),
            Refusal::NotFound => text(StatusCode::NOT_FOUND, ""),
            Refusal::MethodNotAllowed => text(StatusCode::METHOD_NOT_ALLOWED, ""),
        })
    }
}

fn own_service() -> ServiceId {
    ServiceId::find("monitoring", "alertmanager").unwrap_or(ServiceId(0))
}

enum Refusal {
    Invalid(String),
    Incomplete(String),
    Broken(String),
    NotFound,
    MethodNotAllowed,
}

impl From<SilenceError> for Refusal {
    fn from(error: SilenceError) -> Self {
        match error {
            SilenceError::Invalid(why) => Self::Invalid(why),
            SilenceError::Incomplete(why) => Self::Incomplete(why),
            SilenceError::NotFound => Self::NotFound,
        }
    }
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn of(request: &Request<Bytes>) -> Self {
        Self(url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// True unless switched off.
    fn flag(&self, name: &str) -> bool {
        self.get(name) != Some("false")
    }

    fn filter(&self) -> Result<Vec<Matcher>, Refusal> {
        let filters = self.0.iter().filter(|(name, _)| name == "filter");
        filters.map(|(_, text)| Matcher::parse(text).map_err(Refusal::Invalid)).collect()
    }
}

fn view(silence: &Silence, now: Timestamp) -> Value {
    json!({
        "id": silence.id,
        "status": { "state": silence.state(now) },
        "updatedAt": silence.updated_at,
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "endsAt": silence.ends_at,
        "matchers": silence.matchers,
        "startsAt": silence.starts_at,
    })
}

fn status(world: &Observation) -> Value {
    let started = world.timeline.pods_at(own_service(), world.now).find_map(|pod| pod.started);
    json!({
        "cluster": { "name": "built-in", "peers": [], "status": "ready" },
        "config": { "original": routes::CONFIGURATION },
        "uptime": started.unwrap_or_default().instant(world.epoch),
        "versionInfo": {
            "branch": "HEAD", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "", "version": VERSION,
        },
    })
}

fn ok(body: &impl Serialize) -> Response<Bytes> {
    written(StatusCode::OK, body)
}

fn written(status: StatusCode, body: &(impl Serialize + ?Sized)) -> Response<Bytes> {
    // Only maps with keys that are no strings could fail, and there are none.
    let mut response = Response::new(Bytes::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn text(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    response
}
