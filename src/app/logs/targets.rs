//! Which containers of a service or a pod are read: computed from what the watches know, so that new pods join by
//! themselves.

use std::cmp::Reverse;

use crate::domain::freshness::Freshness;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;
use crate::insight::container::waits_for;
use crate::kinds::pod::PodRow;
use crate::kinds::pod_container::{ContainerRole, ContainerRow, ContainerState};
use crate::kinds::row::Row;

use super::super::model::Model;
use super::super::store::ObjectStore;
use super::super::subscription::LogTarget;

/// Streams open at once; a server and a terminal can bear so many.
pub const STREAMS: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    pub list: Vec<LogTarget>,
    /// Pods that are read, of all there are.
    pub read: usize,
    pub pods: usize,
}

impl Targets {
    /// `4 pods`, `50 of 400 pods`.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.read, self.pods) {
            (read, pods) if read < pods && pods > 1 => format!("{read} of {pods} pods"),
            (_, 1) => "1 pod".to_owned(),
            (_, pods) => format!("{pods} pods"),
        }
    }
}

/// Which containers of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// This one and not the default one.
    pub container: Option<CleanText>,
    /// Not only the default one.
    pub all_containers: bool,
    /// Those that had a life before.
    pub previous: bool,
}

impl Choice {
    #[must_use]
    pub fn includes(&self, container: &ContainerRow) -> bool {
        match &self.container {
            _ if self.all_containers => true,
            Some(name) => container.name == *name,
            None => container.role == ContainerRole::Default,
        }
    }
}

/// The pods of a service, or the one that is meant.
pub fn pods<'a>(model: &'a Model, object: &'a ObjectKey) -> impl Iterator<Item = &'a PodRow> {
    model.stores(Kind::Pod).flat_map(ObjectStore::rows).filter_map(move |row| match row {
        Row::Pod(pod) if pod.belongs_to(object) => Some(&**pod),
        _ => None,
    })
}

/// The newest pods first, since they are the ones in question when not all can be read.
#[must_use]
pub fn targets(model: &Model, object: &ObjectKey, choice: &Choice) -> Targets {
    let mut pods: Vec<&PodRow> = pods(model, object).collect();
    pods.sort_by_key(|pod| (Reverse(pod.created), pod.key.clone()));
    pods.dedup_by(|one, other| one.key == other.key);
    let mut targets = Targets { pods: pods.len(), ..Targets::default() };
    for pod in pods {
        let chosen: Vec<LogTarget> = pod
            .containers
            .iter()
            .filter(|container| choice.includes(container))
            .filter(|container| has_log(container, choice.previous))
            .map(|container| LogTarget { pod: pod.key.clone(), container: container.name.clone() })
            .collect();
        if targets.list.len() + chosen.len() > STREAMS {
            break;
        }
        targets.read += usize::from(!chosen.is_empty());
        targets.list.extend(chosen);
    }
    let pods_are_hidden = !matches!(model.freshness(Kind::Pod), Freshness::Live | Freshness::Loading);
    if object.kind == Kind::Pod && targets.pods == 0 && pods_are_hidden {
        // Who may not list pods may still read the log of one: the server knows its default container.
        targets.list.push(LogTarget { pod: object.clone(), container: choice.container.clone().unwrap_or_default() });
        (targets.read, targets.pods) = (1, 1);
    }
    targets
}

/// Why containers write nothing now: each with its reason.
#[must_use]
pub fn waits(model: &Model, object: &ObjectKey, choice: &Choice) -> Vec<String> {
    let containers = pods(model, object).flat_map(|pod| &pod.containers);
    containers.filter(|container| choice.includes(container)).filter_map(waits_for).collect()
}

/// The pod is gone or has finished: nothing follows. A service may always get new pods.
#[must_use]
pub fn has_ended(model: &Model, object: &ObjectKey) -> bool {
    object.kind == Kind::Pod && model.freshness(Kind::Pod).settled() && pods(model, object).all(PodRow::is_finished)
}

/// A container that waits for its first start has nothing to say, and asking for it is an error.
fn has_log(container: &ContainerRow, previous: bool) -> bool {
    if previous {
        return container.restarts > 0;
    }
    match container.state {
        ContainerState::Running { .. } | ContainerState::Terminated(_) => true,
        ContainerState::Waiting { .. } | ContainerState::Unknown => container.restarts > 0,
    }
}
