//! Help: every key of this screen with what it does. Sentences are wrapped, never cut.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::model::Model;
use crate::app::overlay::{HelpLine, HelpOverlay};
use crate::ui::key_label;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::view::Look;
use crate::ui::widget::overlay::Overlay;
use crate::ui::widget::paragraph::wrap;

/// The widest keys and titles get as columns of their own.
const KEYS_MOST: u16 = 18;
const TITLE_MOST: u16 = 22;
const MOUSE: &str = "The mouse is left to your terminal: select and copy as everywhere. Its wheel moves the cursor \
                     where the terminal sends arrows for it.";
/// Narrower than this a sentence stands below its key and not beside it.
const BESIDE: u16 = 66;

pub(super) fn draw(help: &HelpOverlay, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let width = area.width.min(100);
    let lines = lines(help, model, look, width.saturating_sub(4));
    let height = (lines.len() as u16).saturating_add(2).min(area.height);
    let styles = &look.styles;
    let frame = Overlay { title: "Keys", badge: None, size: (width, height), styles };
    let inner = frame.inner(area);
    frame.render(area, buffer);
    let rows = usize::from(inner.height);
    let top = help.top.min(lines.len().saturating_sub(rows));
    for (y, line) in (0..inner.height).zip(lines.iter().skip(top)) {
        paint::line(buffer, paint::row(inner, y), line);
    }
}

fn lines(help: &HelpOverlay, model: &Model, look: &Look, width: u16) -> Vec<Line<'static>> {
    let sections = help.sections(&model.keymap);
    let all = || sections.iter().flat_map(|section| &section.lines);
    let keys = |line: &HelpLine<'_>| {
        let keys = line.keys.iter().map(|keys| key_label::sequence(keys, look.unicode));
        keys.collect::<Vec<_>>().join("  ")
    };
    let keys_width = all().map(|line| paint::width(&keys(line))).max().unwrap_or(0).min(KEYS_MOST);
    let title_width = all().map(|line| paint::width(line.title)).max().unwrap_or(0).min(TITLE_MOST);
    let columns = Columns { keys: keys_width, title: title_width, width };
    let mut lines = Vec::new();
    for section in &sections {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(Span::styled(section.title, look.styles.title)));
        for line in &section.lines {
            lines.extend(columns.lines(&keys(line), line, &look.styles));
        }
    }
    // Who copies from a screen in the night selects with the mouse: nothing may stand in the way of that.
    lines.push(Line::default());
    for line in wrap(MOUSE, width) {
        lines.push(Line::from(Span::styled(line, look.styles.dim)));
    }
    lines
}

/// Columns of keys and of titles in a width.
#[derive(Clone, Copy)]
struct Columns {
    keys: u16,
    title: u16,
    width: u16,
}

impl Columns {
    fn lines(self, keys: &str, line: &HelpLine<'_>, styles: &Styles) -> Vec<Line<'static>> {
        let beside = self.width >= BESIDE;
        let indent = if beside { self.keys + self.title + 4 } else { 2 };
        let mut rows = wrap(line.help, self.width.saturating_sub(indent)).into_iter();
        let mut first = vec![
            Span::styled(padded(keys, self.keys), styles.key),
            Span::raw(format!("  {}", padded(line.title, self.title))),
        ];
        if beside {
            first.push(Span::styled(format!("  {}", rows.next().unwrap_or_default()), styles.dim));
        }
        let below =
            rows.map(|row| Line::from(vec![Span::raw(" ".repeat(usize::from(indent))), Span::styled(row, styles.dim)]));
        std::iter::once(Line::from(first)).chain(below).collect()
    }
}

/// At least so many columns wide.
fn padded(text: &str, columns: u16) -> String {
    let missing = columns.saturating_sub(paint::width(text));
    format!("{text}{}", " ".repeat(usize::from(missing)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::action::Action;
    use crate::config::keymap::Context;
    use crate::config::keymap_file::build;
    use crate::config::theme_file::built_in;
    use crate::domain::policy::Limits;

    #[test]
    fn no_sentence_is_cut_at_any_width() {
        let names: Vec<&str> = crate::action::all().map(|spec| spec.name).collect();
        let model = Model::new(Timestamp::UNIX_EPOCH, build("default", None, &names).0, Limits::default());
        let look = Look::new(&built_in("dark").expect("dark"), true);
        let contexts = [Context::Services, Context::Logs, Context::Charts, Context::Plan, Context::History];
        for context in contexts {
            let help = HelpOverlay::new(context, &[Action::Open]);
            for width in [36, 60, 76, 96] {
                for line in lines(&help, &model, &look, width) {
                    assert!(paint::line_width(&line) <= width, "{context:?} at {width}: {line}");
                }
            }
        }
    }
}
