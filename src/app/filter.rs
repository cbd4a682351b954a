//! The filter of a table: words that must stand in the text of a row, and `!words` that must not.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As it was typed.
    text: String,
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Filter {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut filter = Self { text: text.to_owned(), ..Self::default() };
        for word in text.to_lowercase().split_whitespace() {
            match word.strip_prefix('!') {
                // A lone `!` is the beginning of a word that is still typed.
                Some("") => {}
                Some(word) => filter.unwanted.push(word.to_owned()),
                None => filter.wanted.push(word.to_owned()),
            }
        }
        filter
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It keeps every row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether a row of this text stays, whatever its case.
    #[must_use]
    pub fn keeps(&self, text: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let text = text.to_lowercase();
        self.wanted.iter().all(|word| text.contains(word)) && !self.unwanted.iter().any(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Filter::new(filter).keeps("checkout Pay-API"), kept, "{filter}");
        }
    }

    #[test]
    fn a_filter_without_a_word_is_empty() {
        assert!(Filter::new(" ! ").is_empty());
        assert!(!Filter::new("!a").is_empty());
    }
}
