//! The screens, one file each, under the same names as in `app`.

mod alert;
mod alerts;
mod browse;
mod charts;
mod compare;
mod containers;
mod history;
mod logs;
mod plan;
mod service;
mod services;
mod shell;
mod table_words;
mod verify;
mod yaml;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use crate::app::model::Link;
use crate::app::screen::Screen;
use crate::app::state::State;

use super::view::Look;
use super::widget::empty::Empty;

/// Draws the open screen, or why there is none.
pub(super) fn draw(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    if let Link::Failed(problem) = &state.model.link {
        Empty::problem(problem, &look.styles).render(area, buffer);
        return;
    }
    let model = &state.model;
    match state.views.top() {
        Screen::Services(screen) => services::draw(screen, model, look, area, buffer),
        Screen::Alerts(screen) => alerts::draw(screen, model, look, area, buffer),
        Screen::Alert(screen) => alert::draw(screen, model, look, area, buffer),
        Screen::Service(screen) => service::draw(screen, model, look, area, buffer),
        Screen::Charts(screen) => charts::draw(screen, model, look, area, buffer),
        Screen::Browse(screen) => browse::draw(screen, model, look, area, buffer),
        Screen::Logs(screen) => logs::draw(screen, model, look, area, buffer),
        Screen::Shell(screen) => shell::draw(screen, model, look, area, buffer),
        Screen::Containers(screen) => containers::draw(screen, model, look, area, buffer),
        Screen::Yaml(screen) => yaml::draw(screen, look, area, buffer),
        Screen::History(screen) => history::draw(screen, model, look, area, buffer),
        Screen::Compare(screen) => compare::draw(screen, look, area, buffer),
        Screen::Plan(screen) => plan::draw(screen, model, look, area, buffer),
        Screen::Verify(screen) => verify::draw(screen, model, look, area, buffer),
    }
}

/// Where the terminal's cursor stands: a program in a shell is the only one that shows it.
pub(super) fn cursor(state: &State, area: Rect) -> Option<Position> {
    match state.views.top() {
        Screen::Shell(screen) if state.views.overlays.is_empty() => shell::cursor(screen, area),
        _ => None,
    }
}
