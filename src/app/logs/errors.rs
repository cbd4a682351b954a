//! The errors of a service as its page shows them: one bounded reading of its logs, from some time before its newest
//! change on, only while the page is on top.

use jiff::{SignedDuration, Timestamp};

use super::digest::Digest;
use super::targets::{Choice, Targets, targets};
use crate::domain::freshness::Freshness;
use crate::domain::object::ObjectKey;

use super::super::message::Delivery;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::subscription::{LogParams, LogsTopic, Params, Reading, Topic};

/// So long before the change the calm is looked for.
const CALM: SignedDuration = SignedDuration::from_mins(40);
/// Where no change is known, so much of the past is read.
const WITHOUT_CHANGE: SignedDuration = SignedDuration::from_mins(15);
/// Lines of the past of each container, at most.
const TAIL: u32 = 2_000;

#[derive(Debug)]
pub struct ErrorsInLogs {
    service: ObjectKey,
    pub digest: Digest,
    pub freshness: Freshness,
    reading: Reading,
    /// From when on lines are asked for.
    from: Option<Timestamp>,
}

impl ErrorsInLogs {
    pub fn new(service: ObjectKey, out: &mut Outbox) -> Self {
        Self { service, digest: Digest::default(), freshness: Freshness::Loading, reading: out.reading(), from: None }
    }

    #[must_use]
    pub fn targets(&self, model: &Model) -> Targets {
        targets(model, &self.service, &Choice::default())
    }

    #[must_use]
    pub fn want(&self, model: &Model) -> Option<(Topic, Params)> {
        let since = Some(self.from?);
        let targets = self.targets(model).list;
        Some((self.topic(), Params::Logs(LogParams { targets, since, previous: false, tail: TAIL, follow: true })))
    }

    fn topic(&self) -> Topic {
        Topic::Logs(LogsTopic { object: self.service.clone(), reading: self.reading })
    }

    /// Reads around the newest change; a newer one is read around anew.
    pub fn settle(&mut self, model: &Model) {
        let service = model.services.get(&self.service);
        let change = service.and_then(|service| service.change.as_ref()).map(|change| change.at);
        if self.from.is_some() && change == self.digest.change() {
            return;
        }
        if service.is_some() {
            let from = change.map(|change| change.checked_sub(CALM)).unwrap_or(model.now.checked_sub(WITHOUT_CHANGE));
            self.begin(change, from.unwrap_or(model.now));
        }
    }

    fn begin(&mut self, change: Option<Timestamp>, from: Timestamp) {
        self.reading.turn += 1;
        self.from = Some(from);
        self.digest = Digest::around(change);
        self.freshness = Freshness::Loading;
    }

    /// Another screen lies above: what comes then is not read.
    pub fn pause(&mut self) {
        self.reading.turn += 1;
        self.from = None;
    }

    /// Takes what the reading brought; hands it back when it is another's.
    pub fn deliver(&mut self, topic: &Topic, delivery: Delivery) -> Option<Delivery> {
        if *topic != self.topic() {
            return Some(delivery);
        }
        match delivery {
            Delivery::Logs(chunk) => self.digest.take(&chunk),
            Delivery::Freshness(freshness) => self.freshness = freshness,
            delivery => return Some(delivery),
        }
        None
    }

    /// What was read: `read: 1,240 lines of 4 pods, 02:20:00 – now`.
    #[must_use]
    pub fn read(&self, model: &Model) -> String {
        self.digest.read(&self.targets(model).words(), TAIL, model.now)
    }
}
