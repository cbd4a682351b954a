//! How bad a line is, read off its text: JSON, logfmt, klog, or the first word that names a level. Pure.

use crate::domain::log::Level;

/// Only the head of a line is looked at: levels stand there, and lines may be long.
const HEAD: usize = 400;

pub(super) fn level(text: &str) -> Level {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].trim_start();
    if head.starts_with('{') {
        return json(head).unwrap_or(Level::Unknown);
    }
    klog(head).or_else(|| logfmt(head)).or_else(|| word(head)).unwrap_or(Level::Unknown)
}

/// `"level":"error"`, `"severity":"WARN"`, `"lvl":50`
fn json(head: &str) -> Option<Level> {
    ["\"level\"", "\"severity\"", "\"lvl\"", "\"loglevel\"", "\"log.level\"", "\"levelname\""].iter().find_map(|key| {
        let (_, rest) = head.split_once(key)?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        match rest.strip_prefix('"') {
            Some(quoted) => named(quoted.split('"').next()?),
            None => number(rest),
        }
    })
}

/// Numbers of bunyan and pino.
fn number(text: &str) -> Option<Level> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u32>().ok()? {
        50.. => Some(Level::Error),
        40..=49 => Some(Level::Warning),
        30..=39 => Some(Level::Info),
        10..=29 => Some(Level::Debug),
        _ => None,
    }
}

/// `level=warn msg=…`
fn logfmt(head: &str) -> Option<Level> {
    head.split_ascii_whitespace().find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        matches!(key, "level" | "lvl" | "severity").then(|| named(value.trim_matches('"')))?
    })
}

/// `E1121 12:00:00.000000 …`
fn klog(head: &str) -> Option<Level> {
    let bytes = head.as_bytes();
    if !(bytes.get(1..5)?.iter().all(u8::is_ascii_digit) && bytes.get(5) == Some(&b' ')) {
        return None;
    }
    match bytes.first()? {
        b'E' | b'F' => Some(Level::Error),
        b'W' => Some(Level::Warning),
        b'I' => Some(Level::Info),
        _ => None,
    }
}

/// A level standing alone near the beginning, as most plain formats have it: `[ERROR]`, `WARN:`, `ERROR main.go:12`.
fn word(head: &str) -> Option<Level> {
    let words = head.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(14);
    let mut plain = None;
    for (index, word) in words.enumerate() {
        let shouted = word.bytes().all(|byte| byte.is_ascii_uppercase());
        // In lower case it may be a word of a sentence: only at the very beginning does it name a level.
        if (shouted || index == 0)
            && let Some(level) = named(word)
        {
            return Some(level);
        }
        if plain.is_none() && matches!(word, "panic" | "Traceback" | "Exception" | "FATAL") {
            plain = Some(Level::Error);
        }
    }
    plain
}

fn named(name: &str) -> Option<Level> {
    let mut lower = [0u8; 11];
    let slot = lower.get_mut(..name.len())?;
    slot.copy_from_slice(name.as_bytes());
    slot.make_ascii_lowercase();
    match &*slot {
        b"error" | b"err" | b"eror" | b"fatal" | b"panic" | b"critical" | b"crit" | b"alert" | b"emerg"
        | b"emergency" | b"severe" | b"dpanic" => Some(Level::Error),
        b"warn" | b"warning" | b"wrn" => Some(Level::Warning),
        b"info" | b"inf" | b"notice" | b"information" => Some(Level::Info),
        b"debug" | b"dbg" | b"trace" | b"trc" | b"verbose" | b"fine" => Some(Level::Debug),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_many_formats() {
        for (text, expected) in [
            (r#"{"ts":1,"level":"error","msg":"x"}"#, Level::Error),
            (r#"{"severity": "WARNING", "message": "level=error"}"#, Level::Warning),
            (r#"{"level":30,"msg":"listening"}"#, Level::Info),
            (r#"{"msg":"no level, but ERROR in text"}"#, Level::Unknown),
            ("time=2026-11-21T12:00:00Z level=warn msg=\"slow\"", Level::Warning),
            ("E1121 12:00:00.000000 1 main.go:12] oops", Level::Error),
            ("I1121 12:00:00.000000 1 main.go:12] ERROR is not meant", Level::Info),
            ("2026-11-21 12:00:00,123 [main] ERROR com.shop.Pay - failed", Level::Error),
            ("[WARN] slow", Level::Warning),
            ("error: cannot open", Level::Error),
            ("there was no error here", Level::Unknown),
            ("DEBUG retry", Level::Debug),
            ("panic: runtime error: index out of range", Level::Error),
            ("GET /pay 200 3ms", Level::Unknown),
            ("", Level::Unknown),
        ] {
            assert_eq!(level(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,600}") {
            let _ = level(&text);
        }
    }
}
