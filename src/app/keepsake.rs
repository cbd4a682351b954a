//! Which pods an act may end, and whose words are worth keeping first: the ailing and the newest before the others.

use std::cmp::Reverse;

use crate::domain::keepsake::Endangered;
use crate::domain::log::LogSource;
use crate::domain::object::ObjectKey;
use crate::kinds::pod::PodRow;
use crate::kinds::pod_container::ContainerState;

use super::model::Model;

/// An act must not wait for hundreds of pods: these tell enough of the others.
const PODS: usize = 20;
const LOGS: usize = 40;

/// The pods of a workload, as far as they are known.
#[must_use]
pub fn endangered(model: &Model, workload: &ObjectKey) -> Endangered {
    let mut pods: Vec<&PodRow> = model.services.pods(workload).iter().map(AsRef::as_ref).collect();
    pods.retain(|pod| pod.deleted.is_none() && !pod.is_finished());
    pods.sort_by_key(|pod| (pod.is_ready(), Reverse(pod.restarts), Reverse(pod.created), pod.key.clone()));
    let of = pods.len();
    pods.truncate(PODS);
    let mut logs: Vec<LogSource> = pods.iter().flat_map(|pod| logs(pod)).collect();
    logs.truncate(LOGS);
    Endangered { pods: pods.into_iter().map(|pod| pod.key.clone()).collect(), logs, of }
}

/// Each container that ran; and the life before, when it had one.
fn logs(pod: &PodRow) -> Vec<LogSource> {
    let source = |container, previous| LogSource::of(&pod.key, container, previous);
    let mut sources = Vec::new();
    for container in &pod.containers {
        if matches!(container.state, ContainerState::Running { .. } | ContainerState::Terminated(_)) {
            sources.push(source(&container.name, false));
        }
        if container.restarts > 0 {
            sources.push(source(&container.name, true));
        }
    }
    sources
}
