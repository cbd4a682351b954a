//! A cluster whose every text is an attack on the reader's terminal: nothing of it reaches screen, output, journal or
//! files but as plain text.

use std::path::Path;

use http::Method;
use serde_json::{Value, json};

use watchkeeper::domain::text::is_hostile;

use super::server::{Asked, Reply, Server, Validity, bookmark, empty_cluster};
use crate::console::{Console, command, said};

/// A title, the clipboard, a query that types, colours, another direction, invisible and control characters.
const EVIL: &str = "\u{1b}]0;OWNED\u{7}\u{1b}]52;c;T1dORUQ=\u{1b}\\\u{1b}[6n\u{9b}2J\u{1b}[31m\u{202e}\u{2066}\u{200b}\u{e0041}\0\u{8}\r\nnext\t";
/// What the sequences above carry: it must be nowhere.
const CARRIED: [&str; 2] = ["OWNED", "T1dORUQ"];

fn evil(text: &str) -> String {
    format!("{text}{EVIL}")
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "namespace": "checkout", "uid": "u-1", "resourceVersion": "7", "generation": 1,
        "creationTimestamp": "2026-11-21T00:00:00Z", "labels": {"app": "pay-api", (evil("label")): evil("value")},
        "annotations": {"kubernetes.io/change-cause": evil("cause"), (evil("name")): evil("text")},
        "managedFields": [{"manager": evil("manager"), "operation": "Update", "time": "2026-11-21T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:template": {}}}}]})
}

fn template() -> Value {
    let environment =
        json!([{"name": evil("SETTING"), "value": evil("on")}, {"name": "API_TOKEN", "value": "hunter2"}]);
    json!({"metadata": {"labels": {"app": "pay-api"}},
        "spec": {"containers": [{"name": "app", "image": evil("shop/pay:1.8.4"), "env": environment}]}})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("pay-api"),
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "pay-api"}}, "template": template()},
        "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1,
            "conditions": [{"type": "Progressing", "status": "False", "reason": evil("Reason"),
                "message": evil("message")}]}})
}

fn pod() -> Value {
    let state = json!({"running": {"startedAt": "2026-11-21T00:00:00Z"}});
    let last = json!({"terminated": {"exitCode": 1, "reason": evil("Error"), "message": evil("bye"),
        "finishedAt": "2026-11-21T00:00:00Z"}});
    let mut metadata = metadata("pay-api-1");
    metadata["labels"]["pod-template-hash"] = json!("7d9f8");
    metadata["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "pay-api-7d9f8", "uid": "r-1", "controller": true}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template()["spec"],
        "status": {"phase": "Running", "reason": evil("reason"), "message": evil("why"), "containerStatuses": [
            {"name": "app", "ready": false, "restartCount": 3, "state": state, "lastState": last}]}})
}

fn event() -> Value {
    json!({"apiVersion": "v1", "kind": "Event", "metadata": metadata("event-1"), "reason": evil("BackOff"),
        "message": evil("restarting"), "type": "Warning", "count": 3, "lastTimestamp": "2026-11-21T00:00:00Z",
        "involvedObject": {"kind": "Pod", "namespace": "checkout", "name": "pay-api-1"}})
}

/// Lines with all of it, bytes that are no text, and one of a megabyte.
fn log() -> Vec<u8> {
    let mut log = format!("2026-11-21T00:00:00.1Z error {}\n", EVIL.replace('\n', " ")).into_bytes();
    log.extend_from_slice(b"2026-11-21T00:00:00.2Z \xff\xfe\xc3( \x00 not text\n2026-11-21T00:00:00.3Z long ");
    log.extend(std::iter::repeat_n(b'x', 1 << 20));
    log.extend_from_slice(b"\n2026-11-21T00:00:00.4Z the last line\n");
    log
}

fn server() -> Server {
    Server::start(Validity::Good, |asked: &Asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        let list = |kind: &str, version: &str, item: Value| {
            let metadata = json!({"resourceVersion": "7"});
            Reply::Json(200, json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": [item]}))
        };
        match path.rsplit('/').next().unwrap_or_default() {
            _ if asked.path.contains("watch=") => Reply::Watch(bookmark()),
            "pay-api" if asked.method == Method::PATCH || path.contains("/deployments/") => {
                Reply::Json(200, deployment())
            }
            "log" => Reply::Bytes(log()),
            "deployments" => list("DeploymentList", "apps/v1", deployment()),
            "pods" => list("PodList", "v1", pod()),
            "pay-api-1" => Reply::Json(200, pod()),
            "events" => list("EventList", "v1", event()),
            "version" => Reply::Json(200, json!({"gitVersion": evil("v1.36.3")})),
            "selfsubjectreviews" => {
                let user = json!({"username": evil("ada"), "groups": [evil("group")]});
                Reply::Json(200, json!({"status": {"userInfo": user}}))
            }
            _ => empty_cluster(asked),
        }
    })
}

