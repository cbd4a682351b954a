//! HorizontalPodAutoscalers: who decides the number of pods.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{self, KindInfo, core};
use super::interner::Interner;
use super::pod_container::MESSAGE_LIMIT;
use super::row::{Definition, Keyed, Row};
use super::wire::{Object, Time, nullable, text, text_of};
use super::workload;
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HorizontalPodAutoscalerRow {
    pub key: ObjectKey,
    pub target_kind: CleanText,
    pub target_name: CleanText,
    pub minimum: u32,
    pub maximum: u32,
    pub current: u32,
    pub desired: u32,
    pub last_scale: Option<Timestamp>,
    /// Why it cannot scale now, empty when it can.
    pub inactive: CleanText,
    /// It wants more or less than its bounds allow.
    pub limited: bool,
    pub created: Option<Timestamp>,
}

impl HorizontalPodAutoscalerRow {
    /// The workload it scales, when its kind is known.
    #[must_use]
    pub fn target(&self) -> Option<ObjectKey> {
        let kind = info::by_name(&self.target_kind)?;
        Some(ObjectKey { kind, namespace: self.key.namespace.clone(), name: self.target_name.clone() })
    }
}

impl Keyed for HorizontalPodAutoscalerRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct HorizontalPodAutoscaler;

impl Definition for HorizontalPodAutoscaler {
    const INFO: &'static KindInfo = &KindInfo {
        group: "autoscaling",
        version: "v2",
        ..core(
            Kind::HorizontalPodAutoscaler,
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "HorizontalPodAutoscalers",
            &["hpa"],
        )
    };
    type Wire = Object<AutoscalerSpec, AutoscalerStatus>;
    type Row = HorizontalPodAutoscalerRow;
    const VARIANT: fn(Arc<HorizontalPodAutoscalerRow>) -> Row = Row::HorizontalPodAutoscaler;

    const COLUMNS: &'static [Column<HorizontalPodAutoscalerRow>] = &[
        Column::left("NAME", 32, 0, |row, _| (&row.key.name).into()),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.key.namespace).into()),
        Column::left("SCALES", 32, 0, |row, _| {
            (&CleanText::new(&format!("{}/{}", row.target_kind, row.target_name))).into()
        }),
        Column::right("MIN", 4, 0, |row, _| row.minimum.into()),
        Column::right("MAX", 4, 0, |row, _| row.maximum.into()),
        Column::right("NOW", 4, 0, |row, _| row.current.into()),
        Column::left("STATUS", 24, 1, |row, _| {
            if !row.inactive.is_empty() {
                Cell::State(Grade::AtRisk, row.inactive.clone())
            } else if row.limited && row.current >= row.maximum {
                Cell::State(Grade::AtRisk, "at its maximum".into())
            } else if row.current != row.desired {
                Cell::State(Grade::Changing, format!("to {}", row.desired).into())
            } else {
                Cell::State(Grade::Ready, "active".into())
            }
        }),
        Column::right("SCALED", 6, 2, |row, _| row.last_scale.into()),
        Column::right("AGE", 5, 1, |row, _| row.created.into()),
    ];

    fn project(wire: Self::Wire, interner: &mut Interner) -> HorizontalPodAutoscalerRow {
        let (metadata, spec, status) = wire.parts();
        let target = spec.scale_target_ref.unwrap_or_default();
        let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
        let refusal = ["ScalingActive", "AbleToScale"]
            .into_iter()
            .filter_map(condition)
            .find(|condition| condition.status == "False")
            .map(|condition| CleanText::new(&text_of(&condition.message, MESSAGE_LIMIT)));
        HorizontalPodAutoscalerRow {
            key: workload::key(Kind::HorizontalPodAutoscaler, &metadata, interner),
            target_kind: interner.share(&target.kind),
            target_name: interner.share(&target.name),
            minimum: workload::count(spec.min_replicas.unwrap_or(1)),
            maximum: workload::count(spec.max_replicas),
            current: workload::count(status.current_replicas),
            desired: workload::count(status.desired_replicas),
            last_scale: status.last_scale_time.and_then(Time::timestamp),
            inactive: refusal.unwrap_or_default(),
            limited: condition("ScalingLimited").is_some_and(|condition| condition.status == "True"),
            created: metadata.created(),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerSpec {
    #[prost(message, optional, tag = "1")]
    pub scale_target_ref: Option<TargetReference>,
    #[prost(int32, optional, tag = "2")]
    pub min_replicas: Option<i32>,
    #[prost(int32, tag = "3")]
    pub max_replicas: i32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetReference {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerStatus {
    #[prost(message, optional, tag = "2")]
    pub last_scale_time: Option<Time>,
    #[prost(int32, tag = "3")]
    pub current_replicas: i32,
    #[prost(int32, tag = "4")]
    pub desired_replicas: i32,
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<AutoscalerCondition>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerCondition {
    #[prost(string, tag = "1")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub status: String,
    #[prost(bytes = "vec", tag = "5")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
}
