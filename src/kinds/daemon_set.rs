//! DaemonSets.

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

pub struct DaemonSet;

impl Definition for DaemonSet {
    const INFO: &'static KindInfo = &KindInfo {
        opens: Opens::Pods,
        ..apps(Kind::DaemonSet, "DaemonSet", "daemonsets", "daemonset", "DaemonSets", &["ds"])
    };
    type Wire = Object<DaemonSetSpec, DaemonSetStatus, ManagedField>;
    type Row = WorkloadRow;
    const VARIANT: fn(Arc<WorkloadRow>) -> Row = Row::DaemonSet;
    const COLUMNS: &'static [Column<WorkloadRow>] = workload::COLUMNS;

    fn project(wire: Self::Wire, interner: &mut Interner) -> WorkloadRow {
        let (metadata, spec, status) = wire.parts();
        let template = spec.template.as_ref();
        let row = WorkloadRow::begin(Kind::DaemonSet, &metadata, template, spec.selector.as_ref(), interner);
        WorkloadRow {
            observed_generation: status.observed_generation,
            counts: Counts {
                desired: count(status.desired_number_scheduled),
                total: count(status.current_number_scheduled),
                updated: count(status.updated_number_scheduled),
                ready: count(status.number_ready),
                available: count(status.number_available),
            },
            rolls_by_itself: spec.update_strategy.is_none_or(|strategy| strategy.kind != "OnDelete"),
            ..row
        }
    }

    fn grade(row: &WorkloadRow) -> Grade {
        row.grade()
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DaemonSetSpec {
    #[prost(message, optional, tag = "1")]
    pub selector: Option<LabelSelector>,
    #[prost(message, optional, tag = "2")]
    pub template: Option<PodTemplate>,
    #[prost(message, optional, tag = "3")]
    pub update_strategy: Option<UpdateStrategy>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UpdateStrategy {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DaemonSetStatus {
    #[prost(int32, tag = "1")]
    pub current_number_scheduled: i32,
    #[prost(int32, tag = "3")]
    pub desired_number_scheduled: i32,
    #[prost(int32, tag = "4")]
    pub number_ready: i32,
    #[prost(int64, tag = "5")]
    pub observed_generation: i64,
    #[prost(int32, tag = "6")]
    pub updated_number_scheduled: i32,
    #[prost(int32, tag = "7")]
    pub number_available: i32,
}
