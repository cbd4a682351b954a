//! Which lines are wanted: words that must stand in them, words that must not, patterns, and a least level.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::domain::log::Level;
use crate::domain::text::CleanText;

/// A compiled pattern may take this much memory.
const PATTERN_BYTES: usize = 1 << 20;

/// Words without regard to case; `!word` must not stand there; `/pattern/` is a regular expression.
#[derive(Clone, Debug, Default)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
    /// Lines must be at least this severe.
    pub level: Option<Level>,
    /// Why a pattern is not one, as long as it is being typed.
    complaint: Option<CleanText>,
}

#[derive(Clone, Debug)]
struct Term {
    wanted: bool,
    pattern: Regex,
}

impl Query {
    pub fn set_text(&mut self, text: &str) {
        *self = Self { level: self.level, ..Self::of_text(text) };
    }

    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            rest = query.take_term(rest).trim_start();
        }
        query
    }

    /// Takes the first term and returns the rest.
    fn take_term<'a>(&mut self, text: &'a str) -> &'a str {
        let (wanted, body) = match text.strip_prefix('!') {
            Some(body) => (false, body),
            None => (true, text),
        };
        let (term, rest, pattern) = match body.strip_prefix('/') {
            Some(pattern) => {
                let (pattern, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
                (pattern, rest, RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build())
            }
            None => {
                let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
                let literal = regex::escape(word);
                (word, rest, RegexBuilder::new(&literal).case_insensitive(true).size_limit(PATTERN_BYTES).build())
            }
        };
        match pattern {
            // A sign alone is a term that is still being typed.
            _ if term.is_empty() => {}
            Ok(pattern) => self.terms.push(Term { wanted, pattern }),
            Err(error) => {
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.complaint = Some(CleanText::new(&format!("/{term}/ is no pattern: {reason}")));
            }
        }
        rest
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn complaint(&self) -> Option<&CleanText> {
        self.complaint.as_ref()
    }

    /// Every line is wanted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.terms.is_empty() && self.level.is_none()
    }

    #[must_use]
    pub fn has_terms(&self) -> bool {
        !self.terms.is_empty()
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
        let words = self.has_terms().then(|| format!("“{}”", self.text.trim()));
        match (level, words) {
            (None, None) => None,
            (Some(level), None) => Some(level.to_owned()),
            (None, Some(words)) => Some(words),
            (Some(level), Some(words)) => Some(format!("{level} and {words}")),
        }
    }

    /// Whether an entry of these lines is wanted.
    pub fn wants<'a>(&self, level: Level, lines: impl Iterator<Item = &'a str> + Clone) -> bool {
        self.level.is_none_or(|least| level <= least)
            && self.terms.iter().all(|term| lines.clone().any(|line| term.pattern.is_match(line)) == term.wanted)
    }

    /// Where the wanted words stand in a line, in order and apart, as byte ranges.
    #[must_use]
    pub fn found(&self, line: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = self
            .terms
            .iter()
            .filter(|term| term.wanted)
            .flat_map(|term| term.pattern.find_iter(line).map(|found| found.range()))
            .filter(|range| !range.is_empty())
            .collect();
        found.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(query: &str, line: &str) -> bool {
        Query::of_text(query).wants(Level::Unknown, [line].into_iter())
    }

    #[test]
    fn words_exclusions_and_patterns() {
        for (query, line, wanted) in [
            ("", "anything", true),
            ("AMOUNT undefined", "TypeError: amount is undefined", true),
            ("amount missing", "amount is undefined", false),
            ("amount !retry", "amount, retry 2 of 3", false),
            ("!retry", "amount is undefined", true),
            ("/retry [0-9] of/", "bank timeout, retry 1 of 3", true),
            ("/Retry/", "retry", false),
            ("!/^GET .* 200$/ pay", "GET /pay 200", false),
            ("a.b", "axb", false),
            ("!", "anything", true),
        ] {
            assert_eq!(wants(query, line), wanted, "{query:?} on {line:?}");
        }
    }

    #[test]
    fn an_unfinished_pattern_complains_and_hides_nothing() {
        let query = Query::of_text("/amount(");
        assert!(query.complaint().is_some_and(|complaint| complaint.contains("unclosed group")));
        assert!(query.is_open());
    }

    #[test]
    fn a_level_is_a_least_one() {
        let query = Query { level: Some(Level::Warning), ..Query::default() };
        let wanted = |level| query.wants(level, ["x"].into_iter());
        assert_eq!([Level::Error, Level::Warning, Level::Info, Level::Unknown].map(wanted), [true, true, false, false]);
    }

    #[test]
    fn a_term_may_stand_in_any_line_of_an_entry() {
        let lines = ["charge failed", "  at pay.js:3"];
        assert!(Query::of_text("failed pay.js").wants(Level::Error, lines.into_iter()));
        assert!(!Query::of_text("failed !pay.js").wants(Level::Error, lines.into_iter()));
    }

    #[test]
    fn found_words_are_apart() {
        assert_eq!(Query::of_text("amo mount is").found("amount is"), [0..6, 7..9]);
    }
}
