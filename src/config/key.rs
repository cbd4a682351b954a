//! One key press as keymaps name it, independent of the terminal that sent it. No binding and no action lives here.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyModifiers};

/// What was pressed, without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// With shift already applied: `A`, `?`, ` `.
    Character(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Insert,
    Home,
    End,
    PageUp,
    PageDown,
    Left,
    Right,
    Up,
    Down,
    Function(u8),
}

/// A chord. Two spellings of the same key are the same value: see [`Key::new`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    code: Code,
    control: bool,
    alt: bool,
    shift: bool,
}

impl Key {
    /// Folds the spellings that terminals cannot tell apart: a character carries its own shift, control knows no case,
    /// and without the kitty protocol ctrl-] arrives as ctrl-5, ctrl-\ as ctrl-4, ctrl-^ as ctrl-6, ctrl-_ and ctrl-/ as
    /// ctrl-7, ctrl-space and ctrl-@ as ctrl-2.
    #[must_use]
    pub fn new(code: Code, control: bool, alt: bool, shift: bool) -> Self {
        let Code::Character(character) = code else {
            return Self { code, control, alt, shift };
        };
        let character = match character {
            '5' if control => ']',
            '4' if control => '\\',
            '6' if control => '^',
            '7' | '/' if control => '_',
            '2' | '@' if control => ' ',
            c if control => c.to_ascii_lowercase(),
            c if shift => c.to_ascii_uppercase(),
            c => c,
        };
        Self { code: Code::Character(character), control, alt, shift: false }
    }

    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self::new(code, false, false, false)
    }

    /// A letter or sign with control.
    #[must_use]
    pub const fn control_with(character: char) -> Self {
        Self { code: Code::Character(character), control: true, alt: false, shift: false }
    }

    #[must_use]
    pub fn character(character: char) -> Self {
        Self::plain(Code::Character(character))
    }

    /// What a terminal reports, or None for what no keymap can name (media keys, a lone modifier).
    #[must_use]
    pub fn from_terminal(code: KeyCode, modifiers: KeyModifiers) -> Option<Self> {
        let mut shift = modifiers.contains(KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::Char(character) => Code::Character(character),
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Escape,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => {
                shift = true;
                Code::Tab
            }
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Insert => Code::Insert,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::F(number) => Code::Function(number),
            _ => return None,
        };
        Some(Self::new(code, modifiers.contains(KeyModifiers::CONTROL), modifiers.contains(KeyModifiers::ALT), shift))
    }

    #[must_use]
    pub fn code(self) -> Code {
        self.code
    }

    #[must_use]
    pub fn control(self) -> bool {
        self.control
    }

    #[must_use]
    pub fn alt(self) -> bool {
        self.alt
    }

    #[must_use]
    pub fn shift(self) -> bool {
        self.shift
    }

    /// The same key without alt: an old tmux sends Esc, then x for alt-x.
    #[must_use]
    pub fn without_alt(self) -> Self {
        Self { alt: false, ..self }
    }

    /// The character it types into a text field, if it does.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Character(character) if !self.control && !self.alt => Some(character),
            _ => None,
        }
    }

    /// Why this key must not be bound: a terminal sends the same byte for it and for another key.
    #[must_use]
    pub fn refusal(self) -> Option<&'static str> {
        if !self.control {
            return None;
        }
        match self.code {
            Code::Character('h') => Some("a terminal sends the same byte for ctrl-h and for backspace"),
            Code::Character('i') => Some("a terminal sends the same byte for ctrl-i and for tab"),
            Code::Character('j' | 'm') => Some("a terminal sends the same byte for ctrl-j, ctrl-m and for enter"),
            Code::Character('[') => Some("a terminal sends the same byte for ctrl-[ and for esc"),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.control, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            Code::Character(' ') => f.write_str("space"),
            Code::Character(character) => write!(f, "{character}"),
            Code::Function(number) => write!(f, "f{number}"),
            code => f.write_str(match code {
                Code::Enter => "enter",
                Code::Escape => "esc",
                Code::Tab => "tab",
                Code::Backspace => "backspace",
                Code::Delete => "delete",
                Code::Insert => "insert",
                Code::Home => "home",
                Code::End => "end",
                Code::PageUp => "page-up",
                Code::PageDown => "page-down",
                Code::Left => "left",
                Code::Right => "right",
                Code::Up => "up",
                Code::Down | Code::Character(_) | Code::Function(_) => "down",
            }),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A word that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no key")]
pub struct UnknownKey(pub String);

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.to_owned());
        // crokey folds case and wants one byte, so a lone character and the one after the modifiers are read here.
        let (prefix, last) = match text.char_indices().next_back() {
            Some((0, character)) => return printable(character).map(Key::character).ok_or_else(unknown),
            Some((index, character)) if text[..index].ends_with('-') => (&text[..index], Some(character)),
            Some(_) => (text, None),
            None => return Err(unknown()),
        };
        let spelling = match last {
            Some(character) if printable(character).is_some() => format!("{prefix}space"),
            _ => text.replace("page-", "page"),
        };
        let combination = crokey::parse(&spelling).map_err(|_| unknown())?;
        let mut codes = combination.codes.iter();
        let (Some(code), None) = (codes.next(), codes.next()) else { return Err(unknown()) };
        let code = last.map_or(*code, KeyCode::Char);
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        if !known.contains(combination.modifiers) {
            return Err(unknown());
        }
        Key::from_terminal(code, combination.modifiers).ok_or_else(unknown)
    }
}

