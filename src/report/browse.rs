//! Any kind as text: the columns and cells of the kind's own file.

use crate::app::model::Model;
use crate::app::screen::BrowseScreen;
use crate::kinds::info::info;
use crate::kinds::row::columns;

use super::document::Report;

pub(super) fn report(screen: &BrowseScreen, model: &Model) -> Report {
    let headings = columns(screen.kind);
    let titles: Vec<&str> = headings.iter().map(|heading| heading.title).collect();
    let mut report = Report::new(info(screen.kind).title, &titles);
    for row in screen.table.order().iter().filter_map(|key| screen.row(model, key)) {
        report.rows.push(row.cells(model.now).iter().map(|cell| cell.text(model.now).to_string()).collect());
        report.items.push(serde_json::to_value(row).unwrap_or_default());
    }
    report.problems.extend(
        screen.stores(model).filter_map(|store| super::open::problem_of(&model.over_link(store.freshness.clone()))),
    );
    report
}
