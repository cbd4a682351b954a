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
    /// Keys touched since the last settle; None means all.
    changed: Option<Vec<ObjectKey>>,
    /// Grows with each change of the rows.
    pub version: u64,
}

impl ObjectStore {
    /// Takes up an event; true when rows or freshness changed.
    pub fn apply(&mut self, event: ObjectsEvent) {
        self.version += 1;
        match event {
            ObjectsEvent::Replaced(rows) => {
                self.rows = rows.into_iter().map(|row| (row.key().clone(), row)).collect();
                self.changed = None;
            }
            ObjectsEvent::Applied(rows) => {
                for row in rows {
                    self.note(row.key());
                    self.rows.insert(row.key().clone(), row);
                }
            }
            ObjectsEvent::Deleted(keys) => {
                for key in keys {
                    self.note(&key);
                    self.rows.remove(&key);
                }
            }
            ObjectsEvent::Freshness(freshness) => self.freshness = freshness,
        }
    }

    fn note(&mut self, key: &ObjectKey) {
        if let Some(changed) = &mut self.changed {
            changed.push(key.clone());
        }
    }

    /// What changed since this was last asked: Some(keys), or None for everything.
    pub fn take_changed(&mut self) -> Option<Vec<ObjectKey>> {
        self.changed.replace(Vec::new())
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
