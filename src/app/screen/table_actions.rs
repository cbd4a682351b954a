//! Moving in a table and comparing what was marked: the same on every screen that is one.

use crate::action::Action;

use crate::domain::object::ObjectKey;
use crate::domain::problem::{Cause, Problem};

use super::super::outbox::Outbox;
use super::super::table::TableState;
use super::{CompareScreen, Screen};

/// Does an action of movement; false when it is none.
pub(super) fn act<K: Ord + Clone>(table: &mut TableState<K>, action: Action, page: usize) -> bool {
    let page = isize::try_from(page.max(1)).unwrap_or(isize::MAX);
    match action {
        Action::Up => table.move_by(-1),
        Action::Down => table.move_by(1),
        Action::PageUp => table.move_by(-page),
        Action::PageDown => table.move_by(page),
        Action::Top => table.move_to(0),
        Action::Bottom => table.move_to(usize::MAX),
        Action::Mark => {
            table.toggle_mark();
            table.move_by(1);
        }
        Action::MarkRange => table.mark_range(),
        _ => return false,
    }
    true
}

/// Opens the difference of the two objects that were marked.
pub(super) fn compare_marked(table: &TableState<ObjectKey>, out: &mut Outbox) {
    let marked: Vec<&ObjectKey> = table.order().iter().filter(|key| table.marked.contains(key)).collect();
    match marked.as_slice() {
        [upper, lower] => {
            let screen = CompareScreen::objects((*upper).clone(), (*lower).clone(), out);
            out.open(Screen::Compare(screen));
        }
        _ => out.complain(mark_two()),
    }
}

pub(super) fn mark_two() -> Problem {
    Problem::new(Cause::Refused, "mark two rows first", "", "Space marks a row")
}
