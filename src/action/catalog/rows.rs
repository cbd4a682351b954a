//! All rows together, and the row of a name.

use super::later::ROWS as LATER;
use super::{Action, act, go, logs, movement, show};
use crate::action::spec::ActionSpec;

/// All rows.
pub fn all() -> impl Iterator<Item = &'static ActionSpec> {
    [movement::ROWS, go::ROWS, show::ROWS, logs::ROWS, act::ROWS].into_iter().flatten()
}

/// The names a keymap may use: of all actions, and of those that come later.
#[must_use]
pub fn names() -> Vec<&'static str> {
    all().map(|spec| spec.name).chain(LATER.iter().map(|(name, _)| *name)).collect()
}

/// What the console will do by this name, when it does not do it yet.
#[must_use]
pub fn later(name: &str) -> Option<&'static str> {
    LATER.iter().find(|(later, _)| *later == name).map(|(_, what)| *what)
}

impl Action {
    #[must_use]
    pub fn spec(self) -> &'static ActionSpec {
        // Every variant has a row: held by the test below.
        all().find(|spec| spec.action == self).unwrap_or(&movement::ROWS[0])
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        all().find(|spec| spec.name == name).map(|spec| spec.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::object::{Kind, ObjectKey};

    #[test]
    fn every_action_has_exactly_one_row_and_a_name_of_its_own() {
        let rows: Vec<_> = all().collect();
        let names: BTreeSet<_> = rows.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), rows.len());
        for action in Action::each() {
            assert_eq!(rows.iter().filter(|spec| spec.action == action).count(), 1, "{action:?}");
        }
        assert_eq!(rows.len(), Action::each().count());
    }

    #[test]
    fn what_comes_later_is_not_there_yet() {
        for name in names() {
            assert_ne!(Action::from_name(name).is_some(), later(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_write_and_stream_needs_a_right() {
        let key = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
        for spec in all() {
            assert_eq!((spec.needs)(&key).is_empty(), spec.risk.is_look(), "{}", spec.name);
        }
    }

    #[test]
    fn names_are_kebab_case_and_help_is_a_sentence() {
        for spec in all() {
            assert!(
                spec.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                spec.name
            );
            assert!(spec.help.ends_with('.'), "{}", spec.name);
        }
    }
}
