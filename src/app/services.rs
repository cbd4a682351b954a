//! The services of the chosen namespaces: fed by what the home watches bring, ranked worst first.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::service::Service;
use crate::insight::services as assembly;
use crate::kinds::delivery::ObjectsEvent;
use crate::kinds::pod::PodRow;
use crate::kinds::workload::WorkloadRow;

use super::effect::Selection;
use super::model::Model;
use super::subscription::{ObjectsTopic, Params, Topic};

/// What the home screen is made from. Workloads decide the rank of a service, so they are listed before the pods that
/// enrich them.
pub const KINDS: [Kind; 4] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Pod];

#[derive(Debug, Default)]
pub struct Services {
    assembled: assembly::Services,
    /// Worst first.
    rank: Vec<ObjectKey>,
    version: u64,
    /// The minute the words were made for: they hold ages.
    minute: i64,
}

impl Services {
    /// Takes up what one of the home watches brought.
    pub(super) fn take(&mut self, topic: &ObjectsTopic, event: &ObjectsEvent) {
        if topic.selection != Selection::Everything || !KINDS.contains(&topic.kind) {
            return;
        }
        match event {
            ObjectsEvent::Replaced(rows) => self.assembled.replace(topic.kind, &topic.scope, rows),
            ObjectsEvent::Applied(rows) => self.assembled.apply(rows),
            ObjectsEvent::Deleted(keys) => self.assembled.remove(keys),
            ObjectsEvent::Freshness(_) => {}
        }
    }

    pub(super) fn assembled(&self) -> &assembly::Services {
        &self.assembled
    }

    pub(super) fn assembled_mut(&mut self) -> &mut assembly::Services {
        &mut self.assembled
    }

    /// Assembles what was touched, and ranks again when something came, went or got better or worse.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let minute = now.as_second().div_euclid(60);
        let changed = if minute == self.minute { self.assembled.settle(now) } else { self.assembled.settle_all(now) };
        self.minute = minute;
        if changed {
            self.version += 1;
        }
        if self.assembled.take_reordered() {
            self.rank = self.assembled.rank();
        }
    }

    /// Worst first.
    pub fn ranked(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.rank.iter().filter_map(|key| self.get(key))
    }

    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Service>> {
        self.assembled.get(key)
    }

    #[must_use]
    pub fn workload(&self, key: &ObjectKey) -> Option<&Arc<WorkloadRow>> {
        self.assembled.workload(key)
    }

    #[must_use]
    pub fn pods(&self, key: &ObjectKey) -> &[Arc<PodRow>] {
        self.assembled.pods(key)
    }

    /// Grows with each change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// The lists and watches the home screen lives on; they run as long as the connection.
pub(super) fn wants(model: &Model) -> Vec<(Topic, Params)> {
    wants_in(&model.namespaces.scopes())
}

/// What keeps a service known that is not among the chosen namespaces.
pub(super) fn wants_beside(model: &Model, service: &ObjectKey) -> Vec<(Topic, Params)> {
    if model.namespaces.contains(&service.namespace) {
        return Vec::new();
    }
    wants_in(&[Scope::Namespace(service.namespace.clone())])
}

fn wants_in(scopes: &[Scope]) -> Vec<(Topic, Params)> {
    let topic = |kind, scope| ObjectsTopic { kind, scope, selection: Selection::Everything };
    KINDS
        .iter()
        .flat_map(|kind| scopes.iter().map(|scope| (Topic::Objects(topic(*kind, scope.clone())), Params::None)))
        .collect()
}
