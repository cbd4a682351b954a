//! The objects and what happened to them: one resource version for all, and a bounded history that watches read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::kinds::{KINDS, Kind};
use super::pod::Pod;

/// As an API server's watch cache: who asks for an older version must list again.
const HISTORY: usize = 2000;
/// A cluster that has lived for a while.
const FIRST_VERSION: u64 = 48_120_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }
}

#[derive(Clone, Debug)]
pub enum Body {
    /// The object as it is on the wire.
    Value(Arc<Value>),
    /// Rendered when asked for: there may be 10,000.
    Pod(Arc<Pod>),
}

#[derive(Clone, Debug)]
pub struct Stored {
    pub version: u64,
    pub body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Added,
    Modified,
    Deleted,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub version: u64,
    pub kind: Kind,
    pub key: Key,
    pub verb: Verb,
    pub object: Stored,
    /// What it was before, so that a watch with a selector can tell coming from leaving.
    pub before: Option<Stored>,
}

pub struct Store {
    version: u64,
    /// Versions up to this one are no longer in the history.
    compacted: u64,
    objects: Vec<BTreeMap<Key, Stored>>,
    history: VecDeque<Record>,
}

impl Store {
    pub fn new() -> Store {
        Store {
            version: FIRST_VERSION,
            compacted: FIRST_VERSION,
            objects: KINDS.iter().map(|_| BTreeMap::new()).collect(),
            history: VecDeque::new(),
        }
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn get(&self, kind: Kind, key: &Key) -> Option<&Stored> {
        self.objects[kind as usize].get(key)
    }

    pub fn value(&self, kind: Kind, key: &Key) -> Option<&Arc<Value>> {
        match &self.get(kind, key)?.body {
            Body::Value(value) => Some(value),
            Body::Pod(_) => None,
        }
    }

    pub fn pod(&self, key: &Key) -> Option<&Arc<Pod>> {
        match &self.get(Kind::Pod, key)?.body {
            Body::Pod(pod) => Some(pod),
            Body::Value(_) => None,
        }
    }

    pub fn all(&self, kind: Kind) -> &BTreeMap<Key, Stored> {
        &self.objects[kind as usize]
    }

    pub fn in_namespace<'a>(
        &'a self,
        kind: Kind,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored)> + 'a {
        self.objects[kind as usize]
            .range(Key::new(namespace, "")..)
            .take_while(move |(key, _)| key.namespace == namespace)
    }

    pub fn pods_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = (&'a Key, &'a Arc<Pod>)> + 'a {
        self.in_namespace(Kind::Pod, namespace).filter_map(|(key, stored)| match &stored.body {
            Body::Pod(pod) => Some((key, pod)),
            Body::Value(_) => None,
        })
    }

    /// Creates or replaces; the new version is returned.
    pub fn put(&mut self, kind: Kind, key: Key, body: Body) -> u64 {
        self.version += 1;
        let mut body = body;
        if let Body::Value(value) = &mut body {
            Arc::make_mut(value)["metadata"]["resourceVersion"] = Value::String(self.version.to_string());
        }
        let object = Stored { version: self.version, body };
        let before = self.objects[kind as usize].insert(key.clone(), object.clone());
        let verb = if before.is_some() { Verb::Modified } else { Verb::Added };
        self.remember(Record { version: self.version, kind, key, verb, object, before });
        self.version
    }

    pub fn remove(&mut self, kind: Kind, key: &Key) -> Option<Stored> {
        let before = self.objects[kind as usize].remove(key)?;
        self.version += 1;
        // The last state goes out with the version of the deletion, as the real server does it.
        let mut object = before.clone();
        object.version = self.version;
        if let Body::Value(value) = &mut object.body {
            Arc::make_mut(value)["metadata"]["resourceVersion"] = Value::String(self.version.to_string());
        }
        self.remember(Record {
            version: self.version,
            kind,
            key: key.clone(),
            verb: Verb::Deleted,
            object,
            before: Some(before.clone()),
        });
        Some(before)
    }

    /// What happened after a version; `None` when that is no longer known.
    pub fn since(&self, version: u64) -> Option<impl Iterator<Item = &Record>> {
        if version < self.compacted {
            return None;
        }
        let first = self.history.partition_point(|record| record.version <= version);
        Some(self.history.range(first..))
    }

    /// Forgets the history up to now, as etcd's compaction does.
    pub fn compact(&mut self) {
        self.compacted = self.version;
        self.history.clear();
    }

    fn remember(&mut self, record: Record) {
        self.history.push_back(record);
        while self.history.len() > HISTORY {
            if let Some(oldest) = self.history.pop_front() {
                self.compacted = oldest.version;
            }
        }
    }
}

impl Default for Store {
    fn default() -> Self {
        Store::new()
    }
}
