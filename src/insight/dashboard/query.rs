//! The queries themselves. Sums are made on the server, by workload, so that an answer holds one series for each
//! visible service however many pods it has.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::metric::Unit;
use crate::domain::object::ObjectKey;

use super::names::{Labelled, LatencyFamily, MetricNames, Requests, Resource};
use super::query_name as name;
use super::selector::{any_of, pods_of, quote};

/// One question, with the name its answer carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub name: &'static str,
    pub expression: String,
    pub unit: Unit,
    /// Asked for this moment only, not over a grid.
    pub instant: bool,
}

/// Seconds between two points: about two for each column, never finer than the samples are.
#[must_use]
pub fn step(names: &MetricNames, span: Duration, columns: u16) -> Duration {
    let wanted = span.as_secs_f64() / (2.0 * f64::from(columns.max(1)));
    Duration::from_secs_f64(wanted.max(names.scrape_seconds).ceil())
}

/// Five questions for all visible services together.
#[must_use]
pub fn home(names: &MetricNames, visible: &[ObjectKey]) -> Vec<Query> {
    if visible.is_empty() {
        return Vec::new();
    }
    let scope = Scope { names, services: visible };
    charts(&scope)
}

/// The share of failures of each of these services.
#[must_use]
pub fn errors(names: &MetricNames, services: &[ObjectKey]) -> Query {
    range(name::ERRORS, error_ratio(&Scope { names, services }), Unit::Ratio)
}

/// Five charts of one service, its pods one by one, and the freshness of its targets.
#[must_use]
pub fn service_page(names: &MetricNames, service: &ObjectKey) -> Vec<Query> {
    let services = std::slice::from_ref(service);
    let scope = Scope { names, services };
    let mut queries = charts(&scope);
    if names.tells_pods() {
        let rates = |failures| {
            scope.either_by_pod(|requests| {
                let counter = counter(&scope, requests, failures);
                format!("sum by (namespace, pod) (rate({counter}[{}s]))", names.window_seconds())
            })
        };
        queries.push(range(name::REQUESTS_BY_POD, rates(false), Unit::PerSecond));
        queries.push(range(name::FAILURES_BY_POD, rates(true), Unit::PerSecond));
    }
    queries.push(targets(&scope));
    queries
}

/// What each pod of a service had counted of failures around a moment, and when it was scraped. Nothing where metrics do
/// not tell pods apart.
#[must_use]
pub fn failures_counted(names: &MetricNames, service: &ObjectKey) -> Vec<Query> {
    if !names.tells_pods() {
        return Vec::new();
    }
    let services = std::slice::from_ref(service);
    let scope = Scope { names, services };
    let by_pod = |aggregate: &str, of: fn(String) -> String| {
        scope.either_by_pod(|requests| {
            format!("{aggregate} by (namespace, pod) ({})", of(counter(&scope, requests, true)))
        })
    };
    vec![
        range(name::FAILED, by_pod("sum", |counter| counter), Unit::Count),
        range(name::SCRAPED, by_pod("max", |counter| format!("timestamp({counter})")), Unit::Seconds),
    ]
}

/// What a verification watches: exact counts of each pod since it started, the freshness of its targets, the traffic
/// now and (asked of the past) before the onset, and the error ratio as a line.
#[must_use]
pub fn verification(names: &MetricNames, service: &ObjectKey, onset: Option<Timestamp>) -> Vec<Query> {
    let services = std::slice::from_ref(service);
    let scope = Scope { names, services };
    let mut queries = vec![targets(&scope)];
    if !names.has_requests() {
        return queries;
    }
    if names.tells_pods() {
        let counts = |failures| {
            scope.either_by_pod(|requests| format!("sum by (namespace, pod) ({})", counter(&scope, requests, failures)))
        };
        queries.push(instant(name::COUNTED, counts(false), Unit::Count));
        queries.push(instant(name::FAILED, counts(true), Unit::Count));
    }
    let window = names.window_seconds();
    let traffic =
        |at: &str| scope.either(|requests| format!("sum(rate({}[{window}s]{at}))", counter(&scope, requests, false)));
    queries.push(instant(name::REQUESTS, traffic(""), Unit::PerSecond));
    if let Some(onset) = onset {
        let before = onset.checked_sub(SignedDuration::from_secs(i64::from(window))).unwrap_or(onset);
        queries.push(instant(name::TRAFFIC_BEFORE, traffic(&format!(" @ {}", before.as_second())), Unit::PerSecond));
    }
    queries.push(range(name::ERRORS, error_ratio(&scope), Unit::Ratio));
    queries
}

