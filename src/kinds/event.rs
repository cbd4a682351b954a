//! Events of the core group, with the object each is about.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::column::{Cell, Column};
use super::info::{self, KindInfo, core};
use super::interner::Interner;
use super::row::{Definition, Keyed, Row};
use super::wire::{Ignored, Metadata, Time, text, text_of};
use super::workload;
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::text::CleanText;

/// The API server takes at most this much.
const MESSAGE_LIMIT: usize = 1024;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRow {
    pub key: ObjectKey,
    pub about: Reference,
    pub warning: bool,
    pub reason: CleanText,
    pub message: CleanText,
    /// The component that says so.
    pub source: CleanText,
    pub count: u32,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// What an event is about; its kind may be one we do not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    pub kind: CleanText,
    pub namespace: CleanText,
    pub name: CleanText,
    /// `spec.containers{app}` and the like.
    pub field: CleanText,
}

impl Reference {
    #[must_use]
    pub fn key(&self) -> Option<ObjectKey> {
        let kind = info::by_name(&self.kind)?;
        Some(ObjectKey { kind, namespace: self.namespace.clone(), name: self.name.clone() })
    }
}

impl Keyed for EventRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

pub struct Event;

impl Definition for Event {
    const INFO: &'static KindInfo =
        &KindInfo { sort: Some(0), ..core(Kind::Event, "Event", "events", "event", "Events", &["ev"]) };
    type Wire = EventWire;
    type Row = EventRow;
    const VARIANT: fn(Arc<EventRow>) -> Row = Row::Event;

    const COLUMNS: &'static [Column<EventRow>] = &[
        Column::right("LAST", 5, 0, |row, _| row.last.into()),
        Column::right("COUNT", 5, 2, |row, _| row.count.into()),
        Column::left("REASON", 20, 0, |row, _| {
            Cell::State(if row.warning { Grade::AtRisk } else { Grade::Ready }, row.reason.clone())
        }),
        Column::left("NAMESPACE", 16, 1, |row, _| (&row.about.namespace).into()),
        Column::left("OBJECT", 36, 3, |row, _| {
            (&CleanText::new(&format!("{}/{}", row.about.kind, row.about.name))).into()
        }),
        Column::rest("MESSAGE", 24, 0, |row, _| (&row.message).into()),
        Column::left("FROM", 20, 4, |row, _| (&row.source).into()),
    ];

    fn project(wire: EventWire, interner: &mut Interner) -> EventRow {
        let metadata = wire.metadata.unwrap_or_default();
        let about = wire.involved_object.unwrap_or_default();
        let series = wire.series.unwrap_or_default();
        let time = |time: Option<Time>| time.and_then(Time::timestamp);
        let created = metadata.created();
        let component = wire.source.unwrap_or_default().component;
        // Newer components fill eventTime and series, older ones the timestamps and count.
        EventRow {
            key: workload::key(Kind::Event, &metadata, interner),
            about: Reference {
                kind: interner.share(&about.kind),
                namespace: interner.share(&about.namespace),
                name: interner.share(&about.name),
                field: interner.share(&about.field_path),
            },
            warning: wire.kind == "Warning",
            reason: interner.share(&wire.reason),
            message: CleanText::new(&text_of(&wire.message, MESSAGE_LIMIT)),
            source: interner.share(if component.is_empty() { &wire.reporting_component } else { &component }),
            count: workload::count(wire.count.max(series.count).max(1)),
            first: time(wire.first_timestamp).or(time(wire.event_time)).or(created),
            last: time(series.last_observed_time).max(time(wire.last_timestamp)).or(time(wire.event_time)).or(created),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventWire {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<Metadata<Ignored>>,
    #[prost(message, optional, tag = "2")]
    pub involved_object: Option<ObjectReference>,
    #[prost(string, tag = "3")]
    pub reason: String,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(deserialize_with = "text")]
    pub message: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub source: Option<EventSource>,
    #[prost(message, optional, tag = "6")]
    pub first_timestamp: Option<Time>,
    #[prost(message, optional, tag = "7")]
    pub last_timestamp: Option<Time>,
    #[prost(int32, tag = "8")]
    pub count: i32,
    #[prost(string, tag = "9")]
    #[serde(rename = "type")]
    pub kind: String,
    #[prost(message, optional, tag = "10")]
    pub event_time: Option<Time>,
    #[prost(message, optional, tag = "11")]
    pub series: Option<EventSeries>,
    #[prost(string, tag = "14")]
    pub reporting_component: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectReference {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub namespace: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "7")]
    pub field_path: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventSource {
    #[prost(string, tag = "1")]
    pub component: String,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventSeries {
    #[prost(int32, tag = "1")]
    pub count: i32,
    #[prost(message, optional, tag = "2")]
    pub last_observed_time: Option<Time>,
}
