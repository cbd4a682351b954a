//! When the errors of services began. First they are followed back in the lines of their rates, for all services that
//! fail together; what is found there is then looked at closely, in the counts of the service's pods around that moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::metric::{Grid, RangeAnswer};
use crate::domain::object::ObjectKey;
use crate::domain::service::Service;
use crate::insight::dashboard::{self, MetricNames, query_name};
use crate::insight::health::ERRORS_AT_RISK;
use crate::insight::onset::{self, Counts, Onset, Shape, counted_back};
use crate::kinds::pod::PodRow;

use super::effect::MetricQuery;
use super::measures::{error_limit, line_of, range, recent};
use super::model::{Metrics, Model};
use super::subscription::{MetricsTopic, Params, Topic};

/// More services than this are not asked about at once: a question has its length.
const ASKED: usize = 200;
const EVERY: Duration = Duration::from_secs(30);
/// How far back errors are followed.
const SPAN: Duration = Duration::from_secs(3600);
/// Where nothing was found, it is looked again after this.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// Services that are looked at closely at once.
const CLOSELY: usize = 5;
/// Scrapes after what the rates show that are read closely.
const SCRAPES_AFTER: f64 = 4.0;

#[derive(Debug, Default)]
pub struct Onsets {
    looked: BTreeMap<ObjectKey, Looked>,
    version: u64,
}

/// What a look at a service's errors brought.
#[derive(Clone, Debug)]
struct Looked {
    at: Timestamp,
    found: Option<Onset>,
    /// The counts of its pods were read too.
    closely: bool,
}

impl Looked {
    /// The time around what the rates show, in which the counts must have their bend.
    fn grid(&self, names: &MetricNames) -> Option<Grid> {
        let Some(Onset::Seen { at, shape: Shape::Rise, .. }) = self.found.as_ref().filter(|_| !self.closely) else {
            return None;
        };
        let scrape = names.scrape_seconds;
        let end = at.checked_add(SignedDuration::from_secs_f64(SCRAPES_AFTER * scrape)).ok()?;
        Some(Grid::ending(end, f64::from(2 * names.window_seconds()) + SCRAPES_AFTER * scrape, scrape))
    }
}

impl Onsets {
    #[must_use]
    pub fn found(&self, service: &ObjectKey) -> Option<&Onset> {
        self.looked.get(service)?.found.as_ref()
    }
}

/// The error ratios of services that fail or are alerted on, as long as it is not known when that began, and the counts
/// around what they showed.
pub(super) fn wants(model: &Model) -> Vec<(Topic, Params)> {
    let Some(names) = model.metric_names.as_ref().filter(|names| names.has_requests()) else { return Vec::new() };
    let mut wants: Vec<(Topic, Params)> = model
        .measures
        .onsets
        .looked
        .iter()
        .filter_map(|(service, looked)| {
            let grid = looked.grid(names).filter(|grid| grid.end() <= model.now)?;
            let queries = dashboard::failures_counted(names, service).into_iter();
            let queries: Arc<[_]> =
                queries.map(|query| (query.name, MetricQuery::Range { expression: query.expression, grid })).collect();
            let topic = Topic::Metrics(MetricsTopic::Onset(service.clone()));
            (!queries.is_empty()).then_some((topic, Params::Queries { queries, every: EVERY }))
        })
        .take(CLOSELY)
        .collect();
    let suspects = suspects(model);
    if !suspects.is_empty() {
        let step = Duration::from_secs_f64(names.scrape_seconds.max(5.0).ceil());
        let queries = Arc::new([recent(dashboard::errors(names, &suspects), SPAN, step)]);
        wants.push((Topic::Metrics(MetricsTopic::Onsets), Params::Queries { queries, every: EVERY }));
    }
    wants
}

fn is_suspect(service: &Service) -> bool {
    let alerts = service.alerts;
    alerts.critical + alerts.warning + alerts.pending > 0
        || service.vitals.errors.now.is_some_and(|ratio| ratio >= ERRORS_AT_RISK)
}

