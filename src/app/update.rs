//! The router: a message goes to the overlay on top, then to the screen, then to what holds everywhere.

use crate::action::Action;
use crate::config::key::{Code, Key as Chord};
use crate::config::keymap::{Context, Found};
use crate::domain::identity::Identity;
use crate::domain::object::Namespaces;
use crate::domain::problem::Cause;

use jiff::{SignedDuration, Timestamp};

use super::effect::Effect;
use super::everywhere;
use super::message::{Answer, Connected, Delivery, Input, JournalNews, LinkEvent, Message, MetricAnswer};
use super::model::{Link, Model};
use super::navigation::Views;
use super::outbox::{Move, Outbox};
use super::screen::{PlanScreen, Screen, ServiceScreen, ServicesScreen};
use super::state::{Size, State};
use super::subscription::{Key, Topic};

/// Takes up one message; what must happen outside is returned.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut out = Outbox::new(state.last_task);
    let left_before = matches!(message, Message::Input(Input::Key(_))) && state.views.just_left_shell;
    match message {
        Message::Input(input) => take_input(state, input, &mut out),
        Message::Clock(now) => {
            let minute = |at: Timestamp| at.as_second().div_euclid(60);
            state.dirty |= minute(now) != minute(state.model.now)
                || (state.counts_seconds() && now.as_second() != state.model.now.as_second());
            state.model.now = now;
        }
        Message::Link(generation, event) if generation == state.model.generation => {
            if let LinkEvent::Prometheus(Err(problem)) = &event {
                // Once, in words: the columns stay empty and the screens say the rest.
                state.views.complain(problem.clone());
            }
            take_link(&mut state.model, event);
            state.dirty = true;
        }
        Message::Delivery(key, delivery) if key.generation == state.model.generation => {
            take_delivery(state, key, delivery, &mut out);
            state.dirty = true;
        }
        Message::Answer(task, answer) => {
            match state.views.deliver_answer(task, answer, &mut state.model, &mut out) {
                // Whatever was written, the user is told where.
                Some(Answer::Saved(Ok(path))) => out.say(format!("copied, and written to {path}")),
                Some(Answer::Saved(Err(problem))) => out.complain(problem),
                // The screen that asked is gone.
                _ => {}
            }
            state.dirty = true;
        }
        Message::Shell(session, event) => {
            state.views.deliver_shell(session, event, &mut out);
            state.dirty = true;
        }
        // Another generation's words are for nobody.
        Message::Link(..) | Message::Delivery(..) => {}
        Message::Journal(news) => {
            take_journal(state, news);
            state.dirty = true;
        }
        Message::End => state.ending = true,
    }
    let effects = finish(state, out);
    if left_before {
        state.views.just_left_shell = false;
    }
    effects
}

/// Carries out the moves that were asked for, and those they ask for; what must happen outside is returned.
pub(super) fn finish(state: &mut State, mut out: Outbox) -> Vec<Effect> {
    while !out.moves.is_empty() {
        state.dirty = true;
        // A sequence that was begun on one screen is not finished on another.
        state.pressed.clear();
        for step in std::mem::take(&mut out.moves) {
            carry_out(state, step, &mut out);
        }
    }
    state.last_task = out.last_task();
    out.effects
}

fn carry_out(state: &mut State, step: Move, out: &mut Outbox) {
    match step {
        Move::Act(action) => act(state, action, out),
        Move::LookAt(namespaces) => state.model.look_at(namespaces),
        Move::Connect(context) => {
            state.model.begin_generation();
            state.views = Views::new(Screen::Services(ServicesScreen::default()));
            out.effect(Effect::Connect { generation: state.model.generation, context: Some(context) });
        }
        Move::OpenService(key) => {
            let screen = ServiceScreen::open(key, &state.model, out);
            out.open(Screen::Service(screen));
        }
        Move::ReturnToShell(place) => state.views.return_to_shell(place.as_ref(), out),
        Move::Plan(key, act) => {
            let screen = PlanScreen::open(key, act, out);
            out.open(Screen::Plan(Box::new(screen)));
        }
        Move::Quit => state.ending = true,
        step => state.views.carry_out(step),
    }
}

