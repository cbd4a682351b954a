//! What differs between two objects, field by field, in a person's words: `template › app › image`. Secrets are
//! compared and never shown.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use similar::{DiffOp, TextDiff};

use super::masking;
use crate::domain::plan::Difference;
use crate::domain::text::CleanText;

/// More differences than this are counted and not listed.
const LIMIT: usize = 500;
/// Longer values are cut in a difference; the whole stands in the object.
const VALUE: usize = 200;
const ABSENT: &str = "(none)";
const GONE: &str = "(gone)";
const SEPARATOR: &str = " › ";

/// What a rollout from one pod template to another changes.
#[must_use]
pub fn templates(before: &Value, after: &Value) -> Vec<Difference> {
    collect(|found| compare(found, &Path::root("template"), before, after))
}

/// What a write changes in a live object: everything but its status and what the server keeps books of.
#[must_use]
pub fn objects(before: &Value, after: &Value) -> Vec<Difference> {
    let secret = [before, after].iter().any(|object| object.get("kind").and_then(Value::as_str) == Some("Secret"));
    let (before, after) = (stripped(before), stripped(after));
    collect(|found| compare(found, &Path { words: Vec::new(), secret: false, data_is_secret: secret }, &before, &after))
}

/// What differs between two values a person wrote, such as those of a Helm chart.
#[must_use]
pub fn values(root: &str, before: &Value, after: &Value) -> Vec<Difference> {
    collect(|found| compare(found, &Path::root(root), before, after))
}

fn collect(compare: impl FnOnce(&mut Vec<Difference>)) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut found);
    if found.len() > LIMIT {
        let more = found.len() - LIMIT;
        found.truncate(LIMIT);
        found.push(Difference {
            field: CleanText::new(&format!("and {more} more differences")),
            before: CleanText::default(),
            after: CleanText::default(),
        });
    }
    found
}

/// Without what the server writes by itself.
fn stripped(object: &Value) -> Value {
    let mut copy = object.clone();
    if let Value::Object(fields) = &mut copy {
        for field in ["status", "apiVersion", "kind"] {
            fields.shift_remove(field);
        }
        if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
            for field in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"] {
                metadata.shift_remove(field);
            }
        }
    }
    copy
}

/// Where in an object we are, in the words to show.
#[derive(Clone)]
struct Path {
    words: Vec<String>,
    /// Below a name that looks secret.
    secret: bool,
    /// The object is a Secret: its data is.
    data_is_secret: bool,
}

impl Path {
    fn root(word: &str) -> Self {
        Self { words: vec![word.to_owned()], secret: false, data_is_secret: false }
    }

    /// A step that only structures the object is left out.
    fn field(&self, name: &str) -> Self {
        let mut path = self.clone();
        let in_data =
            self.data_is_secret && matches!(self.words.last().map(String::as_str), Some("data" | "stringData"));
        path.secret |= in_data || masking::is_secret_name(name) || name.ends_with("last-applied-configuration");
        match name {
            "spec" | "metadata" => {}
            "containers"
            | "env"
            | "volumes"
            | "ports"
            | "volumeMounts"
            | "initContainers"
            | "ephemeralContainers"
            | "annotations"
            | "labels" => path.words.push(format!("{name}…")),
            "value" if self.words.last().is_some_and(|last| last.starts_with("env ")) => {}
            _ => path.words.push(name.to_owned()),
        }
        path.merge(name)
    }

    /// The entry of a named list or map: `env FEATURE_X`, `annotation x`, and just `app` for a container.
    fn merge(mut self, name: &str) -> Self {
        if let [.., group, _] = self.words.as_slice()
            && let Some(group) = group.strip_suffix('…')
        {
            let word = match group {
                "containers" => name.to_owned(),
                "initContainers" => format!("init {name}"),
                "ephemeralContainers" => format!("debug {name}"),
                "volumes" => format!("volume {name}"),
                "ports" => format!("port {name}"),
                "volumeMounts" => format!("mount {name}"),
                "annotations" => format!("annotation {name}"),
                "labels" => format!("label {name}"),
                _ => format!("{group} {name}"),
            };
            self.words.truncate(self.words.len() - 2);
            self.words.push(word);
        }
        self
    }

    fn text(&self) -> String {
        self.words.iter().map(|word| word.trim_end_matches('…')).collect::<Vec<_>>().join(SEPARATOR)
    }
}

fn compare(found: &mut Vec<Difference>, path: &Path, before: &Value, after: &Value) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            if is_reference(before) || is_reference(after) {
                add(found, path, Some(&Value::Object(before.clone())), Some(&Value::Object(after.clone())));
                return;
            }
            for name in names(before.keys().chain(after.keys())) {
                pair(found, &path.field(name), before.get(name), after.get(name));
            }
        }
        (Value::Array(before), Value::Array(after)) => match (named(before), named(after)) {
            (Some(old), Some(new)) => {
                for name in names(old.keys().chain(new.keys())) {
                    pair(found, &path.field(name), old.get(name), new.get(name));
                }
            }
            _ => add(found, path, Some(&Value::Array(before.clone())), Some(&Value::Array(after.clone()))),
        },
        (Value::String(before), Value::String(after))
            if !path.secret && (before.contains('\n') || after.contains('\n')) =>
        {
            lines(found, path, before, after);
        }
        _ => add(found, path, Some(before), Some(after)),
    }
}

