//! Pieces of Markdown that text from outside cannot break out of.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::domain::freshness::Freshness;

/// Lines in a block that none of them can end. Writing to a String cannot fail.
pub(super) fn block<'a>(language: &str, lines: impl Iterator<Item = &'a str> + Clone, text: &mut String) {
    let longest = lines.clone().map(longest_run).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let _ = writeln!(text, "{fence}{language}");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "{fence}\n");
}

/// Backticks in a row.
fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A piece of text as it stands, within a sentence.
pub(super) fn quoted(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// One row of a table.
pub(super) fn cells<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        let _ = write!(row, " {} |", cell.as_ref().replace('|', "\\|"));
    }
    row
}

/// Says of what is not live how much it can be trusted.
pub(super) fn freshness_note(freshness: &Freshness, now: Timestamp, text: &mut String) {
    if *freshness != Freshness::Live {
        let _ = writeln!(text, "_{}_\n", freshness.words(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_ends_what_it_stands_in() {
        let mut text = String::new();
        block("", ["a", "```` b"].into_iter(), &mut text);
        assert_eq!(text, "`````\na\n```` b\n`````\n\n");
        assert_eq!(quoted("a `b`"), "`` a `b` ``");
        assert_eq!(quoted("plain"), "`plain`");
        assert_eq!(cells(["a|b", "c"]), "| a\\|b | c |");
    }
}
