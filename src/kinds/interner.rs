//! Shares strings that repeat over many rows, such as namespaces, nodes and images.

use std::collections::HashSet;

use crate::domain::text::CleanText;

/// More distinct strings than this means they do not repeat: start again rather than grow.
const LIMIT: usize = 16 * 1024;

/// Cleaned strings by their text. One belongs to each decoder of a stream.
#[derive(Debug, Default)]
pub struct Interner(HashSet<CleanText>);

impl Interner {
    /// The clean form of this text, shared with every earlier equal one.
    pub fn share(&mut self, raw: &str) -> CleanText {
        if raw.is_empty() {
            return CleanText::default();
        }
        if let Some(known) = self.0.get(raw) {
            return known.clone();
        }
        if self.0.len() >= LIMIT {
            self.0.clear();
        }
        let text = CleanText::new(raw);
        self.0.insert(text.clone());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_memory() {
        let mut interner = Interner::default();
        let (first, second) = (interner.share("node-1"), interner.share("node-1"));
        assert_eq!(first.as_str().as_ptr(), second.as_str().as_ptr());
    }

    #[test]
    fn it_cleans_and_stays_bounded() {
        let mut interner = Interner::default();
        assert_eq!(interner.share("a\u{1b}[31mb"), "ab");
        for number in 0..2 * LIMIT {
            interner.share(&number.to_string());
        }
        assert!(interner.0.len() <= LIMIT);
    }
}
