//! The line that leads through the built-in incident: quiet, above the footer, with the key that ends it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::action::Action;
use crate::app::guide::{Guide, Part};
use crate::app::state::State;
use crate::config::keymap::Context;
use crate::ui::key_label;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::view::Look;

pub(super) fn draw(guide: &Guide, state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let overlay = state.views.overlays.last().map(|overlay| overlay.context());
    let context = overlay.unwrap_or_else(|| state.views.top().view().context());
    let key = |action: Action| {
        let keys = state.model.keymap.hint(context.chain(), action.spec().name)?;
        Some(key_label::sequence(keys, look.unicode))
    };
    let mut line = vec![Span::styled(" → ", styles.dim)];
    line.extend(guide.line().iter().map(|part| match part {
        Part::Words(words) => Span::styled(words.clone(), styles.dim),
        Part::Key(action) => {
            Span::styled(key(*action).unwrap_or_else(|| format!(":{}", action.spec().name)), styles.key)
        }
    }));
    let used = paint::line(buffer, area, &Line::from(line));
    if let Some(end) = key(Action::ToggleGuide).and_then(|key| ending(key, context, styles)) {
        // Advice that takes the whole line is worth more than the way to be rid of it, which help names too.
        if used + 2 + paint::line_width(&end) < area.width {
            paint::line_right(buffer, Rect { width: area.width - 1, ..area }, &end);
        }
    }
}

/// `X hides this`; not where one types.
fn ending(key: String, context: Context, styles: &Styles) -> Option<Line<'static>> {
    let typing = matches!(context, Context::Text | Context::Palette | Context::Plan);
    (!typing).then(|| Line::from(vec![Span::styled(key, styles.key), Span::styled(" hides this", styles.dim)]))
}
