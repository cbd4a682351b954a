//! The whole frame: header, the open screen, footer, and what floats above.

use std::time::Duration;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::layout::{self, Areas};
use crate::app::model::{Link, Model};
use crate::app::outbox::Notice;
use crate::app::services::KINDS;
use crate::app::state::State;
use crate::config::keymap::Context;
use crate::config::theme::Theme;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::identity::Environment;
use crate::domain::problem::Cause;
use crate::ui::key_label;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::widget::footer::{Footer, Hint};
use crate::ui::widget::header::Header;
use crate::ui::widget::too_small::TooSmall;
use crate::ui::{guide, overlay, screen};

/// How everything looks: a theme made into styles, and whether the terminal shows more than ASCII.
#[derive(Clone, Debug)]
pub struct Look {
    pub styles: Styles,
    pub unicode: bool,
}

impl Look {
    #[must_use]
    pub fn new(theme: &Theme, unicode: bool) -> Self {
        Self { styles: Styles::new(theme), unicode }
    }
}

/// Draws the state. Changes nothing.
pub fn view(state: &State, look: &Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    draw(state, look, area, frame.buffer_mut());
    let size = crate::app::state::Size { columns: area.width, rows: area.height };
    if let Some(position) = screen::cursor(state, areas(state, size).body) {
        frame.set_cursor_position(position);
    }
}

pub(super) fn draw(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    buffer.set_style(area, styles.base);
    let size = crate::app::state::Size { columns: area.width, rows: area.height };
    if layout::is_too_small(size) {
        TooSmall { styles }.render(area, buffer);
    } else {
        let Areas { header: top, body, footer: bottom } = areas(state, size);
        header(state, styles, top, buffer);
        screen::draw(state, look, body, buffer);
        for floating in &state.views.overlays {
            overlay::draw(floating, state, look, body, buffer);
        }
        if let Some(guide) = state.guide.as_ref().filter(|_| state.room_of(size) != size) {
            let line = Rect { y: body.bottom(), height: 1, ..body };
            guide::draw(guide, state, look, line, buffer);
        }
        if !bottom.is_empty() {
            footer(state, look, bottom, buffer);
        }
    }
    if !look.unicode {
        symbols::to_ascii(buffer);
    }
}

/// A screen that fills the terminal gives the last line back as soon as there is something to say or to type.
fn areas(state: &State, size: crate::app::state::Size) -> Areas {
    let quiet = state.views.notice.is_none() && state.views.overlays.is_empty() && state.pressed.is_empty();
    if quiet && state.views.top().view().is_full() {
        return layout::full_areas(size);
    }
    Areas { footer: layout::areas(size).footer, ..layout::areas(state.room_of(size)) }
}

fn header(state: &State, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let model = &state.model;
    let identity = model.link.identity();
    let until = |at: jiff::Timestamp| Duration::try_from(at.duration_since(model.now)).unwrap_or_default();
    let link = link_words(model);
    Header {
        environment: identity.map_or(Environment::Production, |identity| identity.environment),
        context: identity.map_or("", |identity| &identity.context),
        place: &state.views.top().view().place(model),
        user: identity.map_or("", |identity| &identity.user),
        read_only: model.limits.read_only,
        alarms: &alarms(model),
        expires: identity.and_then(|identity| identity.expires).map(until),
        link: (&link.0, link.1),
        alerts: model.alert_count(),
        background: &state.views.background(),
        clock: &figure::minute(model.now),
        styles,
    }
    .render(area, buffer);
}

fn alarms(model: &Model) -> Vec<&'static str> {
    let journal = &model.journal;
    let alarms = [(journal.problem.is_some(), "NO JOURNAL"), (!journal.unfinished.is_empty(), "UNFINISHED ACT")];
    alarms.into_iter().filter_map(|(holds, words)| holds.then_some(words)).collect()
}

