//! The one place that decides what in an object is secret, and takes it out before anything is shown, kept or compared in
//! public: data of Secrets, the last applied manifest, settings that look secret by name, passwords within URLs.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// Stands for what was taken out.
pub const MASK: &str = "(masked)";

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Words that make a name secret, wherever they stand in it.
const SECRET_WORDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "dsn",
    "pwd",
    "signingkey",
    "encryptionkey",
];

/// Whether a setting of this name holds a secret: `DB_PASSWORD`, `apiKey`, `stripe-token`.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    // A name that only points to a secret is none.
    let points =
        ["secretname", "secretref", "secretkeyref", "imagepullsecrets", "automountserviceaccounttoken", "file"]
            .iter()
            .any(|end| plain.ends_with(end));
    !points && SECRET_WORDS.iter().any(|word| plain.contains(word))
}

/// An object without its secrets, for showing.
#[must_use]
pub fn masked(object: &Value) -> Value {
    let mut copy = object.clone();
    mask_object(&mut copy);
    copy
}

/// A text of a setting without the password a URL in it may hold.
#[must_use]
pub fn masked_text(text: &str) -> Cow<'_, str> {
    static URL: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@").ok());
    static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(--?[a-z0-9_-]*(?:password|passwd|secret|token|api-?key|private-?key)[a-z0-9_-]*[= ])\S+").ok()
    });
    let mut text = Cow::Borrowed(text);
    for (pattern, replacement) in [(&URL, "$1:(masked)@"), (&FLAG, "$1(masked)")] {
        if let Some(pattern) = pattern.as_ref()
            && pattern.is_match(&text)
        {
            text = Cow::Owned(pattern.replace_all(&text, replacement).into_owned());
        }
    }
    text
}

/// A line that a program wrote, without what looks like a secret in it: settings that are secret by their name, bearer
/// tokens and passwords within URLs. Better one word too many than one too few.
#[must_use]
pub fn masked_line(text: &str) -> Cow<'_, str> {
    static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = SECRET_WORDS.join("|").replace("key", "[_-]?key");
        let name = format!(r#"["']?[a-z0-9_.-]*(?:{words})[a-z0-9_-]*["']?"#);
        Regex::new(&format!(r#"(?i)({name}\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}}\]]+)"#)).ok()
    });
    static BEARER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}").ok());
    static TOKEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*").ok());
    let mut text = masked_text(text);
    for (pattern, replacement) in [(&BEARER, "$1 (masked)"), (&TOKEN, MASK), (&PAIR, "$1(masked)")] {
        if let Some(pattern) = pattern.as_ref()
            && pattern.is_match(&text)
        {
            text = Cow::Owned(pattern.replace_all(&text, replacement).into_owned());
        }
    }
    text
}

/// Says how much was taken out, because an empty secret is worth knowing.
fn mask(value: &mut Value) {
    let hidden = match &*value {
        Value::Null => return,
        Value::String(text) if text.is_empty() => return,
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => MASK,
    };
    *value = Value::String(hidden.to_owned());
}

fn mask_object(object: &mut Value) {
    if is_list(object) {
        if let Some(Value::Array(items)) = object.get_mut("items") {
            items.iter_mut().for_each(mask_object);
        }
        return;
    }
    let secret = object.get("kind").and_then(Value::as_str) == Some("Secret");
    let Value::Object(fields) = object else { return descend(object) };
    if secret {
        for field in ["data", "stringData"] {
            if let Some(Value::Object(data)) = fields.get_mut(field) {
                data.values_mut().for_each(mask);
            }
        }
    }
    walk(fields);
}

fn is_list(object: &Value) -> bool {
    object.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"))
        && object.get("items").is_some()
}

fn walk(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), &mut *value) {
            ("annotations" | "labels", Value::Object(pairs)) => mask_pairs(pairs),
            ("env", Value::Array(settings)) => settings.iter_mut().for_each(mask_setting),
            ("data", Value::Object(pairs)) => mask_pairs(pairs),
            _ => descend(value),
        }
    }
}

