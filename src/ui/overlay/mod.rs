//! What floats above a screen, under the same names as in `app`.

mod filter;
mod help;
mod palette;
mod picker;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::overlay::Overlay;
use crate::app::state::State;

use super::view::Look;

pub(super) fn draw(overlay: &Overlay, state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    match overlay {
        Overlay::Filter(field) => filter::draw(field, &state.views.top().view().filter_hint(), look, area, buffer),
        Overlay::Palette(palette) => palette::draw(palette, look, area, buffer),
        Overlay::Help(help) => help::draw(help, &state.model, look, area, buffer),
        Overlay::Picker(picker) => picker::draw(picker, &state.model, look, area, buffer),
        Overlay::Question(question) => question::draw(question, look, area, buffer),
    }
}
