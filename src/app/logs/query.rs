//! Which lines are wanted: those a filter keeps, from a least level on.

use super::super::filter::Filter;
use crate::domain::log::Level;

#[derive(Clone, Debug, Default)]
pub struct Query {
    pub filter: Filter,
    /// Lines must be at least this severe.
    pub level: Option<Level>,
}

impl Query {
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self { filter: Filter::of_lines(text), level: None }
    }

    /// Every line is wanted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.filter.is_empty() && self.level.is_none()
    }

    /// The least level one step up.
    #[must_use]
    pub fn more_severe(&self) -> Option<Level> {
        match self.level {
            None => Some(Level::Debug),
            Some(Level::Debug | Level::Unknown) => Some(Level::Info),
            Some(Level::Info) => Some(Level::Warning),
            Some(Level::Warning | Level::Error) => Some(Level::Error),
        }
    }

    /// The least level one step down; in the end every line is wanted.
    #[must_use]
    pub fn less_severe(&self) -> Option<Level> {
        match self.level {
            Some(Level::Error) => Some(Level::Warning),
            Some(Level::Warning) => Some(Level::Info),
            Some(Level::Info) => Some(Level::Debug),
            Some(Level::Debug | Level::Unknown) | None => None,
        }
    }

    /// What wanted lines have in common, when not all are.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let level = self.level.map(|level| match level {
            Level::Error => "error",
            Level::Warning => "warning or worse",
            Level::Info => "info or worse",
            Level::Debug | Level::Unknown => "a level",
        });
        let words = (!self.filter.is_empty()).then(|| format!("“{}”", self.filter.text().trim()));
        match (level, words) {
            (None, None) => None,
            (Some(level), None) => Some(level.to_owned()),
            (None, Some(words)) => Some(words),
            (Some(level), Some(words)) => Some(format!("{level} and {words}")),
        }
    }

    /// Whether an entry of these lines is wanted.
    pub fn wants<'a>(&self, level: Level, lines: impl Iterator<Item = &'a str> + Clone) -> bool {
        self.level.is_none_or(|least| level <= least) && self.filter.keeps_entry(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_least_one() {
        let query = Query { level: Some(Level::Warning), ..Query::default() };
        let wanted = |level| query.wants(level, ["x"].into_iter());
        assert_eq!([Level::Error, Level::Warning, Level::Info, Level::Unknown].map(wanted), [true, true, false, false]);
    }
}
