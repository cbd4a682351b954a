//! A shell in a container over a WebSocket, without kubectl. Both directions run on their own, so that a flood of output
//! never keeps Ctrl-C from getting through, and a paste never keeps output back.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures::{Sink, SinkExt, Stream, StreamExt};
use http::{Method, Request};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::{Error, Message};
use url::form_urlencoded::Serializer;

use super::connection::{Connection, Failure, fault};
use super::fault::Fault;
use super::guard_layer::PlannedCall;
use super::request_access::access_of;
use super::status::Refusal;
use super::transport::Class;
use crate::action::guard::Authorized;
use crate::domain::mutation::ExecTarget;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

/// What the user sends.
#[derive(Clone, PartialEq, Eq)]
pub enum ShellInput {
    Bytes(Bytes),
    Resize { columns: u16, rows: u16 },
}

/// What comes back.
#[derive(Clone, PartialEq, Eq)]
pub enum ShellOutput {
    /// Raw bytes for a terminal emulator; never to be printed as they are.
    Bytes(Bytes),
    /// The last message. `code` is the program's own, when it ended by itself.
    Ended { code: Option<i32>, reason: CleanText },
    /// It could not be opened. The last message.
    Failed(Problem),
}

const OPEN_TIMEOUT: Duration = Duration::from_secs(20);
/// Keeps load balancers from cutting an idle shell, and finds out when the other side is gone.
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(61);

/// A long paste goes in pieces of so many bytes, as servers and proxies bound a message.
const FRAME: usize = 32 << 10;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;

/// Runs a program in a container until it ends, the link is lost, or `input` is closed. Says last how it ended.
pub async fn exec(
    connection: Connection,
    permit: Authorized<ExecTarget>,
    input: mpsc::Receiver<ShellInput>,
    output: mpsc::Sender<ShellOutput>,
) {
    let last = match open(&connection, &permit).await {
        Ok(socket) => {
            let (sink, stream) = socket.into_stream().split();
            let target = permit.into_value();
            tokio::select! {
                ended = read(stream, &output) => ended,
                ended = write(sink, input, target.columns, target.rows) => ended,
                () = output.closed() => return,
            }
        }
        Err(problem) => ShellOutput::Failed(problem),
    };
    // When nobody listens any more there is nobody to tell.
    let _ = output.send(last).await;
}

async fn open(connection: &Connection, permit: &Authorized<ExecTarget>) -> Result<kube::client::Connection, Problem> {
    let path = path(permit.value());
    let mut request = Request::new(Vec::new());
    *request.uri_mut() =
        path.parse().map_err(|_| Problem::new(Cause::Refused, "cannot open a shell", "its path is broken", ""))?;
    request.extensions_mut().insert(PlannedCall::of_exec(permit));
    request.extensions_mut().insert(Class::Upgrade);
    let failure = match timeout(OPEN_TIMEOUT, connection.client().connect(request)).await {
        Ok(Ok(socket)) => return Ok(socket),
        Ok(Err(error)) => failure(error),
        Err(_) => Failure::Fault(Fault::Silent { stage: "the request", after: OPEN_TIMEOUT }),
    };
    let mut access = access_of(&Method::GET, &path);
    // From Kubernetes 1.35 on a shell needs `create` besides `get`; the refusal tells which is missing.
    if matches!(&failure, Failure::Refused(refusal) if refusal.says("cannot create")) {
        access.verb = CleanText::new("create");
    }
    Err(failure.problem_as(access))
}

fn path(target: &ExecTarget) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("container", &target.container);
    for flag in ["stdin", "stdout", "tty"] {
        query.append_pair(flag, "true");
    }
    for word in &target.command {
        query.append_pair("command", word);
    }
    format!("{}?{}", target.path(), query.finish())
}

fn failure(error: kube::Error) -> Failure {
    use kube::client::UpgradeConnectionError::ProtocolSwitch;
    match error {
        kube::Error::Api(status) => {
            Failure::Refused(Refusal::from_parts(status.code, &status.reason, &status.message, 0))
        }
        kube::Error::UpgradeConnection(ProtocolSwitch(code)) => Failure::Refused(Refusal::from_parts(
            code.as_u16(),
            "",
            "the server or a proxy before it refuses WebSockets",
            0,
        )),
        other => Failure::Fault(fault(other)),
    }
}

