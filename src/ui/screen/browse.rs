//! Any kind as a table: the kind's own columns and cells, with a line that says which objects and how fresh.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::model::Model;
use crate::app::screen::BrowseScreen;
use crate::kinds::column::Cell as KindCell;
use crate::kinds::info::info;
use crate::kinds::row::{self, columns};
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::table::{Row, Table};

use super::table_words;

pub(super) fn draw(screen: &BrowseScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let freshness = screen.freshness(model);
    Rule {
        title: &info(screen.kind).title.to_uppercase(),
        detail: Line::from(table_words::detail(&screen.table, screen, model, look)),
        freshness: Some((&freshness, model.now)),
        focused: false,
        styles,
    }
    .render(paint::row(area, 0), buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if screen.table.order().is_empty() {
        let things = info(screen.kind).plural;
        let nothing = (things, format!("No {things} here."));
        table_words::empty(&screen.table, nothing, &freshness, screen, model, look).render(area, buffer);
        return;
    }
    let mut headings = columns(screen.kind);
    // Where all rows have the same namespace, the header names it and a column of it tells nothing.
    let told: Vec<bool> = headings.iter().map(|heading| screen.tells_already(heading.title, model)).collect();
    headings = kept(headings, &told);
    let rows = screen
        .table
        .window()
        .iter()
        .take(usize::from(area.height))
        .filter_map(|key| screen.row(model, key))
        .map(|row| table_row(row, &told, screen, model, styles))
        .collect();
    let cursor = screen.table.cursor().checked_sub(screen.table.top);
    let before = |column: usize| told.iter().take(column).filter(|told| **told).count();
    let sorted = screen.sort.filter(|column| told.get(*column) == Some(&false));
    let sorted = sorted.map(|column| (column - before(column), false));
    Table { columns: &headings, rows, cursor, sorted, styles }.render(area, buffer);
}

/// Without those that are told already.
fn kept<T>(all: Vec<T>, told: &[bool]) -> Vec<T> {
    all.into_iter().zip(told).filter_map(|(one, told)| (!told).then_some(one)).collect()
}

fn table_row<'a>(
    row: &'a row::Row,
    told: &[bool],
    screen: &BrowseScreen,
    model: &Model,
    styles: &'a Styles,
) -> Row<'a> {
    let cells = kept(row.cells(model.now), told);
    let grade = cells.iter().find_map(|cell| match cell {
        KindCell::State(grade, _) => Some(*grade),
        _ => None,
    });
    let sign = grade.map_or_else(Span::default, |grade| Span::styled(symbols::grade(grade), styles.grade(grade)));
    let shown = cells.iter().map(|cell| {
        let style = match cell {
            KindCell::State(grade, _) => styles.grade(*grade),
            KindCell::Share(have, want) if have < want => styles.warning,
            _ => Style::new(),
        };
        Line::from(Span::styled(cell.text(model.now).to_string(), style)).into()
    });
    Row { sign, cells: shown.collect(), note: None, marked: screen.table.marked.contains(row.key()) }
}
