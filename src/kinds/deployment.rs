//! Deployments.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::column::Column;
use super::info::{KindInfo, Opens, apps};
use super::interner::Interner;
use super::pod_container::MESSAGE_LIMIT;
use super::row::{Definition, Row};
use super::wire::{LabelSelector, ManagedField, Object, PodTemplate, Time, nullable, text, text_of};
use super::workload::{self, Counts, Progress, WorkloadRow, count};
use crate::domain::health::Grade;
use crate::domain::object::Kind;
use crate::domain::text::CleanText;

pub struct Deployment;

impl Definition for Deployment {
    const INFO: &'static KindInfo = &KindInfo {
        opens: Opens::Pods,
        ..apps(Kind::Deployment, "Deployment", "deployments", "deployment", "Deployments", &["deploy", "dp"])
    };
    type Wire = Object<DeploymentSpec, DeploymentStatus, ManagedField>;
    type Row = WorkloadRow;
    const VARIANT: fn(Arc<WorkloadRow>) -> Row = Row::Deployment;
    const COLUMNS: &'static [Column<WorkloadRow>] = workload::COLUMNS;

    fn project(wire: Self::Wire, interner: &mut Interner) -> WorkloadRow {
        let (metadata, spec, status) = wire.parts();
        let progress =
            status.conditions.iter().find(|condition| condition.kind == "Progressing").map(|condition| Progress {
                reason: interner.share(&condition.reason),
                message: CleanText::new(&text_of(&condition.message, MESSAGE_LIMIT)),
                at: condition.last_update_time.and_then(Time::timestamp),
            });
        let template = spec.template.as_ref();
        let row = WorkloadRow::begin(Kind::Deployment, &metadata, template, spec.selector.as_ref(), interner);
        let written = workload::template_written(&metadata.managed_fields);
        WorkloadRow {
            observed_generation: status.observed_generation,
            counts: Counts {
                desired: count(spec.replicas.unwrap_or(1)),
                total: count(status.replicas),
                updated: count(status.updated_replicas),
                ready: count(status.ready_replicas),
                available: count(status.available_replicas),
            },
            paused: spec.paused,
            revision: metadata.annotation(workload::REVISION).and_then(|number| number.parse().ok()),
            rolled_out: rolled_out(written, progress.as_ref(), row.created),
            progress,
            ..row
        }
    }

    fn grade(row: &WorkloadRow) -> Grade {
        row.grade()
    }
}

/// A template is written when its rollout begins; a finished rollout bounds that from above, so that a later write of
/// something else by the same manager does not pass for a release.
fn rolled_out(
    written: Option<Timestamp>,
    progress: Option<&Progress>,
    created: Option<Timestamp>,
) -> Option<Timestamp> {
    let finished = progress.filter(|progress| progress.is_complete()).and_then(|progress| progress.at);
    match (written, finished) {
        (Some(written), Some(finished)) => Some(written.min(finished)),
        (written, finished) => written.or(finished).or(created),
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploymentSpec {
    #[prost(int32, optional, tag = "1")]
    pub replicas: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub selector: Option<LabelSelector>,
    #[prost(message, optional, tag = "3")]
    pub template: Option<PodTemplate>,
    #[prost(bool, tag = "7")]
    pub paused: bool,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploymentStatus {
    #[prost(int64, tag = "1")]
    pub observed_generation: i64,
    #[prost(int32, tag = "2")]
    pub replicas: i32,
    #[prost(int32, tag = "3")]
    pub updated_replicas: i32,
    #[prost(int32, tag = "4")]
    pub available_replicas: i32,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<DeploymentCondition>,
    #[prost(int32, tag = "7")]
    pub ready_replicas: i32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploymentCondition {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(string, tag = "4")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "5")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(message, optional, tag = "6")]
    pub last_update_time: Option<Time>,
}