async fn read(
    mut stream: impl Stream<Item = Result<Message, Error>> + Unpin,
    output: &mpsc::Sender<ShellOutput>,
) -> ShellOutput {
    loop {
        let message = match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return lost(&error.to_string()),
            Ok(None) => return lost("the server closed the connection"),
            Err(_) => return lost("no answer for a minute"),
        };
        let Message::Binary(mut frame) = message else { continue };
        if frame.is_empty() {
            continue;
        }
        let channel = frame.split_to(1);
        match channel.first().copied() {
            // Servers open each channel with an empty frame.
            Some(STDOUT | STDERR) if frame.is_empty() => {}
            Some(STDOUT | STDERR) => match output.send(ShellOutput::Bytes(frame)).await {
                Ok(()) => {}
                Err(_) => return lost("nobody listens"),
            },
            Some(STATUS) => return ended(&frame),
            _ => {}
        }
    }
}

async fn write(
    mut sink: impl Sink<Message, Error = Error> + Unpin,
    mut input: mpsc::Receiver<ShellInput>,
    columns: u16,
    rows: u16,
) -> ShellOutput {
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping.reset();
    // The size goes first: the program inside must never see another one.
    let mut next = resize(columns, rows);
    // What is left of a paste.
    let mut rest = Bytes::new();
    loop {
        if let Err(error) = sink.send(next).await {
            return lost(&error.to_string());
        }
        if !rest.is_empty() {
            next = framed(STDIN, &rest.split_to(rest.len().min(FRAME)));
            continue;
        }
        next = tokio::select! {
            _ = ping.tick() => Message::Ping(Bytes::new()),
            typed = input.recv() => match typed {
                Some(ShellInput::Bytes(mut bytes)) => {
                    let first = bytes.split_to(bytes.len().min(FRAME));
                    rest = bytes;
                    framed(STDIN, &first)
                }
                Some(ShellInput::Resize { columns, rows }) => resize(columns, rows),
                None => {
                    // The program inside gets a hang-up.
                    let _ = timeout(Duration::from_secs(1), sink.close()).await;
                    return ShellOutput::Ended { code: None, reason: CleanText::new("closed") };
                }
            },
        };
    }
}

fn resize(columns: u16, rows: u16) -> Message {
    framed(RESIZE, format!(r#"{{"Width":{columns},"Height":{rows}}}"#).as_bytes())
}

fn framed(channel: u8, bytes: &[u8]) -> Message {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(channel);
    frame.put_slice(bytes);
    Message::Binary(frame.freeze())
}

fn lost(why: &str) -> ShellOutput {
    ShellOutput::Ended { code: None, reason: CleanText::from(format!("the connection was lost: {why}")) }
}

/// The server's word on how the program ended.
fn ended(status: &[u8]) -> ShellOutput {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Status {
        status: String,
        message: String,
        details: Details,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Details {
        causes: Vec<Reason>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Reason {
        reason: String,
        message: String,
    }
    let status: Status = serde_json::from_slice(status).unwrap_or_default();
    if status.status == "Success" {
        return ShellOutput::Ended { code: Some(0), reason: CleanText::new("exit code 0") };
    }
    let code = status.details.causes.iter().find(|cause| cause.reason == "ExitCode");
    match code.and_then(|cause| cause.message.parse().ok()) {
        Some(code) => ShellOutput::Ended { code: Some(code), reason: CleanText::from(format!("exit code {code}")) },
        None => ShellOutput::Ended { code: None, reason: CleanText::new(&status.message) },
    }
}

impl std::fmt::Debug for ShellInput {
    /// What is typed may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Resize { columns, rows } => write!(f, "Resize({columns}×{rows})"),
        }
    }
}

impl std::fmt::Debug for ShellOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Ended { code, reason } => write!(f, "Ended({code:?}, {reason})"),
            Self::Failed(problem) => write!(f, "Failed({problem})"),
        }
    }
}

#[cfg(test)]
#[path = "exec_tests.rs"]
mod tests;