/// The state of the connection in a word, and whether it is well.
fn link_words(model: &Model) -> (String, bool) {
    match &model.link {
        Link::Connecting => ("connecting".to_owned(), true),
        Link::Up(_) if let Some(wait) = model.throttled => {
            (format!("server asks to wait {}", figure::spell(wait)), false)
        }
        Link::Up(_) if !model.knows_services() => ("loading".to_owned(), true),
        Link::Up(_) => home_words(model),
        Link::Lost { problem, .. } if problem.cause == Cause::Unauthenticated => ("not logged in".to_owned(), false),
        Link::Lost { since, .. } => {
            let age = Duration::try_from(model.now.duration_since(*since)).unwrap_or_default();
            (format!("no answer for {}", figure::spell(age)), false)
        }
        Link::Failed(_) => ("not connected".to_owned(), false),
    }
}

/// How what the home screen lives on is kept up to date. Denied parts are said where they are missed.
fn home_words(model: &Model) -> (String, bool) {
    let allowed: Vec<Freshness> =
        KINDS.iter().map(|kind| model.freshness(*kind)).filter(|one| !matches!(one, Freshness::Denied(_))).collect();
    match Freshness::worst(allowed.iter()) {
        _ if allowed.is_empty() => ("connected".to_owned(), true),
        Freshness::Polled { every, .. } => (format!("read every {}", figure::spell(every)), true),
        Freshness::Stale { since, .. } => {
            let age = Duration::try_from(model.now.duration_since(since)).unwrap_or_default();
            (format!("{} old", figure::spell(age)), false)
        }
        Freshness::Failed(_) => ("stale".to_owned(), false),
        _ => ("live".to_owned(), true),
    }
}

fn footer(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let message = state.views.notice.as_ref().map(|notice| match notice {
        Notice::Done(text) => (text.to_string(), styles.good),
        Notice::Problem(problem) => (problem.to_string(), styles.warning),
    });
    // Inside a shell every line begins a way out: hints that came and went with it would only disturb.
    let quiet = state.pressed.is_empty() || state.views.top().view().context() == Context::Shell;
    let (hints, pinned) = if quiet { hints(state, look) } else { continuations(state, look) };
    let message: Option<(&str, Style)> = message.as_ref().map(|(text, style)| (text.as_str(), *style));
    Footer { hints: &hints, pinned: &pinned, message, styles }.render(area, buffer);
}

/// The keys that work now.
fn hints(state: &State, look: &Look) -> (Vec<Hint>, Vec<Hint>) {
    let model = &state.model;
    let target = state.views.target(model);
    let hint = |context: Context, action: Action| {
        let spec = action.spec();
        let keys = model.keymap.hint(context.chain(), spec.name)?;
        Some(Hint::new(key_label::sequence(keys, look.unicode), spec.title))
    };
    let (context, offers) = match state.views.overlays.last() {
        Some(overlay) => (overlay.context(), overlay.offers()),
        None => (state.views.top().view().context(), state.views.top().view().offers()),
    };
    let usable = |action: &&Action| model.offers(action.spec(), target.as_ref());
    let (pinned, plain): (Vec<Action>, Vec<Action>) =
        offers.iter().filter(usable).partition(|action| matches!(action, Action::Palette | Action::Help));
    let collect = |actions: Vec<Action>| actions.into_iter().filter_map(|action| hint(context, action)).collect();
    (collect(plain), collect(pinned))
}

/// What may follow the keys pressed so far.
fn continuations(state: &State, look: &Look) -> (Vec<Hint>, Vec<Hint>) {
    let context = state.views.top().view().context();
    let hints = state.model.keymap.continuations(context.chain(), &state.pressed).into_iter().map(|(keys, name)| {
        let title = Action::from_name(name).map_or(name, |action| action.spec().title);
        Hint::new(key_label::sequence(keys, look.unicode), title)
    });
    (hints.collect(), Vec::new())
}
