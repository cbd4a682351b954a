//! After an act: did it work? The rollout pod by pod, the new pods' own numbers, the alert, and the verdict.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::action::Action;
use crate::action::plan::Act;
use crate::config::keymap::Context;
use crate::domain::alert::Alert;
use crate::domain::change::Change;
use crate::domain::freshness::Freshness;
use crate::domain::keepsake::Kept;
use crate::domain::metric::{Grid, InstantSample};
use crate::domain::object::ObjectKey;
use crate::domain::plan::{Plan, WayOut};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::alerts;
use crate::insight::dashboard::{self, query_name};
use crate::insight::symptom::Symptom;
use crate::insight::verification::{
    AlertStanding, Facts, Measured, Measurement, PodCounts, Verdict, Verification, judge, reverted_by,
};
use crate::kinds::pod::PodRow;
use crate::kinds::workload::WorkloadRow;

use super::super::effect::{Effect, TaskId};
use super::super::measures;
use super::super::message::{Answer, MetricAnswer};
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::services;
use super::super::state::Size;
use super::super::subscription::{MetricsTopic, Params, Topic};
use super::View;

/// How often the numbers are asked for while they matter by the second.
const EVERY: Duration = Duration::from_secs(5);
/// The chart: not less than this, not more, and points for so many columns.
const SHOWN_LEAST: Duration = Duration::from_secs(300);
const SHOWN_MOST: Duration = Duration::from_secs(1800);
const COLUMNS: u16 = 100;
/// The error ratio that must not be exceeded where no alert says another.
const LIMIT: f64 = 0.02;

#[derive(Debug)]
pub struct VerifyScreen {
    pub key: ObjectKey,
    pub applied: Applied,
    pub verification: Option<Verification>,
    /// Counters as they stood when they were first read, without the new pods.
    baseline: Option<PodCounts>,
    /// When the verdict was reached.
    pub ended: Option<Timestamp>,
    /// The generation up to which the workload stands as it was written.
    undisturbed: Option<i64>,
    /// A newer generation is being read.
    looking: Option<(TaskId, i64)>,
    reverted_by: Option<CleanText>,
    /// The error ratio over time, the newest that was read; it stays when nothing is asked any more.
    pub errors: Option<ErrorLine>,
}

/// The error ratio of the service on an even grid.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorLine {
    pub grid: Grid,
    pub values: Vec<Option<f64>>,
}

/// What was done, and what was known when it was done.
#[derive(Debug)]
pub struct Applied {
    pub at: Timestamp,
    pub plan: Plan,
    /// The revision that ran before.
    pub previous_revision: Option<u64>,
    pub onset: Option<Timestamp>,
    pub symptom: Symptom,
    /// What had changed around the onset and until the act, newest first.
    pub changes: Vec<Change>,
    pub alert: Option<Alert>,
    /// What the pods that ended knew.
    pub kept: Kept,
    /// The generation of the workload before the act, and what the server made of it.
    pub generation_before: Option<i64>,
    pub written: Option<RawObject>,
}

