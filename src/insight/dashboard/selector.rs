//! PromQL selectors from names that come from outside: everything is quoted here and nowhere else.

use crate::domain::object::{Kind, ObjectKey};

/// Letters that Kubernetes uses in the suffixes it generates: no vowels, and no digits that look like letters.
const GENERATED: &str = "[bcdfghjklmnpqrstvwxz2456789]";

/// A PromQL string literal.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The matcher `label="value"`.
#[must_use]
pub fn exactly(label: &str, value: &str) -> String {
    format!("{label}={}", quote(value))
}

/// The matcher for one of several values; for one value the plain one, which is cheaper.
#[must_use]
pub fn any_of<'a>(label: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let values: std::collections::BTreeSet<&str> = values.into_iter().collect();
    match values.first() {
        Some(value) if values.len() == 1 => exactly(label, value),
        _ => {
            let pattern: Vec<String> = values.into_iter().map(regex::escape).collect();
            format!("{label}=~{}", quote(&pattern.join("|")))
        }
    }
}

/// A pattern for the names of these workloads' pods; its first group is the workload. Prometheus anchors it.
///
/// Names tell enough: Kubernetes makes them from the owner's name and a suffix of letters that words rarely consist of.
#[must_use]
pub fn pods_of<'a>(services: impl IntoIterator<Item = &'a ObjectKey>) -> String {
    let mut bare = Vec::new();
    let mut owners = Vec::new();
    for service in services {
        let name = regex::escape(&service.name);
        if service.kind == Kind::Pod { bare.push(name) } else { owners.push(name) }
    }
    // The longer name first, so that `web-gateway` is not taken for a pod of `web`.
    for names in [&mut bare, &mut owners] {
        names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        names.dedup();
    }
    let owned = format!("({})(?:-{GENERATED}{{6,10}})?-(?:{GENERATED}{{5}}|[0-9]{{1,5}})", owners.join("|"));
    match (owners.is_empty(), bare.is_empty()) {
        (false, true) => owned,
        (true, _) => format!("({})", bare.join("|")),
        // One group must catch both: a bare pod is its own workload.
        (false, false) => format!(
            "({}|{})(?:(?:-{GENERATED}{{6,10}})?-(?:{GENERATED}{{5}}|[0-9]{{1,5}}))?",
            owners.join("|"),
            bare.join("|")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    fn deployment(name: &str) -> ObjectKey {
        ObjectKey::new(Kind::Deployment, "shop", name)
    }

    /// The workload that a pod's name is taken for.
    fn workload(services: &[ObjectKey], pod: &str) -> Option<String> {
        let pattern = Regex::new(&format!("^(?:{})$", pods_of(services))).expect("a pattern");
        pattern.captures(pod).map(|found| found[1].to_owned())
    }

    #[test]
    fn pods_find_their_workload_by_name() {
        let services = [
            deployment("pay-api"),
            deployment("pay-api-worker"),
            ObjectKey::new(Kind::StatefulSet, "shop", "db"),
            ObjectKey::new(Kind::DaemonSet, "shop", "node-exporter"),
        ];
        let found = |pod| workload(&services, pod);
        assert_eq!(found("pay-api-6d9f7c9bd5-x2k9p").as_deref(), Some("pay-api"));
        assert_eq!(found("pay-api-worker-6d9f7c9bd5-x2k9p").as_deref(), Some("pay-api-worker"));
        assert_eq!(found("db-0").as_deref(), Some("db"));
        assert_eq!(found("node-exporter-x2k9p").as_deref(), Some("node-exporter"));
        assert_eq!(found("other-6d9f7c9bd5-x2k9p"), None);
        assert_eq!(workload(&services[..1], "pay-api-worker-0"), None, "a word is no generated suffix");
    }

    #[test]
    fn a_bare_pod_is_its_own_workload() {
        let pod = ObjectKey::new(Kind::Pod, "shop", "debug.box");
        assert_eq!(workload(std::slice::from_ref(&pod), "debug.box").as_deref(), Some("debug.box"));
        assert_eq!(workload(std::slice::from_ref(&pod), "debugxbox"), None);
        let mixed = [pod, deployment("web")];
        assert_eq!(workload(&mixed, "web-6d9f7c9bd5-x2k9p").as_deref(), Some("web"));
        assert_eq!(workload(&mixed, "debug.box").as_deref(), Some("debug.box"));
    }

    #[test]
    fn one_value_needs_no_pattern() {
        assert_eq!(any_of("namespace", ["shop", "shop"]), r#"namespace="shop""#);
        assert_eq!(any_of("namespace", ["shop", "a.b"]), r#"namespace=~"a\\.b|shop""#);
    }

    proptest! {
        #[test]
        fn nothing_escapes_its_quotes(text in any::<String>()) {
            let expression = format!("up{{{}}}", exactly("a", &text));
            let parsed = promql_parser::parser::parse(&expression);
            let Ok(promql_parser::parser::Expr::VectorSelector(selector)) = parsed else {
                return Err(TestCaseError::fail(format!("{expression} is no selector")));
            };
            prop_assert_eq!(&selector.matchers.matchers[0].value, &text);
            prop_assert_eq!(selector.matchers.matchers.len(), 1);
        }
    }
}
