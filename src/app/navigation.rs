//! Which screens are open: a stack to go back through, the way forward again, and overlays on top.

use crate::config::key::Key;
use crate::domain::object::ObjectKey;
use crate::domain::problem::Problem;

use super::effect::{SessionId, TaskId};
use super::message::{Answer, Delivery, ShellEvent};
use super::model::Model;
use super::outbox::{Move, Notice, Outbox};
use super::overlay::Overlay;
use super::screen::{Screen, ShellPlace, ShellScreen, VerifyScreen};
use super::state::Size;
use super::subscription::{Params, Topic};

/// Screens kept to go back to; older ones are forgotten.
const DEEPEST: usize = 32;
/// The way out that, pressed twice, is meant for the program inside.
const WAY_OUT: Key = Key::control_with(']');

fn as_living_shell<'a>(screen: &'a Screen, place: Option<&ShellPlace>) -> Option<&'a ShellScreen> {
    match screen {
        Screen::Shell(shell) if shell.lives_at(place) => Some(shell),
        _ => None,
    }
}

fn take_last(screens: &mut Vec<Screen>, wanted: impl Fn(&Screen) -> bool) -> Option<Screen> {
    let place = screens.iter().rposition(wanted)?;
    Some(screens.remove(place))
}

#[derive(Debug)]
pub struct Views {
    /// The one that is shown.
    top: Screen,
    /// Those to go back to, nearest last.
    below: Vec<Screen>,
    /// Those that were closed, nearest last.
    forward: Vec<Screen>,
    pub overlays: Vec<Overlay>,
    pub notice: Option<Notice>,
    /// The last key left a living shell.
    pub(super) just_left_shell: bool,
}

impl Views {
    #[must_use]
    pub fn new(first: Screen) -> Self {
        Self {
            top: first,
            below: Vec::new(),
            forward: Vec::new(),
            overlays: Vec::new(),
            notice: None,
            just_left_shell: false,
        }
    }

    pub fn open(&mut self, screen: Screen) {
        // What lives stays, wherever one goes.
        self.forward.retain(|screen| screen.view().lives());
        self.show(screen);
    }

    fn show(&mut self, screen: Screen) {
        self.overlays.clear();
        self.cover(screen);
        if self.below.len() > DEEPEST
            && let Some(oldest) = self.below.iter().skip(1).position(|screen| !screen.view().lives())
        {
            self.below.remove(oldest + 1);
        }
    }

    /// Lays a screen above the one on top.
    fn cover(&mut self, screen: Screen) {
        self.top.view_mut().covered();
        self.below.push(std::mem::replace(&mut self.top, screen));
    }

    pub fn complain(&mut self, problem: Problem) {
        self.notice = Some(Notice::Problem(problem));
    }

    #[must_use]
    pub fn top(&self) -> &Screen {
        &self.top
    }

    pub fn top_mut(&mut self) -> &mut Screen {
        &mut self.top
    }

    #[must_use]
    pub fn is_home(&self) -> bool {
        self.below.is_empty()
    }

    #[must_use]
    pub fn target(&self, model: &Model) -> Option<ObjectKey> {
        self.top().view().target(model)
    }

    /// Something on screen counts seconds.
    #[must_use]
    pub fn counts_seconds(&self) -> bool {
        self.top().view().counts_seconds()
    }

