//! A bound on how deep a query can nest, found before it is parsed: the parser and the evaluator recurse.

use super::error::EvaluationError;

/// Far more than any dashboard has, and far less than a stack holds.
const MAX_OPERATORS: usize = 250;

pub fn check(query: &str) -> Result<(), EvaluationError> {
    match operators(query) > MAX_OPERATORS {
        true => Err(EvaluationError::unsupported(format_args!("a query with more than {MAX_OPERATORS} operators"))),
        false => Ok(()),
    }
}

/// Parentheses and operators outside strings and selectors: each of them can be one level of the tree.
fn operators(query: &str) -> usize {
    let mut count = 0;
    let mut quote = None;
    let mut escaped = false;
    let mut in_selector = false;
    for word in query.split_inclusive(|character: char| !character.is_alphanumeric()) {
        let bare = word.trim_end_matches(|character: char| !character.is_alphanumeric());
        if quote.is_none() && !in_selector && matches!(bare, "and" | "or" | "unless" | "atan2") {
            count += 1;
        }
        for character in word[bare.len()..].chars() {
            match (quote, character) {
                (Some(_), _) if escaped => escaped = false,
                (Some(open), '\\') => escaped = open != '`',
                (Some(open), _) if character == open => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'' | '`') => quote = Some(character),
                (None, '{') => in_selector = true,
                (None, '}') => in_selector = false,
                (None, '(' | '+' | '-' | '*' | '/' | '%' | '^' | '<' | '>' | '=' | '!') if !in_selector => count += 1,
                (None, _) => {}
            }
        }
        // What was escaped may be a letter.
        escaped &= word.ends_with('\\');
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nests_counts() {
        assert_eq!(operators("sum(rate(x{pod=~\"a-b-(c|d)\",le!='+'}[1m])) / 2 > 1"), 4);
        assert_eq!(operators("a and b or c unless order"), 3);
        assert_eq!(operators("label_replace(x, \"a\", \"\\\"-(\\n-\", 'b', `\\`) - 1"), 2);
    }
}
