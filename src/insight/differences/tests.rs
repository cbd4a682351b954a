use proptest::prelude::*;
use serde_json::json;

use super::*;

fn told(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(|line| format!("{}: {} → {}", line.field, line.before, line.after)).collect()
}

#[test]
fn a_release_is_told_by_container_and_setting() {
    let before = json!({"metadata": {"labels": {"app": "pay"}, "annotations": {"note": "a"}}, "spec": {
        "containers": [
            {"name": "app", "image": "shop/pay:1.8.4", "ports": [{"containerPort": 8080}],
             "env": [{"name": "FEATURE_X", "value": "on"}, {"name": "DB_PASSWORD", "value": "one"},
                     {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "pay", "key": "old"}}}],
             "resources": {"limits": {"memory": "256Mi"}}},
            {"name": "log", "image": "log:1"}],
        "initContainers": [{"name": "migrate", "image": "m:1"}]}});
    let after = json!({"metadata": {"labels": {"app": "pay"}}, "spec": {
        "containers": [
            {"name": "log", "image": "log:1"},
            {"name": "app", "image": "shop/pay:1.8.3", "ports": [{"containerPort": 8080}],
             "env": [{"name": "DB_PASSWORD", "value": "two"}, {"name": "NEW", "value": "1"},
                     {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "pay", "key": "new"}}}],
             "resources": {"limits": {"memory": "512Mi"}}}],
        "initContainers": [{"name": "migrate", "image": "m:2"}]}});
    assert_eq!(
        told(&templates(&before, &after)),
        [
            "template › annotation note: a → (gone)",
            "template › app › image: shop/pay:1.8.4 → shop/pay:1.8.3",
            "template › app › env FEATURE_X: on → (gone)",
            "template › app › env DB_PASSWORD: (masked) → (masked) another value",
            "template › app › env KEY › valueFrom: from secret pay, key old → from secret pay, key new",
            "template › app › env NEW: (none) → 1",
            "template › app › resources › limits › memory: 256Mi → 512Mi",
            "template › init migrate › image: m:1 → m:2",
        ]
    );
}

#[test]
fn a_write_is_told_without_the_servers_bookkeeping() {
    let object = |replicas: u32, version: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "pay", "resourceVersion": version, "generation": replicas, "managedFields": [version]},
            "spec": {"replicas": replicas}, "status": {"replicas": replicas}})
    };
    assert_eq!(told(&objects(&object(4, "1"), &object(8, "2"))), ["replicas: 4 → 8"]);
    assert!(objects(&object(4, "1"), &object(4, "1")).is_empty());
}

#[test]
fn a_file_in_a_config_map_is_told_line_by_line() {
    let map = |data: Value| json!({"kind": "ConfigMap", "data": data});
    let before = map(json!({"app.conf": "limit=10\npassword=one\nsame", "LEVEL": "info"}));
    let after = map(json!({"app.conf": "limit=20\npassword=two\nsame\nmore", "LEVEL": "debug"}));
    assert_eq!(
        told(&objects(&before, &after)),
        [
            "data › app.conf:1: limit=10 → limit=20",
            "data › app.conf:2: (masked) → (masked) another value",
            "data › app.conf:4: (none) → more",
            "data › LEVEL: info → debug",
        ]
    );
}

#[test]
fn a_secret_is_compared_and_never_shown() {
    let secret = |value: &str| json!({"kind": "Secret", "data": {"user": value}});
    assert_eq!(told(&objects(&secret("YQ=="), &secret("Yg=="))), ["data › user: (masked) → (masked) another value"]);
}

#[test]
fn what_cannot_be_matched_by_name_is_told_as_a_whole() {
    let before = json!({"spec": {"tolerations": [{"key": "a"}], "containers": [{"name": "app", "args": ["x"]}]}});
    let after = json!({"spec": {"tolerations": [], "containers": [{"name": "app", "args": ["x", "--token=abc"]}]}});
    assert_eq!(
        told(&templates(&before, &after)),
        [r#"template › tolerations: [{"key":"a"}] → []"#, r#"template › app › args: ["x"] → ["x","--token=(masked)"]"#]
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\n ]{0,12}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("(name|spec|env|containers|value|data|x)", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn equal_objects_have_none_and_any_two_can_be_compared(before in any_value(), after in any_value()) {
        prop_assert!(templates(&before, &before).is_empty());
        let _ = (templates(&before, &after), objects(&before, &after));
    }
}