    /// What should run: the home watches always, and what the open screen needs. A screen that must go on in the
    /// background says so by `lasting_wants`.
    #[must_use]
    pub fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        let mut wants = super::services::wants(model);
        wants.push(super::alerts::want());
        wants.extend(super::onsets::wants(model));
        wants.extend(self.top().view().wants(model));
        for screen in self.all() {
            wants.extend(screen.view().lasting_wants(model));
        }
        wants
    }

    pub fn settle(&mut self, model: &Model, size: Size) {
        self.top.view_mut().settle(model, size);
        for overlay in &mut self.overlays {
            overlay.settle(model);
        }
    }

    /// Carries out a move between screens.
    pub(super) fn carry_out(&mut self, step: Move) {
        match step {
            Move::Open(screen) => self.open(*screen),
            Move::Replace(screen) => self.top = *screen,
            Move::Close => self.go_back(),
            Move::Home => {
                self.overlays.clear();
                while !self.below.is_empty() {
                    self.go_back();
                }
            }
            Move::Overlay(overlay) => self.overlays.push(*overlay),
            Move::CloseOverlay => {
                self.overlays.pop();
            }
            Move::SetFilter(text) => self.top.view_mut().set_filter(&text),
            Move::Say(notice) => self.notice = Some(notice),
            Move::ReturnToShell(_)
            | Move::Act(_)
            | Move::LookAt(_)
            | Move::Connect(_)
            | Move::OpenService(_)
            | Move::Plan(..)
            | Move::Quit => {}
        }
    }

    /// To the view before, without ending anything.
    pub fn go_back(&mut self) {
        if let Some(below) = self.below.pop() {
            let mut closed = std::mem::replace(&mut self.top, below);
            closed.view_mut().closed();
            self.just_left_shell = matches!(closed, Screen::Shell(_)) && closed.view().lives();
            self.forward.push(closed);
        }
    }

    /// The shell in this pod that still lives, or the last one that was left.
    #[must_use]
    pub fn living_shell(&self, place: Option<&ShellPlace>) -> Option<&ShellScreen> {
        self.forward.iter().rev().chain(self.below.iter().rev()).find_map(|screen| as_living_shell(screen, place))
    }

    /// Brings that shell back on top. When it was left with the key before, the key is meant for the program inside.
    pub(super) fn return_to_shell(&mut self, place: Option<&ShellPlace>, out: &mut Outbox) {
        let wanted = |screen: &Screen| as_living_shell(screen, place).is_some();
        let Some(found) = take_last(&mut self.forward, wanted).or_else(|| take_last(&mut self.below, wanted)) else {
            return;
        };
        self.show(found);
        if place.is_none()
            && self.just_left_shell
            && let Screen::Shell(shell) = &mut self.top
        {
            shell.send_key(WAY_OUT, out);
        }
    }

    /// What goes on out of sight, each in a word or two; shells are counted.
    #[must_use]
    pub fn background(&self) -> Vec<String> {
        let hidden = || self.below.iter().chain(&self.forward).filter(|screen| screen.view().lives());
        let mut words: Vec<String> = hidden().filter_map(|screen| screen.view().background()).collect();
        match hidden().filter(|screen| matches!(screen, Screen::Shell(_))).count() {
            0 => {}
            1 => words.push("1 shell".to_owned()),
            shells => words.push(format!("{shells} shells")),
        }
        words
    }

    /// The open screen has work left from its last settling.
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.top.view().is_working()
    }

    pub fn go_forward(&mut self) {
        if let Some(screen) = self.forward.pop() {
            self.cover(screen);
            self.top.view_mut().reopened();
        }
    }

    /// Swaps with the view that was seen last.
    pub fn swap(&mut self) {
        if self.forward.is_empty() { self.go_back() } else { self.go_forward() }
    }

    /// The answer goes to whoever asked; one that nobody claims comes back.
    pub fn deliver_answer(
        &mut self,
        task: TaskId,
        answer: Answer,
        model: &mut Model,
        out: &mut Outbox,
    ) -> Option<Answer> {
        let mut answer = Some(answer);
        for overlay in &mut self.overlays {
            answer = overlay.answer(task, answer.take()?);
        }
        for screen in self.all_mut() {
            answer = screen.view_mut().answer(task, answer.take()?, model, out);
        }
        answer
    }

    /// What a subscription brought for screens: whoever wants the topic takes it.
    pub(super) fn deliver(&mut self, topic: &Topic, delivery: Delivery, out: &mut Outbox) {
        let mut delivery = Some(delivery);
        for screen in self.all_mut() {
            let Some(unclaimed) = delivery.take() else { return };
            delivery = screen.view_mut().deliver(topic, unclaimed, out);
        }
    }

    pub(super) fn deliver_shell(&mut self, session: SessionId, event: ShellEvent, out: &mut Outbox) {
        let mut event = Some(event);
        for screen in self.all_mut() {
            let Some(unclaimed) = event.take() else { return };
            event = screen.view_mut().deliver_shell(session, unclaimed, out);
        }
    }

    pub(super) fn resize(&mut self, size: Size, out: &mut Outbox) {
        for screen in self.all_mut() {
            screen.view_mut().resize(size, out);
        }
    }

    fn all(&self) -> impl Iterator<Item = &Screen> {
        self.below.iter().chain([&self.top]).chain(&self.forward)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Screen> {
        [&mut self.top].into_iter().chain(self.below.iter_mut().rev()).chain(self.forward.iter_mut())
    }

    /// Lets every screen react to what changed.
    pub(super) fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        for screen in self.all_mut() {
            screen.view_mut().follow(model, out);
        }
    }

    /// Brings a running or ended verification to the top; false when there is none.
    pub(super) fn go_to_verification(&mut self) -> bool {
        let is_verify = |screen: &Screen| matches!(screen, Screen::Verify(_));
        if is_verify(&self.top) {
            return true;
        }
        let Some(found) = take_last(&mut self.below, is_verify).or_else(|| take_last(&mut self.forward, is_verify))
        else {
            return false;
        };
        self.cover(found);
        true
    }

    /// The verification that runs out of sight.
    #[must_use]
    pub fn hidden_verification(&self) -> Option<&VerifyScreen> {
        self.below.iter().rev().chain(&self.forward).find_map(|screen| match screen {
            Screen::Verify(verify) => Some(verify.as_ref()),
            _ => None,
        })
    }

    /// Something lives that quitting would end: a shell or a verification.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.all().any(|screen| screen.view().lives())
    }
}
