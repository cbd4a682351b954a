//! The parts of a structured line: what it says, and its fields. Read when a line is shown, never for all of them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::domain::text::CleanText;

/// Fields shown of one line at most.
const FIELDS: usize = 32;
/// Longer lines are shown as they are.
const LONGEST: usize = 64 << 10;

const MESSAGES: [&str; 4] = ["msg", "message", "event", "log"];
const LEVELS: [&str; 5] = ["level", "lvl", "severity", "loglevel", "log.level"];
const TIMES: [&str; 6] = ["time", "ts", "timestamp", "@timestamp", "t", "datetime"];

/// A line as it is best read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub message: CleanText,
    pub fields: Vec<(CleanText, CleanText)>,
}

/// Takes a line apart. What the console shows in columns of its own, time and level, is left out.
#[must_use]
pub fn speak(text: &str) -> Spoken {
    let structured = if text.len() > LONGEST { None } else { json(text).or_else(|| logfmt(text)) };
    structured.unwrap_or_else(|| Spoken { message: CleanText::new(plain(text)), fields: Vec::new() })
}

fn json(text: &str) -> Option<Spoken> {
    if !text.starts_with('{') {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let fields = object.into_iter().map(|(key, value)| match value {
        Value::String(text) => (key, text),
        value => (key, value.to_string()),
    });
    sort_out(fields)
}

/// The value of one field: of JSON by its name or its path with dots, of logfmt, or of `key=value` within plain text.
#[must_use]
pub fn field(text: &str, key: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    if text.starts_with('{')
        && let Ok(object) = serde_json::from_str::<Value>(text)
    {
        let value = object.get(key).or_else(|| key.split('.').try_fold(&object, |value, part| value.get(part)))?;
        return Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    // Without taking apart more of the line than is needed.
    let mut rest = text.trim_start();
    while let Some((name, value, after)) = next_pair(rest) {
        if name == key {
            return Some(value.into_owned());
        }
        rest = after;
    }
    if rest.is_empty() {
        return None;
    }
    text.match_indices(key).find_map(|(index, _)| {
        let stands_apart = !text[..index].ends_with(is_field_name);
        let value = text[index + key.len()..].strip_prefix('=').filter(|_| stands_apart)?;
        match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted).map(|(value, _)| value),
            None => value.split(|c: char| c.is_whitespace() || "&,;)]}".contains(c)).next().map(str::to_owned),
        }
    })
}

/// What names of fields are made of.
#[must_use]
pub fn is_field_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@')
}

fn logfmt(text: &str) -> Option<Spoken> {
    sort_out(pairs(text)?.into_iter())
}

/// `level=error msg="amount is undefined" trace=9f2c`: a line is logfmt when all of it is pairs.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, value, after) = next_pair(rest)?;
        pairs.push((key.to_owned(), value.into_owned()));
        rest = after;
    }
    Some(pairs)
}

/// The pair a text begins with, and what follows it.
fn next_pair(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let end = text.find(|c: char| c == '=' || c.is_whitespace())?;
    let (key, tail) = text.split_at(end);
    let tail = tail.strip_prefix('=')?;
    if key.is_empty() {
        return None;
    }
    let (value, after) = match tail.strip_prefix('"') {
        Some(quoted) => unquote(quoted).map(|(value, after)| (Cow::Owned(value), after))?,
        None => {
            let (value, after) = tail.split_once(char::is_whitespace).unwrap_or((tail, ""));
            (Cow::Borrowed(value), after)
        }
    };
    Some((key, value, after.trim_start()))
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[index + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                c => out.push(c),
            },
            c => out.push(c),
        }
    }
    None
}

/// Decoding may bring back what was hidden behind escapes, so everything is made clean again.
fn sort_out(pairs: impl Iterator<Item = (String, String)>) -> Option<Spoken> {
    let mut message = None;
    let mut fields = Vec::new();
    let mut is_a_record = false;
    for (key, value) in pairs {
        let is = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
        if message.is_none() && is(&MESSAGES) {
            message = Some(CleanText::new(&value));
        } else if is(&LEVELS) || is(&TIMES) {
            is_a_record = true;
        } else if fields.len() < FIELDS {
            fields.push((CleanText::new(&key), CleanText::new(&value)));
        }
    }
    // Without a message it is a record only when it says a level or a time.
    let message = message.or_else(|| (is_a_record && !fields.is_empty()).then(CleanText::default))?;
    Some(Spoken { message, fields })
}

/// A plain line without the time and level it begins with.
fn plain(text: &str) -> &str {
    let mut rest = text;
    // A date and a time may stand apart.
    for _ in 0..2 {
        rest = match rest.split_once(' ') {
            Some((word, after)) if is_time(word) => after.trim_start(),
            _ => break,
        };
    }
    match rest.split_once(' ') {
        Some((word, after)) if is_level(word) => after.trim_start(),
        _ if rest.trim().is_empty() => text,
        _ => rest,
    }
}

fn is_time(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', ',']);
    let marks = word.bytes().filter(|byte| matches!(byte, b':' | b'-' | b'/')).count();
    word.len() >= 8
        && marks >= 2
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'/' | b'.' | b',' | b'T' | b'Z' | b'+'))
}

fn is_level(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', ':', '<', '>']);
    ["error", "err", "fatal", "warn", "warning", "info", "notice", "debug", "trace"]
        .iter()
        .any(|level| word.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str) -> (String, String) {
        let Spoken { message, fields } = speak(text);
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        (message.to_string(), fields.join(" "))
    }

    #[test]
    fn structured_lines_say_a_message_and_fields() {
        let expected = ("amount is undefined".to_owned(), "route=POST /v1/charge status=500".to_owned());
        let logfmt =
            r#"ts=2026-11-21T03:02:09Z level=error route="POST /v1/charge" status=500 msg="amount is undefined""#;
        assert_eq!(spoken(logfmt), expected);
        let json = r#"{"level":"error","route":"POST /v1/charge","status":500,"message":"amount is undefined"}"#;
        assert_eq!(spoken(json), expected);
    }

    #[test]
    fn plain_lines_lose_only_the_time_and_level_in_front() {
        for (line, message) in [
            ("2026-11-21T03:02:09Z ERROR amount is undefined", "amount is undefined"),
            ("2026/11/21 03:02:09 [warn] 7#7: slow", "7#7: slow"),
            ("GET /v1/pay?a=b 200", "GET /v1/pay?a=b 200"),
            ("retry=1 of 3", "retry=1 of 3"),
            ("a=1 b=2", "a=1 b=2"),
            ("{not json", "{not json"),
            ("info", "info"),
            ("10.0.0.1 - - GET", "10.0.0.1 - - GET"),
        ] {
            assert_eq!(spoken(line), (message.to_owned(), String::new()), "{line}");
        }
    }

    #[test]
    fn a_record_may_say_no_message() {
        let expected = (String::new(), "status=200 route=/v1/charge".to_owned());
        assert_eq!(spoken("level=info status=200 route=/v1/charge"), expected);
        assert_eq!(spoken(r#"{"level":"info","status":200,"route":"/v1/charge"}"#), expected);
    }

    #[test]
    fn escapes_cannot_bring_back_control_characters() {
        let (message, fields) = spoken(r#"{"msg":"a\u001b[31mb","k\u202ey":"\u0007x"}"#);
        assert_eq!((message.as_str(), fields.as_str()), ("ab", "ky=x"));
    }

    #[test]
    fn a_broken_quote_is_plain_text() {
        assert_eq!(spoken(r#"level=error msg="never ends"#).0, r#"level=error msg="never ends"#);
    }
}
