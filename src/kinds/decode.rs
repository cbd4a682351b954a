//! Pages of a list and frames of a watch become rows, whatever the kind and the wire. Objects are projected one by one,
//! so that a page never stands in memory as objects. Errors carry positions and never content.

mod protobuf_list;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::interner::Interner;
use super::row::{Definition, DefinitionVisitor, Keyed, Row, with_definition};
use super::wire::{Ignored, ListMeta, Metadata, Status, Unknown, WatchEvent, text_of};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

pub use protobuf_list::ProtobufList;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    Json,
    Protobuf,
}

/// One page of a list.
#[derive(Debug, PartialEq)]
pub struct Page {
    pub rows: Vec<Row>,
    pub resource_version: String,
    /// Empty on the last page.
    pub continue_token: String,
    pub remaining: Option<u64>,
}

impl Page {
    fn new(rows: Vec<Row>, metadata: ListMeta) -> Self {
        Self {
            rows,
            resource_version: metadata.resource_version,
            continue_token: metadata.continue_token,
            remaining: metadata.remaining_item_count.and_then(|count| u64::try_from(count).ok()),
        }
    }
}

/// One frame of a watch.
#[derive(Debug, PartialEq)]
pub enum WatchItem {
    Applied {
        row: Row,
        resource_version: String,
    },
    Deleted {
        key: ObjectKey,
        resource_version: String,
    },
    Bookmark {
        resource_version: String,
        /// The end of the initial state, when a watch was asked to begin with it.
        initial_events_end: bool,
    },
    /// The server ends the watch; 410 asks for a new list.
    Error {
        code: u16,
        reason: CleanText,
        message: CleanText,
        retry_after_seconds: u32,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("JSON {problem} at line {line}, column {column}")]
    Json { problem: &'static str, line: usize, column: usize },
    #[error("protobuf that cannot be read")]
    Protobuf,
    #[error("no protobuf envelope of Kubernetes")]
    Envelope,
    #[error("a watch event of an unknown type")]
    EventType,
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        let problem = match error.classify() {
            serde_json::error::Category::Io => "cut short",
            serde_json::error::Category::Syntax => "with a syntax error",
            serde_json::error::Category::Data => "of an unexpected shape",
            serde_json::error::Category::Eof => "that ends too early",
        };
        Self::Json { problem, line: error.line(), column: error.column() }
    }
}

impl From<prost::DecodeError> for DecodeError {
    fn from(_: prost::DecodeError) -> Self {
        Self::Protobuf
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::new(Cause::Malformed, "the server's answer cannot be read", error.to_string(), "")
    }
}

pub fn decode_list(kind: Kind, wire: Wire, bytes: Bytes, interner: &mut Interner) -> Result<Page, DecodeError> {
    with_definition(kind, ReadList { wire, bytes, interner })
}

pub fn decode_watch(kind: Kind, wire: Wire, frame: Bytes, interner: &mut Interner) -> Result<WatchItem, DecodeError> {
    with_definition(kind, ReadEvent { wire, frame, interner })
}

/// A whole object that was read for other reasons, as a row.
pub fn row_of(kind: Kind, object: &RawObject, interner: &mut Interner) -> Result<Row, DecodeError> {
    with_definition(kind, ProjectValue { object, interner })
}

struct ProjectValue<'a> {
    object: &'a RawObject,
    interner: &'a mut Interner,
}

impl DefinitionVisitor for ProjectValue<'_> {
    type Answer = Result<Row, DecodeError>;

    fn visit<D: Definition>(self) -> Self::Answer {
        Ok(row::<D>(D::Wire::deserialize(self.object.value())?, self.interner))
    }
}

struct ReadList<'a> {
    wire: Wire,
    bytes: Bytes,
    interner: &'a mut Interner,
}

impl DefinitionVisitor for ReadList<'_> {
    type Answer = Result<Page, DecodeError>;

    fn visit<D: Definition>(self) -> Self::Answer {
        if self.wire == Wire::Protobuf {
            let mut list = ProtobufList::default();
            list.push_items::<D>(&self.bytes, self.interner)?;
            let (rows, metadata) = list.finish()?;
            return Ok(Page::new(rows, metadata));
        }
        let mut rows = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_slice(&self.bytes);
        let seed = ListSeed::<D> { rows: &mut rows, interner: self.interner, definition: PhantomData };
        let metadata = seed.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(Page::new(rows, metadata))
    }
}

struct ReadEvent<'a> {
    wire: Wire,
    frame: Bytes,
    interner: &'a mut Interner,
}

