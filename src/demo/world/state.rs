//! The world: objects, timeline and an agenda of what comes next. It moves only when asked to, in order, to a given
//! time; between two entries of the agenda nothing happens, so nobody needs to poll it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::kinds::Kind;
use super::observation::Observation;
use super::pod::{Pod, Template};
use super::services::ServiceId;
use super::store::{Body, Key, Store};
use super::story::Scene;
use super::time::StoryTime;
use super::timeline::{PodSpan, Timeline};
use crate::demo::objects::event::{self, Occurrence};
use crate::demo::objects::metadata::Calendar;

/// When the world begins to move.
const PROLOGUE: StoryTime = StoryTime::at(-120, 0);
/// How long events are kept.
const EVENT_LIFE_MILLIS: i64 = 3_600_000;

/// Something that will happen to the world at a known time.
#[derive(Clone, Debug)]
pub enum Task {
    Pod {
        key: Key,
        uid: String,
        step: PodStep,
    },
    /// A Deployment that has made no progress for its deadline.
    Deadline {
        key: Key,
    },
    Autoscale {
        service: ServiceId,
    },
    /// A GitOps controller puts back what its repository says.
    Heal {
        service: ServiceId,
    },
    Scene(Scene),
    ForgetEvent {
        key: Key,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodStep {
    Scheduled,
    Pulled,
    PullFailed {
        attempt: u32,
    },
    PullBackOff {
        attempt: u32,
    },
    Ready,
    Restarted,
    /// The program gives up by itself.
    Crashed,
    Gone,
}

pub struct World {
    pub seed: u64,
    pub calendar: Calendar,
    pub store: Store,
    pub timeline: Arc<Timeline>,
    pub(super) now: StoryTime,
    agenda: BTreeMap<(StoryTime, u64), Task>,
    tasks: u64,
    /// By owner, shared by its pods.
    pub(super) templates: BTreeMap<Key, Arc<Template>>,
    /// The last progress of Deployments that are rolling.
    pub(super) progress: BTreeMap<Key, StoryTime>,
    /// Pods created so far: names are drawn from it.
    pub(super) births: u64,
    /// Who writes at this moment, for the timeline.
    pub(super) author: String,
}

impl World {
    /// The world at 0:00, with everything the story will do on its agenda. What went wrong in the hours before is played
    /// too, so that its traces are those that the cluster itself leaves.
    pub fn new(epoch: Timestamp, seed: u64, filler_pods: usize) -> World {
        let mut world = World {
            seed,
            calendar: Calendar { epoch },
            store: Store::new(),
            timeline: Arc::new(Timeline::before_the_story(seed)),
            now: PROLOGUE,
            agenda: BTreeMap::new(),
            tasks: 0,
            templates: BTreeMap::new(),
            progress: BTreeMap::new(),
            births: 0,
            author: String::new(),
        };
        world.furnish();
        world.fill(filler_pods);
        world.tell_story();
        world.advance(StoryTime::START);
        world.store.compact();
        world
    }

    pub fn now(&self) -> StoryTime {
        self.now
    }

    /// Lets everything happen that is due until `to`. Going back is ignored.
    pub fn advance(&mut self, to: StoryTime) {
        while let Some((&(at, number), _)) = self.agenda.first_key_value() {
            if at > to {
                break;
            }
            let Some(task) = self.agenda.remove(&(at, number)) else { break };
            self.now = self.now.max(at);
            self.run(task);
        }
        self.now = self.now.max(to);
    }

    /// When the next thing will happen by itself.
    pub fn next_at(&self) -> Option<StoryTime> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    pub fn observe(&self, user: &str) -> Observation {
        Observation {
            timeline: Arc::clone(&self.timeline),
            epoch: self.calendar.epoch,
            now: self.now,
            user: user.to_owned(),
        }
    }

    pub(super) fn schedule(&mut self, at: StoryTime, task: Task) {
        self.tasks += 1;
        self.agenda.insert((at.max(self.now), self.tasks), task);
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Pod { key, uid, step } => self.step_pod(&key, &uid, step),
            Task::Deadline { key } => self.sync_deployment(&key),
            Task::Autoscale { service } => self.autoscale(service),
            Task::Heal { service } => self.heal(service),
            Task::Scene(scene) => self.play(scene),
            Task::ForgetEvent { key } => self.forget_event(&key),
        }
    }

    pub(super) fn timestamp(&self) -> String {
        self.calendar.second(self.now)
    }

    pub fn put_value(&mut self, kind: Kind, key: Key, value: Value) -> u64 {
        self.store.put(kind, key, Body::Value(Arc::new(value)))
    }

    /// Writes only what differs, as controllers do.
    pub(super) fn put_if_changed(&mut self, kind: Kind, key: &Key, value: Value) {
        if self.store.value(kind, key).is_none_or(|old| **old != value) {
            self.put_value(kind, key.clone(), value);
        }
    }

    /// Changes a pod and writes it.
    pub(super) fn with_pod(&mut self, key: &Key, change: impl FnOnce(&mut Pod)) {
        let Some(pod) = self.store.pod(key) else { return };
        let mut pod = (**pod).clone();
        change(&mut pod);
        self.store.put(Kind::Pod, key.clone(), Body::Pod(Arc::new(pod)));
    }

    pub(super) fn with_span<T>(
        &mut self,
        service: Option<ServiceId>,
        pod: &str,
        change: impl FnOnce(&mut PodSpan) -> T,
    ) -> Option<T> {
        Arc::make_mut(&mut self.timeline).span_mut(service?, pod).map(change)
    }

    /// Records an event; the same words about the same object are counted.
    pub(super) fn tell(&mut self, about: Occurrence) {
        let key = Key::new(about.namespace.clone(), event::name(self.seed, &about));
        let known = self.store.value(Kind::Event, &key);
        let count = known.and_then(|e| e["count"].as_u64()).unwrap_or(0) + 1;
        let first = known.and_then(|e| e["firstTimestamp"].as_str()?.parse::<Timestamp>().ok());
        let first = first.map_or(self.now, |at| StoryTime::of(at, self.calendar.epoch));
        let value = event::render(self.seed, &about, first, self.now, count, self.calendar);
        self.put_value(Kind::Event, key.clone(), value);
        self.schedule(self.now.plus_millis(EVENT_LIFE_MILLIS), Task::ForgetEvent { key });
    }

    fn forget_event(&mut self, key: &Key) {
        let last = self.store.value(Kind::Event, key).and_then(|e| e["lastTimestamp"].as_str()?.parse().ok());
        let Some(last) = last else { return };
        // Seconds in the object, milliseconds here: one second of grace.
        if StoryTime::of(last, self.calendar.epoch).plus_millis(EVENT_LIFE_MILLIS - 1000) <= self.now {
            self.store.remove(Kind::Event, key);
        }
    }
}