fn suspects(model: &Model) -> Vec<ObjectKey> {
    let looked = &model.measures.onsets.looked;
    let open = |service: &&Service| match looked.get(&service.key) {
        None => true,
        Some(Looked { found: Some(_), .. }) => false,
        Some(Looked { at, found: None, .. }) => model.now.duration_since(*at) > LOOK_AGAIN,
    };
    let mut suspects: Vec<ObjectKey> = model
        .services
        .ranked()
        .map(AsRef::as_ref)
        .filter(|service| is_suspect(service))
        .filter(open)
        .take(ASKED)
        .map(|service| service.key.clone())
        .collect();
    suspects.sort();
    suspects
}

/// Brings new answers to the services; tells whether there were any.
pub(super) fn take(model: &mut Model) -> bool {
    forget_what_is_over(model);
    let found: Vec<(ObjectKey, Looked)> = followed_back(model).into_iter().chain(looked_at_closely(model)).collect();
    let any = !found.is_empty();
    for (service, looked) in found {
        if let Some(onset) = &looked.found {
            model.services.assembled_mut().set_onset(&service, Some(onset.at()));
        }
        model.measures.onsets.looked.insert(service, looked);
    }
    any
}

fn followed_back(model: &mut Model) -> Vec<(ObjectKey, Looked)> {
    let Some(metrics) = model.metrics.get(&MetricsTopic::Onsets) else {
        model.measures.onsets.version = 0;
        return Vec::new();
    };
    if metrics.version == model.measures.onsets.version {
        return Vec::new();
    }
    model.measures.onsets.version = metrics.version;
    let Some(answer) = range(metrics, query_name::ERRORS) else { return Vec::new() };
    let look = |service: ObjectKey| {
        let found = line_of(answer, &service)
            .and_then(|values| onset::find(values, &answer.grid, Some(error_limit(model, &service))));
        (service, Looked { at: model.now, found, closely: false })
    };
    suspects(model).into_iter().map(look).collect()
}

fn looked_at_closely(model: &Model) -> Vec<(ObjectKey, Looked)> {
    let looked = model.measures.onsets.looked.iter().filter(|(_, looked)| !looked.closely);
    looked
        .filter_map(|(service, looked)| {
            let metrics = model.metrics.get(&MetricsTopic::Onset(service.clone()))?;
            // Answers or not, it was asked.
            metrics.answers.iter().find(|(name, _)| **name == query_name::FAILED)?;
            let found = counts(metrics, model.services.pods(service))
                .and_then(|counts| counted_back(&counts))
                .or_else(|| looked.found.clone());
            Some((service.clone(), Looked { found, closely: true, ..looked.clone() }))
        })
        .collect()
}

/// What each pod had counted, at the moments it was scraped.
fn counts(metrics: &Metrics, pods: &[Arc<PodRow>]) -> Option<Vec<Counts>> {
    let (failed, scraped) = (range(metrics, query_name::FAILED)?, range(metrics, query_name::SCRAPED)?);
    let of_pod = |series: &crate::domain::metric::Series| {
        let times = same_labels(scraped, &series.labels)?;
        let is_new = series.values.iter().take(2).all(Option::is_none);
        let pairs = times.iter().zip(&series.values);
        let samples = pairs.filter_map(|(time, count)| Some((moment((*time)?)?, (*count)?))).collect();
        let named = |pod: &&Arc<PodRow>| series.label("pod").is_some_and(|name| *name == pod.key.name);
        Some(Counts { samples, is_new, made: pods.iter().find(named).and_then(|pod| pod.created) })
    };
    Some(failed.series.iter().filter_map(of_pod).collect())
}

fn same_labels<'a>(
    answer: &'a RangeAnswer,
    labels: &[(crate::domain::text::CleanText, crate::domain::text::CleanText)],
) -> Option<&'a [Option<f64>]> {
    Some(&answer.series.iter().find(|series| series.labels == labels)?.values)
}

fn moment(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond((seconds * 1e6) as i64).ok()
}

/// Once a service is well again, its next trouble has an onset of its own.
fn forget_what_is_over(model: &mut Model) {
    let over: Vec<ObjectKey> = model
        .measures
        .onsets
        .looked
        .keys()
        .filter(|key| !model.services.get(key).is_some_and(|service| is_suspect(service)))
        .cloned()
        .collect();
    for key in over {
        model.measures.onsets.looked.remove(&key);
        model.services.assembled_mut().set_onset(&key, None);
    }
}
