//! Everything about one service that is read once when it is opened: the live object, its revisions' holders, its
//! autoscalers, the configuration it refers to, its events and its Helm records. Shared by page, history and plan.

use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;

use super::effect::{Effect, Selection, TaskId};
use super::message::Answer;
use super::outbox::Outbox;

#[derive(Debug)]
pub struct Dossier {
    pub key: ObjectKey,
    pub live: Part<RawObject>,
    pub replica_sets: Part<Vec<RawObject>>,
    pub autoscalers: Part<Vec<RawObject>>,
    pub config_maps: Part<Vec<RawObject>>,
    pub events: Part<Vec<RawObject>>,
    /// Helm records; the user may not be allowed to read them.
    pub releases: Part<Vec<RawObject>>,
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
        let mut list = |kind, selection: Selection| {
            let scope = scope.clone();
            Part::Waiting(out.ask(|task| Effect::List { task, kind, scope, selection }))
        };
        let replica_sets = list(Kind::ReplicaSet, Selection::Everything);
        let autoscalers = list(Kind::HorizontalPodAutoscaler, Selection::Everything);
        let config_maps = list(Kind::ConfigMap, Selection::Everything);
        let events = list(Kind::Event, Selection::Everything);
        let releases = list(Kind::Secret, Selection::Labels("owner=helm".to_owned()));
        let live = Part::Waiting(out.ask(|task| Effect::Fetch { task, key: fetched }));
        Self { key, live, replica_sets, autoscalers, config_maps, events, releases }
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
                    &mut self.releases,
                ];
                match lists.into_iter().find(|part| part.awaits(task)) {
                    Some(part) => part.fill(result),
                    None => return Some(Answer::Objects(result)),
                }
            }
            answer => return Some(answer),
        }
        None
    }

    /// Every part has been answered, well or not.
    #[must_use]
    pub fn complete(&self) -> bool {
        let lists = [&self.replica_sets, &self.autoscalers, &self.config_maps, &self.events, &self.releases];
        !self.live.is_waiting() && lists.iter().all(|part| !part.is_waiting())
    }
}
