//! Commands in containers, through kube's own WebSocket client.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams, DeleteParams, ListParams, TerminalSize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Role, client, cluster_at};
use crate::demo::Cluster;

async fn a_pod(cluster: &Arc<Cluster>, role: Role) -> (Api<Pod>, String) {
    let pods: Api<Pod> = Api::namespaced(client(cluster, role), "checkout");
    let list = pods.list(&ListParams::default().labels("app.kubernetes.io/name=pay-api")).await.expect("pods");
    (pods, list.items[0].metadata.name.clone().expect("a name"))
}

async fn read_until(reader: &mut (impl tokio::io::AsyncRead + Unpin), end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.ends_with(end) {
        let count = reader.read(&mut buffer).await.expect("output");
        assert!(count > 0, "ended after {text:?}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_command_gives_its_output_and_its_code() {
    let cluster = cluster_at(1, 44);
    let (pods, name) = a_pod(&cluster, Role::Oncall).await;
    let mut process = pods.exec(&name, ["cat", "/etc/hostname"], &AttachParams::default()).await.expect("a process");
    let mut text = String::new();
    process.stdout().expect("stdout").read_to_string(&mut text).await.expect("output");
    assert_eq!(text, format!("{name}\n"));
    let end = process.take_status().expect("a status").await.expect("an end");
    assert_eq!(end.status.as_deref(), Some("Success"));

    let mut process = pods.exec(&name, ["nonsense"], &AttachParams::default()).await.expect("a process");
    let mut text = String::new();
    process.stderr().expect("stderr").read_to_string(&mut text).await.expect("output");
    assert_eq!(text, "sh: nonsense: not found\n");
    let end = process.take_status().expect("a status").await.expect("an end");
    let causes = end.details.and_then(|details| details.causes).expect("causes");
    assert_eq!(causes[0].message.as_deref(), Some("127"));
}

#[tokio::test(start_paused = true)]
async fn a_shell_echoes_resizes_and_ends() {
    let cluster = cluster_at(1, 44);
    let (pods, name) = a_pod(&cluster, Role::Oncall).await;
    let mut process = pods.exec(&name, ["sh"], &AttachParams::interactive_tty()).await.expect("a shell");
    let mut size = process.terminal_size().expect("a size");
    use futures::SinkExt as _;
    size.send(TerminalSize { height: 40, width: 120 }).await.expect("a resize");
    let (mut stdin, mut stdout) = (process.stdin().expect("stdin"), process.stdout().expect("stdout"));
    assert_eq!(read_until(&mut stdout, "$ ").await, "/app $ ");
    stdin.write_all(b"stty size\r").await.expect("input");
    assert_eq!(read_until(&mut stdout, "$ ").await, "stty size\r\n40 120\r\n/app $ ");
    stdin.write_all(b"exit 3\r").await.expect("input");
    let end = process.take_status().expect("a status").await.expect("an end");
    assert_eq!(end.status.as_deref(), Some("Failure"));
}

#[tokio::test(start_paused = true)]
async fn a_shell_dies_with_its_pod() {
    let cluster = cluster_at(1, 44);
    let (pods, name) = a_pod(&cluster, Role::Oncall).await;
    let mut process = pods.exec(&name, ["sh"], &AttachParams::interactive_tty()).await.expect("a shell");
    pods.delete(&name, &DeleteParams::default()).await.expect("a deletion");
    let end = process.take_status().expect("a status").await.expect("an end");
    let causes = end.details.and_then(|details| details.causes).expect("causes");
    assert_eq!(causes[0].message.as_deref(), Some("137"));
}

#[tokio::test(start_paused = true)]
async fn who_may_not_exec_is_told() {
    let cluster = cluster_at(0, 0);
    let (pods, name) = a_pod(&cluster, Role::Developer).await;
    let refused = pods.exec(&name, ["ls"], &AttachParams::default()).await.err().expect("a refusal");
    let words = refused.to_string();
    assert!(words.contains("403"), "{words}");
    assert_eq!(cluster.requests().last().map(|record| (record.verb, record.status)), Some(("get", 403)));
}
