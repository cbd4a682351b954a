//! Terminal events as messages of the machine.

use crossterm::event::{Event, KeyEventKind};

use crate::app::Input;
use crate::config::key::Key;

/// None for what means nothing to the machine, such as the release of a key.
pub(super) fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            Key::from_terminal(key.code, key.modifiers).map(Input::Key)
        }
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(columns, rows) => Some(Input::Resize { columns, rows }),
        _ => None,
    }
}