fn printable(character: char) -> Option<char> {
    (!character.is_control() && !character.is_whitespace()).then_some(character)
}

/// Reads keys in a row, apart by spaces: `enter ~ d`.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, UnknownKey> {
    let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(UnknownKey(text.to_owned())) } else { Ok(keys) }
}

/// Writes keys as [`parse_sequence`] reads them.
#[must_use]
pub fn format_sequence(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().expect(text)
    }

    #[test]
    fn spelling_survives_a_round_trip() {
        for text in
            "a A ? - ] ctrl-d ctrl-] ctrl-space shift-tab alt-x alt-- f8 enter space esc page-up delete shift-up ctrl-_ é <"
                .split(' ')
        {
            assert_eq!(key(text).to_string(), text);
        }
    }

    #[test]
    fn legacy_twins_are_one_key() {
        for (one, other) in [
            ("ctrl-5", "ctrl-]"),
            ("ctrl-4", "ctrl-\\"),
            ("ctrl-6", "ctrl-^"),
            ("ctrl-7", "ctrl-/"),
            ("ctrl-@", "ctrl-space"),
            ("shift-a", "A"),
            ("ctrl-D", "ctrl-d"),
            ("backtab", "shift-tab"),
            ("PageUp", "page-up"),
        ] {
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
    }

    #[test]
    fn terminals_that_report_differently_mean_the_same_key() {
        let capital = key("A");
        assert_eq!(Key::from_terminal(KeyCode::Char('A'), KeyModifiers::SHIFT), Some(capital));
        assert_eq!(Key::from_terminal(KeyCode::Char('A'), KeyModifiers::NONE), Some(capital));
        assert_eq!(Key::from_terminal(KeyCode::Char('5'), KeyModifiers::CONTROL), Some(key("ctrl-]")));
        assert_eq!(Key::from_terminal(KeyCode::BackTab, KeyModifiers::SHIFT), Some(key("shift-tab")));
        assert_eq!(Key::from_terminal(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        for text in ["", "entre", "ctrl-", "ctrl-alt", "cmd-a", "a-b", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn keys_a_terminal_cannot_tell_apart_say_why() {
        for text in ["ctrl-h", "ctrl-i", "ctrl-j", "ctrl-m", "ctrl-["] {
            assert!(key(text).refusal().is_some(), "{text}");
        }
        assert_eq!(key("h").refusal(), None);
    }

    #[test]
    fn sequences_are_apart_by_spaces() {
        let keys = parse_sequence("enter ~ d").expect("a sequence");
        assert_eq!(keys, [Key::plain(Code::Enter), Key::character('~'), Key::character('d')]);
        assert_eq!(format_sequence(&keys), "enter ~ d");
        assert!(parse_sequence(" ").is_err());
    }
}
