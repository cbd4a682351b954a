//! Help: the keys of a screen, from the keymap and the catalogue. What works on this screen stands first.

use crate::action::{Action, ActionSpec};
use crate::config::key::Key;
use crate::config::keymap::{Context, Keymap};

#[derive(Debug)]
pub struct HelpOverlay {
    pub context: Context,
    /// What the screen offers in its footer, the most useful first.
    offers: &'static [Action],
    /// First line on screen.
    pub top: usize,
}

/// The keys of one action.
#[derive(Debug, PartialEq, Eq)]
pub struct HelpLine<'a> {
    /// The preferred one first.
    pub keys: Vec<&'a [Key]>,
    pub title: &'static str,
    pub help: &'static str,
}

/// Keys that belong together, the screen's own first.
#[derive(Debug, PartialEq, Eq)]
pub struct HelpSection<'a> {
    pub title: &'static str,
    pub lines: Vec<HelpLine<'a>>,
}

impl HelpOverlay {
    #[must_use]
    pub fn new(context: Context, offers: &'static [Action]) -> Self {
        Self { context, offers, top: 0 }
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

    /// Every action that has a key here: what the screen offers, what only screens like it know, and the rest.
    #[must_use]
    pub fn sections<'a>(&self, keymap: &'a Keymap) -> Vec<HelpSection<'a>> {
        let chain = self.context.chain();
        let own = chain.split(|context| *context == Context::Everywhere).next().unwrap_or_default();
        let is_general = |action: Action| matches!(action, Action::Palette | Action::Help | Action::Back);
        let offered: Vec<&ActionSpec> =
            self.offers.iter().filter(|action| !is_general(**action)).map(|action| action.spec()).collect();
        let is_offered = |spec: &ActionSpec| offered.iter().any(|offered| offered.name == spec.name);
        let (local, general): (Vec<&ActionSpec>, Vec<&ActionSpec>) = crate::action::all()
            .filter(|spec| !is_offered(spec) && !matches!(spec.action, Action::Namespace(2..)))
            .partition(|spec| keymap.keys_of(own, spec.name).next().is_some());
        let section = |title, specs: Vec<&'static ActionSpec>| HelpSection {
            title,
            lines: specs.into_iter().filter_map(|spec| line(chain, spec, keymap)).collect(),
        };
        let local = offered.iter().copied().chain(local).collect();
        let mut sections = vec![section("ON THIS SCREEN", local), section("EVERYWHERE", general)];
        sections.retain(|section| !section.lines.is_empty());
        sections
    }
}

fn line<'a>(chain: &'static [Context], spec: &'static ActionSpec, keymap: &'a Keymap) -> Option<HelpLine<'a>> {
    let mut keys: Vec<&[Key]> = Vec::new();
    for sequence in keymap.keys_of(chain, spec.name) {
        if !keys.contains(&sequence) {
            keys.push(sequence);
        }
    }
    // The other digits say the same of the other namespaces.
    let (title, help) = match spec.action {
        Action::Namespace(_) => ("one namespace", "Shows the first namespace alone; 2 to 9 the next ones."),
        _ => (spec.title, spec.help),
    };
    (!keys.is_empty()).then_some(HelpLine { keys, title, help })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_on_this_screen_stands_first() {
        let names: Vec<&str> = crate::action::all().map(|spec| spec.name).collect();
        let (keymap, _) = crate::config::keymap_file::build("default", None, &names);
        let help = HelpOverlay::new(Context::Services, &[Action::Open, Action::RollBack, Action::Help]);
        let sections = help.sections(&keymap);
        let titles = |index: usize| -> Vec<&str> {
            let section: &HelpSection<'_> = &sections[index];
            section.lines.iter().map(|line| line.title).collect()
        };
        assert_eq!(&titles(0)[..2], ["open", "roll back"]);
        assert!(titles(0).contains(&"scale") && !titles(0).contains(&"up"));
        assert!(titles(1).contains(&"up") && titles(1).contains(&"help") && !titles(1).contains(&"open"));
    }
}
