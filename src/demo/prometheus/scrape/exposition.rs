//! The metrics of each job, by name: their labels and how they are read from a pod's load.

use promql_parser::label::Matcher;

use super::latency::{BOUNDS, Latency};
use super::load::{Piece, ServiceLoad};
use super::memory;
use super::samples::Scrapes;
use crate::demo::prometheus::labels::{Labels, METRIC_NAME};
use crate::demo::prometheus::storage::{Milliseconds, Sample, Series, matches};
use crate::demo::world::services::{Traffic, WorkloadKind};

/// Who is scraped: the pods themselves, the kubelets for containers, kube-state-metrics for objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Shop,
    Kubelet,
    KubeStateMetrics,
}

pub const JOBS: [Job; 3] = [Job::Shop, Job::Kubelet, Job::KubeStateMetrics];

/// The one container of every pod.
const CONTAINER: &str = "app";
/// Scheduling periods of a container with a limit, in a second.
const PERIODS: f64 = 10.0;

impl Job {
    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Kubelet => "kubelet",
            Self::KubeStateMetrics => "kube-state-metrics",
        }
    }

    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Self::Shop => &[
                "up",
                "process_start_time_seconds",
                "http_requests_total",
                "http_request_duration_seconds_bucket",
                "http_request_duration_seconds_count",
                "http_request_duration_seconds_sum",
            ],
            Self::Kubelet => &[
                "container_cpu_usage_seconds_total",
                "container_memory_working_set_bytes",
                "container_cpu_cfs_periods_total",
                "container_cpu_cfs_throttled_periods_total",
            ],
            Self::KubeStateMetrics => &[
                "kube_pod_owner",
                "kube_pod_status_ready",
                "kube_pod_container_resource_limits",
                "kube_pod_container_resource_requests",
                "kube_pod_container_status_restarts_total",
                "kube_pod_container_status_waiting_reason",
                "kube_pod_container_status_last_terminated_reason",
            ],
        }
    }
}

/// The series of one pod in one job that match.
pub struct Exposition<'a> {
    pub job: Job,
    pub service: &'a ServiceLoad,
    pub scrapes: &'a Scrapes<'a>,
    pub matchers: &'a [Matcher],
    pub seed: u64,
    pub epoch: Milliseconds,
    /// Labels that all series of the target carry.
    pub target: Labels,
    pub found: Vec<Series>,
}

