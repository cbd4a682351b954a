//! Text from outside, made safe to show. Only this module makes `CleanText`; nothing here writes to a terminal.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Serialize, Serializer};

/// Most fields of most rows are empty: they share one allocation.
static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| "".into());

/// One line of text without control, bidirectional, zero-width or tag characters. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CleanText(Arc<str>);

impl CleanText {
    /// Cleans one line: a line break or tab becomes a space, a character that could attack a terminal or mislead a
    /// reader is dropped, together with the whole of a terminal control sequence.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        if raw.is_empty() { Self::default() } else { Self(clean(raw).as_ref().into()) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for CleanText {
    fn default() -> Self {
        Self(Arc::clone(&EMPTY))
    }
}

impl fmt::Display for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::ops::Deref for CleanText {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for CleanText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for CleanText {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for CleanText {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl PartialEq<str> for CleanText {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for CleanText {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl Serialize for CleanText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Removes what may not reach a terminal. Borrows when nothing had to change, which is nearly always.
#[must_use]
pub fn clean(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut chars),
            c if is_hostile(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Characters that are invisible, reorder text or control a terminal.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_escape(rest: &mut Rest<'_>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        Some(' '..='/') => {
            // An escape with intermediate bytes, such as a character set choice: ends at its final byte.
            while rest.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            rest.next_if(|c| matches!(c, '0'..='~'));
        }
        Some('0'..='~') => {
            rest.next();
        }
        _ => {}
    }
}

fn skip_control_sequence(rest: &mut Rest<'_>) {
    while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    rest.next_if(|c| matches!(c, '@'..='~'));
}

/// Skips an operating system or device control string; one that never ends swallows at most its own line.
fn skip_string(rest: &mut Rest<'_>) {
    while let Some(&c) = rest.peek() {
        match c {
            '\u{7}' | '\u{9c}' => {
                rest.next();
                return;
            }
            '\u{1b}' => {
                rest.next();
                rest.next_if_eq(&'\\');
                return;
            }
            '\n' => return,
            _ => {
                rest.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(clean("pay-api 1.8.3"), Cow::Borrowed("pay-api 1.8.3")));
    }

    #[test]
    fn sequences_are_dropped_whole() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b"), "ared b");
        assert_eq!(clean("x\u{1b}]52;c;aGk=\u{7}y"), "xy");
        assert_eq!(clean("x\u{1b}]0;title\u{1b}\\y"), "xy");
        assert_eq!(clean("a\u{9b}2Jb\u{1b}(Bc"), "abc");
    }

    #[test]
    fn an_unended_string_swallows_only_its_line() {
        assert_eq!(clean("a\u{1b}]0;never\nnext"), "a next");
    }

    #[test]
    fn misleading_characters_are_dropped() {
        assert_eq!(clean("adm\u{202e}nimda\u{200b}\u{e0041}"), "admnimda");
    }

    #[test]
    fn line_breaks_are_spaces_in_one_line() {
        assert_eq!(CleanText::new("a\nb\tc\r").as_str(), "a b c");
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives(raw in any::<String>()) {
            prop_assert!(clean(&raw).chars().all(|c| !is_hostile(c)));
        }
    }
}
