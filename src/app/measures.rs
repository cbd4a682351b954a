//! What is measured: the numbers of the services on the home screen. Which questions to ask is decided in
//! `insight::dashboard`; here the answers are brought to the services.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::metric::RangeAnswer;
use crate::domain::object::ObjectKey;
use crate::domain::service::Vitals;
use crate::insight::alerts::{self, Threshold};
use crate::insight::dashboard::{self, Limits, MetricNames, Query};
use crate::insight::health::ERRORS_AT_RISK;
use crate::insight::onset::Onset;

use super::effect::MetricQuery;
use super::message::{MetricAnswer, QueryName};
use super::model::{Metrics, Model};
use super::onsets::{self, Onsets};
use super::subscription::{MetricsTopic, Params, Topic};

/// Five questions this often keep below eight in half a minute.
const HOME_EVERY: Duration = Duration::from_secs(20);
/// What the sparklines of home go back.
const HOME_SPAN: Duration = Duration::from_secs(240);
const HOME_STEP: Duration = Duration::from_secs(15);
/// One column of a sparkline stands for so many steps.
const STEPS_A_COLUMN: usize = 4;
/// More services than this are not asked about at once: a question has its length.
const ASKED: usize = 200;

/// What was found in measurements beside the vitals, which stand with the services.
#[derive(Debug, Default)]
pub struct Measures {
    pub(super) onsets: Onsets,
    home_version: u64,
}

impl Measures {
    /// When the errors of a service began, as seen in their series.
    #[must_use]
    pub fn onset(&self, service: &ObjectKey) -> Option<&Onset> {
        self.onsets.found(service)
    }
}

/// A query over the time until now, as a subscription asks it.
#[must_use]
pub fn recent(query: Query, span: Duration, step: Duration) -> (QueryName, MetricQuery) {
    let Query { name, expression, instant, .. } = query;
    (name, if instant { MetricQuery::Instant { expression } } else { MetricQuery::Recent { expression, span, step } })
}

/// The questions of the home screen. They are long: made again only when they would be others.
#[derive(Debug, Default)]
pub struct HomeQuestions {
    names: Option<MetricNames>,
    /// The services they are about, as they stood on the screen.
    about: Vec<ObjectKey>,
    queries: Arc<[(QueryName, MetricQuery)]>,
}

impl HomeQuestions {
    /// About the services that are shown; where there are very many, about those around the window.
    pub(super) fn settle(&mut self, model: &Model, shown: &[ObjectKey], top: usize) {
        // The window moves in strides.
        let stride = ASKED / 4;
        let first = if shown.len() <= ASKED { 0 } else { (top / stride * stride).saturating_sub(stride) };
        let about = shown.get(first..shown.len().min(first + ASKED)).unwrap_or_default();
        if self.about == about && self.names == model.metric_names {
            return;
        }
        self.about = about.to_vec();
        self.names.clone_from(&model.metric_names);
        let Some(names) = &self.names else { return };
        let mut sorted = self.about.clone();
        sorted.sort_unstable();
        let step = HOME_STEP.max(Duration::from_secs_f64(names.scrape_seconds));
        self.queries =
            dashboard::home(names, &sorted).into_iter().map(|query| recent(query, HOME_SPAN, step)).collect();
    }

    /// None while services still arrive.
    pub(super) fn want(&self, model: &Model) -> Option<(Topic, Params)> {
        let known = model.metric_names.is_some() && model.knows_services();
        (known && !self.queries.is_empty()).then(|| {
            (Topic::Metrics(MetricsTopic::Home), Params::Queries { queries: self.queries.clone(), every: HOME_EVERY })
        })
    }
}

/// Brings new answers to the services.
pub(super) fn settle(model: &mut Model) {
    let home = take_home(model);
    let onsets = onsets::take(model);
    if home || onsets {
        model.services.settle(model.now);
    }
}

fn take_home(model: &mut Model) -> bool {
    let Some(home) = model.metrics.get(&MetricsTopic::Home) else {
        model.measures.home_version = 0;
        return false;
    };
    if home.version == model.measures.home_version {
        return false;
    }
    model.measures.home_version = home.version;
    let keys: Vec<ObjectKey> = model.services.ranked().map(|service| service.key.clone()).collect();
    let vitals = dashboard::vitals(&keys, |key| limits(model, key), |name| range(home, name));
    for (key, vitals) in vitals {
        model.services.assembled_mut().set_vitals(&key, thinned(vitals));
    }
    true
}

/// What one pod of a service may use.
#[must_use]
pub fn limits(model: &Model, service: &ObjectKey) -> Limits {
    let assembled = model.services.assembled();
    let workload = assembled.workload(service).map(|workload| workload.template.bounds);
    let bounds = workload.or_else(|| assembled.pods(service).first().map(|pod| pod.bounds)).unwrap_or_default();
    Limits {
        cpu_cores: bounds.cpu_limit.map(|milli| f64::from(milli) / 1000.0),
        memory_bytes: bounds.memory_limit.map(|bytes| bytes as f64),
    }
}

/// The answer to one query, when it came and is a line.
#[must_use]
pub fn range<'a>(metrics: &'a Metrics, name: &str) -> Option<&'a RangeAnswer> {
    match metrics.answers.iter().find(|(known, _)| **known == name)?.1 {
        MetricAnswer::Range(answer) => Some(answer),
        MetricAnswer::Instant(_) | MetricAnswer::Failed(_) => None,
    }
}

/// One value for each column of a sparkline, the mean of its steps.
fn thinned(mut vitals: Vitals) -> Vitals {
    for vital in [&mut vitals.requests, &mut vitals.errors, &mut vitals.latency, &mut vitals.cpu, &mut vitals.memory] {
        let columns = vital.recent.rchunks(STEPS_A_COLUMN).rev().map(|steps| {
            let known: Vec<f64> = steps.iter().flatten().copied().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        });
        vital.recent = columns.collect();
    }
    vitals
}

/// The line of one service in an answer about several.
#[must_use]
pub fn line_of<'a>(answer: &'a RangeAnswer, service: &ObjectKey) -> Option<&'a [Option<f64>]> {
    let of_service = answer.series.iter().find(|series| {
        series.label("namespace") == Some(&service.namespace) && series.label("workload") == Some(&service.name)
    })?;
    Some(&of_service.values)
}

/// The share of failures that counts as bad: that of the service's own alert, when it is about one.
#[must_use]
pub fn error_limit(model: &Model, service: &ObjectKey) -> Threshold {
    model.alerts_of(service).find_map(alerts::error_limit).unwrap_or(Threshold { value: ERRORS_AT_RISK, above: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Vital;

    #[test]
    fn a_column_of_a_sparkline_is_the_mean_of_its_steps_and_ends_now() {
        let recent = [9.0, 1.0, 3.0, 1.0, 3.0, 6.0, 6.0, 6.0, 6.0].map(Some).to_vec();
        let vitals = Vitals { errors: Vital { now: Some(6.0), recent }, ..Vitals::default() };
        assert_eq!(thinned(vitals).errors.recent, [Some(9.0), Some(2.0), Some(6.0)]);
    }

    #[test]
    fn a_gap_of_a_whole_column_stays_a_gap() {
        let recent = vec![Some(1.0), None, None, None, None];
        let vitals = Vitals { requests: Vital { now: None, recent }, ..Vitals::default() };
        assert_eq!(thinned(vitals).requests.recent, [Some(1.0), None]);
    }
}