fn take_input(state: &mut State, input: Input, out: &mut Outbox) {
    match input {
        Input::Key(key) => press(state, key, out),
        Input::Paste(text) => {
            state.dirty = true;
            match state.views.overlays.last_mut() {
                Some(overlay) => overlay.paste(&text, out),
                None => state.views.top_mut().view_mut().paste(&text, &mut state.model, out),
            }
        }
        Input::Resize { columns, rows } => {
            state.size = Size { columns, rows };
            state.dirty = true;
            state.views.resize(state.size, out);
        }
    }
}

fn press(state: &mut State, key: Chord, out: &mut Outbox) {
    if state.views.notice.take().is_some() {
        state.dirty = true;
    }
    let asked_to_quit = std::mem::take(&mut state.asked_to_quit);
    let context = match state.views.overlays.last() {
        Some(overlay) => overlay.context(),
        None => {
            let view = state.views.top().view();
            // A letter after the first one of a name is text, whatever the keymap says of it.
            if view.typing() && key.typed().is_some() {
                state.dirty |= state.views.top_mut().view_mut().press(key, &mut state.model, out);
                return;
            }
            view.context()
        }
    };
    state.pressed.push(key);
    let found = state.model.keymap.lookup(context.chain(), &state.pressed);
    let in_sequence = state.pressed.len() > 1;
    // Where all keys go inside, the first of a sequence must not wait for the others.
    let raw = context == Context::Shell;
    match found {
        Found::Prefix => {
            state.dirty = true;
            if raw && !in_sequence {
                hand_over(state, key, out);
            }
            return;
        }
        Found::Action(name) => {
            state.pressed.clear();
            match Action::from_name(name) {
                Some(Action::Interrupt) => act(state, interrupted(state, asked_to_quit), out),
                Some(action) => act(state, action, out),
                None => out.complain(everywhere::not_yet(name)),
            }
            return;
        }
        Found::Nothing => {}
    }
    let pressed = std::mem::take(&mut state.pressed);
    if in_sequence {
        // A sequence that leads nowhere is forgotten, unless all keys go inside; its last key starts anew.
        if raw {
            for held in &pressed[1..pressed.len() - 1] {
                hand_over(state, *held, out);
            }
        }
        press(state, key, out);
        return;
    }
    let taken = hand_over(state, key, out);
    state.dirty |= taken;
    if taken {
        return;
    }
    if key.alt() {
        // An old tmux sends Esc and x for alt-x: an unbound alt-x is both.
        press(state, Chord::plain(Code::Escape), out);
        press(state, key.without_alt(), out);
    } else if state.views.overlays.is_empty() {
        out.complain(everywhere::unbound(key, context, &state.model.keymap));
    }
}

/// What an interrupt means here: the way back, and on home, where nothing is left to leave, the end when it is meant.
fn interrupted(state: &State, asked_to_quit: bool) -> Action {
    let filtered = state.views.top().view().filter().is_some_and(|text| !text.is_empty());
    if !state.views.is_home() || !state.views.overlays.is_empty() || filtered {
        Action::Back
    } else if asked_to_quit {
        Action::Quit
    } else {
        Action::Interrupt
    }
}

/// Gives a key that no keymap knows to whatever is on top.
fn hand_over(state: &mut State, key: Chord, out: &mut Outbox) -> bool {
    match state.views.overlays.last_mut() {
        Some(overlay) => overlay.press(key, out),
        None => state.views.top_mut().view_mut().press(key, &mut state.model, out),
    }
}

/// Does an action where it is known first.
pub(super) fn act(state: &mut State, action: Action, out: &mut Outbox) {
    state.dirty = true;
    if let Some(overlay) = state.views.overlays.last_mut() {
        if overlay.act(action, out) {
            return;
        }
        if action == Action::Back {
            out.moves.push(Move::CloseOverlay);
            return;
        }
    }
    let room = state.room();
    if state.views.top_mut().view_mut().act(action, &mut state.model, room, out) {
        return;
    }
    everywhere::act(state, action, out);
}

