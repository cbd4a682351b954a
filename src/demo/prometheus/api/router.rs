//! From a path to its answer.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::parameters::Parameters;
use super::{query, response, rules, series};
use crate::demo::prometheus::evaluate::{Engine, EvaluationError};
use crate::demo::prometheus::labels::Labels;
use crate::demo::prometheus::rules::{Alert, RuleBook, Schedule};
use crate::demo::prometheus::storage::{Milliseconds, Storage};

/// A Prometheus as it is at one instant.
pub struct Server<'a> {
    pub engine: Engine,
    pub version: &'static str,
    pub storage: &'a dyn Storage,
    pub rules: &'a RuleBook,
    pub schedule: Schedule,
    pub scrape_interval: Milliseconds,
    pub targets: &'a dyn Fn() -> Vec<Target>,
    pub now: Milliseconds,
}

/// Something that is scraped.
#[derive(Debug, Clone)]
pub struct Target {
    pub labels: Labels,
    pub address: String,
    pub up: bool,
    pub last_scrape: Milliseconds,
}

impl Server<'_> {
    pub fn alerts(&self) -> Result<Vec<Alert>, EvaluationError> {
        self.rules.alerts(self.engine, self.storage, self.schedule, self.now)
    }

    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        match path {
            "/-/ready" => return response::text(StatusCode::OK, "Prometheus Server is Ready.\n"),
            "/-/healthy" => return response::text(StatusCode::OK, "Prometheus Server is Healthy.\n"),
            _ => {}
        }
        let Some(path) = path.strip_prefix("/api/v1/") else {
            return response::text(StatusCode::NOT_FOUND, "404 page not found\n");
        };
        let posted = matches!(path, "query" | "query_range" | "labels" | "series");
        if request.method() != Method::GET && !(posted && request.method() == Method::POST) {
            return response::text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
        }
        let parameters = Parameters::of(request);
        let label = path.strip_prefix("label/").and_then(|rest| rest.strip_suffix("/values"));
        match (path, label) {
            ("query", _) => answer(query::instant(self, &parameters)),
            ("query_range", _) => answer(query::range(self, &parameters)),
            ("series", _) => answer(series::series(self, &parameters)),
            ("labels", _) => answer(series::names(self, &parameters)),
            (_, Some(name)) => answer(series::values(self, name, &parameters)),
            ("metadata", _) => answer(series::metadata(self, &parameters)),
            ("rules", _) => answer(rules::groups(self, &parameters)),
            ("alerts", _) => answer(rules::alerts(self)),
            ("targets", _) => response::success(&self.targets_view(&parameters)),
            ("status/buildinfo", _) => response::success(&json!({
                "version": self.version,
                "revision": "",
                "branch": "HEAD",
                "buildUser": "",
                "buildDate": "",
                "goVersion": "",
            })),
            _ => response::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }

    fn targets_view(&self, parameters: &Parameters) -> Value {
        let wanted = parameters.get("state").unwrap_or("any");
        let targets = if wanted == "dropped" { Vec::new() } else { (self.targets)() };
        let seconds = format!("{}s", self.scrape_interval / 1000);
        let active = targets.iter().map(|target| {
            let url = format!("http://{}/metrics", target.address);
            json!({
                "discoveredLabels": { "__address__": target.address },
                "labels": target.labels,
                "scrapePool": target.labels.get("job"),
                "scrapeUrl": url,
                "globalUrl": url,
                "lastError": if target.up { "" } else { "connection refused" },
                "lastScrape": rules::timestamp(target.last_scrape),
                "lastScrapeDuration": 0.004,
                "health": if target.up { "up" } else { "down" },
                "scrapeInterval": seconds,
                "scrapeTimeout": seconds,
            })
        });
        json!({ "activeTargets": active.collect::<Vec<_>>(), "droppedTargets": [], "droppedTargetCounts": {} })
    }
}

fn answer<T: Serialize>(result: Result<T, EvaluationError>) -> Response<Bytes> {
    match result {
        Ok(data) => response::success(&data),
        Err(error) => response::failure(&error),
    }
}
