//! Broken, missing and useless kubeconfigs, through the real program: each is named with what to do, within seconds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::console::{Said, run};

/// "Within seconds", on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const GOOD: &str = "apiVersion: v1
kind: Config
current-context: prod-eu
clusters:
- name: c
  cluster:
    server: https://127.0.0.1:1
contexts:
- name: prod-eu
  context: {cluster: c, user: u}
users:
- name: u
  user: {token: t}
";

fn written(home: &Path, text: &str) -> PathBuf {
    let path = home.join("kubeconfig");
    std::fs::write(&path, text).expect("a file");
    path
}

/// Asks for services with a kubeconfig of this text.
fn ask(text: &str, more: &[&str]) -> Said {
    let home = tempfile::tempdir().expect("a folder");
    let path = written(home.path(), text);
    let began = Instant::now();
    let path = path.to_str().expect("a path");
    let answer = run(home.path(), &[&["services", "--kubeconfig", path], more].concat());
    assert!(began.elapsed() < SOON, "it took {:?}: {}", began.elapsed(), answer.complaints);
    assert!(!answer.complaints.contains("panicked"), "{}", answer.complaints);
    answer
}

fn assert_says(answer: &Said, code: i32, words: &[&str]) {
    for word in words {
        assert!(answer.complaints.contains(word), "“{word}” is not in: {}", answer.complaints);
    }
    assert_eq!(answer.code, code, "{}", answer.complaints);
}

#[test]
fn without_a_kubeconfig_the_demo_is_offered() {
    let home = tempfile::tempdir().expect("a folder");
    assert_says(&run(home.path(), &["services"]), 3, &["there is no kubeconfig", ".kube/config", "wk demo"]);
    let missing = run(home.path(), &["services", "--kubeconfig", "/nowhere/config"]);
    assert_says(&missing, 2, &["/nowhere/config", "the file does not exist"]);
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    assert_says(&ask("", &[]), 2, &["kubeconfig", "the file is empty"]);
    assert_says(&ask(&GOOD.replace("- name: c", "- name: [c"), &[]), 2, &["broken kubeconfig", "line "]);
    assert_says(&ask(&GOOD.replace("    server: https://127.0.0.1:1", "    server: {}"), &[]), 2, &["line 7"]);
    assert_says(
        &ask(&GOOD.replace("https://127.0.0.1:1", "ftp://x"), &[]),
        2,
        &["line 7", "expected https://HOST:PORT"],
    );
    assert_says(&ask(&GOOD.replace("cluster: c,", "cluster: d,"), &[]), 2, &["line 10", "d"]);
    let misspelt = GOOD.replace("    server:", "    servre:");
    assert_says(&ask(&misspelt, &[]), 2, &["line 5: cluster c has no server", "it has “servre”: did you mean server?"]);
    let no_such_proxy = GOOD.replace("    server:", "    proxy-url: ftp://x\n    server:");
    assert_says(&ask(&no_such_proxy, &[]), 2, &["line 7: proxy-url of c", "socks5://HOST:PORT"]);
    let missing_authority = GOOD.replace("    server:", "    certificate-authority: /nowhere/ca.crt\n    server:");
    assert_says(&ask(&missing_authority, &[]), 2, &["/nowhere/ca.crt"]);
    assert_says(&ask(&GOOD.replace("current-context: prod-eu\n", ""), &[]), 2, &["context", "prod-eu"]);
}

#[test]
fn rubbish_is_told_in_words_and_not_in_the_parsers() {
    let twice = GOOD.to_owned() + "apiVersion: v1\n";
    let tab = GOOD.replace("  cluster:\n", "\tcluster:\n");
    let deep = "[".repeat(300_000);
    for (text, words) in [
        ("- a\n- b\n", "line 1: expected fields, such as `apiVersion: v1`"),
        ("<html><body>log in</body></html>\n", "line 1: expected fields, such as `apiVersion: v1`"),
        (&tab, "line 5: expected spaces, found a tab"),
        (&twice, "line 14: apiVersion stands there twice"),
        (&(GOOD.to_owned() + "---\nkind: Config\n"), "expected one document, and `---` begins another"),
        (&deep, "it is nested too deeply"),
    ] {
        assert_says(&ask(text, &[]), 2, &["broken kubeconfig", words]);
    }
    // Ten megabytes of comments are read all the same.
    assert_says(&ask(&(GOOD.to_owned() + &"#".repeat(10 << 20)), &[]), 3, &["the connection was refused"]);
}

#[test]
fn an_unknown_context_suggests_the_nearest() {
    assert_says(&ask(GOOD, &["--context", "prod-ue"]), 2, &["prod-ue", "prod-eu"]);
}

#[test]
fn a_refused_server_is_said_at_once() {
    assert_says(&ask(GOOD, &[]), 3, &["the connection was refused", "check that the API server runs"]);
}

#[test]
fn a_plugin_that_is_not_there_or_fails_is_named() {
    let plugin = |command: &str| {
        let exec = format!(
            "user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {command}, interactiveMode: Never}}}}"
        );
        ask(&GOOD.replace("user: {token: t}", &exec), &[])
    };
    assert_says(&plugin("no-such-plugin"), 3, &["no-such-plugin"]);
    assert_says(&plugin("/bin/false"), 3, &["/bin/false"]);
}

#[test]
fn the_doctor_answers_in_data_whatever_is_wrong() {
    for (text, code, failed) in [(GOOD, 3, "network"), ("[", 2, "kubeconfig"), ("", 2, "kubeconfig")] {
        let home = tempfile::tempdir().expect("a folder");
        let path = written(home.path(), text);
        let path = path.to_str().expect("a path");
        let answer = run(home.path(), &["doctor", "-o", "json", "--kubeconfig", path]);
        assert_eq!(answer.code, code, "{}{}", answer.out, answer.complaints);
        let document: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
        assert_eq!((&document["apiVersion"], &document["kind"]), (&"wk/v1".into(), &"Doctor".into()));
        let items = document["items"].as_array().expect("items");
        let last = items.last().expect("a step");
        assert_eq!((&last["step"], &last["outcome"]), (&failed.into(), &"failed".into()), "{document:#}");
        for field in ["what", "why", "hint"] {
            assert!(items.iter().all(|item| item[field].is_string()), "{document:#}");
        }
        assert!(items.iter().all(|item| item["milliseconds"].is_u64()), "{document:#}");
        assert_eq!(document["problems"].as_array().map(Vec::len), Some(1), "{document:#}");
    }
}

#[test]
fn the_doctor_of_the_built_in_cluster_has_nothing_to_say_against_it() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = run(home.path(), &["--demo", "doctor", "-o", "json"]);
    assert_eq!((answer.code, answer.complaints.as_str()), (0, ""));
    let document: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    let steps: Vec<&str> =
        document["items"].as_array().unwrap().iter().filter_map(|item| item["step"].as_str()).collect();
    for step in ["journal", "credentials", "server", "identity", "namespaces", "rights", "Prometheus", "Alertmanager"] {
        assert!(steps.contains(&step), "{steps:?}");
    }
}