impl DefinitionVisitor for ReadEvent<'_> {
    type Answer = Result<WatchItem, DecodeError>;

    fn visit<D: Definition>(self) -> Self::Answer {
        match self.wire {
            Wire::Json => {
                let event: JsonEvent<'_> = serde_json::from_slice(&self.frame)?;
                let object = event.object.get();
                match EventType::parse(event.kind)? {
                    EventType::Changed => {
                        let version = serde_json::from_str::<Bare>(object)?.version();
                        Ok(applied::<D>(serde_json::from_str(object)?, version, self.interner))
                    }
                    EventType::Deleted => {
                        let version = serde_json::from_str::<Bare>(object)?.version();
                        Ok(deleted::<D>(serde_json::from_str(object)?, version, self.interner))
                    }
                    EventType::Bookmark => Ok(bookmark(serde_json::from_str(object)?)),
                    EventType::Error => Ok(refusal(&serde_json::from_str(object)?)),
                }
            }
            Wire::Protobuf => {
                // The server streams the event bare and the object within it enveloped; a proxy may envelope both.
                let frame = if self.frame.starts_with(MAGIC) { unwrap_envelope(self.frame)? } else { self.frame };
                let event = WatchEvent::decode(frame)?;
                let object = unwrap_envelope(event.object.unwrap_or_default().raw)?;
                match EventType::parse(&event.kind)? {
                    EventType::Changed => {
                        let version = Bare::decode(object.clone())?.version();
                        Ok(applied::<D>(D::Wire::decode(object)?, version, self.interner))
                    }
                    EventType::Deleted => {
                        let version = Bare::decode(object.clone())?.version();
                        Ok(deleted::<D>(D::Wire::decode(object)?, version, self.interner))
                    }
                    EventType::Bookmark => Ok(bookmark(Bare::decode(object)?)),
                    EventType::Error => Ok(refusal(&Status::decode(object)?)),
                }
            }
        }
    }
}

fn row<D: Definition>(wire: D::Wire, interner: &mut Interner) -> Row {
    D::VARIANT(Arc::new(D::project(wire, interner)))
}

fn applied<D: Definition>(wire: D::Wire, resource_version: String, interner: &mut Interner) -> WatchItem {
    WatchItem::Applied { row: row::<D>(wire, interner), resource_version }
}

fn deleted<D: Definition>(wire: D::Wire, resource_version: String, interner: &mut Interner) -> WatchItem {
    WatchItem::Deleted { key: D::project(wire, interner).key().clone(), resource_version }
}

fn bookmark(object: Bare) -> WatchItem {
    let metadata = object.metadata.unwrap_or_default();
    let initial_events_end = metadata.annotation("k8s.io/initial-events-end") == Some("true");
    WatchItem::Bookmark { resource_version: metadata.resource_version, initial_events_end }
}

fn refusal(status: &Status) -> WatchItem {
    WatchItem::Error {
        code: u16::try_from(status.code).unwrap_or_default(),
        reason: CleanText::new(&status.reason),
        message: CleanText::new(&text_of(&status.message, 1024)),
        retry_after_seconds: status
            .details
            .as_ref()
            .and_then(|details| u32::try_from(details.retry_after_seconds).ok())
            .unwrap_or_default(),
    }
}

/// What every object has.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
struct Bare {
    #[prost(message, optional, tag = "1")]
    metadata: Option<Metadata<Ignored>>,
}

impl Bare {
    fn version(self) -> String {
        self.metadata.unwrap_or_default().resource_version
    }
}

enum EventType {
    Changed,
    Deleted,
    Bookmark,
    Error,
}

impl EventType {
    fn parse(name: &str) -> Result<Self, DecodeError> {
        match name {
            "ADDED" | "MODIFIED" => Ok(Self::Changed),
            "DELETED" => Ok(Self::Deleted),
            "BOOKMARK" => Ok(Self::Bookmark),
            "ERROR" => Ok(Self::Error),
            _ => Err(DecodeError::EventType),
        }
    }
}

#[derive(Deserialize)]
struct JsonEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// Stands before every protobuf object of Kubernetes.
const MAGIC: &[u8; 4] = b"k8s\0";

fn unwrap_envelope(mut bytes: Bytes) -> Result<Bytes, DecodeError> {
    if !bytes.starts_with(MAGIC) {
        return Err(DecodeError::Envelope);
    }
    Ok(Unknown::decode(bytes.split_off(MAGIC.len()))?.raw)
}

/// Reads `{metadata, items}` and projects each item as it comes.
struct ListSeed<'a, D> {
    rows: &'a mut Vec<Row>,
    interner: &'a mut Interner,
    definition: PhantomData<D>,
}

impl<'de, D: Definition> DeserializeSeed<'de> for ListSeed<'_, D> {
    type Value = ListMeta;
    fn deserialize<T: Deserializer<'de>>(self, deserializer: T) -> Result<ListMeta, T::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, D: Definition> Visitor<'de> for ListSeed<'_, D> {
    type Value = ListMeta;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ListMeta, A::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Field {
            Metadata,
            Items,
            #[serde(other)]
            Other,
        }
        let mut metadata = ListMeta::default();
        while let Some(field) = map.next_key()? {
            match field {
                Field::Metadata => metadata = map.next_value()?,
                Field::Items => map.next_value_seed(ItemsSeed::<D> {
                    rows: &mut *self.rows,
                    interner: &mut *self.interner,
                    definition: PhantomData,
                })?,
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(metadata)
    }
}

struct ItemsSeed<'a, D> {
    rows: &'a mut Vec<Row>,
    interner: &'a mut Interner,
    definition: PhantomData<D>,
}

impl<'de, D: Definition> DeserializeSeed<'de> for ItemsSeed<'_, D> {
    type Value = ();
    fn deserialize<T: Deserializer<'de>>(self, deserializer: T) -> Result<(), T::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, D: Definition> Visitor<'de> for ItemsSeed<'_, D> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items of a list")
    }

    /// Go writes an empty list as `null`.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<D::Wire>()? {
            self.rows.push(row::<D>(item, self.interner));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
