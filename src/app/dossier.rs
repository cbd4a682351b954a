//! Everything about one service that is read once when it is opened: the live object, its revisions' holders, its
//! autoscalers, the configuration it refers to, its events and its Helm records. Shared by page, history and plan.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::action::plan::Autoscaler;
use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;
use crate::domain::revision::Revision;
use crate::domain::text::CleanText;
use crate::insight::history::{self, History, Records};
use crate::insight::revisions;
use crate::kinds::info::info;
use crate::kinds::secret::HELM_RECORDS;

use super::effect::{Effect, Selection, TaskId};
use super::measures;
use super::measuring::Measuring;
use super::message::Answer;
use super::model::Model;
use super::outbox::Outbox;

#[derive(Debug)]
pub struct Dossier {
    pub key: ObjectKey,
    pub live: Part<RawObject>,
    pub replica_sets: Part<Vec<RawObject>>,
    pub autoscalers: Part<Vec<RawObject>>,
    pub config_maps: Part<Vec<RawObject>>,
    pub events: Part<Vec<RawObject>>,
    /// Those about nodes stand in the namespace `default`, which few may read.
    pub node_events: Part<Vec<RawObject>>,
    /// Helm records; the user may not be allowed to read them.
    pub releases: Part<Vec<RawObject>>,
    /// How its revisions fared, for screens that ask.
    pub measuring: Measuring,
}

/// One answer that is waited for.
#[derive(Debug)]
pub enum Part<T> {
    Waiting(TaskId),
    Ready(T),
    Failed(Problem),
}

impl<T> Part<T> {
    #[must_use]
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Waiting(_) | Self::Failed(_) => None,
        }
    }

    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Failed(problem) => Some(problem),
            Self::Waiting(_) | Self::Ready(_) => None,
        }
    }

    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    fn awaits(&self, task: TaskId) -> bool {
        matches!(self, Self::Waiting(waiting) if *waiting == task)
    }

    fn fill(&mut self, result: Result<T, Problem>) {
        *self = match result {
            Ok(value) => Self::Ready(value),
            Err(problem) => Self::Failed(problem),
        };
    }
}

impl<T> Part<Vec<T>> {
    /// What is there, or nothing yet.
    #[must_use]
    pub fn items(&self) -> &[T] {
        self.ready().map_or(&[], Vec::as_slice)
    }
}

impl Dossier {
    /// Asks for everything at once.
    pub fn open(key: ObjectKey, out: &mut Outbox) -> Self {
        let fetched = key.clone();
        let scope = Scope::Namespace(key.namespace.clone());
        let mut list_in = |scope: &Scope, kind, selection: Selection| {
            let scope = scope.clone();
            Part::Waiting(out.ask(|task| Effect::List { task, kind, scope, selection }))
        };
        let clusterwide = Scope::Namespace("default".into());
        let node_events = list_in(&clusterwide, Kind::Event, Selection::AboutAny(Kind::Node));
        let mut list = |kind, selection| list_in(&scope, kind, selection);
        let replica_sets = list(Kind::ReplicaSet, Selection::Everything);
        let autoscalers = list(Kind::HorizontalPodAutoscaler, Selection::Everything);
        let config_maps = list(Kind::ConfigMap, Selection::Everything);
        let events = list(Kind::Event, Selection::Everything);
        let releases = list(Kind::Secret, Selection::Labels(HELM_RECORDS.to_owned()));
        let live = Part::Waiting(out.ask(|task| Effect::Fetch { task, key: fetched }));
        let measuring = Measuring::Later;
        Self { key, live, replica_sets, autoscalers, config_maps, events, node_events, releases, measuring }
    }

