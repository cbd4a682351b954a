//! A list to pick a context or namespaces from.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::model::Model;
use crate::app::overlay::{PickerOverlay, Subject};
use crate::config::keymap::Context;
use crate::domain::text::CleanText;
use crate::ui::key_label;
use crate::ui::paint;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::input_line::InputLine;
use crate::ui::widget::overlay::Overlay;

/// Rows of the frame: it is no larger than its list, and does not change with what is typed.
const LEAST: u16 = 8;
const MOST: u16 = 18;

pub(super) fn draw(picker: &PickerOverlay, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let known = model.known_namespaces();
    let (title, placeholder) = match picker.subject {
        Subject::Context => ("Context", "letters of its name"),
        Subject::Namespaces => ("Namespaces", "letters of a name, or names separated by commas"),
    };
    // The field, a line of advice and the frame around the list.
    let height = (picker.of().min(usize::from(MOST)) as u16 + 4).clamp(LEAST, MOST);
    let frame = Overlay { title, badge: None, size: (70, height), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    let prompt = Line::from(Span::styled(symbols::HERE, styles.key));
    let (text, cursor) = (picker.field.text(), picker.field.cursor());
    InputLine { prompt, text, cursor, placeholder, styles }.render(paint::row(inner, 0), buffer);
    let rows = usize::from(inner.height.saturating_sub(2));
    let first = picker.cursor.saturating_sub(rows.saturating_sub(1));
    for (index, name) in picker.shown.iter().enumerate().skip(first).take(rows) {
        let style = if index == picker.cursor { styles.cursor } else { Style::new() };
        let mark = if picker.marked.contains(name) { symbols::MARKED } else { " " };
        let digit = match picker.subject {
            Subject::Namespaces => digit(name, &known, model, look).unwrap_or_default(),
            Subject::Context => String::new(),
        };
        let mut line = vec![Span::raw(format!("{mark} ")), Span::styled(name.as_str(), style)];
        line.push(Span::styled(format!("  {digit}"), styles.dim));
        let line = Line::from(line);
        paint::line(buffer, paint::row(inner, (index - first + 1) as u16), &line);
    }
    let last = paint::row(inner, inner.height.saturating_sub(1));
    if let Some(problem) = &picker.problem {
        let text = format!("{} {}: type a name", symbols::DENIED, problem.what);
        paint::text(buffer, last, &text, styles.warning);
    } else if picker.is_waiting() {
        paint::text(buffer, last, "asking for the rest", styles.dim);
    } else if picker.subject == Subject::Namespaces {
        paint::text(buffer, last, "Tab marks several", styles.dim);
    }
}

/// The key that shows this namespace alone, where it has one.
fn digit(name: &str, known: &BTreeSet<CleanText>, model: &Model, look: &Look) -> Option<String> {
    let place = known.iter().position(|namespace| namespace == name)?;
    let number = u8::try_from(place + 1).ok().filter(|number| *number <= 9)?;
    let keys = model.keymap.hint(Context::Table.chain(), Action::Namespace(number).spec().name)?;
    Some(key_label::sequence(keys, look.unicode))
}
