//! Leads through the built-in incident: one line that names the next decisive key for where the user is. It is made from
//! what is on screen and what was already looked at, so it follows whoever wanders off. It holds no key: the line names
//! actions, and whoever shows it asks the keymap.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::action::Action;
use crate::domain::alert::{Alert, AlertState, Severity};
use crate::domain::health::Grade;
use crate::domain::object::ObjectKey;
use crate::domain::plan::Confirmation;
use crate::domain::service::Service;
use crate::insight::verification::Verdict;

use super::model::Model;
use super::navigation::Views;
use super::screen::{AlertsScreen, DryRun, PlanScreen, Planned, Screen, Stage, VerifyScreen};

#[derive(Debug, Default)]
pub struct Guide {
    hidden: bool,
    seen: BTreeSet<Milestone>,
    line: Vec<Part>,
}

/// A piece of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Words(String),
    /// The key of an action, as it is on the screen the line stands on.
    Key(Action),
}

/// What was looked at or reached, in the order a watch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Milestone {
    Fired,
    Alert,
    Change,
    Errors,
    Proof,
    HandedOver,
}

impl Guide {
    #[must_use]
    pub fn new(hidden: bool) -> Self {
        Self { hidden, ..Self::default() }
    }

    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    pub(super) fn toggle(&mut self) {
        self.hidden = !self.hidden;
    }

    /// Empty when nothing is to be said.
    #[must_use]
    pub fn line(&self) -> &[Part] {
        &self.line
    }

    /// The user asked for the record of the open screen.
    pub(super) fn handed_over(&mut self, top: &Screen) {
        let worth_it = match top {
            Screen::Plan(_) => true,
            Screen::Verify(verify) => verify.ended.is_some(),
            _ => false,
        };
        if worth_it {
            self.seen.insert(Milestone::HandedOver);
        }
    }

    /// Takes up where the user is now.
    pub(super) fn follow(&mut self, views: &Views, model: &Model) {
        if culprit(model).is_some() {
            self.seen.insert(Milestone::Fired);
        }
        let reached = match views.top() {
            Screen::Alerts(_) | Screen::Alert(_) => Some(Milestone::Alert),
            Screen::Compare(_) => Some(Milestone::Change),
            Screen::Logs(_) => Some(Milestone::Errors),
            Screen::Verify(verify) if verify.verdict() == Verdict::Proven => Some(Milestone::Proof),
            _ => None,
        };
        self.seen.extend(reached);
        let line = if self.hidden { None } else { self.advise(views, model) };
        self.line = line.map(|line| parts(&line)).unwrap_or_default();
    }

    fn seen(&self, milestone: Milestone) -> bool {
        self.seen.contains(&milestone)
    }

    fn advise(&self, views: &Views, model: &Model) -> Option<String> {
        let top = views.top();
        Some(match top {
            // All keys go to the container.
            Screen::Shell(_) => return None,
            _ if !views.overlays.is_empty() => "{back} closes this".to_owned(),
            Screen::Plan(plan) => self.on_plan(plan),
            Screen::Verify(verify) => self.on_verification(verify),
            _ if self.seen(Milestone::Proof) => {
                "Solved and proven. {go-verification} leads to the proof, {back} on the services quits".to_owned()
            }
            _ if views.hidden_verification().is_some() => {
                "{go-verification} leads to the verification: did it help?".to_owned()
            }
            _ => match culprit(model) {
                Some(culprit) => self.towards(culprit, top, views.target(model).as_ref(), model),
                None => self.before_and_after(top, model),
            },
        })
    }

    fn before_and_after(&self, top: &Screen, model: &Model) -> String {
        // What breaks and has not alerted anybody yet.
        let breaks = |service: &&Arc<Service>| {
            service.health.grade == Grade::Broken && service.alerts.critical + service.alerts.warning == 0
        };
        let words = if model.alerts.version == 0 {
            "A practice cluster: nothing here is real"
        } else if self.seen(Milestone::Fired) {
            "Nothing critical fires any more. {back} on the services quits"
        } else if !matches!(top, Screen::Services(_)) {
            "Only old trouble, for now. {back} leads back to the services"
        } else if model.services.ranked().find(breaks).is_some() {
            "Something breaks, and an alert will soon fire. {open} opens a service"
        } else {
            "Only old trouble, for now. A release is on its way: watch a minute"
        };
        words.to_owned()
    }

    /// From anywhere to the service the alert is about, and there to the next thing not looked at.
    fn towards(&self, culprit: &ObjectKey, top: &Screen, target: Option<&ObjectKey>, model: &Model) -> String {
        let name = &culprit.name;
        match top {
            Screen::Alerts(alerts) => return on_alerts(alerts, culprit, model),
            _ if !self.seen(Milestone::Alert) => {
                return "{go-alerts} shows what fires, since when, and what it hits".to_owned();
            }
            Screen::Services(_) if target != Some(culprit) => return format!("{{up}} {{down}} choose {name}"),
            _ if target.and_then(|target| model.service_of(target)).as_ref() != Some(culprit) => {
                return format!("The alert is about {name}: {{go-alerts}} leads back to it");
            }
            _ => {}
        }
        match (self.seen(Milestone::Change), self.seen(Milestone::Errors), top) {
            (false, _, Screen::History(_)) => "{open} shows what the chosen change did".to_owned(),
            (false, ..) => format!("{{go-history}} shows what changed on {name}, and when"),
            (_, false, _) => "{go-errors} reads the errors in the logs since that change".to_owned(),
            _ => "{roll-back} plans the way back; nothing is sent unconfirmed".to_owned(),
        }
    }

