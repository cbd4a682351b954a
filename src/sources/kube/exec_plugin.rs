//! Credential plugins of a kubeconfig: run once by us, with a time limit and without the terminal. What a plugin prints
//! may hold secrets: its output and its environment never stand in a message, and what it complains only masked.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::kubeconfig::ExecEntry;
use super::plugin_words;
use crate::domain::problem::{Cause, Problem};
use crate::domain::redacted::Redacted;

/// How long a plugin may take. Those that wait for a browser or a prompt cannot work inside the console.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(15);
/// An answer is a few kilobytes; more is a mistake.
const OUTPUT_LIMIT: u64 = 1 << 20;

/// What a plugin handed out.
#[derive(Clone, Default)]
pub(super) struct Issued {
    pub(super) token: Option<Redacted<String>>,
    /// Certificate chain and key in PEM.
    pub(super) certificate: Option<(String, Redacted<String>)>,
    pub(super) expires: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ExecCredential {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<Timestamp>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs a plugin. `cluster` is what it is told when the kubeconfig says `provideClusterInfo`.
pub(super) async fn run(plugin: &ExecEntry, cluster: Option<&serde_json::Value>) -> Result<Issued, Problem> {
    let version = plugin.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1beta1");
    if plugin.interactive_mode.as_deref() == Some("Always") {
        return Err(failed(plugin, "it wants to ask on the terminal (interactiveMode: Always)"));
    }
    let mut child = command(plugin, version, cluster).spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => failed(plugin, "the program is not there"),
        _ => failed(plugin, &super::kubeconfig::reason(&error)),
    })?;
    let group = Group::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let finished = async {
        // Both are drained together, or a plugin that writes much to one would block.
        tokio::join!(read(stdout), read(stderr), child.wait())
    };
    let Ok((output, complaints, status)) = timeout(TIME_LIMIT, finished).await else {
        return Err(failed(plugin, &format!("it gave no answer within {} s", TIME_LIMIT.as_secs())));
    };
    group.spare();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            let words = plugin_words::quoted(&complaints, plugin);
            let said = if words.is_empty() { String::new() } else { format!(", saying “{words}”") };
            return Err(failed(plugin, &format!("it ended with {status}{said}")));
        }
        Err(error) => return Err(failed(plugin, &error.to_string())),
    }
    understand(plugin, version, &output)
}

fn command(plugin: &ExecEntry, version: &str, cluster: Option<&serde_json::Value>) -> Command {
    let mut spec = serde_json::json!({ "interactive": false });
    if let Some(cluster) = cluster {
        spec["cluster"] = cluster.clone();
    }
    let info = serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });
    let mut command = Command::new(&plugin.command);
    command
        .args(plugin.args.iter().flatten())
        .envs(plugin.env.iter().flatten().map(|entry| (&entry.name, &entry.value)))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Of its own, so that it can be ended with all it started, and so that it cannot read the terminal.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// The processes of a plugin: ended when dropped, unless spared.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    /// It ended by itself; what it left behind on purpose may live.
    fn spare(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut output = Vec::new();
    if let Some(pipe) = pipe {
        let mut limited = pipe.take(OUTPUT_LIMIT);
        // A broken pipe shows in the exit status.
        let _ = limited.read_to_end(&mut output).await;
        let _ = tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await;
    }
    output
}

fn understand(plugin: &ExecEntry, version: &str, output: &[u8]) -> Result<Issued, Problem> {
    let Ok(answer) = serde_json::from_slice::<ExecCredential>(output) else {
        return Err(failed(plugin, "its output is no ExecCredential in JSON"));
    };
    if answer.api_version.as_deref() != Some(version) {
        return Err(failed(plugin, &format!("it answered in another version than {version}")));
    }
    let status = answer.status.ok_or_else(|| failed(plugin, "its answer has no status"))?;
    let certificate = match (status.client_certificate_data, status.client_key_data) {
        (Some(certificate), Some(key)) => Some((certificate, Redacted::new(key))),
        (None, None) => None,
        _ => return Err(failed(plugin, "it gave a certificate without its key, or a key without its certificate")),
    };
    let token = status.token.filter(|token| !token.is_empty()).map(Redacted::new);
    if token.is_none() && certificate.is_none() {
        return Err(failed(plugin, "it gave neither a token nor a certificate"));
    }
    Ok(Issued { token, certificate, expires: status.expiration_timestamp })
}

fn failed(plugin: &ExecEntry, why: &str) -> Problem {
    let hint = match &plugin.install_hint {
        Some(hint) => hint.lines().next().unwrap_or_default().to_string(),
        None => format!("run `{}` once in a shell: it may want you to log in", plugin.command),
    };
    Problem::new(Cause::Unauthenticated, format!("the credential plugin {} failed", plugin.command), why, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(script: &str) -> ExecEntry {
        ExecEntry {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: "sh".into(),
            args: Some(vec!["-c".into(), script.into()]),
            env: Some(vec![super::super::kubeconfig::EnvEntry { name: "API_SECRET".into(), value: "s3cr3t".into() }]),
            install_hint: None,
            provide_cluster_info: false,
            interactive_mode: None,
        }
    }

    #[tokio::test]
    async fn a_token_with_its_end_is_read() {
        let script = r#"read line || printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s-%s","expirationTimestamp":"2026-11-21T12:00:00Z"}}' "$API_SECRET" "$(echo "$KUBERNETES_EXEC_INFO" | grep -c interactive)""#;
        let issued = run(&plugin(script), None).await.unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(issued.token.unwrap().expose(), "s3cr3t-1");
        assert_eq!(issued.expires.unwrap().to_string(), "2026-11-21T12:00:00Z");
    }

    #[tokio::test]
    async fn failures_say_why_and_leak_nothing() {
        for (script, why) in [
            ("echo $API_SECRET; echo sent $API_SECRET >&2; exit 3", "exit status: 3, saying “sent (masked)”"),
            ("echo $API_SECRET", "no ExecCredential"),
            ("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{}}'", "another version"),
            ("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "neither"),
        ] {
            let problem = run(&plugin(script), None).await.err().unwrap();
            assert_eq!(problem.cause, Cause::Unauthenticated);
            assert!(problem.why.contains(why), "{problem}");
            assert!(!problem.to_string().contains("s3cr3t"), "{problem}");
        }
        let mut missing = plugin("");
        missing.command = "/nowhere/plugin".into();
        let problem = run(&missing, None).await.err().unwrap();
        assert!(problem.to_string().contains("not there"), "{problem}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_plugin_is_given_up() {
        let problem = run(&plugin("exec sleep 600"), None).await.err().unwrap();
        assert!(problem.why.contains("within 15 s"), "{problem}");
    }
}
