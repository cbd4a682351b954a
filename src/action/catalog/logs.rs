//! Reading logs.

use super::Action;
use crate::action::spec::{ActionSpec, Subject};

const fn look(action: Action, name: &'static str, title: &'static str, help: &'static str) -> ActionSpec {
    ActionSpec::look(Subject::Nothing, action, name, title, help)
}

pub(super) const ROWS: &[ActionSpec] = &[
    look(Action::ToggleFollow, "toggle-follow", "follow", "Follows new lines, or holds the view without losing any."),
    look(Action::ToggleTimestamps, "toggle-timestamps", "times", "Shows or hides the time of each line."),
    look(Action::ToggleWrap, "toggle-wrap", "wrap", "Wraps long lines, or cuts them."),
    look(
        Action::FullScreen,
        "full-screen",
        "full screen",
        "Gives the whole screen but the first line to the lines, or not.",
    ),
    look(Action::ClearLines, "clear-lines", "clear", "Clears the screen; nothing is lost on the server."),
    look(
        Action::PreviousContainer,
        "previous-container",
        "previous",
        "Reads the log of the container before its last restart.",
    ),
    look(Action::LevelDown, "level-down", "lower level", "Shows less severe lines too."),
    look(Action::LevelUp, "level-up", "higher level", "Shows more severe lines only."),
    look(Action::NextMatch, "next-match", "next match", "Goes to the next line that matches."),
    look(Action::PreviousMatch, "previous-match", "match before", "Goes to the line before that matches."),
    look(Action::SaveLines, "save", "save", "Saves the lines into a file only you can read."),
    look(Action::AllContainers, "all-containers", "all containers", "Reads all containers, or the default one only."),
    look(Action::ToggleTraces, "toggle-traces", "traces", "Unfolds stack traces, or folds them to one row."),
    look(Action::DrawMark, "draw-mark", "mark", "Draws a line at this moment."),
    look(Action::SinceNewest, "since-newest", "newest", "Shows the newest lines of each container."),
    look(Action::SinceBeginning, "since-beginning", "all", "Shows the logs from their beginning."),
    look(Action::Range1m, "range-1m", "1 m", "Shows the last minute."),
];