    fn on_plan(&self, screen: &PlanScreen) -> String {
        let planned = match &screen.stage {
            Stage::Reading => return "The plan is being made: nothing is sent yet".to_owned(),
            Stage::Refused(_) => return "There is no such plan. {back} leaves".to_owned(),
            Stage::Planned(planned) => planned,
        };
        if planned.withdrawn.is_some() {
            return "Somebody else changed it. {reload} plans anew, {back} leaves".to_owned();
        }
        if planned.sending.is_some() {
            return "Sent: the server is about to answer".to_owned();
        }
        if planned.refusal().is_some() {
            return if self.seen(Milestone::HandedOver) {
                "Copied, for somebody who may. {back} leaves".to_owned()
            } else {
                "This is not yours to do: {record} copies it for somebody who may".to_owned()
            };
        }
        if screen.act.action != Action::RollBack {
            return "The bad release stays, so this may not help. {back} leaves".to_owned();
        }
        confirm(planned)
    }

    fn on_verification(&self, screen: &VerifyScreen) -> String {
        let words = match screen.verdict() {
            Verdict::InProgress => "Wait for the proof: new pods, their own errors, the alert",
            Verdict::Proven if self.seen(Milestone::HandedOver) => {
                "Solved, proven and handed over. {back} leads back, {quit} ends"
            }
            Verdict::Proven => "Proven. {record} hands over the record of it all",
            Verdict::CalmNotProven { .. } => "Calm, but too quiet to prove it. {record} hands over the record",
            Verdict::NotBetter(_) => "It did not help: {go-history} shows what changed before it began",
            Verdict::Stuck(_) => "It is stuck: {roll-back} leads back from here",
            Verdict::RevertedBy(_) => "Somebody undid it: {go-history} shows who",
        };
        words.to_owned()
    }
}

fn confirm(planned: &Planned) -> String {
    match (&planned.plan.confirmation, &planned.dry_run) {
        (_, DryRun::Later | DryRun::Waiting(_)) => "The server is asked what it would do, without doing it".to_owned(),
        (Confirmation::Enter, _) => "Read what would change; {confirm} sends it".to_owned(),
        (Confirmation::Type(wanted), _) if planned.field.text() == wanted.as_str() => "{confirm} sends it".to_owned(),
        (Confirmation::Type(wanted), _) => {
            format!("Read what would change. To do it, type {wanted}, then {{confirm}}")
        }
    }
}

fn on_alerts(screen: &AlertsScreen, culprit: &ObjectKey, model: &Model) -> String {
    let matched = screen.current(model).and_then(|alert| alert.matched.as_ref());
    if matched.is_some_and(|matched| matched.service == *culprit) {
        "{open} shows the alert as a chart with its limit".to_owned()
    } else {
        format!("{{up}} {{down}} choose the alert of {}", culprit.name)
    }
}

/// The service that a critical alert is about: the story's old warnings lead nowhere.
fn culprit(model: &Model) -> Option<&ObjectKey> {
    let critical = |alert: &&Alert| alert.state == AlertState::Firing && alert.severity == Severity::Critical;
    model.alerts.list.iter().filter(critical).find_map(|alert| Some(&alert.matched.as_ref()?.service))
}

/// Words with the names of actions in braces.
fn parts(line: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for piece in line.split_inclusive('}') {
        let (words, name) = match piece.strip_suffix('}').and_then(|piece| piece.split_once('{')) {
            Some((words, name)) => (words, Some(name)),
            None => (piece, None),
        };
        if !words.is_empty() {
            parts.push(Part::Words(words.to_owned()));
        }
        parts.extend(name.and_then(Action::from_name).map(Part::Key));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_and_keys() {
        let words = |text: &str| Part::Words(text.to_owned());
        assert_eq!(
            parts("{go-alerts} shows, {back} leaves"),
            [Part::Key(Action::GoAlerts), words(" shows, "), Part::Key(Action::Back), words(" leaves")]
        );
        assert_eq!(parts("Wait"), [words("Wait")]);
    }

    #[test]
    fn every_action_the_lines_name_is_one() {
        let source = include_str!("guide.rs");
        let (source, _) = source.split_once("#[cfg(test)]").expect("the lines stand before the tests");
        let kebab = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let names: Vec<&str> = source
            .split('{')
            .skip(1)
            .filter_map(|piece| Some(piece.split_once('}')?.0))
            .filter(kebab)
            // What is filled in is no action.
            .filter(|name| !["name", "wanted"].contains(name))
            .collect();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(Action::from_name(name).is_some(), "{name}");
        }
    }
}
