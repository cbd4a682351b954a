//! Secrets, by metadata alone. Helm keeps its release records in them and writes what matters into labels.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{Ignored, Metadata};
use super::workload;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

/// Selects Helm's release records in a list or watch.
pub const HELM_RECORDS: &str = "owner=helm";

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRow {
    pub key: ObjectKey,
    pub created: Option<Timestamp>,
    pub helm: Option<HelmRecord>,
}

/// What the labels of a release record tell without reading the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HelmRecord {
    pub release: CleanText,
    pub revision: u64,
    /// `deployed`, `superseded`, `failed`, `pending-upgrade` and so on.
    pub status: CleanText,
    /// When the record was made: its label, or the creation of the secret, because an update rebuilds the labels.
    pub at: Option<Timestamp>,
}

impl Keyed for SecretRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct Secret;

impl Definition for Secret {
    const INFO: &'static KindInfo =
        &KindInfo { metadata_only: true, ..core(Kind::Secret, "Secret", "secrets", "secret", "Secrets", &["sec"]) };
    type Wire = SecretWire;
    type Row = SecretRow;
    const VARIANT: fn(Arc<SecretRow>) -> Row = Row::Secret;

    const COLUMNS: &'static [Column<SecretRow>] = &[
        Column::left("NAME", 40, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::left("HELM RELEASE", 24, 1, |row, _| {
            row.helm.as_ref().map_or(Cell::Empty, |record| (&record.release).into())
        }),
        Column::right("REVISION", 8, 2, |row, _| {
            row.helm.as_ref().map_or(Cell::Empty, |record| Cell::Number(record.revision))
        }),
        Column::left("STATUS", 16, 2, |row, _| row.helm.as_ref().map_or(Cell::Empty, |record| (&record.status).into())),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: SecretWire, interner: &mut Interner) -> SecretRow {
        let metadata = wire.metadata.unwrap_or_default();
        let created = metadata.created();
        let helm = metadata.label("owner").filter(|owner| *owner == "helm").and_then(|_| {
            Some(HelmRecord {
                release: interner.share(metadata.label("name")?),
                revision: metadata.label("version")?.parse().ok()?,
                status: interner.share(metadata.label("status").unwrap_or("unknown")),
                at: metadata
                    .label("createdAt")
                    .and_then(|seconds| seconds.parse().ok())
                    .and_then(|seconds| Timestamp::from_second(seconds).ok())
                    .or(created),
            })
        });
        SecretRow { key: workload::key(Kind::Secret, &metadata, interner), created, helm }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecretWire {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<Ignored>>,
}
