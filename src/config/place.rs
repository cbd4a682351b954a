//! Where in a file of the user something is wrong, said as a `Problem`. Knows nothing of what the file means.

use std::ops::Range;

use crate::domain::problem::{Cause, Problem};

/// A text file with its name, for messages.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Path as shown, or a built-in file's name.
    pub name: &'a str,
    pub text: &'a str,
}

impl File<'_> {
    /// Counted from one.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// Says what is wrong at a place.
    #[must_use]
    pub fn problem(&self, span: Option<Range<usize>>, why: &str, hint: &str) -> Problem {
        let place = match span {
            Some(span) => format!("{}, line {}", self.name, self.line(span.start)),
            None => self.name.to_owned(),
        };
        Problem::new(Cause::Usage, place, why, hint)
    }

    /// Says what the TOML reader did not understand.
    #[must_use]
    pub fn malformed(&self, error: &toml::de::Error, hint: &str) -> Problem {
        match misspelt(error.message()) {
            Some((word, near)) => {
                let why = format!("“{word}” is no field: did you mean “{near}”?");
                self.problem(error.span(), &why, hint)
            }
            None => self.problem(error.span(), error.message(), hint),
        }
    }
}

/// An unknown field and the known one nearest to it, from the reader's own list: `unknown field `a`, expected one of `b`, `c``.
fn misspelt(message: &str) -> Option<(&str, &str)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let word = quoted.next()?;
    Some((word, nearest(word, quoted)?))
}

/// The known word nearest to a misspelt one, when it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 2 <= candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean “open”?`, or what else to say when nothing is near.
#[must_use]
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(word, known).map_or_else(|| otherwise.to_owned(), |near| format!("did you mean “{near}”?"))
}

/// Levenshtein's distance in characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in other.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_brings_the_nearest() {
        let message = "unknown field `brokn`, expected one of `background`, `broken`";
        assert_eq!(misspelt(message), Some(("brokn", "broken")));
        assert_eq!(misspelt("unknown field `zzz`, expected one of `background`, `broken`"), None);
        assert_eq!(misspelt("invalid type"), None);
    }

    #[test]
    fn lines_count_from_one() {
        let file = File { name: "f", text: "a\nb\nc" };
        assert_eq!((file.line(0), file.line(2), file.line(4), file.line(99)), (1, 2, 3, 3));
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["open", "go-alerts", "roll-back"];
        assert_eq!(nearest("rollback", known), Some("roll-back"));
        assert_eq!(nearest("go-alert", known), Some("go-alerts"));
        assert_eq!(nearest("explode", known), None);
    }
}
