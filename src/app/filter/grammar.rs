//! How a filter of lines is written.

use regex::{Regex, RegexBuilder};

use super::super::logs::fields::is_field_name;
use super::{Filter, Matcher, Term};
use crate::domain::text::CleanText;

/// A compiled pattern may take this much memory.
const PATTERN_BYTES: usize = 1 << 20;

/// Takes up every term of a text.
pub(super) fn read(filter: &mut Filter, text: &str) {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        rest = take_term(filter, rest).trim_start();
    }
}

/// A word anywhere in a text, whatever its case.
pub(super) fn word(word: &str) -> Option<Regex> {
    Sought::Words(word).pattern("", "").ok()
}

/// Takes the first term and returns the rest.
fn take_term<'a>(filter: &mut Filter, text: &'a str) -> &'a str {
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
            filter.terms.push(Term { wanted, matcher });
        }
        Err(error) => {
            let message = error.to_string();
            let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let (Sought::Words(text) | Sought::Pattern(text)) = sought;
            filter.complaint = Some(CleanText::new(&format!("/{text}/ is no pattern: {reason}")));
        }
    }
    rest
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

fn field_matcher(key: &str, value: Result<Regex, regex::Error>, sought: &Sought<'_>) -> Result<Matcher, regex::Error> {
    let before = format!("(?:^|[^\\w]){}=\"?", regex::escape(key));
    Ok(Matcher::Field { key: key.to_owned(), value: value?, shown: sought.pattern(&before, "")? })
}
