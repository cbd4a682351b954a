//! Moving in a text: the same on every screen that is one. Its end is known when the text is, so whoever settles the
//! screen keeps the first line within it.

use crate::action::Action;

/// Does an action of movement; false when it is none.
pub(super) fn act(top: &mut usize, action: Action, page: usize) -> bool {
    *top = match action {
        Action::Up => top.saturating_sub(1),
        Action::Down => top.saturating_add(1),
        Action::PageUp => top.saturating_sub(page),
        Action::PageDown => top.saturating_add(page),
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        _ => return false,
    };
    true
}
