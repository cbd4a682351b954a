//! StatefulSets.

use std::sync::Arc;

use serde::Deserialize;

use super::column::Column;
use super::info::{KindInfo, Opens, apps};
use super::interner::Interner;
use super::row::{Definition, Row};
use super::wire::{LabelSelector, ManagedField, Object, PodTemplate};
use super::workload::{self, Counts, WorkloadRow, count};
use crate::domain::health::Grade;
use crate::domain::object::Kind;

pub struct StatefulSet;

impl Definition for StatefulSet {
    const INFO: &'static KindInfo = &KindInfo {
        opens: Opens::Pods,
        ..apps(Kind::StatefulSet, "StatefulSet", "statefulsets", "statefulset", "StatefulSets", &["sts"])
    };
    type Wire = Object<StatefulSetSpec, StatefulSetStatus, ManagedField>;
    type Row = WorkloadRow;
    const VARIANT: fn(Arc<WorkloadRow>) -> Row = Row::StatefulSet;
    const COLUMNS: &'static [Column<WorkloadRow>] = workload::COLUMNS;

    fn project(wire: Self::Wire, interner: &mut Interner) -> WorkloadRow {
        let (metadata, spec, status) = wire.parts();
        let template = spec.template.as_ref();
        let row = WorkloadRow::begin(Kind::StatefulSet, &metadata, template, spec.selector.as_ref(), interner);
        // The controller leaves updatedReplicas out once the update revision has become the current one.
        let updated = if status.update_revision == status.current_revision {
            status.current_replicas.max(status.updated_replicas)
        } else {
            status.updated_replicas
        };
        WorkloadRow {
            observed_generation: status.observed_generation,
            counts: Counts {
                desired: count(spec.replicas.unwrap_or(1)),
                total: count(status.replicas),
                updated: count(updated),
                ready: count(status.ready_replicas),
                available: count(status.available_replicas),
            },
            rolls_by_itself: spec.update_strategy.is_none_or(|strategy| strategy.rolls_by_itself()),
            ..row
        }
    }

    fn grade(row: &WorkloadRow) -> Grade {
        row.grade()
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatefulSetSpec {
    #[prost(int32, optional, tag = "1")]
    pub replicas: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub selector: Option<LabelSelector>,
    #[prost(message, optional, tag = "3")]
    pub template: Option<PodTemplate>,
    #[prost(message, optional, tag = "7")]
    pub update_strategy: Option<UpdateStrategy>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UpdateStrategy {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(message, optional, tag = "2")]
    pub rolling_update: Option<RollingUpdate>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollingUpdate {
    /// Of a StatefulSet: pods below it keep the old template.
    #[prost(int32, tag = "1")]
    #[serde(default)]
    pub partition: i32,
}

impl UpdateStrategy {
    #[must_use]
    pub fn rolls_by_itself(&self) -> bool {
        self.kind != "OnDelete" && self.rolling_update.as_ref().is_none_or(|rolling| rolling.partition == 0)
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatefulSetStatus {
    #[prost(int64, tag = "1")]
    pub observed_generation: i64,
    #[prost(int32, tag = "2")]
    pub replicas: i32,
    #[prost(int32, tag = "3")]
    pub ready_replicas: i32,
    #[prost(int32, tag = "4")]
    pub current_replicas: i32,
    #[prost(int32, tag = "5")]
    pub updated_replicas: i32,
    #[prost(string, tag = "6")]
    pub current_revision: String,
    #[prost(string, tag = "7")]
    pub update_revision: String,
    #[prost(int32, tag = "11")]
    pub available_replicas: i32,
}
