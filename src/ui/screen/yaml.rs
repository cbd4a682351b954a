//! One object as YAML.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::screen::{YamlContent, YamlScreen};
use crate::domain::freshness::Freshness;
use crate::ui::paint;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::text_lines::{Syntax, TextLines};

pub(super) fn draw(screen: &YamlScreen, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let detail = match &screen.content {
        YamlContent::Lines(lines) => {
            let last = (screen.top + usize::from(area.height) - 1).min(lines.len());
            format!("lines {}–{last} of {}, secrets masked", screen.top + 1, lines.len())
        }
        YamlContent::Loading | YamlContent::Failed(_) => String::new(),
    };
    let detail = Line::from(Span::styled(detail, styles.dim));
    Rule { title: "YAML", detail, freshness: None, focused: false, styles }.render(paint::row(area, 0), buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    match &screen.content {
        YamlContent::Loading => Empty::of(&Freshness::Loading, "", styles).render(area, buffer),
        YamlContent::Failed(problem) => Empty::problem(problem, styles).render(area, buffer),
        YamlContent::Lines(lines) => {
            let visible = lines.iter().skip(screen.top).take(usize::from(area.height));
            let lines: Vec<&str> = visible.map(|line| line.as_str()).collect();
            let found = Some(screen.search.as_str()).filter(|text| !text.is_empty());
            TextLines { lines: &lines, syntax: Syntax::Yaml, left: screen.left, wrapped: screen.wrap, found, styles }
                .render(area, buffer);
        }
    }
}
