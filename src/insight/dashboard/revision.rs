//! Which questions tell how the revisions of a Deployment fared: the counters of their pods at a few points of the last
//! week, and at the end of each revision. Points of counters are cheap to read for a server that is in trouble itself,
//! however long the time between them.

use jiff::{SignedDuration, Timestamp};

use crate::domain::metric::Grid;

use super::names::{Labelled, MetricNames};
use super::query::counter_of;
use super::query_name as name;
use super::selector::{exactly, quote};

/// Longer ago nobody is asked.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many stretches the time is cut into.
const STRETCHES: i64 = 56;
const SHORTEST_STRETCH: i64 = 60;
/// Older revisions are not asked about.
const ASKED: usize = 10;

/// When a revision ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reign<'a> {
    /// The ReplicaSet that holds it.
    pub holder: &'a str,
    pub from: Timestamp,
    /// When the next one took over; None while it runs.
    pub until: Option<Timestamp>,
}

/// One question: over a grid, or of this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisionQuery {
    pub name: &'static str,
    pub expression: String,
    pub grid: Option<Grid>,
}

/// At most four questions, however many revisions there are; none where metrics do not tell pods apart.
#[must_use]
pub fn revisions(names: &MetricNames, namespace: &str, reigns: &[Reign<'_>], now: Timestamp) -> Vec<RevisionQuery> {
    let earliest = now.checked_sub(LONGEST).unwrap_or(now);
    let asked: Vec<&Reign<'_>> =
        reigns.iter().filter(|reign| reign.until.is_none_or(|until| until > earliest)).take(ASKED).collect();
    let Some(from) = asked.iter().map(|reign| reign.from).min().filter(|_| names.tells_pods()) else {
        return Vec::new();
    };
    let counters = |failures, holders: &[&str], at: &str| {
        let pods: Vec<String> = holders.iter().map(|holder| regex::escape(holder)).collect();
        let pods = format!("({})-[a-z0-9]{{5}}", pods.join("|"));
        let matchers = format!("{}, pod=~{}", exactly("namespace", namespace), quote(&pods));
        let by_pod = names.requests.iter().filter(|requests| requests.labelled == Labelled::Pod);
        by_pod
            .map(|requests| format!("sum by (namespace, pod) ({}{at})", counter_of(requests, &matchers, failures)))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let all: Vec<&str> = asked.iter().map(|reign| reign.holder).collect();
    let grid = Some(grid(from.max(earliest), now));
    let mut queries = vec![
        RevisionQuery { name: name::COUNTED, expression: counters(false, &all, ""), grid },
        RevisionQuery { name: name::FAILED, expression: counters(true, &all, ""), grid },
    ];
    let at_end = |failures| {
        let ended = asked.iter().filter_map(|reign| Some((reign.holder, reign.until?)));
        let questions: Vec<String> =
            ended.map(|(holder, until)| counters(failures, &[holder], &format!(" @ {}", until.as_second()))).collect();
        questions.join(" or ")
    };
    if asked.iter().any(|reign| reign.until.is_some()) {
        queries.push(RevisionQuery { name: name::COUNTED_AT_END, expression: at_end(false), grid: None });
        queries.push(RevisionQuery { name: name::FAILED_AT_END, expression: at_end(true), grid: None });
    }
    queries
}

/// Even steps that end now, the first of them before `from`: what a pod counts at its first point, it counted since.
fn grid(from: Timestamp, now: Timestamp) -> Grid {
    let span = now.duration_since(from).as_secs().max(SHORTEST_STRETCH);
    let step = (span / STRETCHES + 1).max(SHORTEST_STRETCH);
    let steps = span / step + 2;
    let start = now.checked_sub(SignedDuration::from_secs(step * (steps - 1))).unwrap_or(from);
    Grid { start, step_seconds: step as f64, steps: usize::try_from(steps).unwrap_or(2) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::dashboard::names::tests::shop;

    fn now() -> Timestamp {
        "2026-11-21T03:02:00Z".parse().expect("a time")
    }

    fn ago(hours: i64) -> Timestamp {
        now() - SignedDuration::from_hours(hours)
    }

    #[test]
    fn four_questions_do_for_all_revisions() {
        let names: Vec<String> = (0..20).map(|number| format!("pay-api-{number}")).collect();
        let mut reigns: Vec<Reign<'_>> = names
            .iter()
            .zip(0..)
            .map(|(holder, hours)| Reign { holder, from: ago(hours + 1), until: (hours > 0).then(|| ago(hours)) })
            .collect();
        reigns.push(Reign { holder: "older", from: ago(9 * 24), until: Some(ago(8 * 24)) });
        let queries = revisions(&shop(), "checkout", &reigns, now());
        assert_eq!(queries.len(), 4);
        for query in &queries {
            assert!(promql_parser::parser::parse(&query.expression).is_ok(), "{}", query.expression);
            assert!(!query.expression.contains("older") && !query.expression.contains("pay-api-10"));
        }
    }

    #[test]
    fn the_grid_ends_now_and_begins_before() {
        let grid = grid(ago(144), now());
        assert_eq!(grid.end(), now());
        assert!(grid.start < ago(144) && grid.steps < 60, "{grid:?}");
    }

    #[test]
    fn without_pods_in_the_metrics_nothing_is_asked() {
        let names = MetricNames::read(|_| &[]);
        let reign = Reign { holder: "pay-api-1", from: ago(1), until: None };
        assert_eq!(revisions(&names, "checkout", &[reign], now()), []);
    }
}
