//! An object as lines of YAML for reading: secrets masked, bookkeeping folded to one line, every line clean.

use serde_json::Value;

use super::masking;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

/// More lines than this are cut, with a line that says so: no object a person reads is longer.
const LINES: usize = 20_000;

/// The object as the server has it, without secrets. `managedFields` becomes the list of its managers.
#[must_use]
pub fn lines(object: &RawObject) -> Vec<CleanText> {
    let mut value = masking::masked(object.value());
    fold_managed_fields(&mut value);
    write(&value)
}

/// Any masked value as YAML.
#[must_use]
pub fn write(value: &Value) -> Vec<CleanText> {
    // Long strings stay on their line: folded ones would not be found by a search.
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX, compact_list_indent: true };
    match serde_saphyr::to_string_with_options(value, options) {
        Ok(text) => {
            let mut lines: Vec<CleanText> = text.lines().take(LINES).map(CleanText::new).collect();
            if text.lines().nth(LINES).is_some() {
                lines.push(CleanText::new(&format!("# cut after {LINES} lines")));
            }
            lines
        }
        Err(error) => vec![CleanText::new(&format!("# cannot be written as YAML: {error}"))],
    }
}

fn fold_managed_fields(object: &mut Value) {
    let Some(Value::Array(fields)) = object.pointer_mut("/metadata/managedFields") else { return };
    let mut managers: Vec<String> = Vec::new();
    for field in fields.iter() {
        let manager = field.get("manager").and_then(Value::as_str).unwrap_or("?").to_owned();
        if !managers.contains(&manager) {
            managers.push(manager);
        }
    }
    let words = format!("(folded: {})", managers.join(", "));
    if let Some(folded) = object.pointer_mut("/metadata/managedFields") {
        *folded = Value::String(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(object: Value) -> String {
        lines(&RawObject::new(object)).iter().map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn it_reads_like_kubectl_without_the_noise() {
        insta::assert_snapshot!(text(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "pay", "managedFields": [{"manager": "helm", "fieldsV1": {"f:data": {}}}, {"manager": "kubectl"}]},
            "data": {"password": "aHVudGVyMg=="}, "immutable": false
        })), @r#"
        apiVersion: v1
        kind: Secret
        metadata:
          name: pay
          managedFields: "(folded: helm, kubectl)"
        data:
          password: (masked)
        immutable: false
        "#);
    }

    #[test]
    fn strings_that_look_like_something_else_are_quoted_and_long_ones_stay_whole() {
        let long = "word ".repeat(60);
        let shown = text(json!({"a": "on", "b": "0755", "c": long, "d": "two\nlines\n", "e": "\u{1b}[31mred"}));
        assert!(shown.contains("a: \"on\"") || shown.contains("a: 'on'"), "{shown}");
        assert!(shown.contains(long.trim_end()), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
