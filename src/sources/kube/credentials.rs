//! Who we say we are, request by request: a fixed token, a token file that is read again, or what a plugin hands out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exec_plugin::{self, Issued};
use super::expiry;
use super::kubeconfig::{ExecEntry, reason};
use super::tls::ClientCertificate;
use crate::domain::problem::{Cause, Problem};
use crate::domain::redacted::Redacted;
use crate::sources::clock::Clock;

/// Service account tokens are renewed on disk long before they end.
const TOKEN_FILE_AGE: Duration = Duration::from_secs(60);
/// A plugin is asked again this long before its answer ends.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(60);

/// How the kubeconfig lets us prove who we are.
pub(super) enum Credentials {
    /// None, or a client certificate alone.
    Nothing,
    Header(Redacted<String>),
    TokenFile(Mutex<TokenFile>),
    Plugin(Box<Plugin>),
}

pub(super) struct TokenFile {
    path: PathBuf,
    last: Option<(Redacted<String>, Instant)>,
}

pub(super) struct Plugin {
    entry: ExecEntry,
    cluster: Option<serde_json::Value>,
    clock: Clock,
    /// Held while the plugin runs, so that many waiting requests run it once.
    issued: Mutex<Run>,
}

/// What the last run of a plugin brought.
#[derive(Default)]
struct Run {
    proof: Option<Proof>,
    /// Everybody who waited for a run that failed shares its failure.
    failure: Option<(Problem, Instant)>,
}

/// What goes with a request.
#[derive(Clone, Default)]
pub(super) struct Proof {
    pub(super) header: Option<HeaderValue>,
    /// A certificate handed out by a plugin.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    pub(super) expires: Option<Timestamp>,
}

impl Proof {
    /// Handed out by the same run of a plugin.
    fn is(&self, other: &Self) -> bool {
        let same = match (&self.certificate, &other.certificate) {
            (Some(one), Some(another)) => Arc::ptr_eq(one, another),
            (None, None) => true,
            _ => false,
        };
        same && self.header == other.header
    }
}

impl Credentials {
    pub(super) fn token(token: &str) -> Self {
        Self::Header(Redacted::new(format!("Bearer {}", token.trim())))
    }

    pub(super) fn basic(user: &str, password: &str) -> Self {
        Self::Header(Redacted::new(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))))
    }

    pub(super) fn token_file(path: PathBuf) -> Self {
        Self::TokenFile(Mutex::new(TokenFile { path, last: None }))
    }

    pub(super) fn plugin(entry: ExecEntry, cluster: Option<serde_json::Value>, clock: Clock) -> Self {
        Self::Plugin(Box::new(Plugin { entry, cluster, clock, issued: Mutex::default() }))
    }

    /// What it is, in words.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Header(value) if value.expose().starts_with("Basic ") => "a password".into(),
            Self::Header(_) => "a token".into(),
            Self::TokenFile(_) => "a token file".into(),
            Self::Plugin(plugin) => format!("the credential plugin {}", plugin.entry.command),
        }
    }

    /// What the next request carries. Runs the plugin when its last answer is about to end.
    pub(super) async fn proof(&self) -> Result<Proof, Problem> {
        match self {
            Self::Nothing => Ok(Proof::default()),
            Self::Header(value) => Ok(Proof { header: Some(header(value.expose())?), ..Proof::default() }),
            Self::TokenFile(file) => file.lock().await.proof().await,
            Self::Plugin(plugin) => {
                let asked = Instant::now();
                let mut run = plugin.issued.lock().await;
                if let Some(proof) = &run.proof
                    && proof.expires.is_none_or(|end| plugin.clock.now() + RENEW_BEFORE < end)
                {
                    return Ok(proof.clone());
                }
                if let Some((problem, at)) = &run.failure
                    && *at >= asked
                {
                    return Err(problem.clone());
                }
                match exec_plugin::run(&plugin.entry, plugin.cluster.as_ref()).await.and_then(understand) {
                    Ok(proof) => {
                        *run = Run { proof: Some(proof.clone()), failure: None };
                        Ok(proof)
                    }
                    Err(problem) => {
                        run.failure = Some((problem.clone(), Instant::now()));
                        Err(problem)
                    }
                }
            }
        }
    }

    /// The server refused this proof: forget it. True when another one may be had.
    pub(super) async fn refused(&self, refused: &Proof) -> bool {
        match self {
            Self::Nothing | Self::Header(_) => false,
            Self::TokenFile(file) => {
                file.lock().await.last = None;
                true
            }
            Self::Plugin(plugin) => {
                let mut run = plugin.issued.lock().await;
                if run.proof.as_ref().is_some_and(|current| current.is(refused)) {
                    run.proof = None;
                }
                true
            }
        }
    }

    /// When the current proof ends, as far as that can be read off.
    pub(super) async fn expires(&self) -> Option<Timestamp> {
        match self {
            Self::Nothing => None,
            Self::Header(value) => value.expose().strip_prefix("Bearer ").and_then(expiry::of_token),
            Self::TokenFile(file) => {
                file.lock().await.last.as_ref().and_then(|(token, _)| expiry::of_token(token.expose()))
            }
            Self::Plugin(plugin) => plugin.issued.lock().await.proof.as_ref().and_then(|proof| proof.expires),
        }
    }
}

