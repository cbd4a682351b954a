//! ControllerRevisions: the revisions of StatefulSets and DaemonSets.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, apps};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{Ignored, Metadata};
use super::workload;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControllerRevisionRow {
    pub key: ObjectKey,
    pub owner_kind: CleanText,
    pub owner: CleanText,
    pub revision: u64,
    pub change_cause: CleanText,
    pub created: Option<Timestamp>,
}

impl Keyed for ControllerRevisionRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct ControllerRevision;

impl Definition for ControllerRevision {
    const INFO: &'static KindInfo = &apps(
        Kind::ControllerRevision,
        "ControllerRevision",
        "controllerrevisions",
        "controllerrevision",
        "ControllerRevisions",
        &[],
    );
    type Wire = ControllerRevisionWire;
    type Row = ControllerRevisionRow;
    const VARIANT: fn(Arc<ControllerRevisionRow>) -> Row = Row::ControllerRevision;

    const COLUMNS: &'static [Column<ControllerRevisionRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::left("CONTROLLER", 32, 0, |row, _| {
            (&CleanText::new(&format!("{}/{}", row.owner_kind, row.owner))).into()
        }),
        Column::right("REVISION", 8, 0, |row, _| Cell::Number(row.revision)),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: ControllerRevisionWire, interner: &mut Interner) -> ControllerRevisionRow {
        let metadata = wire.metadata.unwrap_or_default();
        let owner = metadata.controller();
        ControllerRevisionRow {
            key: workload::key(Kind::ControllerRevision, &metadata, interner),
            owner_kind: interner.share(owner.map_or("", |owner| &owner.kind)),
            owner: interner.share(owner.map_or("", |owner| &owner.name)),
            revision: u64::try_from(wire.revision).unwrap_or_default(),
            change_cause: CleanText::new(metadata.annotation(workload::CHANGE_CAUSE).unwrap_or_default()),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ControllerRevisionWire {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<Ignored>>,
    #[prost(int64, tag = "3")]
    pub revision: i64,
}