fn take_journal(state: &mut State, news: JournalNews) {
    match news {
        JournalNews::Writable(written) => state.model.journal.problem = written.err(),
        JournalNews::Unfinished(unfinished) => {
            if let Some(newest) = unfinished.last() {
                state.views.complain(newest.problem());
            }
            state.model.journal.unfinished = unfinished;
        }
    }
}

fn take_link(model: &mut Model, event: LinkEvent) {
    match event {
        LinkEvent::Connected(connected) => {
            let Connected { identity, namespace, contexts } = *connected;
            if model.namespaces_follow_context {
                model.namespaces = namespace.map_or(Namespaces::All, |name| Namespaces::one(&name));
            }
            model.contexts = contexts;
            model.link = Link::Up(Box::new(identity));
        }
        LinkEvent::Failed(problem) => model.link = Link::Failed(problem),
        LinkEvent::Identified(identity) => {
            replace_identity(model, identity);
            model.identified = true;
        }
        LinkEvent::Lost { heard, problem } => match &mut model.link {
            Link::Up(identity) => {
                let since = heard.unwrap_or(model.now).min(model.now);
                model.link = Link::Lost { identity: identity.clone(), since, problem };
            }
            Link::Lost { problem: known, .. } => *known = problem,
            Link::Connecting | Link::Failed(_) => {}
        },
        LinkEvent::Restored => {
            if let Link::Lost { identity, .. } = &model.link {
                model.link = Link::Up(identity.clone());
            }
        }
        LinkEvent::Throttled(wait) => model.throttled = wait,
        LinkEvent::Prometheus(found) => model.prometheus = Some(found),
        LinkEvent::Alertmanager(found) => model.alertmanager = Some(found),
        LinkEvent::MetricNames(names) => model.metric_names = Some(*names),
    }
}

fn replace_identity(model: &mut Model, new: Box<Identity>) {
    match &mut model.link {
        Link::Up(identity) | Link::Lost { identity, .. } => *identity = new,
        Link::Connecting | Link::Failed(_) => {}
    }
}

/// So long measures are kept that nobody answers for, though the link stands.
const DOUBT: SignedDuration = SignedDuration::from_secs(60);

/// Nobody answered at all, which says nothing of what is measured.
fn is_unanswered(answer: &MetricAnswer) -> bool {
    matches!(answer, MetricAnswer::Failed(problem) if problem.cause == Cause::NoConnection)
}

fn take_delivery(state: &mut State, key: Key, delivery: Delivery, out: &mut Outbox) {
    let model = &mut state.model;
    match (key.topic, delivery) {
        (Topic::Objects(topic), Delivery::Objects(event)) => {
            // A store exists as long as it is wanted; what comes later is for nobody.
            if let Some(store) = model.objects.get_mut(&topic) {
                model.services.take(&topic, &event);
                store.apply(event);
            }
        }
        (Topic::Metrics(topic), Delivery::Metrics(answers)) => {
            let metrics = model.metrics.entry(topic).or_default();
            metrics.version += 1;
            if answers.iter().any(|(_, answer)| !is_unanswered(answer)) {
                metrics.at = Some(model.now);
            }
            // Over a link that is lost what was known stays, like the rows; the first line says how old it is. That the
            // link is lost may be known a little later.
            let is_young = metrics.at.is_some_and(|at| model.now.duration_since(at) < DOUBT);
            let keeps = is_young || matches!(model.link, Link::Lost { .. });
            for (name, answer) in answers {
                if !(keeps && is_unanswered(&answer) && metrics.answers.contains_key(name)) {
                    metrics.answers.insert(name, answer);
                }
            }
        }
        (Topic::Metrics(topic), Delivery::Freshness(freshness)) => {
            model.metrics.entry(topic).or_default().freshness = freshness;
        }
        (Topic::Alerts, Delivery::Alerts(read)) => model.alerts.take(*read, model.now),
        (Topic::Alerts, Delivery::Freshness(freshness)) => model.alerts.freshness = freshness,
        (topic, delivery) => state.views.deliver(&topic, delivery, out),
    }
}
