//! Sentences over several lines.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::paint;

/// Breaks a sentence between words into lines of at most so many columns.
#[must_use]
pub fn wrap(text: &str, columns: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let width = paint::width(word);
        if used + paint::width(word.trim_end()) > columns && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
            used = 0;
        }
        if line.is_empty() && word.trim().is_empty() {
            continue;
        }
        line.push_str(word);
        used += width;
    }
    if !line.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A sentence behind a sign or a word, its further lines indented as far.
#[must_use]
pub fn hanging(before: Span<'static>, text: &str, style: Style, width: u16) -> Vec<Line<'static>> {
    let indent = paint::width(&before.content);
    let mut before = Some(before);
    let rows = fold(text, width.saturating_sub(indent + 1)).into_iter();
    rows.map(|row| {
        let before = before.take().unwrap_or_else(|| Span::raw(" ".repeat(usize::from(indent))));
        Line::from(vec![before, Span::styled(row, style)])
    })
    .collect()
}

/// Breaks a sentence between words, and a word where it alone is wider than a line.
#[must_use]
pub fn fold(text: &str, columns: u16) -> Vec<String> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    for row in wrap(text, columns) {
        let mut rest = row.as_str();
        while paint::width(rest) > columns {
            let mut used = 0;
            let end = rest.char_indices().find(|(at, sign)| {
                used += paint::width(sign.encode_utf8(&mut [0; 4]));
                used > columns && *at > 0
            });
            // A sign alone may be wider than the line.
            let Some((at, _)) = end else { break };
            let (head, tail) = rest.split_at(at);
            rows.push(head.to_owned());
            rest = tail;
        }
        rows.push(rest.to_owned());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_wider_than_a_line_is_broken_where_nothing_may_be_cut() {
        assert_eq!(fold("type averyverylongname", 8), ["type", "averyver", "ylongnam", "e"]);
        assert_eq!(fold("支払い", 4), ["支払", "い"]);
        assert_eq!(fold("支払", 1), ["支", "払"]);
    }

    #[test]
    fn further_lines_stand_under_the_first() {
        let lines = hanging(Span::raw(" ! "), "the API server is away", Style::new(), 14);
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, [" ! the API", "   server is", "   away"]);
    }

    #[test]
    fn sentences_break_between_words() {
        assert_eq!(wrap("the API server is away", 10), ["the API", "server is", "away"]);
        assert_eq!(wrap("", 10), [] as [&str; 0]);
        assert_eq!(wrap("averyverylongword x", 5), ["averyverylongword", "x"]);
    }
}
