//! What should be running now, computed from what is open. The runtime starts and stops until it is so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::identity::Generation;
use crate::domain::object::{Kind, ObjectKey, Scope};

use super::effect::{MetricQuery, Selection, SessionId};
use super::message::QueryName;
use super::state::State;

/// Names one stream: a connection and what it brings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub generation: Generation,
    pub topic: Topic,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A list and watch.
    Objects(ObjectsTopic),
    /// Metric queries asked again and again.
    Metrics(MetricsTopic),
    /// Alerts of Prometheus and Alertmanager together.
    Alerts,
    Logs(LogsTopic),
    /// Tells the time when something on screen changes with it.
    Clock,
    /// Keeps a shell alive; never starts one.
    Hold(SessionId),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectsTopic {
    pub kind: Kind,
    pub scope: Scope,
    pub selection: Selection,
}

/// One reading of logs. Another window is another reading, so that lines of the one before are for nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogsTopic {
    pub object: ObjectKey,
    pub reading: Reading,
}

/// Whose reading it is, and how often it has begun anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reading {
    pub reader: u64,
    pub turn: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricsTopic {
    /// The numbers of all services on the home screen.
    Home,
    /// When the errors of services that fail began.
    Onsets,
    /// The failures of one service's pods around the moment at which they began.
    Onset(ObjectKey),
    /// The charts of one service.
    Service(ObjectKey),
    /// The expression of one alert, by its fingerprint.
    Alert(String),
    /// The proof after an act.
    Verification(ObjectKey),
}

/// How a stream runs. A change is taken up in place, without losing what it brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Params {
    #[default]
    None,
    /// No open screen wants it any more; it goes on for a while.
    Lingering,
    /// Ask these, every so often.
    Queries {
        queries: Arc<[(QueryName, MetricQuery)]>,
        every: Duration,
    },
    /// Ask again every so often.
    Every(Duration),
    Logs(LogParams),
    /// Tell the time at this moment.
    At(Timestamp),
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogParams {
    /// The only part that changes during a reading: pods come and go.
    pub targets: Vec<LogTarget>,
    pub since: Option<Timestamp>,
    pub previous: bool,
    /// Lines of the past to start with, for each container.
    pub tail: u32,
    /// Goes on with what is written from now on.
    pub follow: bool,
}

/// One container to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogTarget {
    pub pod: ObjectKey,
    pub container: crate::domain::text::CleanText,
}

/// Everything that should be running.
#[must_use]
pub fn subscriptions(state: &State) -> BTreeMap<Key, Params> {
    let mut wanted = BTreeMap::new();
    let generation = state.model.generation;
    if state.model.link.is_up() {
        for (topic, params) in state.views.wants(&state.model) {
            wanted.insert(Key { generation, topic }, params);
        }
        for topic in state.lingering.topics(&state.model) {
            wanted.entry(Key { generation, topic: Topic::Objects(topic) }).or_insert(Params::Lingering);
        }
    }
    if let Some(at) = state.next_visible_change() {
        wanted.insert(Key { generation, topic: Topic::Clock }, Params::At(at));
    }
    wanted
}
