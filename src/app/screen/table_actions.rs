//! Moving in a table: the same on every screen that is one.

use crate::action::Action;

use super::super::table::TableState;

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
