//! ConfigMaps, by metadata alone: who wrote which and when. Their data is read one object at a time.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{ManagedField, Metadata, Time};
use super::workload;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Owner;
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapRow {
    pub key: ObjectKey,
    pub created: Option<Timestamp>,
    /// The last write of each manager, newest first. What stood there before is not recorded.
    pub writes: Box<[Write]>,
    pub owner: Owner,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Write {
    pub manager: CleanText,
    pub at: Timestamp,
    /// It owns data, and not only labels or annotations.
    pub data: bool,
}

impl Keyed for ConfigMapRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct ConfigMap;

impl Definition for ConfigMap {
    const INFO: &'static KindInfo = &KindInfo {
        metadata_only: true,
        ..core(Kind::ConfigMap, "ConfigMap", "configmaps", "configmap", "ConfigMaps", &["cm"])
    };
    type Wire = ConfigMapWire;
    type Row = ConfigMapRow;
    const VARIANT: fn(Arc<ConfigMapRow>) -> Row = Row::ConfigMap;

    const COLUMNS: &'static [Column<ConfigMapRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::right("WRITTEN", 8, 0, |row, _| row.writes.first().map_or(Cell::Empty, |write| Cell::Since(write.at))),
        Column::left("BY", 24, 1, |row, _| row.writes.first().map_or(Cell::Empty, |write| (&write.manager).into())),
        Column::left("OWNER", 20, 3, |row, _| (&workload::owner_text(&row.owner)).into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: ConfigMapWire, interner: &mut Interner) -> ConfigMapRow {
        let metadata = wire.metadata.unwrap_or_default();
        let mut writes: Vec<Write> = metadata
            .managed_fields
            .iter()
            .filter_map(|field| {
                Some(Write {
                    at: field.time.and_then(Time::timestamp)?,
                    manager: interner.share(&field.manager),
                    data: field.owns("data") || field.owns("binaryData"),
                })
            })
            .collect();
        writes.sort_by_key(|write| std::cmp::Reverse(write.at));
        ConfigMapRow {
            key: workload::key(Kind::ConfigMap, &metadata, interner),
            created: metadata.created(),
            writes: writes.into_boxed_slice(),
            owner: workload::owner(&metadata),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfigMapWire {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<ManagedField>>,
}
