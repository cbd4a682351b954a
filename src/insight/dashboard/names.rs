//! Which metrics a Prometheus has, found once for each connection by a few cheap questions.

use crate::domain::metric::InstantSample;
use crate::domain::text::CleanText;

use super::selector::{any_of, quote};

/// A family of metrics that counts requests and their failures.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestFamily {
    pub counter: &'static str,
    /// The labels that may tell a failed request, the usual one first.
    pub status_labels: &'static [&'static str],
    /// Which values of it are failures, as a pattern.
    pub failures: &'static str,
    /// Narrows to what the service answered itself, where both sides are counted.
    pub narrowed: &'static str,
}

/// A histogram of how long requests took.
#[derive(Debug, PartialEq)]
pub struct LatencyFamily {
    pub bucket: &'static str,
    /// What makes seconds of its unit.
    pub to_seconds: f64,
    pub narrowed: &'static str,
}

const SERVER_ERRORS: &str = "5..";

/// In order of preference; all that are there are asked.
static REQUESTS: [RequestFamily; 7] = [
    family("http_requests_total", &["code", "status", "status_code"], SERVER_ERRORS, ""),
    family(
        "http_server_request_duration_seconds_count",
        &["http_response_status_code", "http_status_code", "status"],
        SERVER_ERRORS,
        "",
    ),
    family("http_server_requests_seconds_count", &["status"], SERVER_ERRORS, ""),
    family("http_request_duration_seconds_count", &["code", "status", "status_code"], SERVER_ERRORS, ""),
    family("http_server_duration_milliseconds_count", &["http_status_code"], SERVER_ERRORS, ""),
    family("istio_requests_total", &["response_code"], SERVER_ERRORS, r#"reporter="destination""#),
    family(
        "grpc_server_handled_total",
        &["grpc_code"],
        "Unknown|Internal|Unavailable|DataLoss|DeadlineExceeded|Unimplemented|ResourceExhausted",
        "",
    ),
];

static LATENCIES: [LatencyFamily; 6] = [
    latency("http_request_duration_seconds_bucket", 1.0, ""),
    latency("http_server_request_duration_seconds_bucket", 1.0, ""),
    latency("http_server_requests_seconds_bucket", 1.0, ""),
    latency("http_server_duration_milliseconds_bucket", 0.001, ""),
    latency("istio_request_duration_milliseconds_bucket", 0.001, r#"reporter="destination""#),
    latency("grpc_server_handling_seconds_bucket", 1.0, ""),
];

const CPU: [(&str, bool); 2] = [("container_cpu_usage_seconds_total", true), ("process_cpu_seconds_total", false)];
const MEMORY: [(&str, bool); 2] =
    [("container_memory_working_set_bytes", true), ("process_resident_memory_bytes", false)];

const fn family(
    counter: &'static str,
    status_labels: &'static [&'static str],
    failures: &'static str,
    narrowed: &'static str,
) -> RequestFamily {
    RequestFamily { counter, status_labels, failures, narrowed }
}

const fn latency(bucket: &'static str, to_seconds: f64, narrowed: &'static str) -> LatencyFamily {
    LatencyFamily { bucket, to_seconds, narrowed }
}

/// A question whose answer tells which metrics there are. Each is an instant query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameProbe {
    /// Which metrics there are, and which values their status labels take.
    Metrics,
    /// Which of them tell the pod.
    ByPod,
    /// Which of them tell a service.
    ByService,
    /// How often targets are scraped.
    Scrapes,
}

impl NameProbe {
    pub const ALL: [Self; 4] = [Self::Metrics, Self::ByPod, Self::ByService, Self::Scrapes];

