//! Moving in a list, a text or a chart.

use super::Action;
use crate::action::spec::{ActionSpec, Subject};

const fn look(action: Action, name: &'static str, title: &'static str, help: &'static str) -> ActionSpec {
    ActionSpec::look(Subject::Nothing, action, name, title, help)
}

pub(super) const ROWS: &[ActionSpec] = &[
    look(Action::Up, "up", "up", "Moves the cursor up."),
    look(Action::Down, "down", "down", "Moves the cursor down."),
    look(Action::Left, "left", "left", "Moves the time cursor or the view to the left."),
    look(Action::Right, "right", "right", "Moves the time cursor or the view to the right."),
    look(Action::Top, "top", "top", "Moves to the first row."),
    look(Action::Bottom, "bottom", "bottom", "Moves to the last row."),
    look(Action::PageUp, "page-up", "page up", "Moves one page up."),
    look(Action::PageDown, "page-down", "page down", "Moves one page down."),
    look(Action::Open, "open", "open", "Opens what the cursor stands on."),
    look(Action::Confirm, "confirm", "confirm", "Takes what was typed, or does what is planned."),
    look(Action::Back, "back", "back", "Closes what is on top; on the home screen it quits."),
    look(Action::Interrupt, "interrupt", "back", "Goes back; twice on the home screen it quits."),
    look(Action::Quit, "quit", "quit", "Ends the console."),
    look(Action::NextPane, "next-pane", "next pane", "Moves to the next pane of the screen."),
    look(Action::Mark, "mark", "mark", "Marks the row, or takes the mark away."),
    look(Action::MarkRange, "mark-range", "mark range", "Marks all rows between the last mark and this one."),
    look(Action::CompareMarked, "compare-marked", "compare", "Shows the difference of the two marked rows."),
    look(Action::Reload, "reload", "reload", "Takes the new order and reads again."),
    look(Action::Redraw, "redraw", "redraw", "Paints the whole screen again."),
    look(Action::GoneBack, "history-back", "view before", "Goes back to the view before."),
    look(Action::GoneForward, "history-forward", "view after", "Goes forward again."),
    look(Action::LastView, "last-view", "last view", "Swaps with the last view."),
];
