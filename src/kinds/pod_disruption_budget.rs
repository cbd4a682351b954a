//! PodDisruptionBudgets: how many pods may be missing at once.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{KindInfo, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{IntOrString, LabelSelector, Object};
use super::workload::{self, Labels};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodDisruptionBudgetRow {
    pub key: ObjectKey,
    pub selector: Labels,
    /// As written, a number or a share; empty when not set.
    pub min_available: CleanText,
    pub max_unavailable: CleanText,
    pub allowed: u32,
    pub healthy: u32,
    pub wanted: u32,
    pub created: Option<Timestamp>,
}

impl Keyed for PodDisruptionBudgetRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct PodDisruptionBudget;

impl Definition for PodDisruptionBudget {
    const INFO: &'static KindInfo = &KindInfo {
        group: "policy",
        ..core(
            Kind::PodDisruptionBudget,
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "PodDisruptionBudgets",
            &["pdb"],
        )
    };
    type Wire = Object<BudgetSpec, BudgetStatus>;
    type Row = PodDisruptionBudgetRow;
    const VARIANT: fn(Arc<PodDisruptionBudgetRow>) -> Row = Row::PodDisruptionBudget;

    const COLUMNS: &'static [Column<PodDisruptionBudgetRow>] = &[
        Column::left("NAME", 32, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::right("MIN", 6, 0, |row, _| (&row.min_available).into()),
        Column::right("MAX MISSING", 11, 0, |row, _| (&row.max_unavailable).into()),
        Column::right("ALLOWED", 7, 0, |row, _| row.allowed.into()),
        Column::right("HEALTHY", 8, 1, |row, _| Cell::Share(row.healthy, row.wanted)),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> PodDisruptionBudgetRow {
        let (metadata, spec, status) = wire.parts();
        let bound =
            |value: Option<IntOrString>| value.map_or_else(CleanText::default, |value| value.to_string().into());
        PodDisruptionBudgetRow {
            key: workload::key(Kind::PodDisruptionBudget, &metadata, interner),
            selector: workload::selector(spec.selector.as_ref(), interner),
            min_available: bound(spec.min_available),
            max_unavailable: bound(spec.max_unavailable),
            allowed: workload::count(status.disruptions_allowed),
            healthy: workload::count(status.current_healthy),
            wanted: workload::count(status.desired_healthy),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BudgetSpec {
    #[prost(message, optional, tag = "1")]
    pub min_available: Option<IntOrString>,
    #[prost(message, optional, tag = "2")]
    pub selector: Option<LabelSelector>,
    #[prost(message, optional, tag = "3")]
    pub max_unavailable: Option<IntOrString>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BudgetStatus {
    #[prost(int32, tag = "3")]
    pub disruptions_allowed: i32,
    #[prost(int32, tag = "4")]
    pub current_healthy: i32,
    #[prost(int32, tag = "5")]
    pub desired_healthy: i32,
}
