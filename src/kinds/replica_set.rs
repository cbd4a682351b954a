//! ReplicaSets: the revisions of a Deployment, with the pods of each.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, Opens, apps};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{Object, PodTemplate};
use super::workload::{self, TemplateSummary, count};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaSetRow {
    pub key: ObjectKey,
    /// Name of the Deployment that controls it, empty without one.
    pub owner: CleanText,
    pub created: Option<Timestamp>,
    pub template_hash: CleanText,
    pub revision: Option<u64>,
    pub change_cause: CleanText,
    pub desired: u32,
    pub total: u32,
    pub ready: u32,
    pub available: u32,
    pub template: TemplateSummary,
}

impl Keyed for ReplicaSetRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct ReplicaSet;

impl Definition for ReplicaSet {
    const INFO: &'static KindInfo = &KindInfo {
        opens: Opens::Pods,
        ..apps(Kind::ReplicaSet, "ReplicaSet", "replicasets", "replicaset", "ReplicaSets", &["rs"])
    };
    type Wire = Object<ReplicaSetSpec, ReplicaSetStatus>;
    type Row = ReplicaSetRow;
    const VARIANT: fn(Arc<ReplicaSetRow>) -> Row = Row::ReplicaSet;

    const COLUMNS: &'static [Column<ReplicaSetRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 2, |row, _| (&row.key.namespace).into()),
        Column::right("READY", 7, 0, |row, _| Cell::Share(row.ready, row.desired)),
        Column::right("REVISION", 8, 1, |row, _| row.revision.map_or(Cell::Empty, Cell::Number)),
        Column::left("VERSION", 14, 1, |row, _| (&row.template.version).into()),
        Column::left("DEPLOYMENT", 24, 2, |row, _| (&row.owner).into()),
        Column::left("CHANGE CAUSE", 30, 4, |row, _| (&row.change_cause).into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> ReplicaSetRow {
        let (metadata, spec, status) = wire.parts();
        let owner = metadata.controller().filter(|owner| owner.kind == "Deployment");
        ReplicaSetRow {
            key: workload::key(Kind::ReplicaSet, &metadata, interner),
            owner: owner.map_or_else(CleanText::default, |owner| interner.share(&owner.name)),
            created: metadata.created(),
            template_hash: interner.share(metadata.label(workload::TEMPLATE_HASH).unwrap_or_default()),
            revision: metadata.annotation(workload::REVISION).and_then(|number| number.parse().ok()),
            change_cause: CleanText::new(metadata.annotation(workload::CHANGE_CAUSE).unwrap_or_default()),
            desired: count(spec.replicas.unwrap_or(1)),
            total: count(status.replicas),
            ready: count(status.ready_replicas),
            available: count(status.available_replicas),
            template: workload::template(spec.template.as_ref(), interner),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSetSpec {
    #[prost(int32, optional, tag = "1")]
    pub replicas: Option<i32>,
    #[prost(message, optional, tag = "3")]
    pub template: Option<PodTemplate>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSetStatus {
    #[prost(int32, tag = "1")]
    pub replicas: i32,
    #[prost(int32, tag = "4")]
    pub ready_replicas: i32,
    #[prost(int32, tag = "5")]
    pub available_replicas: i32,
}