impl VerifyScreen {
    #[must_use]
    pub fn begin(key: ObjectKey, applied: Applied) -> Self {
        Self {
            key,
            undisturbed: applied.generation_before,
            applied,
            verification: None,
            baseline: None,
            ended: None,
            looking: None,
            reverted_by: None,
            errors: None,
        }
    }

    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verification.as_ref().map_or(Verdict::InProgress, |verification| verification.verdict.clone())
    }

    /// The next thing to try, once this has failed.
    #[must_use]
    pub fn way_out(&self) -> Option<&WayOut> {
        match self.verdict() {
            Verdict::Stuck(_) | Verdict::NotBetter(_) => self.applied.plan.way_out.as_ref(),
            Verdict::InProgress | Verdict::Proven | Verdict::CalmNotProven { .. } | Verdict::RevertedBy(_) => None,
        }
    }

    fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    fn topic(&self) -> MetricsTopic {
        MetricsTopic::Verification(self.key.clone())
    }

    /// The highest error ratio that counts as well: the alert's own limit where there is one.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.applied.alert.as_ref().and_then(alerts::error_limit).map_or(LIMIT, |threshold| threshold.value)
    }

    /// What the chart shows: the calm before the onset, the act, and as much again after it.
    #[must_use]
    pub fn span(&self) -> Duration {
        let lasted = self.applied.onset.map(|onset| self.applied.at.duration_since(onset));
        let lasted = lasted.and_then(|lasted| Duration::try_from(lasted).ok()).unwrap_or_default();
        (lasted + SHOWN_LEAST).min(SHOWN_MOST)
    }

    fn take_errors(&mut self, model: &Model) {
        let Some(metrics) = model.metrics.get(&self.topic()) else { return };
        let Some(answer) = measures::range(metrics, query_name::ERRORS) else { return };
        if self.errors.as_ref().is_some_and(|errors| errors.grid == answer.grid) {
            return;
        }
        if let Some(values) = measures::line_of(answer, &self.key) {
            self.errors = Some(ErrorLine { grid: answer.grid, values: values.to_vec() });
        }
    }

    fn measurement(&mut self, model: &Model) -> Measurement {
        if let Some(Err(problem)) = &model.prometheus {
            return Measurement::Absent(CleanText::new(&problem.to_string()));
        }
        let Some(names) = &model.metric_names else { return Measurement::Waiting };
        if !names.has_requests() {
            return Measurement::Absent("no metric counts its requests".into());
        }
        let Some(metrics) = model.metrics.get(&self.topic()) else { return Measurement::Waiting };
        if metrics.answers.is_empty() {
            return match &metrics.freshness {
                Freshness::Failed(problem) => Measurement::Absent(CleanText::new(&problem.to_string())),
                _ => Measurement::Waiting,
            };
        }
        let samples = |name: &'static str| -> Option<&[InstantSample]> {
            match metrics.answers.get(name)? {
                MetricAnswer::Instant(samples) => Some(samples),
                MetricAnswer::Range(_) | MetricAnswer::Failed(_) => None,
            }
        };
        let mut measured = Measured::read(names.scrape_seconds, samples);
        let new_pods: BTreeSet<CleanText> = model
            .services
            .pods(&self.key)
            .iter()
            .filter(|pod| pod.created.is_some_and(|created| created >= self.applied.at))
            .map(|pod| pod.key.name.clone())
            .collect();
        let baseline = self.baseline.get_or_insert_with(|| measured.counts.clone().without(&new_pods));
        measured.counts = measured.counts.since(baseline);
        Measurement::Known(measured)
    }

    fn standing(&self, model: &Model) -> AlertStanding {
        let Some(before) = &self.applied.alert else { return AlertStanding::NotTied };
        if let Freshness::Failed(problem) | Freshness::Stale { problem, .. } = &model.alerts.freshness {
            return AlertStanding::Unknown(CleanText::new(&problem.to_string()));
        }
        let same = |alert: &&Alert| alert.name == before.name && alert.labels == before.labels;
        match model.alerts.list.iter().find(same) {
            Some(alert) => AlertStanding::Active(Box::new(alert.clone())),
            None => AlertStanding::Ended,
        }
    }

    /// The workload as the watch has it, once it has seen the act.
    fn workload<'a>(&self, model: &'a Model) -> Option<&'a WorkloadRow> {
        let workload = model.services.workload(&self.key).map(AsRef::as_ref)?;
        self.applied.generation_before.is_none_or(|before| workload.generation > before).then_some(workload)
    }

    /// Reads the workload again whenever its specification was written: was it somebody else, and does ours stand?
    fn look(&mut self, model: &Model, out: &mut Outbox) {
        let Some(generation) = self.workload(model).map(|workload| workload.generation) else { return };
        if self.looking.is_none() && self.undisturbed.is_none_or(|undisturbed| generation > undisturbed) {
            let key = self.key.clone();
            self.looking = Some((out.ask(|task| Effect::Fetch { task, key }), generation));
        }
    }

    fn judge(&mut self, model: &Model) {
        let measurement = self.measurement(model);
        let standing = self.standing(model);
        let pods: Vec<&PodRow> = model.services.pods(&self.key).iter().map(AsRef::as_ref).collect();
        let verification = judge(&Facts {
            now: model.now,
            applied: self.applied.at,
            expectation: &self.applied.plan.expectation,
            workload: self.workload(model),
            pods: &pods,
            template_hash: None,
            measurement: &measurement,
            limit: self.limit(),
            alert: &standing,
            alert_value: self.applied.alert.as_ref().and_then(|alert| alert.value),
            reverted_by: self.reverted_by.as_deref(),
            good_since: self.verification.as_ref().and_then(|before| before.good_since),
        });
        // Nothing is final while it is not known whether the act still stands.
        if verification.verdict != Verdict::InProgress && self.looking.is_none() {
            self.ended = Some(model.now);
        }
        self.verification = Some(verification);
    }
}

