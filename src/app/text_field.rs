//! One line the user types into. The only file that wraps the text area crate.

use tui_textarea::{CursorMove, Input, Key as FieldKey, TextArea};

use crate::config::key::{Code, Key};

#[derive(Debug, Default)]
pub struct TextField {
    area: TextArea<'static>,
}

impl TextField {
    #[must_use]
    pub fn with_text(text: &str) -> Self {
        let mut area = TextArea::new(vec![text.to_owned()]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Column of the cursor, in characters.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    pub fn set(&mut self, text: &str) {
        *self = Self::with_text(text);
    }

    /// Takes a key; true when it was one a line of text uses.
    pub fn press(&mut self, key: Key) -> bool {
        match field_key(key) {
            // The crate undoes with it; in a line of text everybody expects the line to go.
            Some(FieldKey::Char('u')) if key.control() => {
                self.area.delete_line_by_head();
                true
            }
            Some(field_key) => {
                self.area.input(Input { key: field_key, ctrl: key.control(), alt: false, shift: key.shift() });
                true
            }
            None => false,
        }
    }

    /// Takes pasted text: its first line only, so that a paste never confirms anything.
    pub fn paste(&mut self, text: &str) {
        let clean = crate::domain::text::clean(text.lines().next().unwrap_or_default());
        self.area.insert_str(clean.as_ref());
    }
}

/// The keys that edit one line; Enter, Tab and Escape belong to whoever owns the field.
fn field_key(key: Key) -> Option<FieldKey> {
    if key.alt() {
        return None;
    }
    let field_key = match key.code() {
        Code::Character(c) if !key.control() || matches!(c, 'a' | 'e' | 'u' | 'k' | 'w') => FieldKey::Char(c),
        Code::Backspace => FieldKey::Backspace,
        Code::Delete => FieldKey::Delete,
        Code::Left => FieldKey::Left,
        Code::Right => FieldKey::Right,
        Code::Home => FieldKey::Home,
        Code::End => FieldKey::End,
        _ => return None,
    };
    Some(field_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_pasting_stay_on_one_line() {
        let mut field = TextField::default();
        assert!(field.press(Key::character('p')));
        assert!(!field.press(Key::plain(Code::Enter)));
        field.paste("ay-api\nrm -rf");
        assert_eq!(field.text(), "pay-api");
        assert!(field.press(Key::plain(Code::Backspace)));
        assert_eq!(field.text(), "pay-ap");
    }
}