impl TokenFile {
    async fn proof(&mut self) -> Result<Proof, Problem> {
        if self.last.as_ref().is_none_or(|(_, read)| read.elapsed() > TOKEN_FILE_AGE) {
            match (tokio::fs::read_to_string(&self.path).await, &mut self.last) {
                (Ok(token), last) => *last = Some((Redacted::new(token.trim().to_string()), Instant::now())),
                // Some tools remove the file once it was read: the last token is used on.
                (Err(_), Some((_, read))) => *read = Instant::now(),
                (Err(error), None) => {
                    return Err(Problem::new(
                        Cause::Unauthenticated,
                        format!("cannot read the token file {}", self.path.display()),
                        reason(&error),
                        "correct tokenFile in the kubeconfig",
                    ));
                }
            }
        }
        let token = self.last.as_ref().map(|(token, _)| token.expose().as_str()).unwrap_or_default();
        Ok(Proof { header: Some(header(&format!("Bearer {token}"))?), ..Proof::default() })
    }
}

fn understand(issued: Issued) -> Result<Proof, Problem> {
    let header = issued.token.as_ref().map(|token| header(&format!("Bearer {}", token.expose()))).transpose()?;
    let certificate = match &issued.certificate {
        Some((chain, key)) => {
            Some(Arc::new(ClientCertificate::from_pem(chain.as_bytes(), key.expose().as_bytes()).map_err(|why| {
                Problem::new(Cause::Unauthenticated, "the credential plugin's certificate cannot be used", why, "")
            })?))
        }
        None => None,
    };
    let expires = issued
        .expires
        .or_else(|| issued.token.as_ref().and_then(|token| expiry::of_token(token.expose())))
        .or_else(|| certificate.as_ref().and_then(|certificate| certificate.expires()));
    Ok(Proof { header, certificate, expires })
}

fn header(value: &str) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Problem::new(
            Cause::Unauthenticated,
            "the token cannot be sent",
            "it holds characters that a header may not hold",
            "check the token in the kubeconfig or its file",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_token_file_is_read_again_and_survives_its_removal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one\n").unwrap();
        let credentials = Credentials::token_file(path.clone());
        let sent = async || credentials.proof().await.unwrap().header.unwrap().to_str().unwrap().to_string();
        assert_eq!(sent().await, "Bearer one");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(sent().await, "Bearer one");
        tokio::time::advance(TOKEN_FILE_AGE * 2).await;
        assert_eq!(sent().await, "Bearer two");
        std::fs::remove_file(&path).unwrap();
        tokio::time::advance(TOKEN_FILE_AGE * 2).await;
        assert_eq!(sent().await, "Bearer two");
    }

    #[tokio::test]
    async fn a_plugin_runs_once_until_its_answer_ends_or_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let script = format!(
            r#"echo x >> {path}; printf '{{"apiVersion":"client.authentication.k8s.io/v1","status":{{"token":"t%s","expirationTimestamp":"2026-11-21T12:10:00Z"}}}}' $(wc -l < {path})"#,
            path = count.display()
        );
        let entry: ExecEntry = serde_json::from_value(serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        }))
        .unwrap();
        let now = Arc::new(std::sync::Mutex::new("2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap()));
        let read = now.clone();
        let credentials = Credentials::plugin(entry, None, Clock::new(move || *read.lock().unwrap()));
        let first = credentials.proof().await.unwrap();
        assert_eq!(credentials.proof().await.unwrap().header, first.header);
        assert!(credentials.refused(&first).await);
        let second = credentials.proof().await.unwrap();
        assert_eq!(second.header.as_ref().unwrap(), "Bearer t2");
        *now.lock().unwrap() = "2026-11-21T12:09:30Z".parse().unwrap();
        assert_eq!(credentials.proof().await.unwrap().header.unwrap(), "Bearer t3");
    }
}
