//! Pods: what each runs, on which node, how ready it is and why not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{self, KindInfo, Opens, core};
use super::interner::Interner;
use super::pod_container::{Bounds, ContainerRole, ContainerRow, ContainerState, ContainerStatus, MESSAGE_LIMIT};
use super::pod_status;
use super::row::{Definition, Keyed, Row};
use super::wire::{Condition, Container, EphemeralContainer, Ignored, Metadata, Object, Time, nullable, text, text_of};
use super::{image, workload};
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Restarts;
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodRow {
    pub key: ObjectKey,
    pub phase: Phase,
    /// The state in kubectl's words: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`.
    pub status: CleanText,
    /// Why it is not scheduled, or why it was evicted.
    pub message: CleanText,
    pub ready: u32,
    pub total: u32,
    /// Over its whole life.
    pub restarts: u32,
    pub node: CleanText,
    pub ip: CleanText,
    /// The controller that made it.
    pub owner: Option<PodOwner>,
    /// Which revision of its owner it is: the pod template's hash or the controller revision's.
    pub template_hash: CleanText,
    pub created: Option<Timestamp>,
    pub scheduled: Option<Timestamp>,
    /// Since when it is Ready; None when it is not.
    pub ready_since: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
    /// The default container first.
    pub containers: Box<[ContainerRow]>,
    pub bounds: Bounds,
}

/// Who made a pod. A kind we do not know keeps its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodOwner {
    pub kind: CleanText,
    pub name: CleanText,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    #[default]
    Unknown,
}

impl PodRow {
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready_since.is_some() && self.deleted.is_none()
    }

    /// It has ended and will not run again.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// The container that logs and shells mean when none is named.
    #[must_use]
    pub fn default_container(&self) -> Option<&ContainerRow> {
        self.containers.iter().find(|container| container.role == ContainerRole::Default)
    }

    /// Tag of the default container's image.
    #[must_use]
    pub fn version(&self) -> CleanText {
        self.default_container().map_or_else(CleanText::default, |container| image::version(&container.image))
    }

    /// The workload it belongs to: its Deployment instead of the ReplicaSet, by the name without the template's hash.
    #[must_use]
    pub fn workload(&self) -> Option<ObjectKey> {
        let owner = self.owner.as_ref()?;
        let key = |kind, name: &str| ObjectKey {
            kind,
            namespace: self.key.namespace.clone(),
            name: if owner.name == *name { owner.name.clone() } else { CleanText::new(name) },
        };
        match info::by_name(&owner.kind)? {
            Kind::ReplicaSet => {
                let deployment = owner.name.strip_suffix(&*self.template_hash).and_then(|name| name.strip_suffix('-'));
                match deployment {
                    Some(name) if !self.template_hash.is_empty() => Some(key(Kind::Deployment, name)),
                    _ => Some(key(Kind::ReplicaSet, &owner.name)),
                }
            }
            kind => Some(key(kind, &owner.name)),
        }
    }

    /// It is this pod, runs on this node, or was made by this workload or ReplicaSet.
    #[must_use]
    pub fn belongs_to(&self, object: &ObjectKey) -> bool {
        if object.kind == Kind::Node {
            return self.node == object.name;
        }
        if self.key.namespace != object.namespace {
            return false;
        }
        if object.kind == Kind::Pod {
            return self.key.name == object.name;
        }
        // Most pods are sorted out by their owner's name, before anything is made.
        let Some(owner) = self.owner.as_ref().filter(|owner| owner.name.starts_with(&*object.name)) else {
            return false;
        };
        // A ReplicaSet is no workload of its own when a Deployment made it.
        (object.kind == Kind::ReplicaSet && owner.name == object.name && owner.kind == "ReplicaSet")
            || self.workload().is_some_and(|workload| workload == *object)
    }

    /// Restarts of the last 24 hours, as exactly as the pod's own status tells.
    #[must_use]
    pub fn restarts_within_day(&self, now: Timestamp) -> Restarts {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let last = self.containers.iter().filter_map(ContainerRow::last_restart).max();
        let reason = self
            .containers
            .iter()
            .filter(|container| container.restarts > 0)
            .filter_map(ContainerRow::newest_end)
            .max_by_key(|end| end.finished)
            .map(|end| end.word())
            .unwrap_or_default();
        let young = self.created.is_some_and(|created| now.duration_since(created) < DAY);
        let recent = last.is_none_or(|last| now.duration_since(last) < DAY);
        let (count, exact) = match self.restarts {
            0 => (0, true),
            restarts if young => (restarts, true),
            _ if !recent => (0, true),
            // Only the last end is kept by the kubelet: at least that one lies within the day.
            _ => (1, false),
        };
        Restarts { count, exact, reason, last }
    }

    /// How bad it is, from its own status alone.
    #[must_use]
    pub fn grade(&self) -> Grade {
        pod_status::grade(self)
    }
}

impl Keyed for PodRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct Pod;

impl Definition for Pod {
    const INFO: &'static KindInfo =
        &KindInfo { opens: Opens::Containers, ..core(Kind::Pod, "Pod", "pods", "pod", "Pods", &["po"]) };
    type Wire = Object<PodSpec, PodStatus>;
    type Row = PodRow;
    const VARIANT: fn(Arc<PodRow>) -> Row = Row::Pod;