    /// Takes an answer that is one of ours; hands it back otherwise.
    pub fn answer(&mut self, task: TaskId, answer: Answer) -> Option<Answer> {
        match answer {
            Answer::Object(result) if self.live.awaits(task) => self.live.fill(result),
            Answer::Objects(result) => {
                let lists = [
                    &mut self.replica_sets,
                    &mut self.autoscalers,
                    &mut self.config_maps,
                    &mut self.events,
                    &mut self.node_events,
                    &mut self.releases,
                ];
                match lists.into_iter().find(|part| part.awaits(task)) {
                    Some(part) => part.fill(result),
                    None => return Some(Answer::Objects(result)),
                }
            }
            Answer::Metric(answer) => {
                let revisions = self.held();
                return self.measuring.answer(task, answer, &revisions).map(Answer::Metric);
            }
            answer => return Some(answer),
        }
        None
    }

    /// Asks how the revisions fared, once they are known.
    pub fn measure(&mut self, model: &Model, out: &mut Outbox) {
        if !matches!(self.measuring, Measuring::Later) || self.live.is_waiting() || self.replica_sets.is_waiting() {
            return;
        }
        let revisions = self.held();
        let limit = measures::error_limit(model, &self.key).value;
        self.measuring.ask(&self.key.namespace, &revisions, limit, model, out);
    }

    /// The revisions the ReplicaSets hold, newest first, with the best that is known of how they ran.
    #[must_use]
    pub fn revisions(&self) -> Vec<Revision> {
        let mut revisions = self.held();
        for revision in &mut revisions {
            if let Some(grade) = self.measuring.grade(revision) {
                revision.soundness = grade;
            }
        }
        revisions
    }

    fn held(&self) -> Vec<Revision> {
        match self.live.ready() {
            Some(live) => revisions::revisions(live, self.replica_sets.items()),
            None => Vec::new(),
        }
    }

    /// Everything that altered the service, on time.
    #[must_use]
    pub fn history(&self, revisions: &[Revision], nodes: BTreeSet<CleanText>, now: Timestamp) -> History {
        let records = Records {
            workload: self.live.ready(),
            revisions: self.replica_sets.ready().map(|_| revisions),
            config_maps: self.config_maps.ready().map(|objects| history::config_maps(objects)),
            autoscalers: self.autoscalers.ready().map(|objects| history::autoscalers(objects)),
            events: self.events.ready().map(|objects| history::events(objects)),
            node_events: self.node_events.ready().map(|objects| history::events(objects)),
            releases: self.releases.ready().map(|objects| history::releases(objects)),
            decoded: &[],
            nodes,
        };
        history::history(&self.key, &records, now)
    }

    /// The HPA that sets this workload's replicas.
    #[must_use]
    pub fn autoscaler(&self) -> Option<Autoscaler> {
        self.autoscalers.items().iter().find_map(|object| {
            let number = |pointer: &str| object.value().pointer(pointer).and_then(Value::as_u64);
            let scales_us = object.text("/spec/scaleTargetRef/name") == Some(self.key.name.as_str())
                && object.text("/spec/scaleTargetRef/kind") == Some(info(self.key.kind).name);
            scales_us.then(|| Autoscaler {
                name: CleanText::new(object.text("/metadata/name").unwrap_or_default()),
                minimum: number("/spec/minReplicas").and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
                maximum: number("/spec/maxReplicas").and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
            })
        })
    }

    /// The generation of the workload as it was read.
    #[must_use]
    pub fn generation(&self) -> Option<i64> {
        self.live.ready()?.value().pointer("/metadata/generation")?.as_i64()
    }

    /// Reads everything again once somebody has written the workload since. What was made of the old answers stays with
    /// whoever made it.
    pub fn keep_up(&mut self, model: &Model, out: &mut Outbox) {
        let now = model.services.workload(&self.key).map(|workload| workload.generation);
        if self.complete()
            && let (Some(read), Some(now)) = (self.generation(), now)
            && now > read
        {
            *self = Self::open(self.key.clone(), out);
        }
    }

    /// Every part has been answered, well or not.
    #[must_use]
    pub fn complete(&self) -> bool {
        let lists =
            [&self.replica_sets, &self.autoscalers, &self.config_maps, &self.events, &self.node_events, &self.releases];
        !self.live.is_waiting() && lists.iter().all(|part| !part.is_waiting())
    }
}
