//! What a credential plugin complained, fit to be shown: a few lines, and nothing in them that may be a secret.

use std::sync::LazyLock;

use regex::Regex;

use super::kubeconfig::ExecEntry;

const MASK: &str = "(masked)";
/// The reason is said in the last lines; a stack of calls before it helps nobody here.
const LINES: usize = 3;
const CHARACTERS: usize = 300;
/// A shorter value of the environment is no secret worth the name, and would mask innocent words.
const SECRET_LENGTH: usize = 4;

/// The last words of a plugin.
pub(super) fn quoted(complaints: &[u8], plugin: &ExecEntry) -> String {
    let text = String::from_utf8_lossy(complaints);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut words = lines[lines.len().saturating_sub(LINES)..].join(" / ");
    for entry in plugin.env.iter().flatten().filter(|entry| entry.value.len() >= SECRET_LENGTH) {
        words = words.replace(&entry.value, MASK);
    }
    let words = masked(&words);
    match words.char_indices().nth(CHARACTERS) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}

fn masked(text: &str) -> String {
    // In this order: what follows a telling name, passwords in addresses, then whatever looks like a token by itself.
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"(?i)\b(bearer|basic)\s+\S+", "$1 (masked)"),
            (r#"(?i)((?:password|passwd|secret|token|api-?key|private-?key)["']?\s*[=:]\s*)\S+"#, "$1(masked)"),
            (r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@]+@", "$1(masked)@"),
            (r"\beyJ[\w-]+(?:\.[\w-]+)*", MASK),
            (r"-----BEGIN[^-]*-----.*", MASK),
            (r"[A-Za-z0-9+/_-]{32,}={0,2}", MASK),
        ]
        .into_iter()
        .filter_map(|(pattern, mask)| Some((Regex::new(pattern).ok()?, mask)))
        .collect()
    });
    PATTERNS.iter().fold(text.to_owned(), |text, (pattern, mask)| pattern.replace_all(&text, *mask).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::kube::kubeconfig::EnvEntry;

    fn said(complaints: &str) -> String {
        let secret = EnvEntry { name: "CLIENT".into(), value: "hunter2".into() };
        let plugin = ExecEntry {
            api_version: None,
            command: "login".into(),
            args: None,
            env: Some(vec![secret]),
            install_hint: None,
            provide_cluster_info: false,
            interactive_mode: None,
        };
        quoted(complaints.as_bytes(), &plugin)
    }

    #[test]
    fn the_last_lines_are_the_reason() {
        let traceback =
            "Traceback:\n  File a\n  File b\n\nTokenRetrievalError: the session has expired\nrun sso login\n";
        assert_eq!(said(traceback), "File b / TokenRetrievalError: the session has expired / run sso login");
        assert_eq!(said("  \n"), "");
        assert_eq!(said(&"word ".repeat(200)).chars().count(), CHARACTERS + 1);
    }

    #[test]
    fn nothing_that_may_be_a_secret_is_left() {
        for complaint in [
            "sent hunter2",
            "Authorization: Bearer hunter-two",
            "refresh_token=hunter-two rejected",
            "client-secret: \"hunter-two\"",
            "GET https://ada:hunter-two@sso.example/",
            "got eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIiOiJ0d28ifQ.aHVudGVy",
            "got aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==",
        ] {
            let words = said(complaint);
            let leaks = ["hunter", "eyJ", "aHVudGVy"].iter().any(|secret| words.contains(secret));
            assert!(words.contains(MASK) && !leaks, "{words}");
        }
        assert_eq!(said("the profile prod-eu-west-1 is not logged in"), "the profile prod-eu-west-1 is not logged in");
    }
}
