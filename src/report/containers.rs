//! The containers of a pod as text: the columns of the screen.

use crate::app::model::Model;
use crate::app::screen::ContainersScreen;
use crate::domain::object::Kind;
use crate::insight::container::COLUMNS;

use super::document::Report;

pub(super) fn report(screen: &ContainersScreen, model: &Model) -> Report {
    let titles: Vec<&str> = COLUMNS.iter().map(|column| column.heading.title).collect();
    let mut report = Report::new("Containers", &titles);
    for container in screen.table.order().iter().filter_map(|name| screen.known(name, model)) {
        report.rows.push(
            COLUMNS.iter().map(|column| (column.cell)(&container, model.now).text(model.now).to_string()).collect(),
        );
        report.items.push(serde_json::to_value(&container).unwrap_or_default());
    }
    report.problems.extend(super::open::problem_of(&model.freshness(Kind::Pod)));
    report
}
