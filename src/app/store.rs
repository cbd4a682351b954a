//! The rows of one list and watch, and how fresh they are.

use std::collections::BTreeMap;

use crate::domain::freshness::Freshness;
use crate::domain::object::ObjectKey;
use crate::kinds::delivery::ObjectsEvent;
use crate::kinds::row::Row;

#[derive(Debug, Default)]
pub struct ObjectStore {
    rows: BTreeMap<ObjectKey, Row>,
    pub freshness: Freshness,
    /// Grows with each change of the rows.
    pub version: u64,
}

impl ObjectStore {
    /// Takes up an event.
    pub fn apply(&mut self, event: ObjectsEvent) {
        self.version += 1;
        match event {
            ObjectsEvent::Replaced(rows) => {
                self.rows = rows.into_iter().map(|row| (row.key().clone(), row)).collect();
            }
            ObjectsEvent::Applied(rows) => {
                for row in rows {
                    self.rows.insert(row.key().clone(), row);
                }
            }
            ObjectsEvent::Deleted(keys) => {
                for key in keys {
                    self.rows.remove(&key);
                }
            }
            ObjectsEvent::Freshness(freshness) => self.freshness = freshness,
        }
    }

    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Row> {
        self.rows.get(key)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
