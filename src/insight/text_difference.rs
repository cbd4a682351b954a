//! Two texts compared line by line, with the words that differ within a changed line. Long stretches that are the same
//! are left out, and it says how many.

use similar::{ChangeTag, TextDiff};

use crate::domain::figure;
use crate::domain::text::CleanText;

/// Same lines kept around each change.
const CONTEXT: usize = 3;

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Before,
    After,
    /// Lines left out here.
    Gap,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceLine {
    pub side: Side,
    /// Parts of the line, each with whether it is what differs.
    pub pieces: Vec<(bool, CleanText)>,
}

/// Compares two texts; empty when they are the same.
#[must_use]
pub fn compare(before: &str, after: &str) -> Vec<DifferenceLine> {
    let difference = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let mut next = 0;
    for group in difference.grouped_ops(CONTEXT) {
        let first = group.first().map_or(next, |op| op.old_range().start);
        if first > next {
            lines.push(gap(first - next));
        }
        next = group.last().map_or(next, |op| op.old_range().end);
        for op in &group {
            for change in difference.iter_inline_changes(op) {
                let side = match change.tag() {
                    ChangeTag::Equal => Side::Both,
                    ChangeTag::Delete => Side::Before,
                    ChangeTag::Insert => Side::After,
                };
                let pieces = change.iter_strings_lossy();
                let pieces = pieces.map(|(changed, text)| (changed, CleanText::new(text.trim_end_matches('\n'))));
                lines.push(DifferenceLine { side, pieces: pieces.filter(|(_, text)| !text.is_empty()).collect() });
            }
        }
    }
    let total = before.lines().count();
    if !lines.is_empty() && total > next {
        lines.push(gap(total - next));
    }
    lines
}

fn gap(left_out: usize) -> DifferenceLine {
    let lines = if left_out == 1 { "line" } else { "lines" };
    let text = format!("{} {lines} the same", figure::count(left_out as u64));
    DifferenceLine { side: Side::Gap, pieces: vec![(false, CleanText::new(&text))] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let line = |line: &DifferenceLine| {
            let sign = match line.side {
                Side::Both => ' ',
                Side::Before => '-',
                Side::After => '+',
                Side::Gap => '~',
            };
            let pieces = line.pieces.iter();
            let text: String =
                pieces.map(|(changed, text)| if *changed { format!("[{text}]") } else { text.to_string() }).collect();
            format!("{sign}{text}")
        };
        compare(before, after).iter().map(line).collect()
    }

    #[test]
    fn the_words_that_differ_are_known() {
        assert_eq!(
            shown("image: shop/pay:1.8.4\n", "image: shop/pay:1.8.3\n"),
            ["-image: [shop/pay:1.8.4]", "+image: [shop/pay:1.8.3]"]
        );
    }

    #[test]
    fn long_stretches_that_are_the_same_are_left_out() {
        let before: String = (0..20).map(|line| format!("line {line}\n")).collect();
        let after = before.replace("line 10\n", "");
        let lines = shown(&before, &after);
        assert_eq!(lines.first().map(String::as_str), Some("~7 lines the same"));
        assert_eq!(lines[4], "-line 10");
        assert_eq!(lines.last().map(String::as_str), Some("~6 lines the same"));
        assert_eq!(shown("same\n", "same\n"), [] as [&str; 0]);
    }
}
