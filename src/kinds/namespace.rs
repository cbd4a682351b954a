//! Namespaces.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, Opens, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{Ignored, Object};
use super::workload;
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceRow {
    pub key: ObjectKey,
    /// `Active` or `Terminating`.
    pub phase: CleanText,
    pub created: Option<Timestamp>,
}

impl Keyed for NamespaceRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct Namespace;

impl Definition for Namespace {
    const INFO: &'static KindInfo = &KindInfo {
        namespaced: false,
        opens: Opens::Services,
        ..core(Kind::Namespace, "Namespace", "namespaces", "namespace", "Namespaces", &["ns"])
    };
    type Wire = Object<Ignored, NamespaceStatus>;
    type Row = NamespaceRow;
    const VARIANT: fn(Arc<NamespaceRow>) -> Row = Row::Namespace;

    const COLUMNS: &'static [Column<NamespaceRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("STATUS", 12, 0, |row, _| {
            Cell::State(if row.phase == "Active" { Grade::Ready } else { Grade::Changing }, row.phase.clone())
        }),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> NamespaceRow {
        let (metadata, _, status) = wire.parts();
        NamespaceRow {
            key: workload::key(Kind::Namespace, &metadata, interner),
            phase: interner.share(&status.phase),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamespaceStatus {
    #[prost(string, tag = "1")]
    pub phase: String,
}
