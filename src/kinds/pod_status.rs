//! The state of a pod in kubectl's words and numbers, and how bad it is.

use std::borrow::Cow;

use super::pod::{Phase, PodRow, PodSpec, PodStatus};
use super::pod_container::{ContainerRow, ContainerState, ContainerStatus, State};
use crate::domain::health::Grade;

pub struct Words<'a> {
    pub status: Cow<'a, str>,
    pub ready: u32,
    pub total: u32,
    pub restarts: u32,
}

/// As `kubectl get pods` computes READY, STATUS and RESTARTS.
#[must_use]
pub fn read<'a>(spec: &'a PodSpec, status: &'a PodStatus, deleted: bool) -> Words<'a> {
    let is_sidecar = |name: &str| {
        spec.init_containers.iter().any(|container| container.name == name && container.restart_policy == "Always")
    };
    let sidecars = spec.init_containers.iter().filter(|container| container.restart_policy == "Always").count();
    let mut words = Words {
        status: Cow::Borrowed(if status.reason.is_empty() { &status.phase } else { &status.reason }),
        ready: 0,
        total: u32::try_from(spec.containers.len() + sidecars).unwrap_or(u32::MAX),
        restarts: 0,
    };
    let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
    if condition("PodScheduled").is_some_and(|condition| condition.reason == "SchedulingGated") {
        words.status = "SchedulingGated".into();
    }

    let mut sidecar_restarts = 0;
    let mut initializing = false;
    for (index, container) in status.init_container_statuses.iter().enumerate() {
        let sidecar = is_sidecar(&container.name);
        words.restarts += count(container);
        if sidecar {
            sidecar_restarts += count(container);
        }
        let state = container.state.as_ref();
        if ended(state).is_some_and(|end| end.exit_code == 0) {
            continue;
        }
        if sidecar && container.started {
            words.ready += u32::from(container.ready);
            continue;
        }
        words.status = match (ended_word(state), waiting(state).filter(|reason| *reason != "PodInitializing")) {
            (Some(word), _) => format!("Init:{word}").into(),
            (None, Some(reason)) => format!("Init:{reason}").into(),
            (None, None) => format!("Init:{index}/{}", spec.init_containers.len()).into(),
        };
        initializing = true;
        break;
    }

    if !initializing || condition("Initialized").is_some_and(|condition| condition.status == "True") {
        words.restarts = sidecar_restarts;
        let mut running = false;
        for container in status.container_statuses.iter().rev() {
            words.restarts += count(container);
            let state = container.state.as_ref();
            if let Some(reason) = waiting(state) {
                words.status = reason.into();
            } else if let Some(word) = ended_word(state) {
                words.status = word;
            } else if container.ready && state.is_some_and(|state| state.running.is_some()) {
                running = true;
                words.ready += 1;
            }
        }
        if words.status == "Completed" && running {
            let ready = condition("Ready").is_some_and(|condition| condition.status == "True");
            words.status = if ready { "Running" } else { "NotReady" }.into();
        }
    }
    if deleted && status.reason == "NodeLost" {
        words.status = "Unknown".into();
    } else if deleted && !matches!(status.phase.as_str(), "Succeeded" | "Failed") {
        words.status = "Terminating".into();
    }
    words
}

fn count(container: &ContainerStatus) -> u32 {
    u32::try_from(container.restart_count).unwrap_or_default()
}

fn waiting(state: Option<&State>) -> Option<&str> {
    state?.waiting.as_ref().map(|waiting| waiting.reason.as_str()).filter(|reason| !reason.is_empty())
}

fn ended(state: Option<&State>) -> Option<&super::pod_container::Terminated> {
    state?.terminated.as_ref()
}

fn ended_word(state: Option<&State>) -> Option<Cow<'_, str>> {
    let end = ended(state)?;
    Some(if !end.reason.is_empty() {
        Cow::Borrowed(end.reason.as_str())
    } else if end.signal != 0 {
        format!("Signal:{}", end.signal).into()
    } else {
        format!("ExitCode:{}", end.exit_code).into()
    })
}

/// Reasons of waiting that do not pass by themselves.
#[must_use]
pub fn is_failing(reason: &str) -> bool {
    !matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}

#[must_use]
pub fn grade(pod: &PodRow) -> Grade {
    let ended_badly =
        |container: &ContainerRow| matches!(&container.state, ContainerState::Terminated(end) if end.exit_code != 0);
    if pod.deleted.is_some() {
        return Grade::Changing;
    }
    match pod.phase {
        Phase::Failed => Grade::Broken,
        Phase::Succeeded => Grade::Ready,
        Phase::Unknown => Grade::Unknown,
        Phase::Pending | Phase::Running => {
            if pod.containers.iter().any(|container| container.failing().is_some() || ended_badly(container)) {
                Grade::Broken
            } else if pod.ready_since.is_some() {
                Grade::Ready
            } else if pod.phase == Phase::Pending && pod.scheduled.is_none() && !pod.message.is_empty() {
                Grade::AtRisk
            } else {
                Grade::Changing
            }
        }
    }
}
