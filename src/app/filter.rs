//! What is kept of rows and lines: terms that must stand in a text, and terms that must not.

use std::ops::Range;

use regex::Regex;

use super::logs::fields::field;
use crate::domain::text::CleanText;

mod grammar;

/// What can be typed to filter rows.
pub const OF_ROWS: &str = "words that must stand in a row; !word for those that must not";
/// What can be typed to filter lines, form by form.
pub const OF_LINES: [&str; 6] = ["words", "!word", "\"several words\"", "/pattern/", "key=value", "key!=/pattern/"];

#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// As it was typed.
    text: String,
    terms: Vec<Term>,
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

impl Filter {
    /// Of rows: words without regard to case, and `!words`.
    #[must_use]
    pub fn of_rows(text: &str) -> Self {
        let mut filter = Self { text: text.to_owned(), ..Self::default() };
        for word in text.split_whitespace() {
            let (wanted, word) = word.strip_prefix('!').map_or((true, word), |word| (false, word));
            // A lone `!` is the beginning of a word that is still typed.
            if !word.is_empty() {
                let matcher = grammar::word(word).map(Matcher::Text);
                filter.terms.extend(matcher.map(|matcher| Term { wanted, matcher }));
            }
        }
        filter
    }

    /// Of lines: words without regard to case; `"several words"`; `/pattern/` is a regular expression; `key=value`,
    /// `key="a value"` and `key=/pattern/` look at a field of JSON or logfmt. `!` before any of them leaves its lines
    /// out, as does `key!=value`.
    #[must_use]
    pub fn of_lines(text: &str) -> Self {
        let mut filter = Self { text: text.to_owned(), ..Self::default() };
        grammar::read(&mut filter, text);
        filter
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn complaint(&self) -> Option<&CleanText> {
        self.complaint.as_ref()
    }

    /// It keeps everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row of this text stays.
    #[must_use]
    pub fn keeps(&self, text: &str) -> bool {
        self.keeps_entry(std::iter::once(text))
    }

    /// Whether an entry of these lines stays: a term may stand in any of them.
    pub fn keeps_entry<'a>(&self, lines: impl Iterator<Item = &'a str> + Clone) -> bool {
        self.terms.iter().all(|term| lines.clone().any(|line| term.matcher.matches(line)) == term.wanted)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(filter: &str, line: &str) -> bool {
        Filter::of_lines(filter).keeps(line)
    }

    #[test]
    fn words_exclusions_and_patterns() {
        for (filter, line, wanted) in [
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
            assert_eq!(wants(filter, line), wanted, "{filter:?} on {line:?}");
        }
    }

    #[test]
    fn fields_of_json_of_logfmt_and_of_plain_text() {
        let logfmt = r#"level=error route="POST /v1/charge" status=500 msg="said status=200""#;
        let json = r#"{"level":"error","http":{"status":500},"route":"POST /v1/charge","ok":false}"#;
        let plain = "GET /v1/charge?status=500&x=1 took=3ms";
        for (filter, line, wanted) in [
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
            assert_eq!(wants(filter, line), wanted, "{filter:?} on {line:?}");
        }
        assert_eq!(Filter::of_lines("status=500").found("a  status=500 b").first(), Some(&(2..13)));
    }

    #[test]
    fn an_unfinished_pattern_complains_and_hides_nothing() {
        let filter = Filter::of_lines("/amount(");
        assert!(filter.complaint().is_some_and(|complaint| complaint.contains("unclosed group")));
        assert!(filter.is_empty());
    }

    #[test]
    fn a_term_may_stand_in_any_line_of_an_entry() {
        let lines = ["charge failed", "  at pay.js:3"];
        assert!(Filter::of_lines("failed pay.js").keeps_entry(lines.into_iter()));
        assert!(!Filter::of_lines("failed !pay.js").keeps_entry(lines.into_iter()));
    }

    #[test]
    fn found_words_are_apart() {
        assert_eq!(Filter::of_lines("amo mount is").found("amount is"), [0..6, 7..9]);
    }

    #[test]
    fn all_words_must_stand_in_the_row_and_none_of_the_unwanted() {
        for (filter, kept) in [
            ("", true),
            ("pay", true),
            ("PAY checkout", true),
            ("pay shop", false),
            ("!shop", true),
            ("pay !checkout", false),
            ("!", true),
            ("pay !", true),
        ] {
            assert_eq!(Filter::of_rows(filter).keeps("checkout Pay-API"), kept, "{filter}");
        }
    }

    #[test]
    fn a_filter_without_a_word_is_empty() {
        assert!(Filter::of_rows(" ! ").is_empty());
        assert!(!Filter::of_rows("!a").is_empty());
    }
}