impl View for VerifyScreen {
    fn context(&self) -> Context {
        Context::Verify
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Record,
            Action::RollBack,
            Action::GoErrors,
            Action::GoHistory,
            Action::GoCharts,
            Action::Back,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, _model: &mut Model, _size: Size, out: &mut Outbox) -> bool {
        match action {
            // Going back means the revision that ran before the act; where the act did not help, a better one.
            Action::RollBack => {
                let way_out = self.way_out().map(|way_out| way_out.revision);
                let revision = way_out.or(self.applied.previous_revision);
                out.moves.push(Move::Plan(self.key.clone(), Act::roll_back(revision)));
            }
            _ => return false,
        }
        true
    }

    fn lasting_wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        if !self.is_running() {
            return Vec::new();
        }
        // Whoever looks elsewhere meanwhile still wants to know how this one ends.
        let mut wants = services::wants_beside(model, &self.key);
        let Some(names) = model.metric_names.as_ref() else { return wants };
        let span = self.span();
        let step = dashboard::step(names, span, COLUMNS);
        let queries = dashboard::verification(names, &self.key, self.applied.onset)
            .into_iter()
            .map(|query| measures::recent(query, span, step))
            .collect();
        wants.push((Topic::Metrics(self.topic()), Params::Queries { queries, every: EVERY }));
        wants
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        match (answer, self.looking) {
            (Answer::Object(live), Some((asked, generation))) if asked == task => {
                self.looking = None;
                // A reading that failed is not repeated: the next write of somebody asks again.
                self.undisturbed = Some(generation);
                if let Ok(live) = live {
                    let read = live.value().pointer("/metadata/generation").and_then(serde_json::Value::as_i64);
                    self.undisturbed = self.undisturbed.max(read);
                    let applied = &self.applied;
                    self.reverted_by = reverted_by(&applied.plan.expectation, applied.written.as_ref(), &live);
                }
                None
            }
            (answer, _) => Some(answer),
        }
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        if self.is_running() {
            self.look(model, out);
            self.take_errors(model);
            self.judge(model);
        }
    }

    fn lives(&self) -> bool {
        self.is_running()
    }

    fn background(&self) -> Option<String> {
        let (new, old) = self.verification.as_ref().map_or((0, 0), Verification::served_by);
        let expectation = &self.applied.plan.expectation;
        match expectation.replicas.filter(|_| !expectation.new_pods) {
            Some(wanted) => Some(format!("V {}/{wanted}", new + old)),
            None => Some(format!("V {new}/{}", new + old)),
        }
    }

    fn counts_seconds(&self) -> bool {
        self.is_running()
    }

    fn settled(&self, _model: &Model) -> bool {
        !self.is_running()
    }
}
