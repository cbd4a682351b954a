//! The Prometheus of the shop: what it is configured with, and its place in the cluster.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};

use super::api::{Server, Target};
use super::evaluate::{Engine, EvaluationError};
use super::rules::{Alert, AlertingRule, RuleBook, Schedule};
use super::scrape::{Database, SHOP_INTERVAL, ShopLoad};
use super::storage::Milliseconds;
use crate::demo::world::{Observation, ServiceId, Timeline, Upstream};

/// The alerting rules, each group at its own place in the interval.
const RULES: [AlertingRule; 5] = [
    AlertingRule {
        group: "checkout",
        name: "PayErrorRatio",
        expression: "sum by (namespace, service) (rate(http_requests_total{code=~\"5..\",namespace=\"checkout\",service=\"pay-api\"}[1m])) \
             / sum by (namespace, service) (rate(http_requests_total{namespace=\"checkout\",service=\"pay-api\"}[1m])) > 0.02",
        offset: 4_000,
        hold: 30_000,
        keep: 5_000,
        labels: &[("severity", "critical")],
        annotations: &[
            ("summary", "{{ $value | humanizePercentage }} of the requests to pay-api fail"),
            ("description", "More than 2% of the requests to pay-api have failed over the last minute."),
            ("runbook_url", "https://runbooks.example/pay-api/error-ratio"),
        ],
    },
    AlertingRule {
        group: "symptoms",
        name: "OrdersErrorRatio",
        expression: "sum by (namespace) (rate(http_requests_total{code=~\"5..\",namespace=\"checkout\",service=\"orders\"}[1m])) \
             / sum by (namespace) (rate(http_requests_total{namespace=\"checkout\",service=\"orders\"}[1m])) > 0.02",
        offset: 0,
        hold: 60_000,
        keep: 0,
        labels: &[("deployment", "orders"), ("severity", "warning")],
        annotations: &[
            ("summary", "{{ $value | humanizePercentage }} of the requests to orders fail"),
            ("description", "More than 2% of the requests to orders have failed over the last minute."),
            ("runbook_url", "https://runbooks.example/orders/error-ratio"),
        ],
    },
    AlertingRule {
        group: "kubernetes",
        name: "PodCrashLooping",
        expression: "max by (namespace, pod, container) \
             (max_over_time(kube_pod_container_status_waiting_reason{reason=\"CrashLoopBackOff\"}[5m])) >= 1",
        offset: 2_000,
        hold: 300_000,
        keep: 0,
        labels: &[("severity", "warning")],
        annotations: &[
            ("summary", "{{ $labels.pod }} is crash looping"),
            (
                "description",
                "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} waits in CrashLoopBackOff.",
            ),
            ("runbook_url", "https://runbooks.example/kubernetes/pod-crash-looping"),
        ],
    },
    AlertingRule {
        group: "kubernetes",
        name: "ContainerNearLimit",
        expression: "max by (namespace, pod, container) (container_memory_working_set_bytes) \
             / max by (namespace, pod, container) (kube_pod_container_resource_limits{resource=\"memory\"}) > 0.95",
        offset: 2_000,
        hold: 900_000,
        keep: 0,
        labels: &[("severity", "warning")],
        annotations: &[
            ("summary", "{{ $labels.pod }} is at {{ $value | humanizePercentage }} of its memory limit"),
            (
                "description",
                "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} will be killed at its limit.",
            ),
            ("runbook_url", "https://runbooks.example/kubernetes/container-near-limit"),
        ],
    },
    AlertingRule {
        group: "monitoring",
        name: "Watchdog",
        expression: "vector(1)",
        offset: 1_000,
        hold: 0,
        keep: 0,
        labels: &[("severity", "none")],
        annotations: &[
            ("summary", "Always fires; its absence means that alerting is broken"),
            ("runbook_url", "https://runbooks.example/monitoring/watchdog"),
        ],
    },
];

/// Rules are evaluated from so long before the story on: what has been pending for longer does not show.
const REMEMBERED: Milliseconds = 2 * 60 * 60 * 1000;
const VERSION: &str = "3.7.0";

#[derive(Debug)]
pub struct Prometheus {
    engine: Engine,
    rules: RuleBook,
    /// For the timeline of the last request.
    load: Mutex<Option<Arc<ShopLoad>>>,
}

impl Default for Prometheus {
    fn default() -> Self {
        Self { engine: Engine::default(), rules: RuleBook::new(&RULES), load: Mutex::default() }
    }
}

impl Prometheus {
    /// The alerts that are pending or firing.
    pub fn alerts(&self, world: &Observation) -> Result<Vec<Alert>, EvaluationError> {
        self.serve(world, |server| server.alerts())
    }

    /// When rules were evaluated last, and alerts sent.
    pub fn evaluated(&self, world: &Observation) -> Milliseconds {
        self.serve(world, |server| server.schedule.last(0, server.now))
    }

    fn serve<T>(&self, world: &Observation, answer: impl FnOnce(&Server<'_>) -> T) -> T {
        let load = self.load(&world.timeline);
        let epoch = world.epoch.as_millisecond();
        let now = epoch + world.now.millis();
        let database = Database { load: &load, epoch, now };
        answer(&Server {
            engine: self.engine,
            version: VERSION,
            storage: &database,
            rules: &self.rules,
            schedule: Schedule { first: epoch - REMEMBERED, interval: SHOP_INTERVAL },
            scrape_interval: SHOP_INTERVAL,
            targets: &|| -> Vec<Target> { database.targets() },
            now,
        })
    }

    fn load(&self, timeline: &Arc<Timeline>) -> Arc<ShopLoad> {
        let mut kept = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(load) if Arc::ptr_eq(&load.timeline, timeline) => Arc::clone(load),
            _ => {
                let load = Arc::new(ShopLoad::of(Arc::clone(timeline)));
                *kept = Some(Arc::clone(&load));
                load
            }
        }
    }
}

impl Upstream for Prometheus {
    fn service(&self) -> ServiceId {
        ServiceId::find("monitoring", "prometheus").unwrap_or(ServiceId(0))
    }

    fn handle(&self, world: &Observation, request: Request<Bytes>) -> Response<Bytes> {
        self.serve(world, |server| server.handle(&request))
    }
}