fn descend(value: &mut Value) {
    match value {
        Value::Object(fields) => walk(fields),
        Value::Array(items) => {
            let mut after_secret_flag = false;
            for item in items {
                let flag = item.as_str().is_some_and(|text| text.starts_with('-') && is_secret_name(text));
                if after_secret_flag && !item.as_str().is_some_and(|text| text.starts_with('-')) {
                    mask(item);
                } else {
                    descend(item);
                }
                after_secret_flag = flag && item.as_str().is_some_and(|text| !text.contains('='));
            }
        }
        Value::String(text) => {
            if let Cow::Owned(safe) = masked_text(text) {
                *text = safe;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_pairs(pairs: &mut Map<String, Value>) {
    for (name, value) in pairs.iter_mut() {
        if name == LAST_APPLIED || is_secret_name(name) { mask(value) } else { descend(value) }
    }
}

/// An entry of `env`.
fn mask_setting(setting: &mut Value) {
    let secret = setting.get("name").and_then(Value::as_str).is_some_and(is_secret_name);
    match setting.get_mut("value") {
        Some(value) if secret => mask(value),
        Some(value) => descend(value),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn secrets_lose_their_data_and_keep_their_keys() {
        let secret = json!({"kind": "Secret", "data": {"user": "YW5u", "empty": ""}, "stringData": {"x": "hunter2"},
            "metadata": {"annotations": {(LAST_APPLIED): "{\"data\":{\"user\":\"YW5u\"}}", "note": "kept"}}});
        let shown = masked(&secret);
        assert_eq!(shown["data"], json!({"user": MASK, "empty": ""}));
        assert_eq!(shown["stringData"]["x"], MASK);
        assert_eq!(shown["metadata"]["annotations"], json!({(LAST_APPLIED): MASK, "note": "kept"}));
    }

    #[test]
    fn settings_of_containers_are_masked_by_name_and_references_stay() {
        let pod = json!({"kind": "Pod", "spec": {"containers": [{"name": "app",
            "args": ["--db-password=hunter2", "--port=80", "--token", "hunter2"],
            "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "FEATURE_X", "value": "on"},
                {"name": "DATABASE_URL", "value": "postgres://pay:hunter2@db:5432/pay"},
                {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "pay", "key": "token"}}}]}],
            "imagePullSecrets": [{"name": "registry"}], "automountServiceAccountToken": false}});
        let shown = masked(&pod);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        let env = &shown["spec"]["containers"][0]["env"];
        assert_eq!(env[1]["value"], "on");
        assert_eq!(env[2]["value"], "postgres://pay:(masked)@db:5432/pay");
        assert_eq!(env[3]["valueFrom"]["secretKeyRef"]["key"], "token");
        assert_eq!(
            shown["spec"]["containers"][0]["args"],
            json!(["--db-password=(masked)", "--port=80", "--token", MASK])
        );
        assert_eq!(shown["spec"]["imagePullSecrets"][0]["name"], "registry");
        assert_eq!(shown["spec"]["automountServiceAccountToken"], false);
    }

    #[test]
    fn lines_of_logs_lose_what_looks_secret_and_keep_their_sense() {
        for (line, shown) in [
            ("level=info db_password=hunter2 host=db", "level=info db_password=(masked) host=db"),
            (r#"{"apiKey":"hunter2","route":"/charge"}"#, r#"{"apiKey":(masked),"route":"/charge"}"#),
            ("GET /x Authorization: Bearer hunter2hunter2", "GET /x Authorization: Bearer (masked)"),
            ("dial postgres://pay:hunter2@db:5432/pay", "dial postgres://pay:(masked)@db:5432/pay"),
            ("jwt eyJhbGciOiJI.hunter2.sig ends", "jwt (masked) ends"),
            ("api_key='hunter2 and more', next", "api_key=(masked), next"),
            ("TypeError: amount is undefined", "TypeError: amount is undefined"),
        ] {
            assert_eq!(masked_line(line), shown);
        }
    }

    #[test]
    fn names_are_judged_by_their_words() {
        for name in ["DB_PASSWORD", "apiKey", "stripe-token", "AWS_SECRET_ACCESS_KEY", "SENTRY_DSN"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["FEATURE_X", "LOG_LEVEL", "secretName", "AUTHOR", "PASSWORD_FILE", "KEYSPACE"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[a-zA-Z0-9]{12,30}") {
            let shown = masked(&json!({"kind": "Secret", "data": {"x": secret}})).to_string();
            prop_assert!(!shown.contains(&secret));
        }
    }
}