/// Lines of plain text.
fn assert_plain(what: &str, text: &str) {
    let hostile = text.char_indices().find(|(_, c)| *c != '\n' && is_hostile(*c));
    if let Some((at, c)) = hostile {
        let around: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what} holds {c:?} after {around:?}");
    }
    for carried in CARRIED {
        // YAML may spell the sequence out, as harmless text.
        assert!(what.ends_with("yaml") || what.contains("yaml-") || !text.contains(carried), "{what} holds {carried}");
    }
    assert!(!text.contains("hunter2"), "{what} holds a secret");
}

/// The same of every text within, however it is spelt.
fn assert_plain_json(what: &str, value: &Value) {
    match value {
        Value::String(text) => {
            assert_plain(what, text);
            assert!(!text.contains('\n'), "{what}: {text:?}");
        }
        Value::Array(items) => items.iter().for_each(|item| assert_plain_json(what, item)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            assert_plain(what, name);
            assert_plain_json(what, value);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

#[test]
fn what_commands_say_and_keep_is_plain() {
    let server = server();
    let home = server.home();
    for arguments in [
        &["services"][..],
        &["alerts"],
        &["history", "pay-api"],
        &["logs", "pay-api"],
        &["plan", "restart", "pay-api"],
        &["plan", "scale", "pay-api", "--replicas", "3"],
        &["doctor"],
    ] {
        let answer = said(&mut command(home.path(), arguments));
        assert_plain(&format!("{arguments:?}"), &answer.out);
        assert_plain(&format!("{arguments:?}, stderr"), &answer.complaints);
        let answer = said(&mut command(home.path(), &[arguments, &["-o", "json"]].concat()));
        let documents: Vec<Value> = match arguments[0] {
            "logs" => answer.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
            _ => vec![serde_json::from_str(&answer.out).expect("JSON")],
        };
        documents.iter().for_each(|document| assert_plain_json(&format!("{arguments:?} as JSON"), document));
    }
    let logs = said(&mut command(home.path(), &["logs", "pay-api"]));
    assert!(logs.out.contains("not text") && logs.out.contains("the last line"), "{}", logs.complaints);
    let longest = logs.out.lines().map(str::len).max();
    assert!(longest < Some(100_000), "{longest:?}");
    let plan = said(&mut command(home.path(), &["plan", "restart", "pay-api", "-o", "markdown"]));
    assert_plain("the plan as Markdown", &plan.out);
}

#[test]
fn the_console_its_journal_and_its_files_are_plain() {
    let server = server();
    let home = server.home();
    let mut console = Console::start(home.path(), &[], 120, 40);
    console.sees("pay-api");
    console.sees("live");
    for (key, words) in [("y", "pay-api"), ("l", "the last line"), ("E", "restarting"), ("H", "No change is recorded")]
    {
        console.press(key);
        console.sees(words);
        console.press("Y");
        console.sees("copied");
        console.press("\x1b");
        console.sees("SERVICE");
    }
    console.press("r");
    console.sees("type pay-api");
    console.sees("the server's own answer");
    console.press("pay-api\r");
    console.sees("VERIFY");
    console.press("Y");
    console.sees("copied");
    assert_plain("the screen", &console.text());
    console.signal("TERM");
    console.ended();
    let written = String::from_utf8_lossy(console.written()).into_owned();
    for sequence in ["\x1b]0;", "\x1b]52;c;T1dORUQ", "\x1b[6n", "\u{9b}", "\u{202e}", "\u{200b}"] {
        assert!(!written.contains(sequence), "the terminal was sent {sequence:?}");
    }
    let state = home.path().join(".local/state/watchkeeper");
    let kept = files(&state);
    assert!(kept.iter().any(|path| path.ends_with("journal.jsonl")) && kept.len() >= 6, "{kept:?}");
    for path in kept {
        let text = std::fs::read_to_string(&path).expect("text");
        match path.ends_with("journal.jsonl") {
            true => text
                .lines()
                .for_each(|line| assert_plain_json("the journal", &serde_json::from_str(line).expect("JSON"))),
            false => assert_plain(&path.display().to_string(), &text),
        }
        assert!(text.len() < 300_000, "{path:?} has {} bytes", text.len());
    }
}
