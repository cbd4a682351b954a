//! An object exactly as the server sent it, kept for writing back. It has no Display, and its Debug shows only a size,
//! because it may hold secrets and text that was not cleaned.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// Untouched JSON of an object or a part of one. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct RawObject(Arc<Value>);

impl RawObject {
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self(Arc::new(value))
    }

    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The part at a JSON pointer, if there.
    #[must_use]
    pub fn part(&self, pointer: &str) -> Option<RawObject> {
        self.0.pointer(pointer).cloned().map(RawObject::new)
    }

    /// The string at a JSON pointer. It is not clean: pass it through `CleanText` before showing it.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }
}

impl fmt::Debug for RawObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawObject({} top-level fields)", self.0.as_object().map_or(0, serde_json::Map::len))
    }
}
