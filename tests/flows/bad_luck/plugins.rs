//! Credential plugins: what one that fails said, one that hangs, one that prints rubbish, and one whose answers end.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::everywhere::Person;
use super::server::{Server, Validity, empty_cluster};

/// A user whose credentials come from a shell script.
fn user(script: &str) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": ["-c", script],
        "env": [{"name": "LOGIN_SECRET", "value": "hunter2hunter2"}],
        "interactiveMode": "Never",
    }})
}

#[test]
fn a_plugin_that_fails_is_quoted_without_its_secrets() {
    let server = Server::start(Validity::Good, empty_cluster);
    let script = "echo 'refresh token expired for ada' >&2; echo \"sent $LOGIN_SECRET\" >&2; \
                  echo 'token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl' >&2; exit 3";
    let kubeconfig = server.kubeconfig(&json!({}), &user(script));
    let person = Person::with(&kubeconfig);
    let words =
        ["credential plugin /bin/sh failed", "exit status: 3", "refresh token expired for ada", "once in a shell"];
    assert_eq!(person.is_told(&words), (3, 3));
    for secret in ["hunter2", "eyJ"] {
        let (_, text) = person.asks(&["services"]);
        assert!(!text.contains(secret), "{text}");
    }
    assert!(server.asked().is_empty(), "nothing is asked without credentials");
}

#[test]
fn a_plugin_that_prints_rubbish_is_named() {
    let server = Server::start(Validity::Good, empty_cluster);
    let kubeconfig = server.kubeconfig(&json!({}), &user("echo 'Please log in at https://sso.example'"));
    let words = ["credential plugin /bin/sh failed", "no ExecCredential in JSON", "once in a shell"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}

#[test]
fn a_plugin_that_hangs_is_given_up_and_ended_with_all_it_started() {
    let server = Server::start(Validity::Good, empty_cluster);
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("processes");
    let script = format!("sleep 600 & echo $$ $! >> {}; wait", list.display());
    let kubeconfig = server.kubeconfig(&json!({}), &user(&script));
    let words = ["credential plugin /bin/sh failed", "no answer within", "once in a shell"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
    let processes = std::fs::read_to_string(&list).expect("it ran");
    let lives = |process: &&str| Path::new("/proc").join(process).exists();
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let left: Vec<&str> = processes.split_whitespace().filter(lives).collect();
        if left.is_empty() {
            break;
        }
        assert!(Instant::now() < end, "they live on: {left:?}");
        std::thread::yield_now();
    }
}

/// A script that hands out the next of two answers each time it is asked, the first ending soon.
fn in_turn(folder: &Path, answers: [Value; 2]) -> String {
    // A plugin is asked again a minute before its answer ends.
    let soon = Timestamp::now() + jiff::SignedDuration::from_secs(66);
    let late = Timestamp::now() + jiff::SignedDuration::from_hours(2);
    for (number, (mut status, end)) in answers.into_iter().zip([soon, late]).enumerate() {
        status["expirationTimestamp"] = json!(end.to_string());
        let credential =
            json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
        std::fs::write(folder.join(format!("{number}.json")), credential.to_string()).expect("a file");
    }
    format!("cd {} && if [ -e used ]; then cat 1.json; else touch used; cat 0.json; fi", folder.display())
}

#[test]
fn a_token_that_ends_is_renewed_by_its_plugin() {
    let server = Server::start(Validity::Good, empty_cluster);
    let folder = tempfile::tempdir().expect("a folder");
    let script = in_turn(folder.path(), [json!({"token": "first"}), json!({"token": "second"})]);
    let kubeconfig = server.kubeconfig(&json!({}), &user(&script));
    let console = Person::with(&kubeconfig).sits_down(100, 30);
    let asked = until(&server, |asked| asked.authorization == "Bearer second");
    assert_eq!(asked.first().expect("requests").authorization, "Bearer first");
    drop(console);
}

#[test]
fn a_certificate_that_ends_is_renewed_and_its_connection_left() {
    let server = Server::start(Validity::Good, empty_cluster);
    let folder = tempfile::tempdir().expect("a folder");
    let issue = |name: &str| {
        let pair = server.authority.sign(name, Validity::Good);
        (pair.certificate.clone(), json!({"clientCertificateData": pair.certificate, "clientKeyData": pair.key}))
    };
    let ((first, one), (second, two)) = (issue("ada until ten"), issue("ada from ten"));
    let kubeconfig = server.kubeconfig(&json!({}), &user(&in_turn(folder.path(), [one, two])));
    let console = Person::with(&kubeconfig).sits_down(100, 30);
    let der = |pem: &str| STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    let (first, second) = (der(&first).expect("base64"), der(&second).expect("base64"));
    let asked = until(&server, |asked| asked.certificate.as_ref() == Some(&second));
    assert_eq!(asked.first().expect("requests").certificate.as_ref(), Some(&first));
    // From then on nothing is asked over a connection that was opened with the first.
    let renewed = asked.len();
    until(&server, |asked| asked.connection > 1 && asked.path.contains("watch="));
    let later: Vec<_> = server.asked().split_off(renewed);
    assert!(later.iter().all(|asked| asked.certificate.as_ref() == Some(&second)), "{later:?}");
    drop(console);
}

/// Waits until a request is as wished, and gives all up to it.
fn until(server: &Server, wish: impl Fn(&super::server::Asked) -> bool) -> Vec<super::server::Asked> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = server.asked();
        if let Some(at) = asked.iter().position(&wish) {
            return asked.into_iter().take(at + 1).collect();
        }
        let last = asked.iter().rev().take(5).map(|asked| &asked.path).collect::<Vec<_>>();
        assert!(Instant::now() < end, "it was never asked; the last of {}: {last:?}", asked.len());
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
