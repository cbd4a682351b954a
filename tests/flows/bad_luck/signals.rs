//! A signal in the middle of a write: no further step begins, the journal's entry is closed within seconds, the terminal
//! is as it was, and the next start says what is not known.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use super::server::{Asked, Reply, Server, Validity, bookmark, empty_cluster};
use crate::console::{Console, command};

/// A write that has been sent is closed within this time.
const CLOSED: Duration = Duration::from_secs(8);

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "pay-api", "namespace": "checkout", "uid": "u-1", "resourceVersion": "7", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "pay-api"}}, "template": {
            "metadata": {"labels": {"app": "pay-api"}},
            "spec": {"containers": [{"name": "app", "image": "shop/pay:1.8.4"}]}}},
        "status": {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1}})
}

/// A cluster of one Deployment whose writes are answered after a while, or never.
fn server(answers_writes_after: Option<Duration>) -> Server {
    Server::start(Validity::Good, move |asked: &Asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        match (&asked.method, path.ends_with("/deployments"), path.ends_with("/deployments/pay-api")) {
            (&Method::PATCH, ..) if asked.path.contains("dryRun") => Reply::Json(200, deployment()),
            (&Method::PATCH, ..) => match answers_writes_after {
                Some(after) => Reply::Late(after, 200, deployment()),
                None => Reply::Silence,
            },
            (_, _, true) => Reply::Json(200, deployment()),
            _ if asked.path.contains("watch=") => Reply::Watch(bookmark()),
            (_, true, _) => {
                let metadata = json!({"resourceVersion": "7"});
                let (kind, version) = ("DeploymentList", "apps/v1");
                Reply::Json(
                    200,
                    json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": [deployment()]}),
                )
            }
            _ => empty_cluster(asked),
        }
    })
}

fn journal(home: &Path) -> Vec<Value> {
    let path = home.join(".local/state/watchkeeper/journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Waits until the server has been asked to write in earnest.
fn is_written_to(server: &Server) {
    let end = Instant::now() + Duration::from_secs(60);
    let earnest = |asked: &Asked| asked.method == Method::PATCH && !asked.path.contains("dryRun");
    while !server.asked().iter().any(earnest) {
        assert!(Instant::now() < end, "nothing was ever sent");
        thread::yield_now();
    }
}

#[test]
fn a_console_that_is_ended_in_a_write_closes_its_entry_and_the_next_start_says_so() {
    for signal in ["TERM", "HUP", "INT"] {
        let server = server(None);
        let home = server.home();
        let mut console = Console::start(home.path(), &[], 120, 30);
        console.sees("pay-api");
        console.sees("live");
        console.press("r");
        console.sees("type pay-api");
        console.sees("the server's own answer");
        console.press("pay-api\r");
        is_written_to(&server);
        console.signal(signal);
        let began = Instant::now();
        console.ended();
        assert!(began.elapsed() < CLOSED, "SIG{signal}: {:?}", began.elapsed());
        console.assert_restored();
        let lines = journal(home.path());
        assert_eq!(lines.len(), 2, "SIG{signal}: {lines:?}");
        assert_eq!((&lines[1]["state"], &lines[1]["entry"]), (&json!("ended"), &lines[0]["entry"]));
        assert_eq!(lines[1]["done"], Value::Null, "nobody knows");
        assert!(lines[1].to_string().contains("ended before the server answered"), "{lines:?}");
        let mut console = Console::start(home.path(), &[], 160, 30);
        console.sees("wk was ended before the server answered");
        console.press("q");
        console.ended();
    }
}

/// A plan applied without a terminal, ended by a signal once it has been sent.
fn applied_and_ended(server: &Server, home: &Path) -> (Option<i32>, String) {
    let arguments = ["plan", "restart", "pay-api", "--apply", "--yes"];
    let mut command: Command = command(home, &arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    is_written_to(server);
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let began = Instant::now();
    let output = child.wait_with_output().expect("its end");
    assert!(began.elapsed() < CLOSED, "{:?}", began.elapsed());
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn a_command_that_is_ended_in_a_write_says_what_is_not_known() {
    let server = server(None);
    let home = server.home();
    let (code, complaints) = applied_and_ended(&server, home.path());
    assert_eq!(code, Some(1), "{complaints}");
    assert!(complaints.contains("it is not known what became of the write"), "{complaints}");
    assert_eq!(journal(home.path())[1]["done"], Value::Null);
}

#[test]
fn an_answer_that_comes_a_moment_after_the_signal_is_written_down() {
    let server = server(Some(Duration::from_millis(800)));
    let home = server.home();
    let (code, complaints) = applied_and_ended(&server, home.path());
    assert_eq!(code, Some(6), "{complaints}");
    assert!(complaints.contains("the rollout goes on unwatched"), "{complaints}");
    let lines = journal(home.path());
    assert_eq!((&lines[1]["state"], &lines[1]["done"]), (&json!("ended"), &json!(true)), "{lines:?}");
}
