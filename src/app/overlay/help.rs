//! Help: the keys of a screen, from the keymap and the catalogue.

use crate::action::{Action, ActionSpec};
use crate::config::key::format_sequence;
use crate::config::keymap::{Context, Keymap};

#[derive(Debug)]
pub struct HelpOverlay {
    pub context: Context,
    /// First line on screen.
    pub top: usize,
}

/// One line of help.
#[derive(Debug, PartialEq, Eq)]
pub struct HelpLine {
    pub keys: String,
    pub title: &'static str,
    pub help: &'static str,
}

impl HelpOverlay {
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context, top: 0 }
    }

    pub(super) fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top += 1,
            Action::PageUp => self.top = self.top.saturating_sub(10),
            Action::PageDown => self.top += 10,
            Action::Top => self.top = 0,
            _ => return false,
        }
        true
    }

    /// Every action that has a key here, in the order of the catalogue.
    #[must_use]
    pub fn lines(&self, keymap: &Keymap) -> Vec<HelpLine> {
        crate::action::all().filter_map(|spec| self.line(spec, keymap)).collect()
    }

    fn line(&self, spec: &'static ActionSpec, keymap: &Keymap) -> Option<HelpLine> {
        let keys: Vec<String> =
            keymap.keys_of(self.context.chain(), spec.name).map(|keys| format_sequence(keys).to_string()).collect();
        (!keys.is_empty()).then(|| HelpLine { keys: keys.join("  "), title: spec.title, help: spec.help })
    }
}
