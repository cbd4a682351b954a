//! Watches of screens that were just left: they run on for a while, so that leave-and-return lists nothing again. What
//! the home screen is made from is not kept here: it lives as long as the connection, and ends with its namespaces.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::effect::Selection;
use super::model::Model;
use super::services;
use super::subscription::{Key, ObjectsTopic, Params, Topic};

const LINGER: SignedDuration = SignedDuration::from_secs(30);
/// No more than these, the last ones left.
const MOST: usize = 4;

/// When each watch that no open screen wants any more was left.
#[derive(Debug, Default)]
pub struct Lingering(BTreeMap<ObjectsTopic, Timestamp>);

impl Lingering {
    /// Takes up which of the watches that run are wanted by an open screen.
    pub(super) fn settle(&mut self, wanted: &BTreeMap<Key, Params>, model: &Model) {
        let is_wanted = |topic: &ObjectsTopic| {
            let key = Key { generation: model.generation, topic: Topic::Objects(topic.clone()) };
            wanted.get(&key).is_some_and(|params| *params != Params::Lingering)
        };
        self.0.retain(|topic, _| model.objects.contains_key(topic) && !is_wanted(topic));
        for topic in model.objects.keys().filter(|topic| !is_home(topic) && !is_wanted(topic)) {
            self.0.entry(topic.clone()).or_insert(model.now);
        }
    }

    /// Those that run on. One whose time is over is known until its rows are gone, so that it does not begin anew.
    pub(super) fn topics(&self, model: &Model) -> Vec<ObjectsTopic> {
        let is_young = |left: &Timestamp| model.now.duration_since(*left) < LINGER;
        let mut running: Vec<_> =
            self.0.iter().filter(|(topic, left)| is_young(left) && model.objects.contains_key(*topic)).collect();
        running.sort_by_key(|(_, left)| std::cmp::Reverse(**left));
        running.into_iter().take(MOST).map(|(topic, _)| topic.clone()).collect()
    }
}

fn is_home(topic: &ObjectsTopic) -> bool {
    topic.selection == Selection::Everything && services::KINDS.contains(&topic.kind)
}
