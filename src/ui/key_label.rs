//! How a key is shown in a hint.

use crate::config::key::{Code, Key};

/// Keys in a row as a hint shows them: `⏎ ~ d`, `ctrl-r`, `Space`. Without the signs the keys have names.
#[must_use]
pub fn sequence(keys: &[Key], signs: bool) -> String {
    keys.iter().map(|&key| label(key, signs)).collect::<Vec<_>>().join(" ")
}

#[must_use]
pub fn label(key: Key, signs: bool) -> String {
    let bare = Key::plain(key.code());
    let name = match key.code() {
        Code::Enter if signs => "⏎",
        Code::Enter => "Enter",
        Code::Escape => "Esc",
        Code::Up if signs => "↑",
        Code::Up => "Up",
        Code::Down if signs => "↓",
        Code::Down => "Down",
        Code::Left if signs => "←",
        Code::Left => "Left",
        Code::Right if signs => "→",
        Code::Right => "Right",
        Code::PageUp => "PgUp",
        Code::PageDown => "PgDn",
        Code::Tab => "Tab",
        Code::Home => "Home",
        Code::End => "End",
        Code::Delete => "Del",
        Code::Insert => "Ins",
        Code::Backspace => "Backspace",
        Code::Character(' ') => "Space",
        Code::Function(number) => return format!("{}F{number}", modifiers(key)),
        Code::Character(_) => return format!("{}{bare}", modifiers(key)),
    };
    format!("{}{name}", modifiers(key))
}

fn modifiers(key: Key) -> String {
    [(key.control(), "ctrl-"), (key.alt(), "alt-"), (key.shift(), "shift-")]
        .into_iter()
        .filter_map(|(held, name)| held.then_some(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::key::parse_sequence;

    #[test]
    fn keys_are_shown_as_they_are_engraved() {
        for (text, shown) in
            [("enter ~ d", "⏎ ~ d"), ("ctrl-r", "ctrl-r"), ("space", "Space"), ("shift-tab", "shift-Tab"), ("f8", "F8")]
        {
            assert_eq!(sequence(&parse_sequence(text).expect(text), true), shown);
        }
        assert_eq!(sequence(&parse_sequence("enter up").expect("keys"), false), "Enter Up");
    }
}
