//! Keys and pasted text as an xterm sends them to the program inside.

use crate::config::key::{Code, Key};

/// How the program inside wants keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// Arrows, Home and End are sent as application keys.
    pub application_cursor: bool,
    pub bracketed_paste: bool,
}

/// The bytes of a key; empty for one that no terminal sends.
#[must_use]
pub fn encode(key: Key, modes: Modes) -> Vec<u8> {
    let plain = match key.code() {
        Code::Character(character) => return with_escape(key, character_bytes(character, key.control())),
        Code::Enter => b"\r".to_vec(),
        Code::Escape => b"\x1b".to_vec(),
        Code::Tab if key.shift() => b"\x1b[Z".to_vec(),
        Code::Tab => b"\t".to_vec(),
        Code::Backspace if key.control() => b"\x08".to_vec(),
        Code::Backspace => b"\x7f".to_vec(),
        Code::Up => return cursor(key, 'A', modes),
        Code::Down => return cursor(key, 'B', modes),
        Code::Right => return cursor(key, 'C', modes),
        Code::Left => return cursor(key, 'D', modes),
        Code::Home => return cursor(key, 'H', modes),
        Code::End => return cursor(key, 'F', modes),
        Code::Insert => return numbered(key, 2),
        Code::Delete => return numbered(key, 3),
        Code::PageUp => return numbered(key, 5),
        Code::PageDown => return numbered(key, 6),
        Code::Function(number) => return function(key, number),
    };
    with_escape(key, plain)
}

/// Pasted text. In a program that asks for it the text is wrapped, so that it is not taken for typing; what could end
/// the wrapping early, or is a control character besides, never gets in.
#[must_use]
pub fn paste(text: &str, modes: Modes) -> Vec<u8> {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
        .map(|c| if c == '\n' { '\r' } else { c })
        .collect();
    if modes.bracketed_paste { format!("\x1b[200~{text}\x1b[201~").into_bytes() } else { text.into_bytes() }
}

fn character_bytes(character: char, control: bool) -> Vec<u8> {
    if control {
        match character {
            ' ' => return vec![0],
            '?' => return vec![0x7f],
            c @ ('a'..='z' | '[' | '\\' | ']' | '^' | '_') => return vec![c.to_ascii_uppercase() as u8 & 0x1f],
            _ => {}
        }
    }
    character.to_string().into_bytes()
}

/// Alt is an escape before the key.
fn with_escape(key: Key, mut bytes: Vec<u8>) -> Vec<u8> {
    if key.alt() {
        bytes.insert(0, 0x1b);
    }
    bytes
}

/// The number xterm gives to modifiers; 1 without any.
fn modifiers(key: Key) -> u8 {
    1 + u8::from(key.shift()) + 2 * u8::from(key.alt()) + 4 * u8::from(key.control())
}

fn cursor(key: Key, letter: char, modes: Modes) -> Vec<u8> {
    match modifiers(key) {
        1 if modes.application_cursor => format!("\x1bO{letter}"),
        1 => format!("\x1b[{letter}"),
        modifiers => format!("\x1b[1;{modifiers}{letter}"),
    }
    .into_bytes()
}

fn numbered(key: Key, number: u8) -> Vec<u8> {
    match modifiers(key) {
        1 => format!("\x1b[{number}~"),
        modifiers => format!("\x1b[{number};{modifiers}~"),
    }
    .into_bytes()
}

fn function(key: Key, number: u8) -> Vec<u8> {
    let letter = match number {
        1..=4 => char::from(b'O' + number),
        5 => return numbered(key, 15),
        6..=10 => return numbered(key, 11 + number),
        11 | 12 => return numbered(key, 12 + number),
        _ => return Vec::new(),
    };
    match modifiers(key) {
        1 => format!("\x1bO{letter}"),
        modifiers => format!("\x1b[1;{modifiers}{letter}"),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: &str, modes: Modes) -> String {
        let key: Key = key.parse().expect(key);
        String::from_utf8(encode(key, modes)).expect("text").escape_debug().to_string()
    }

    #[test]
    fn keys_are_sent_as_xterm_sends_them() {
        let table = [
            ("a", "a"),
            ("A", "A"),
            ("é", "é"),
            ("space", " "),
            ("enter", "\\r"),
            ("tab", "\\t"),
            ("shift-tab", "\\u{1b}[Z"),
            ("esc", "\\u{1b}"),
            ("backspace", "\\u{7f}"),
            ("ctrl-c", "\\u{3}"),
            ("ctrl-d", "\\u{4}"),
            ("ctrl-z", "\\u{1a}"),
            ("ctrl-space", "\\0"),
            ("ctrl-\\", "\\u{1c}"),
            ("ctrl-_", "\\u{1f}"),
            ("alt-b", "\\u{1b}b"),
            ("alt-backspace", "\\u{1b}\\u{7f}"),
            ("up", "\\u{1b}[A"),
            ("left", "\\u{1b}[D"),
            ("home", "\\u{1b}[H"),
            ("end", "\\u{1b}[F"),
            ("ctrl-right", "\\u{1b}[1;5C"),
            ("shift-up", "\\u{1b}[1;2A"),
            ("alt-left", "\\u{1b}[1;3D"),
            ("insert", "\\u{1b}[2~"),
            ("delete", "\\u{1b}[3~"),
            ("page-up", "\\u{1b}[5~"),
            ("page-down", "\\u{1b}[6~"),
            ("ctrl-delete", "\\u{1b}[3;5~"),
            ("f1", "\\u{1b}OP"),
            ("f4", "\\u{1b}OS"),
            ("f5", "\\u{1b}[15~"),
            ("f6", "\\u{1b}[17~"),
            ("f10", "\\u{1b}[21~"),
            ("f11", "\\u{1b}[23~"),
            ("f12", "\\u{1b}[24~"),
            ("shift-f5", "\\u{1b}[15;2~"),
        ];
        for (key, bytes) in table {
            assert_eq!(sent(key, Modes::default()), bytes, "{key}");
        }
    }

    #[test]
    fn application_mode_changes_the_cursor_keys_only() {
        let modes = Modes { application_cursor: true, ..Modes::default() };
        for (key, bytes) in
            [("up", "\\u{1b}OA"), ("home", "\\u{1b}OH"), ("ctrl-up", "\\u{1b}[1;5A"), ("page-up", "\\u{1b}[5~")]
        {
            assert_eq!(sent(key, modes), bytes, "{key}");
        }
    }

    #[test]
    fn pasted_text_cannot_break_out_of_its_brackets() {
        let modes = Modes { bracketed_paste: true, ..Modes::default() };
        assert_eq!(paste("ls\r\nrm\u{1b}[201~ -rf\n", modes), b"\x1b[200~ls\rrm[201~ -rf\r\x1b[201~");
        assert_eq!(paste("a\tb\nc", Modes::default()), b"a\tb\rc");
    }
}