impl Exposition<'_> {
    pub fn expose(&mut self, metric: &'static str) {
        match self.job {
            Job::Shop => self.shop(metric),
            Job::Kubelet => self.kubelet(metric),
            Job::KubeStateMetrics => self.kube_state(metric),
        }
    }

    fn push(&mut self, metric: &'static str, labels: &[(&str, &str)], samples: impl FnOnce(&Self) -> Vec<Sample>) {
        let labels = self.target.and(labels).with(METRIC_NAME, metric);
        if !matches(&labels, self.matchers) {
            return;
        }
        let samples = samples(self);
        if !samples.is_empty() {
            self.found.push(Series { labels, samples });
        }
    }

    fn shop(&mut self, metric: &'static str) {
        match metric {
            "up" => self.push(metric, &[], |of| {
                let scraped = |piece: &Piece| of.scrapes.pod.span.started.is_some_and(|started| started <= piece.from);
                of.scrapes.gauge(scraped, |piece, _| f64::from(u8::from(piece.running)))
            }),
            "process_start_time_seconds" => self.push(metric, &[], |of| {
                of.scrapes.gauge(
                    |piece| piece.running,
                    |_, at| {
                        let started = of.scrapes.pod.span.container_started(at).unwrap_or(at);
                        (of.epoch + started.millis()) as f64 / 1000.0
                    },
                )
            }),
            _ => {
                let Some(traffic) = self.service.service.spec().traffic else { return };
                for index in 0..traffic.routes.len() {
                    self.requests(metric, traffic, index);
                }
            }
        }
    }

    fn requests(&mut self, metric: &'static str, traffic: Traffic, index: usize) {
        let (route, share) = traffic.routes[index];
        let (method, path) = route.split_once(' ').unwrap_or(("GET", route));
        let version = self.scrapes.pod.span.version.clone();
        let labels = [("method", method), ("route", path), ("version", version.as_str())];
        // Requests of this route in a second of the piece: all, and those that fail by the incident.
        let all = move |piece: &Piece| piece.requests_per_second * share;
        let incident =
            move |piece: &Piece| if index == 0 { piece.requests_per_second * piece.incident_errors } else { 0.0 };
        let errors = move |piece: &Piece| all(piece) * piece.usual_errors + incident(piece);
        let weighed = move |piece: &Piece, of: fn(&Latency, usize) -> f64, at: usize| {
            let healthy = piece.healthy.as_ref().map_or(0.0, |latency| of(latency, at));
            let failing = piece.failing.as_ref().map_or(0.0, |latency| of(latency, at));
            (all(piece) - incident(piece)) * healthy + incident(piece) * failing
        };
        match metric {
            "http_requests_total" => {
                let [method, route, version] = labels;
                self.push(metric, &[("code", "200"), method, route, version], |of| {
                    of.scrapes.counter(|piece| all(piece) - errors(piece), true)
                });
                self.push(metric, &[("code", "500"), method, route, version], |of| of.scrapes.counter(errors, true));
            }
            "http_request_duration_seconds_bucket" => {
                let [method, route, version] = labels;
                for (at, bound) in BOUNDS.iter().enumerate() {
                    let bound = bound.to_string();
                    self.push(metric, &[("le", &bound), method, route, version], |of| {
                        of.scrapes.counter(|piece| weighed(piece, |latency, at| latency.within[at], at), true)
                    });
                }
                self.push(metric, &[("le", "+Inf"), method, route, version], |of| of.scrapes.counter(all, true));
            }
            "http_request_duration_seconds_count" => self.push(metric, &labels, |of| of.scrapes.counter(all, true)),
            "http_request_duration_seconds_sum" => self.push(metric, &labels, |of| {
                of.scrapes.counter(|piece| weighed(piece, |latency, _| latency.mean, 0), false)
            }),
            _ => {}
        }
    }

    fn kubelet(&mut self, metric: &'static str) {
        let spec = self.service.service.spec();
        let limited = spec.cpu.limit > 0.0;
        let labels = [("container", CONTAINER), ("node", self.scrapes.pod.span.node)];
        match metric {
            "container_cpu_usage_seconds_total" => {
                self.push(metric, &labels, |of| of.scrapes.counter(|piece| piece.cores, false));
            }
            "container_memory_working_set_bytes" => self.push(metric, &labels, |of| {
                let span = &of.scrapes.pod.span;
                let service = of.service.service;
                of.scrapes.gauge(|piece| piece.running, |_, at| memory::working_set(of.seed, service, span, at))
            }),
            "container_cpu_cfs_periods_total" if limited => {
                self.push(metric, &labels, |of| of.scrapes.counter(|_| PERIODS, true));
            }
            "container_cpu_cfs_throttled_periods_total" if limited => {
                self.push(metric, &labels, |of| of.scrapes.counter(|piece| PERIODS * piece.throttled, true));
            }
            _ => {}
        }
    }

    fn kube_state(&mut self, metric: &'static str) {
        let spec = self.service.service.spec();
        let span = &self.scrapes.pod.span;
        let container = ("container", CONTAINER);
        match metric {
            "kube_pod_owner" => {
                let owner = span.owner.clone();
                let kind = match spec.kind {
                    WorkloadKind::Deployment => "ReplicaSet",
                    WorkloadKind::StatefulSet => "StatefulSet",
                    WorkloadKind::DaemonSet => "DaemonSet",
                };
                let labels = [("owner_is_controller", "true"), ("owner_kind", kind), ("owner_name", owner.as_str())];
                self.push(metric, &labels, |of| of.scrapes.gauge(|_| true, |_, _| 1.0));
            }
            "kube_pod_status_ready" => {
                for (condition, wanted) in [("true", true), ("false", false)] {
                    self.push(metric, &[("condition", condition)], |of| {
                        of.scrapes.gauge(|_| true, |piece, _| f64::from(u8::from(piece.ready == wanted)))
                    });
                }
            }
            "kube_pod_container_resource_limits" => self.resources(metric, spec.cpu.limit, spec.memory.limit),
            "kube_pod_container_resource_requests" => self.resources(metric, spec.cpu.request, spec.memory.request),
            "kube_pod_container_status_restarts_total" => self.push(metric, &[container], |of| {
                let span = &of.scrapes.pod.span;
                of.scrapes.gauge(|_| true, |_, at| span.restarts(at) as f64)
            }),
            "kube_pod_container_status_waiting_reason" => {
                self.push(metric, &[container, ("reason", "CrashLoopBackOff")], |of| {
                    let span = &of.scrapes.pod.span;
                    of.scrapes.gauge(|piece| span.is_backing_off(piece.from), |_, _| 1.0)
                });
            }
            "kube_pod_container_status_last_terminated_reason" => {
                let mut reasons: Vec<&'static str> = span.interruptions.iter().map(|end| end.reason).collect();
                reasons.sort_unstable();
                reasons.dedup();
                for reason in reasons {
                    self.push(metric, &[container, ("reason", reason)], |of| {
                        let span = &of.scrapes.pod.span;
                        let last = move |piece: &Piece| {
                            let ended = span.interruptions.iter().rev().find(|end| end.at <= piece.from);
                            ended.is_some_and(|end| end.reason == reason)
                        };
                        of.scrapes.gauge(last, |_, _| 1.0)
                    });
                }
            }
            _ => {}
        }
    }

    fn resources(&mut self, metric: &'static str, cores: f64, mebibytes: f64) {
        let bytes = mebibytes * 1024.0 * 1024.0;
        let node = ("node", self.scrapes.pod.span.node);
        for (resource, unit, amount) in [("cpu", "core", cores), ("memory", "byte", bytes)] {
            if amount > 0.0 {
                let labels = [("container", CONTAINER), node, ("resource", resource), ("unit", unit)];
                self.push(metric, &labels, |of| of.scrapes.gauge(|_| true, |_, _| amount));
            }
        }
    }
}
