//! How far each pod has come, and what it waits for.

use jiff::{SignedDuration, Timestamp};

use super::interval::Share;
use crate::domain::object::ObjectKey;
use crate::domain::text::CleanText;
use crate::kinds::pod::PodRow;
use crate::kinds::pod_container::ContainerState;

/// Not being scheduled for so long is no mere delay.
const SCHEDULING: SignedDuration = SignedDuration::from_secs(30);
/// States of a container out of which it does not come by waiting.
const HOPELESS: [&str; 8] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

#[derive(Clone, Debug, PartialEq)]
pub struct PodProgress {
    pub key: ObjectKey,
    /// Made by the act that is verified.
    pub new: bool,
    /// It is going away.
    pub leaving: bool,
    /// Seconds after its creation.
    pub scheduled: Option<f64>,
    pub started: Option<f64>,
    pub ready: Option<f64>,
    /// What it waits for; empty when it is ready.
    pub waiting: CleanText,
    /// It does not come right by waiting.
    pub hopeless: bool,
    /// Its own requests, where they are measured.
    pub share: Option<Share>,
}

impl PodProgress {
    pub(super) fn of(pod: &PodRow, new: bool, share: Option<Share>, now: Timestamp) -> Self {
        let after = |at: Option<Timestamp>| {
            let (at, created) = (at?, pod.created?);
            Some(at.duration_since(created).as_secs_f64().max(0.0))
        };
        let started = pod.default_container().and_then(|container| match container.state {
            ContainerState::Running { since } => since,
            _ => None,
        });
        let (waiting, hopeless) = if pod.is_ready() { (CleanText::default(), false) } else { wait(pod, started, now) };
        Self {
            key: pod.key.clone(),
            new,
            leaving: pod.deleted.is_some(),
            scheduled: after(pod.scheduled),
            started: after(started),
            ready: after(pod.ready_since),
            waiting,
            hopeless,
            share,
        }
    }
}

/// What a pod waits for, and whether that is in vain.
fn wait(pod: &PodRow, started: Option<Timestamp>, now: Timestamp) -> (CleanText, bool) {
    if pod.deleted.is_some() {
        return ("ends".into(), false);
    }
    for container in &pod.containers {
        if let ContainerState::Waiting { reason, message } = &container.state
            && HOPELESS.contains(&reason.as_str())
        {
            let words = if message.is_empty() { reason.to_string() } else { format!("{reason}: “{message}”") };
            return (words.into(), true);
        }
    }
    let age = |since: Timestamp| now.duration_since(since);
    if pod.scheduled.is_none() && pod.node.is_empty() {
        let hopeless = !pod.message.is_empty() && pod.created.is_some_and(|created| age(created) >= SCHEDULING);
        let words = if pod.message.is_empty() { "a node".to_owned() } else { format!("a node: “{}”", pod.message) };
        return (words.into(), hopeless);
    }
    let words = match started {
        Some(since) => format!("readiness, {} s after its start", age(since).as_secs().max(0)),
        None if pod.status == "Pending" || pod.status == "ContainerCreating" => "its image and start".to_owned(),
        None => pod.status.to_string(),
    };
    (words.into(), false)
}