fn range(name: &'static str, expression: String, unit: Unit) -> Query {
    Query { name, expression, unit, instant: false }
}

fn instant(name: &'static str, expression: String, unit: Unit) -> Query {
    Query { name, expression, unit, instant: true }
}

/// Whom a set of queries is about.
struct Scope<'a> {
    names: &'a MetricNames,
    services: &'a [ObjectKey],
}

impl Scope<'_> {
    fn matchers(&self, labelled: Labelled) -> String {
        let namespaces = any_of("namespace", self.services.iter().map(|service| service.namespace.as_str()));
        let whose = match labelled {
            Labelled::Pod => format!("pod=~{}", quote(&pods_of(self.services))),
            Labelled::Service => any_of("service", self.services.iter().map(|service| service.name.as_str())),
        };
        format!("{namespaces}, {whose}")
    }

    /// Gives every series of `vector` the label `workload`.
    fn by_workload(&self, vector: &str, labelled: Labelled) -> String {
        let (label, pattern) = match labelled {
            Labelled::Pod => ("pod", pods_of(self.services)),
            Labelled::Service => ("service", "(.*)".to_owned()),
        };
        format!(r#"label_replace({vector}, "workload", "$1", "{label}", {})"#, quote(&pattern))
    }

    /// The same question to every family of metrics that is there; the first that knows a service answers for it.
    fn either(&self, question: impl Fn(&Requests) -> String) -> String {
        let questions: Vec<String> = self.names.requests.iter().map(question).collect();
        questions.join(" or ")
    }

    fn either_by_pod(&self, question: impl Fn(&Requests) -> String) -> String {
        let by_pod = self.names.requests.iter().filter(|requests| requests.labelled == Labelled::Pod);
        let questions: Vec<String> = by_pod.map(question).collect();
        questions.join(" or ")
    }
}

fn charts(scope: &Scope<'_>) -> Vec<Query> {
    let names = scope.names;
    let mut queries = Vec::new();
    if names.has_requests() {
        queries.push(range(name::REQUESTS, request_rate(scope), Unit::PerSecond));
        queries.push(range(name::ERRORS, error_ratio(scope), Unit::Ratio));
    }
    if !names.latencies.is_empty() {
        let questions: Vec<String> =
            names.latencies.iter().map(|(family, labelled)| quantile(scope, family, *labelled)).collect();
        queries.push(range(name::LATENCY, questions.join(" or "), Unit::Seconds));
    }
    if let Some(resource) = names.cpu {
        let usage = format!("rate({}[{}s])", resource_selector(scope, resource), names.window_seconds());
        let by_pod = format!("sum by (namespace, pod) ({usage})");
        let expression = format!("avg by (namespace, workload) ({})", scope.by_workload(&by_pod, Labelled::Pod));
        queries.push(range(name::CPU, expression, Unit::Cores));
    }
    if let Some(resource) = names.memory {
        let by_pod = format!("sum by (namespace, pod) ({})", resource_selector(scope, resource));
        let expression = format!("max by (namespace, workload) ({})", scope.by_workload(&by_pod, Labelled::Pod));
        queries.push(range(name::MEMORY, expression, Unit::Bytes));
    }
    queries
}

fn request_rate(scope: &Scope<'_>) -> String {
    scope.either(|requests| workload_rate(scope, requests, false))
}

/// A service that never failed has no series of failures; zero of its traffic stands in, so that it reads 0 and not
/// unknown.
fn error_ratio(scope: &Scope<'_>) -> String {
    scope.either(|requests| {
        let (failed, all) = (workload_rate(scope, requests, true), workload_rate(scope, requests, false));
        format!("({failed} or {all} * 0) / {all}")
    })
}

