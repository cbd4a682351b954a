//! Which lines are wanted: words that must stand in them, words that must not, patterns, fields, and a least level.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::fields::{field, is_field_name};
use crate::domain::log::Level;
use crate::domain::text::CleanText;

/// A compiled pattern may take this much memory.
const PATTERN_BYTES: usize = 1 << 20;

/// Words without regard to case; `"several words"`; `/pattern/` is a regular expression; `key=value`, `key="a value"` and
/// `key=/pattern/` look at a field of JSON or logfmt. `!` before any of them leaves its lines out, as does `key!=value`.
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
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    /// Anywhere in the line.
    Text(Regex),
    /// The value of a field.
    Field { key: String, value: Regex, shown: Regex },
}

impl Matcher {
    fn matches(&self, line: &str) -> bool {
        match self {
            Self::Text(pattern) => pattern.is_match(line),
            Self::Field { key, value, .. } => {
                // Most lines are sorted out before they are taken apart.
                let part = key.rsplit('.').next().unwrap_or(key);
                line.contains(part) && field(line, key).is_some_and(|found| value.is_match(&found))
            }
        }
    }

    /// What is marked in a line that is shown.
    fn shown(&self) -> &Regex {
        match self {
            Self::Text(pattern) => pattern,
            Self::Field { shown, .. } => shown,
        }
    }
}

/// What a term looks for, as it was written.
enum Sought<'a> {
    Words(&'a str),
    Pattern(&'a str),
}

impl<'a> Sought<'a> {
    /// Takes it from the front of a text, and returns the rest.
    fn take(text: &'a str) -> (Self, &'a str) {
        if let Some(pattern) = text.strip_prefix('/') {
            let (pattern, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
            return (Self::Pattern(pattern), rest);
        }
        if let Some(quoted) = text.strip_prefix('"') {
            let (words, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
            return (Self::Words(words), rest);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        (Self::Words(word), rest)
    }

    fn is_empty(&self) -> bool {
        let (Self::Words(text) | Self::Pattern(text)) = self;
        text.is_empty()
    }

    /// The pattern of it, between these.
    fn pattern(&self, before: &str, after: &str) -> Result<Regex, regex::Error> {
        let (inner, any_case) = match self {
            Self::Words(words) => (regex::escape(words), true),
            Self::Pattern(pattern) => ((*pattern).to_owned(), false),
        };
        let whole = format!("{before}{inner}{after}");
        RegexBuilder::new(&whole).case_insensitive(any_case).size_limit(PATTERN_BYTES).build()
    }
}

/// `key=` or `key!=` in front of what is sought in that field, whether it is wanted there, and the rest.
fn field_name(text: &str) -> Option<(&str, bool, &str)> {
    let end = text.find(|c: char| !is_field_name(c))?;
    let (key, rest) = text.split_at(end);
    let (wanted, rest) = match rest.strip_prefix("!=") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix('=')?),
    };
    (!key.is_empty()).then_some((key, wanted, rest))
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
        let (field, body) = match field_name(body) {
            Some((key, equal, rest)) => (Some((key, equal)), rest),
            None => (None, body),
        };
        let (sought, rest) = Sought::take(body);
        // A sign alone is a term that is still being typed.
        if sought.is_empty() {
            return rest;
        }
        let matcher = match (field, &sought) {
            (None, _) => sought.pattern("", "").map(Matcher::Text),
            (Some((key, _)), Sought::Words(_)) => field_matcher(key, sought.pattern("^", "$"), &sought),
            (Some((key, _)), Sought::Pattern(_)) => field_matcher(key, sought.pattern("", ""), &sought),
        };
        match matcher {
            Ok(matcher) => {
                let wanted = wanted == field.is_none_or(|(_, equal)| equal);
                self.terms.push(Term { wanted, matcher });
            }
            Err(error) => {
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
                let (Sought::Words(text) | Sought::Pattern(text)) = sought;
                self.complaint = Some(CleanText::new(&format!("/{text}/ is no pattern: {reason}")));
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
            && self.terms.iter().all(|term| lines.clone().any(|line| term.matcher.matches(line)) == term.wanted)
    }

    /// Where the wanted words stand in a line, in order and apart, as byte ranges.
    #[must_use]
    pub fn found(&self, line: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = self
            .terms
            .iter()
            .filter(|term| term.wanted)
            .flat_map(|term| term.matcher.shown().find_iter(line).map(|found| found.range()))
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

fn field_matcher(key: &str, value: Result<Regex, regex::Error>, sought: &Sought<'_>) -> Result<Matcher, regex::Error> {
    let before = format!("(?:^|[^\\w]){}=\"?", regex::escape(key));
    Ok(Matcher::Field { key: key.to_owned(), value: value?, shown: sought.pattern(&before, "")? })
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
            ("\"is undefined\" amount", "TypeError: amount is undefined", true),
            ("\"is  undefined\"", "TypeError: amount is undefined", false),
        ] {
            assert_eq!(wants(query, line), wanted, "{query:?} on {line:?}");
        }
    }

    #[test]
    fn fields_of_json_of_logfmt_and_of_plain_text() {
        let logfmt = r#"level=error route="POST /v1/charge" status=500 msg="said status=200""#;
        let json = r#"{"level":"error","http":{"status":500},"route":"POST /v1/charge","ok":false}"#;
        let plain = "GET /v1/charge?status=500&x=1 took=3ms";
        for (query, line, wanted) in [
            ("status=500", logfmt, true),
            ("status=200", logfmt, false),
            ("status=50", logfmt, false),
            ("!status=500", logfmt, false),
            ("status!=500", logfmt, false),
            ("!status!=500", logfmt, true),
            ("status=/^5/", logfmt, true),
            ("status!=/^5/", logfmt, false),
            ("route=\"post /v1/charge\" status=500", logfmt, true),
            ("route=/charge$/ error", logfmt, true),
            ("level=error", logfmt, true),
            ("http.status=500", json, true),
            ("ok=false", json, true),
            ("status=500", json, false),
            ("absent=1", json, false),
            ("absent!=1", json, true),
            ("status=500", plain, true),
            ("took=3ms", plain, true),
            ("ook=3ms", plain, false),
            ("status=", logfmt, true),
        ] {
            assert_eq!(wants(query, line), wanted, "{query:?} on {line:?}");
        }
        assert_eq!(Query::of_text("status=500").found("a  status=500 b").first(), Some(&(2..13)));
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
