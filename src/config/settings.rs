//! The user's settings file: what to look like, where metrics are, and which contexts need how much care.

use serde::Deserialize;

use crate::domain::identity::Environment;
use crate::domain::problem::Problem;

use super::place::File;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A built-in theme's name or the path of a file.
    pub theme: Option<String>,
    /// A built-in keymap's name or the path of a file.
    pub keymap: Option<String>,
    pub symbols: Symbols,
    /// A URL, or `namespace/service:port` to go through the API server.
    pub prometheus: Option<String>,
    pub alertmanager: Option<String>,
    pub contexts: Contexts,
}

/// Which symbols the screen is drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Symbols {
    /// By what the locale and the terminal can show.
    #[default]
    Auto,
    Unicode,
    Ascii,
}

/// Patterns of context names, where `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contexts {
    pub production: Vec<String>,
    pub development: Vec<String>,
}

impl Contexts {
    /// How careful to be in a context. What nobody has marked counts as production, and so does what both lists name.
    #[must_use]
    pub fn environment(&self, context: &str) -> Environment {
        let named = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, context));
        if named(&self.development) && !named(&self.production) {
            Environment::Development
        } else {
            Environment::Production
        }
    }
}

/// Reads the file; with a mistake in it, the defaults stand.
#[must_use]
pub fn parse(file: File<'_>) -> (Settings, Vec<Problem>) {
    match toml::from_str(file.text) {
        Ok(settings) => (settings, Vec::new()),
        Err(error) => (Settings::default(), vec![file.malformed(&error, "all settings of the file are ignored")]),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices().map(|(index, _)| index).chain([tail.len()]).any(|index| matches(rest, &tail[index..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("prod", "prod", true),
            ("prod", "prod-eu", false),
            ("prod-*", "prod-eu", true),
            ("*-dev", "eu-dev", true),
            ("*dev*", "my-dev-2", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxyyc", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_nobody_has_marked_is_production() {
        let text = "prometheus = \"monitoring/prometheus:9090\"\n[contexts]\nproduction = [\"*-prod-dev\"]\ndevelopment = [\"kind-*\", \"*-dev\"]\n";
        let (settings, problems) = parse(File { name: "config.toml", text });
        assert_eq!(problems, []);
        assert_eq!(settings.prometheus.as_deref(), Some("monitoring/prometheus:9090"));
        for (context, expected) in [
            ("kind-one", Environment::Development),
            ("eu-prod-dev", Environment::Production),
            ("somewhere", Environment::Production),
        ] {
            assert_eq!(settings.contexts.environment(context), expected, "{context}");
        }
    }

    #[test]
    fn a_mistake_is_named_by_line() {
        let (settings, problems) = parse(File { name: "config.toml", text: "theme = \"dark\"\nkeymap = 3\n" });
        assert_eq!(settings, Settings::default());
        assert!(problems[0].to_string().starts_with("config.toml, line 2: invalid type"), "{problems:?}");
    }
}
