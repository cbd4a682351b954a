use std::path::PathBuf;

use serde_json::json;

use super::super::test_server::{TestServer, json as reply, refusal};
use super::*;
use crate::domain::identity::Generation;
use crate::domain::policy::Limits;
use crate::sources::task_scope::TaskScope;

fn context() -> Context {
    let clock = Clock::new(|| "2026-11-21T12:00:00Z".parse().unwrap());
    Context { generation: Generation(1), limits: Limits::default(), clock, scope: TaskScope::new() }
}

fn told(steps: &mut mpsc::Receiver<Step>) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(step) = steps.try_recv() {
        all.push(match step.finding {
            Finding::Good(text) => format!("{}: {text}", step.name),
            Finding::Warning(problem) => format!("{}? {problem}", step.name),
            Finding::Failed(problem) => format!("{}! {problem}", step.name),
        });
    }
    all
}

/// A kubeconfig whose server is this address.
fn kubeconfig(server: &str, user: &str) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("config");
    let text = format!(
        "current-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u, namespace: checkout}}}}]\nclusters: [{{name: k, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    (folder, Places { flag: Some(path), ..Places::default() })
}

async fn examine(places: &Places) -> Vec<String> {
    let (sender, mut steps) = mpsc::channel(32);
    let context = context();
    let clock = context.clock.clone();
    if let Some(target) = examine_kubeconfig(places, None, Impersonation::default(), &clock, &sender).await {
        examine_connection(target, context, &sender).await;
    }
    told(&mut steps)
}

#[tokio::test]
async fn all_steps_of_a_good_connection() {
    let server = TestServer::new(|request| async move {
        match request.uri().path() {
            "/version" => reply(200, &json!({"gitVersion": "v1.36.3"})),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
                reply(201, &json!({"status": {"userInfo": {"username": "ada", "groups": ["oncall"]}}}))
            }
            "/api/v1/namespaces" => refusal(403, "Forbidden", "no"),
            _ => {
                use http_body_util::BodyExt;
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let patch = String::from_utf8_lossy(&body).contains("patch");
                reply(201, &json!({"status": {"allowed": !patch}}))
            }
        }
    });
    let (sender, mut steps) = mpsc::channel(32);
    let target = Target::in_memory("test", "ada", "checkout", Some("t0ken"), server.dial.clone());
    assert!(examine_connection(target, context(), &sender).await.is_some());
    let steps = told(&mut steps);
    assert_eq!(steps[0], "credentials: a token");
    assert_eq!(steps[1], "server: Kubernetes v1.36.3");
    assert_eq!(steps[2], "identity: the server knows you as ada (oncall)");
    assert_eq!(steps[3], "namespaces? needs list namespaces in all namespaces: no · name the namespaces with -n a,b");
    assert_eq!(steps[4], "rights: may see services in checkout");
    assert!(steps[7].starts_with("rights? cannot roll back and scale in checkout: patch deployments.apps in checkout"));
    assert_eq!(steps.len(), 9);
}

#[tokio::test]
async fn a_refused_server_is_found_at_the_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (_folder, places) = kubeconfig(&format!("https://{address}"), "token: abc");
    let steps = examine(&places).await;
    assert_eq!(steps.len(), 4, "{steps:?}");
    assert!(steps[1].contains(&format!("c: {address} as u, namespace checkout")), "{steps:?}");
    assert!(steps[3].starts_with("network! cannot reach") && steps[3].contains("refused"), "{steps:?}");
}

#[tokio::test]
async fn a_server_that_is_no_tls_server_is_found_at_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let scope = TaskScope::new();
    scope.spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent HTTP").await;
        }
    });
    let (_folder, places) = kubeconfig(&format!("https://{address}"), "token: abc");
    let steps = examine(&places).await;
    assert!(steps[4].starts_with("TLS! no TLS connection") && steps[4].contains("does not speak TLS"), "{steps:?}");
    scope.end();
}

#[tokio::test]
async fn a_silent_server_is_named_within_seconds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_folder, places) = kubeconfig(&format!("https://{}", listener.local_addr().unwrap()), "token: abc");
    tokio::time::pause();
    let steps = examine(&places).await;
    assert!(steps[4].contains("no answer to the TLS handshake within 5 s"), "{steps:?}");
}

#[tokio::test]
async fn ended_and_failing_credentials_are_found_before_the_network() {
    use base64::Engine;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"exp":1600000000}"#);
    let (_folder, places) = kubeconfig("https://127.0.0.1:1", &format!("token: a.{payload}.c"));
    let steps = examine(&places).await;
    assert!(steps[2].starts_with("credentials! the credentials have ended: a token, until 2020-09-13"), "{steps:?}");
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /nowhere/login}";
    let (_folder, places) = kubeconfig("https://127.0.0.1:1", exec);
    let steps = examine(&places).await;
    assert!(steps[2].starts_with("credentials! the credential plugin /nowhere/login failed"), "{steps:?}");
}