    #[must_use]
    pub fn expression(self) -> String {
        let requests = REQUESTS.iter().map(|family| family.counter);
        let latencies = LATENCIES.iter().map(|family| family.bucket);
        let resources = CPU.iter().chain(&MEMORY).map(|(name, _)| *name);
        let names = any_of("__name__", requests.chain(latencies).chain(resources));
        // One bucket of each histogram is enough to know it, and spares the server the others.
        let one_bucket = format!("le=~{}", quote(r"|\+Inf"));
        match self {
            Self::Metrics => {
                let mut labels: Vec<&str> = REQUESTS.iter().flat_map(|family| family.status_labels).copied().collect();
                labels.sort_unstable();
                labels.dedup();
                format!("count by (__name__, {}) ({{{names}, {one_bucket}}})", labels.join(", "))
            }
            Self::ByPod => {
                format!(r#"count by (__name__) ({{{names}, {one_bucket}, pod!="", namespace!=""}})"#)
            }
            Self::ByService => {
                format!(r#"count by (__name__) ({{{names}, {one_bucket}, service!="", namespace!=""}})"#)
            }
            Self::Scrapes => "max(count_over_time(up[5m]))".to_owned(),
        }
    }
}

/// What there is to ask about.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricNames {
    /// With the label that tells a failed request.
    pub(super) requests: Vec<Requests>,
    pub(super) latencies: Vec<(&'static LatencyFamily, Labelled)>,
    pub(super) cpu: Option<Resource>,
    pub(super) memory: Option<Resource>,
    /// Seconds between two samples of a target.
    pub scrape_seconds: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Requests {
    pub family: &'static RequestFamily,
    pub status_label: &'static str,
    pub labelled: Labelled,
}

/// How a metric tells whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Labelled {
    Pod,
    Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub metric: &'static str,
    /// Counted by container, the pod's own group and its sandbox besides.
    pub by_container: bool,
}

/// A scrape interval nobody could find out.
const USUAL_SCRAPE_SECONDS: f64 = 15.0;

impl MetricNames {
    /// Reads the answers to the probes; one that failed is an empty slice.
    #[must_use]
    pub fn read<'a>(answer: impl Fn(NameProbe) -> &'a [InstantSample]) -> Self {
        let found = answer(NameProbe::Metrics);
        let (by_pod, by_service) = (answer(NameProbe::ByPod), answer(NameProbe::ByService));
        let labelled = |metric: &str| {
            if has(by_pod, metric) {
                Some(Labelled::Pod)
            } else if has(by_service, metric) {
                Some(Labelled::Service)
            } else {
                None
            }
        };
        let requests: Vec<Requests> = REQUESTS
            .iter()
            .filter_map(|family| {
                let status_label = family.status_labels.iter().find(|label| has_label(found, family.counter, label))?;
                Some(Requests { family, status_label, labelled: labelled(family.counter)? })
            })
            .collect();
        let latencies = LATENCIES
            .iter()
            .filter(|family| has(found, family.bucket))
            .filter_map(|family| Some((family, labelled(family.bucket)?)))
            .collect();
        let resource = |candidates: &[(&'static str, bool)]| {
            let (metric, by_container) =
                candidates.iter().find(|(metric, _)| labelled(metric) == Some(Labelled::Pod)).copied()?;
            Some(Resource { metric, by_container })
        };
        let scrapes = answer(NameProbe::Scrapes).first().map_or(0.0, |sample| sample.value);
        let scrape_seconds = if scrapes >= 1.0 { (300.0 / scrapes).round().max(1.0) } else { USUAL_SCRAPE_SECONDS };
        Self { requests, latencies, cpu: resource(&CPU), memory: resource(&MEMORY), scrape_seconds }
    }

    /// Neither requests nor resources are measured here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.cpu.is_none() && self.memory.is_none()
    }

    /// Requests and their failures are measured here.
    #[must_use]
    pub fn has_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Requests are known pod by pod, so that versions can be told apart.
    #[must_use]
    pub fn tells_pods(&self) -> bool {
        self.requests.iter().any(|requests| requests.labelled == Labelled::Pod)
    }

    /// The window of every rate: a minute, or four scrapes where they are rare, so that one lost scrape leaves no gap.
    #[must_use]
    pub fn window_seconds(&self) -> u32 {
        (4.0 * self.scrape_seconds).ceil().max(60.0) as u32
    }

    /// What the screen says about the numbers: their window, and where they come from.
    #[must_use]
    pub fn words(&self) -> CleanText {
        let window = self.window_seconds();
        let window = if window.is_multiple_of(60) { format!("{}m", window / 60) } else { format!("{window}s") };
        let counters: Vec<&str> = self.requests.iter().map(|requests| requests.family.counter).collect();
        CleanText::from(if counters.is_empty() {
            format!("rates over {window}, no request metrics")
        } else {
            format!("rates over {window}, from {}", counters.join(", "))
        })
    }
}

fn has(samples: &[InstantSample], metric: &str) -> bool {
    samples.iter().any(|sample| sample.label("__name__").is_some_and(|name| name.as_str() == metric))
}

fn has_label(samples: &[InstantSample], metric: &str, label: &str) -> bool {
    samples.iter().any(|sample| {
        sample.label("__name__").is_some_and(|name| name.as_str() == metric)
            && sample.label(label).is_some_and(|value| !value.is_empty())
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use jiff::Timestamp;

    fn sample(labels: &[(&str, &str)], value: f64) -> InstantSample {
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        InstantSample { labels, at: Timestamp::UNIX_EPOCH, value }
    }

    /// A Prometheus with the shop's metrics and the kubelet's.
    pub fn shop() -> MetricNames {
        let metrics = [
            sample(&[("__name__", "http_requests_total"), ("code", "200")], 9.0),
            sample(&[("__name__", "http_requests_total"), ("code", "500")], 9.0),
            sample(&[("__name__", "http_request_duration_seconds_bucket")], 9.0),
            sample(&[("__name__", "container_cpu_usage_seconds_total")], 9.0),
            sample(&[("__name__", "container_memory_working_set_bytes")], 9.0),
        ];
        let scrapes = [sample(&[], 60.0)];
        MetricNames::read(|probe| match probe {
            NameProbe::Metrics | NameProbe::ByPod => &metrics[..],
            NameProbe::ByService => &metrics[..2],
            NameProbe::Scrapes => &scrapes,
        })
    }

    #[test]
    fn what_is_there_is_found() {
        let names = shop();
        assert_eq!(names.requests.len(), 1);
        assert_eq!(names.requests[0].status_label, "code");
        assert_eq!(names.requests[0].labelled, Labelled::Pod);
        assert_eq!(names.scrape_seconds, 5.0);
        assert_eq!(names.window_seconds(), 60);
        assert_eq!(names.words(), "rates over 1m, from http_requests_total");
    }

    #[test]
    fn a_counter_that_tells_neither_status_nor_owner_is_no_help() {
        let metrics = [sample(&[("__name__", "http_requests_total")], 9.0)];
        let names = MetricNames::read(|probe| if probe == NameProbe::Scrapes { &[] } else { &metrics[..] });
        assert!(names.is_empty());
        assert_eq!(names.scrape_seconds, 15.0);
    }

    #[test]
    fn rare_scrapes_widen_the_window() {
        let scrapes = [sample(&[], 10.0)];
        let names = MetricNames::read(|probe| if probe == NameProbe::Scrapes { &scrapes } else { &[] });
        assert_eq!(names.window_seconds(), 120);
        assert_eq!(names.words(), "rates over 2m, no request metrics");
    }

    #[test]
    fn probes_are_queries() {
        for probe in NameProbe::ALL {
            let expression = probe.expression();
            assert!(promql_parser::parser::parse(&expression).is_ok(), "{expression}");
        }
    }
}
