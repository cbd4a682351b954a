//! The containers of one pod, and in words all that is known of the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::model::Model;
use crate::app::screen::ContainersScreen;
use crate::app::state::Size;
use crate::domain::object::Kind;
use crate::insight::container::{COLUMNS, Container, explained, grade, how, role};
use crate::kinds::age;
use crate::kinds::column::{Cell, Heading};
use crate::kinds::pod_container::Termination;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::table::{Row, Table};

use super::table_words;

pub(super) fn draw(screen: &ContainersScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let freshness = model.freshness(Kind::Pod);
    let mut detail = table_words::detail(&screen.table, screen, model, look);
    if let Some(pod) = screen.row(model) {
        detail.push(Span::styled(format!("  {} on {}", pod.status, pod.node), styles.dim));
    }
    Rule {
        title: "CONTAINERS",
        detail: Line::from(detail),
        freshness: Some((&freshness, model.now)),
        focused: false,
        styles,
    }
    .render(paint::row(area, 0), buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if screen.table.order().is_empty() {
        let nothing = ("containers", format!("{} is not there any more.", screen.pod.name));
        table_words::empty(&screen.table, nothing, &freshness, screen, model, look).render(area, buffer);
        return;
    }
    // The room it was laid out for: the header, the rule and the footer stand around it.
    let room = ContainersScreen::lines(Size { columns: area.width, rows: area.height + 3 });
    let lines = u16::try_from(room).unwrap_or(u16::MAX).saturating_add(1).min(area.height);
    let headings: Vec<Heading> = COLUMNS.iter().map(|column| column.heading).collect();
    let shown = screen.table.window().iter().take(room);
    let containers: Vec<Container> = shown.filter_map(|name| screen.known(name, model)).collect();
    let rows: Vec<Row<'_>> = containers.iter().map(|container| row(container, model, styles)).collect();
    let used = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2);
    let cursor = screen.table.cursor().checked_sub(screen.table.top);
    let table = Table { columns: &headings, rows, cursor, sorted: None, styles };
    table.render(Rect { height: lines, ..area }, buffer);
    let below = Rect { y: area.y + used.min(lines), height: area.height - used.min(lines), ..area };
    if let Some(container) = cursor.and_then(|index| containers.get(index)) {
        details(container, screen, model, styles, below, buffer);
    }
}

fn row<'a>(container: &Container, model: &Model, styles: &'a Styles) -> Row<'a> {
    let how_bad = grade(&container.row);
    let cells = COLUMNS.iter().map(|column| {
        let cell = (column.cell)(container, model.now);
        let style = match &cell {
            Cell::State(grade, _) => styles.grade(*grade),
            _ => ratatui::style::Style::new(),
        };
        Line::from(Span::styled(cell.text(model.now).to_string(), style)).into()
    });
    let sign = Span::styled(symbols::grade(how_bad), styles.grade(how_bad));
    Row { sign, cells: cells.collect(), note: None, marked: false }
}

/// All of it in words: a narrow table drops columns, and a message has no room in any.
fn details(
    container: &Container,
    screen: &ContainersScreen,
    model: &Model,
    styles: &Styles,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = Line::from(vec![
        Span::styled(container.row.name.to_string(), styles.strong),
        Span::styled(format!("  {}", role(container.row.role)), styles.dim),
    ]);
    Rule { title: "", detail: title, freshness: None, focused: false, styles }.render(paint::row(area, 0), buffer);
    let said = |end: &Termination| {
        let ended = end.finished.map_or_else(String::new, |at| format!(", {} ago", age::age(at, model.now)));
        let words = if end.message.is_empty() { String::new() } else { format!(", “{}”", end.message.trim()) };
        format!("{}{ended}{words}", how(end))
    };
    let now = explained(&container.row);
    let mut lines = vec![("image", container.row.image.to_string()), ("state", now)];
    if let Some(end) = container.row.last.as_deref() {
        lines.push(("last end", said(end)));
    }
    match (&container.wish, &screen.read) {
        (Some(wish), _) => {
            let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
            lines.extend([
                ("cpu", or_none(&wish.cpu)),
                ("memory", or_none(&wish.memory)),
                ("ports", or_none(&wish.ports)),
                ("probes", or_none(&wish.probes)),
            ]);
        }
        (None, Some(Err(problem))) => lines.push(("wishes", problem.to_string())),
        (None, _) => {}
    }
    for (index, (name, words)) in lines.into_iter().enumerate() {
        let row = paint::row(area, u16::try_from(index + 1).unwrap_or(u16::MAX));
        let spans = vec![Span::styled(format!("   {name:<9}"), styles.dim), Span::raw(words)];
        paint::line(buffer, row, &Line::from(spans));
    }
}

#[cfg(test)]
mod tests;
