//! Watches of screens that were just left: they run on for a while, so that leave-and-return lists nothing again. What
//! the home screen is made from is not kept here: it lives as long as the connection, and ends with its namespaces.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::effect::Selection;
use super::model::Model;
use super::navigation::Views;
use super::services;
use super::subscription::{ObjectsTopic, Topic};

const LINGER: SignedDuration = SignedDuration::from_secs(30);
/// No more than these, the last ones left.
const MOST: usize = 4;

/// When each watch that no open screen wants any more was left.
#[derive(Debug, Default)]
pub struct Lingering(BTreeMap<ObjectsTopic, Timestamp>);

impl Lingering {
    /// Takes up which of the watches that run are wanted by an open screen.
    pub(super) fn settle(&mut self, views: &Views, model: &Model) {
        let guests: Vec<&ObjectsTopic> = model.objects.keys().filter(|topic| !is_home(topic)).collect();
        if guests.is_empty() {
            return self.0.clear();
        }
        let wanted: BTreeSet<ObjectsTopic> =
            views.wants(model).into_iter().filter_map(|(topic, _)| objects(topic)).collect();
        self.0.retain(|topic, _| !wanted.contains(topic) && model.objects.contains_key(topic));
        for topic in guests.into_iter().filter(|topic| !wanted.contains(topic)) {
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

fn objects(topic: Topic) -> Option<ObjectsTopic> {
    match topic {
        Topic::Objects(topic) => Some(topic),
        _ => None,
    }
}