fn workload_rate(scope: &Scope<'_>, requests: &Requests, failures: bool) -> String {
    let rate = format!("rate({}[{}s])", counter(scope, requests, failures), scope.names.window_seconds());
    format!("sum by (namespace, workload) ({})", scope.by_workload(&rate, requests.labelled))
}

fn counter(scope: &Scope<'_>, requests: &Requests, failures: bool) -> String {
    counter_of(requests, &scope.matchers(requests.labelled), failures)
}

pub(super) fn counter_of(requests: &Requests, matchers: &str, failures: bool) -> String {
    let family = requests.family;
    let mut all = matchers.to_owned();
    if !family.narrowed.is_empty() {
        all = format!("{}, {all}", family.narrowed);
    }
    if failures {
        all = format!("{all}, {}=~{}", requests.status_label, quote(family.failures));
    }
    format!("{}{{{all}}}", family.counter)
}

fn quantile(scope: &Scope<'_>, family: &LatencyFamily, labelled: Labelled) -> String {
    let mut matchers = scope.matchers(labelled);
    if !family.narrowed.is_empty() {
        matchers = format!("{}, {matchers}", family.narrowed);
    }
    let rate = format!("rate({}{{{matchers}}}[{}s])", family.bucket, scope.names.window_seconds());
    let buckets = format!("sum by (namespace, workload, le) ({})", scope.by_workload(&rate, labelled));
    let quantile = format!("histogram_quantile(0.99, {buckets})");
    if (family.to_seconds - 1.0).abs() < f64::EPSILON {
        quantile
    } else {
        format!("{quantile} * {}", family.to_seconds)
    }
}

fn resource_selector(scope: &Scope<'_>, resource: Resource) -> String {
    let matchers = scope.matchers(Labelled::Pod);
    // The kubelet reports the pod as a whole and its sandbox beside the containers.
    let containers = if resource.by_container { r#", container!~"|POD""# } else { "" };
    format!("{}{{{matchers}{containers}}}", resource.metric)
}

/// When each pod's target was last scraped well. A target that is down has no time here.
fn targets(scope: &Scope<'_>) -> Query {
    let matchers = scope.matchers(Labelled::Pod);
    instant(name::TARGETS, format!("max by (namespace, pod) (timestamp(up{{{matchers}}} == 1))"), Unit::Seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::Kind;
    use crate::insight::dashboard::names::tests::shop;

    fn pay() -> ObjectKey {
        ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
    }

    #[test]
    fn every_query_is_one() {
        let names = shop();
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        let all = [
            home(&names, &[pay()]),
            service_page(&names, &pay()),
            failures_counted(&names, &pay()),
            verification(&names, &pay(), Some(now)),
        ]
        .concat();
        for query in &all {
            let parsed = promql_parser::parser::parse(&query.expression);
            assert!(parsed.is_ok(), "{}: {} {parsed:?}", query.name, query.expression);
        }
    }

    #[test]
    fn all_services_cost_five_requests_and_a_page_eight() {
        let names = shop();
        let many: Vec<ObjectKey> =
            (0..50).map(|index| ObjectKey::new(Kind::Deployment, "shop", &format!("web-{index}"))).collect();
        assert_eq!(home(&names, &many).len(), 5);
        assert_eq!(service_page(&names, &pay()).len(), 8);
        assert!(home(&names, &[]).is_empty());
    }

    #[test]
    fn no_failure_yet_is_zero_and_not_unknown() {
        let names = shop();
        let errors = home(&names, &[pay()]).into_iter().find(|query| query.name == name::ERRORS).expect("errors");
        assert!(errors.expression.contains(r#"code=~"5..""#));
        assert!(errors.expression.contains(") * 0) / sum by (namespace, workload)"), "{}", errors.expression);
    }

    #[test]
    fn points_stand_closer_than_columns_and_not_closer_than_samples() {
        let names = shop();
        assert_eq!(step(&names, Duration::from_secs(45 * 60), 100), Duration::from_secs(14));
        assert_eq!(step(&names, Duration::from_secs(5 * 60), 200), Duration::from_secs(5));
    }
}