    const COLUMNS: &'static [Column<PodRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 2, |row, _| (&row.key.namespace).into()),
        Column::right("READY", 5, 0, |row, _| Cell::Share(row.ready, row.total)),
        Column::left("STATUS", 17, 0, |row, _| Cell::State(row.grade(), row.status.clone())),
        Column::right("RESTARTS", 8, 1, |row, _| row.restarts.into()),
        Column::left("LAST END", 12, 3, |row, now| (&row.restarts_within_day(now).reason).into()),
        Column::left("VERSION", 12, 2, |row, _| (&row.version()).into()),
        Column::right("CPU LIMIT", 9, 5, |row, _| row.bounds.cpu_limit.map_or(Cell::Empty, Cell::Millicores)),
        Column::right("MEM LIMIT", 9, 5, |row, _| row.bounds.memory_limit.map_or(Cell::Empty, Cell::Bytes)),
        Column::left("IP", 15, 4, |row, _| (&row.ip).into()),
        Column::left("NODE", 20, 2, |row, _| (&row.node).into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> PodRow {
        let (metadata, spec, status) = wire.parts();
        let deleted = metadata.deleted();
        let containers = containers(&metadata, &spec, &status, interner);
        let words = pod_status::read(&spec, &status, deleted.is_some());
        let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
        let since = |kind: &str| {
            condition(kind)
                .filter(|condition| condition.status == "True")
                .and_then(|condition| condition.last_transition_time)
                .and_then(Time::timestamp)
        };
        let unscheduled = condition("PodScheduled").filter(|condition| condition.status == "False");
        let message = unscheduled.map_or(&status.message, |condition| &condition.message);
        let hash = metadata.label(workload::TEMPLATE_HASH).or_else(|| metadata.label(workload::REVISION_HASH));
        PodRow {
            key: workload::key(Kind::Pod, &metadata, interner),
            phase: match status.phase.as_str() {
                "Pending" => Phase::Pending,
                "Running" => Phase::Running,
                "Succeeded" => Phase::Succeeded,
                "Failed" => Phase::Failed,
                _ => Phase::Unknown,
            },
            status: interner.share(&words.status),
            message: CleanText::new(&text_of(message, MESSAGE_LIMIT)),
            ready: words.ready,
            total: words.total,
            restarts: words.restarts,
            node: interner.share(&spec.node_name),
            ip: CleanText::new(&status.pod_ip),
            owner: metadata
                .controller()
                .map(|owner| PodOwner { kind: interner.share(&owner.kind), name: interner.share(&owner.name) }),
            template_hash: interner.share(hash.unwrap_or_default()),
            created: metadata.created(),
            scheduled: since("PodScheduled"),
            ready_since: since("Ready"),
            deleted,
            containers,
            bounds: Bounds::sum(spec.containers.iter()),
        }
    }

    fn grade(row: &PodRow) -> Grade {
        row.grade()
    }
}

/// All containers with the default one first, then in the order of the pod.
fn containers(
    metadata: &Metadata<Ignored>,
    spec: &PodSpec,
    status: &PodStatus,
    interner: &mut Interner,
) -> Box<[ContainerRow]> {
    let default = metadata
        .annotation("kubectl.kubernetes.io/default-container")
        .filter(|name| spec.containers.iter().any(|container| container.name == *name))
        .or_else(|| spec.containers.first().map(|container| container.name.as_str()));
    let mut rows = Vec::with_capacity(spec.containers.len() + spec.init_containers.len());
    let mut add = |container: &Container, statuses: &[ContainerStatus], role| {
        let status = statuses.iter().find(|status| status.name == container.name);
        rows.push(ContainerStatus::project(container, status, role, interner));
    };
    for container in &spec.containers {
        let role = if Some(container.name.as_str()) == default { ContainerRole::Default } else { ContainerRole::Main };
        add(container, &status.container_statuses, role);
    }
    for container in &spec.init_containers {
        let role = if container.restart_policy == "Always" { ContainerRole::Sidecar } else { ContainerRole::Init };
        add(container, &status.init_container_statuses, role);
    }
    for container in spec.ephemeral_containers.iter().filter_map(|container| container.common.as_ref()) {
        add(container, &status.ephemeral_container_statuses, ContainerRole::Ephemeral);
    }
    rows.sort_by_key(|row| row.role != ContainerRole::Default);
    rows.into_boxed_slice()
}

impl ContainerRow {
    /// It waits with a reason that says something is wrong, rather than that it is on its way.
    #[must_use]
    pub fn failing(&self) -> Option<&CleanText> {
        match &self.state {
            ContainerState::Waiting { reason, .. } if pod_status::is_failing(reason) => Some(reason),
            _ => None,
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    #[prost(string, tag = "10")]
    pub node_name: String,
    #[prost(message, repeated, tag = "20")]
    #[serde(deserialize_with = "nullable")]
    pub init_containers: Vec<Container>,
    #[prost(message, repeated, tag = "34")]
    #[serde(deserialize_with = "nullable")]
    pub ephemeral_containers: Vec<EphemeralContainer>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodStatus {
    #[prost(string, tag = "1")]
    pub phase: String,
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    #[prost(bytes = "vec", tag = "3")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(string, tag = "4")]
    pub reason: String,
    #[prost(string, tag = "6")]
    #[serde(rename = "podIP")]
    pub pod_ip: String,
    #[prost(message, repeated, tag = "8")]
    #[serde(deserialize_with = "nullable")]
    pub container_statuses: Vec<ContainerStatus>,
    #[prost(message, repeated, tag = "10")]
    #[serde(deserialize_with = "nullable")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[prost(message, repeated, tag = "13")]
    #[serde(deserialize_with = "nullable")]
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
}