/// Present on both sides: compare. On one: named lists and maps are told entry by entry, the rest as a whole.
fn pair(found: &mut Vec<Difference>, path: &Path, before: Option<&Value>, after: Option<&Value>) {
    match (before.filter(|value| !value.is_null()), after.filter(|value| !value.is_null())) {
        (Some(before), Some(after)) => compare(found, path, before, after),
        (None, None) => {}
        (before, after) => {
            let only = before.or(after).unwrap_or(&Value::Null);
            let entries = match only {
                Value::Array(items) if path.words.last().is_some_and(|word| word.ends_with('…')) => named(items),
                Value::Object(fields) if path.words.last().is_some_and(|word| word.ends_with('…')) => {
                    Some(fields.clone())
                }
                _ => None,
            };
            match entries {
                Some(entries) => {
                    for (name, value) in &entries {
                        let value = Some(value);
                        let (before, after) = if before.is_some() { (value, None) } else { (None, value) };
                        pair(found, &path.field(name), before, after);
                    }
                }
                // The value of a setting says more than its entry.
                None => {
                    match only.get("value").filter(|_| path.words.last().is_some_and(|word| word.starts_with("env "))) {
                        Some(value) if before.is_some() => add(found, path, Some(value), None),
                        Some(value) => add(found, path, None, Some(value)),
                        None => add(found, path, before, after),
                    }
                }
            }
        }
    }
}

/// In the order they are met, each once.
fn names<'a>(keys: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = BTreeSet::new();
    keys.filter(|key| seen.insert(*key)).collect()
}

/// A list whose entries have names, as a map; None when it is not one.
fn named(items: &[Value]) -> Option<Map<String, Value>> {
    let mut map = Map::new();
    for item in items {
        let Value::Object(fields) = item else { return None };
        let name = match fields.get("name").or_else(|| fields.get("mountPath")) {
            Some(Value::String(name)) => name.clone(),
            _ => fields.get("containerPort").or_else(|| fields.get("port"))?.to_string(),
        };
        let mut rest = item.clone();
        if let Value::Object(rest) = &mut rest {
            rest.shift_remove("name");
        }
        if map.insert(name, rest).is_some() {
            return None;
        }
    }
    Some(map)
}

/// Where a value comes from is one thing to a reader, not a tree.
fn is_reference(fields: &Map<String, Value>) -> bool {
    fields
        .keys()
        .any(|key| matches!(key.as_str(), "secretKeyRef" | "configMapKeyRef" | "fieldRef" | "resourceFieldRef"))
}

fn lines(found: &mut Vec<Difference>, path: &Path, before: &str, after: &str) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&old, &new);
    for operation in diff.ops() {
        let (old_range, new_range) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        for offset in 0..old_range.len().max(new_range.len()) {
            let line = |lines: &[&str], range: &std::ops::Range<usize>| {
                let index = range.start + offset;
                (index < range.end).then(|| lines.get(index).map(|line| Value::String((*line).to_owned()))).flatten()
            };
            let mut path = path.clone();
            if let Some(last) = path.words.last_mut() {
                last.push_str(&format!(":{}", new_range.start + offset + 1));
            }
            let secret = |value: &Option<Value>| {
                let name = value.as_ref().and_then(Value::as_str).and_then(|line| line.split(['=', ':']).next());
                name.is_some_and(masking::is_secret_name)
            };
            let (before, after) = (line(&old, &old_range), line(&new, &new_range));
            path.secret |= secret(&before) || secret(&after);
            add(found, &path, before.as_ref(), after.as_ref());
        }
    }
}

fn add(found: &mut Vec<Difference>, path: &Path, before: Option<&Value>, after: Option<&Value>) {
    let setting = path.words.last().and_then(|word| word.strip_prefix("env ")).is_some_and(masking::is_secret_name);
    let secret = path.secret || setting;
    let show = |value: Option<&Value>, absent: &str| match value {
        None | Some(Value::Null) => absent.to_owned(),
        Some(value) if secret && !refers(value) => masking::MASK.to_owned(),
        Some(value) => shown(value),
    };
    let (old, mut new) = (show(before, ABSENT), show(after, GONE));
    if secret && old == new {
        new = format!("{} another value", masking::MASK);
    }
    found.push(Difference {
        field: CleanText::new(&path.text()),
        before: CleanText::new(&old),
        after: CleanText::new(&new),
    });
}

fn refers(value: &Value) -> bool {
    let reference = value.get("valueFrom").unwrap_or(value);
    reference.as_object().is_some_and(is_reference)
}

fn shown(value: &Value) -> String {
    let reference = value.get("valueFrom").unwrap_or(value);
    for (field, word) in [("secretKeyRef", "secret"), ("configMapKeyRef", "config map")] {
        if let Some(source) = reference.get(field) {
            let part = |name: &str| source.get(name).and_then(Value::as_str).unwrap_or("?");
            return format!("from {word} {}, key {}", part("name"), part("key"));
        }
    }
    let text = match value {
        Value::String(text) => masking::masked_text(text).into_owned(),
        value => masking::masked(value).to_string(),
    };
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None if text.is_empty() => "\"\"".to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests;
