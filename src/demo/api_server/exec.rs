//! pods/exec over a WebSocket, in the server's channel protocols v5 and v4.

use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::read::key_of;
use super::refusal::Refusal;
use super::request::{Query, Target};
use super::respond::{Answer, whole};
use crate::demo::cluster::Cluster;
use crate::demo::exec::{Container, Outcome, Shell, Terminal, Typed, for_terminal};
use crate::demo::faults::Presence;
use crate::demo::world::World;
use crate::demo::world::kinds::Kind;
use crate::demo::world::pod::Pod;
use crate::demo::world::store::Key;
use crate::demo::world::timeline::BAD_VERSION;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
/// v5: the client closes a channel.
const CLOSE: u8 = 255;

/// Exit code of a process that was killed.
const KILLED: i32 = 137;

pub fn exec(
    cluster: &Arc<Cluster>,
    target: &Target,
    query: &Query,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let key = key_of(Kind::Pod, target);
    let command: Vec<String> = query.all("command").map(str::to_owned).collect();
    let (uid, container) = cluster.with_world(|world| {
        let pod = world.store.pod(&key).ok_or_else(|| Refusal::not_found("pods", "", &key.name))?;
        let only = pod.template.container()["name"].as_str().unwrap_or("app");
        if let Some(name) = query.get("container").filter(|name| *name != only) {
            return Err(Refusal::bad_request(format!("container {name} is not valid for pod {}", key.name)));
        }
        if pod.running_since.is_none() {
            return Err(Refusal::new(
                500,
                "InternalError",
                format!("Internal error occurred: unable to upgrade connection: container not found (\"{only}\")"),
            ));
        }
        Ok((pod.uid.clone(), container_of(world, pod)))
    })?;
    let (protocol, accept) = handshake(request.headers())?;
    if command.is_empty() {
        return Err(Refusal::bad_request("you must specify at least 1 command for the container"));
    }
    let session = Session {
        cluster: Arc::clone(cluster),
        key,
        uid,
        restarts: container.1,
        shell: Shell::new(container.0),
        command,
        tty: query.is_set("tty"),
        stdin: query.is_set("stdin"),
    };
    tokio::spawn(async move {
        // A client that turns away during the handshake needs no answer.
        if let Ok(upgraded) = hyper::upgrade::on(request).await {
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            let mut presence = session.cluster.faults().presence();
            tokio::select! {
                () = session.run(socket) => {}
                _ = presence.wait_for(|now| *now == Presence::Away) => {}
            }
        }
    });
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    Ok(response)
}

fn handshake(headers: &HeaderMap) -> Result<(&'static str, HeaderValue), Refusal> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    if !text(UPGRADE).eq_ignore_ascii_case("websocket") {
        return Err(Refusal::bad_request("Upgrade request required"));
    }
    let offered: Vec<&str> = headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    let protocol = ["v5.channel.k8s.io", "v4.channel.k8s.io"].into_iter().find(|p| offered.contains(p));
    let protocol = protocol.ok_or_else(|| Refusal::bad_request("no channel protocol in common"))?;
    let accept = derive_accept_key(text(SEC_WEBSOCKET_KEY).as_bytes());
    let accept = HeaderValue::from_str(&accept).map_err(|_| Refusal::bad_request("bad Sec-WebSocket-Key"))?;
    Ok((protocol, accept))
}

/// What the processes in it see, and which run of the container it is.
fn container_of(world: &World, pod: &Pod) -> (Container, u32) {
    let spec = pod.service.map(|service| service.spec());
    let environment = pod.template.container()["env"].as_array().into_iter().flatten().filter_map(|variable| {
        let name = variable["name"].as_str()?.to_owned();
        let value = match variable["value"].as_str() {
            Some(value) => value.to_owned(),
            None if name == "POD_NAME" => pod.name.clone(),
            None => "********".to_owned(),
        };
        Some((name, value))
    });
    let since = pod.running_since.unwrap_or(pod.created);
    let container = Container {
        pod: pod.name.clone(),
        service: spec.map_or("unit", |spec| spec.name).to_owned(),
        ip: pod.ip.clone(),
        version: pod.template.version().to_owned(),
        port: spec.map_or(8080, |spec| spec.port),
        ready: pod.ready,
        failing: pod.template.version() == BAD_VERSION,
        memory_mib: spec.map_or((64.0, 128.0), |spec| (spec.memory.used, spec.memory.limit)),
        environment: environment.collect(),
        uptime: (world.now().millis() - since.millis()) / 1000,
        date: world.now().instant(world.calendar.epoch).strftime("%a %b %e %H:%M:%S UTC %Y").to_string(),
    };
    (container, pod.restarts)
}

struct Session {
    cluster: Arc<Cluster>,
    key: Key,
    uid: String,
    restarts: u32,
    shell: Shell,
    command: Vec<String>,
    tty: bool,
    stdin: bool,
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

impl Session {
    async fn run(mut self, mut socket: Socket) {
        let code = if self.is_interactive() {
            self.interact(&mut socket).await
        } else {
            let outcome = self.shell.run(&self.command.clone());
            send_outcome(&mut socket, &outcome, self.tty).await.map(|()| outcome.code)
        };
        // Without a code the client is gone.
        if let Some(code) = code {
            let status = status(code).to_string();
            let _ = send(&mut socket, ERROR, status.as_bytes()).await;
            let _ = socket.close(None).await;
        }
    }

    fn is_interactive(&self) -> bool {
        let shell = |word: &str| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash"));
        self.stdin
            && match self.command.as_slice() {
                [word] => shell(word),
                // How clients ask for the best shell there is: these images have no other.
                [word, flag, script] => shell(word) && flag == "-c" && script.ends_with("|| exec sh"),
                _ => false,
            }
    }

    /// A shell until its end; `None` when the client went first.
    async fn interact(&mut self, socket: &mut Socket) -> Option<i32> {
        let cluster = Arc::clone(&self.cluster);
        let mut changed = cluster.changes();
        let mut terminal = Terminal::default();
        let mut pending = Vec::new();
        if self.tty {
            send(socket, STDOUT, self.shell.prompt().as_bytes()).await?;
        }
        loop {
            let message = tokio::select! {
                message = socket.next() => message?.ok()?,
                more = cluster.moved(&mut changed) => {
                    if !more || !self.still_runs() {
                        return Some(KILLED);
                    }
                    continue;
                }
            };
            let bytes = match message {
                Message::Binary(bytes) => bytes,
                Message::Text(text) => Bytes::copy_from_slice(text.as_bytes()),
                Message::Close(_) => return None,
                _ => continue,
            };
            let Some((&channel, data)) = bytes.split_first() else { continue };
            match channel {
                STDIN if self.tty => {
                    let (echo, typed) = terminal.type_in(data);
                    send(socket, STDOUT, echo.as_bytes()).await?;
                    for typed in typed {
                        if let Some(code) = self.typed(socket, typed).await? {
                            return Some(code);
                        }
                    }
                }
                STDIN => {
                    pending.extend_from_slice(data);
                    while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = pending.drain(..=end).collect();
                        let outcome = self.refreshed().run_line(String::from_utf8_lossy(&line).trim_end());
                        send_outcome(socket, &outcome, false).await?;
                        if outcome.exits {
                            return Some(outcome.code);
                        }
                    }
                    // A line that long is no command.
                    if pending.len() > 64 * 1024 {
                        pending.clear();
                    }
                }
                RESIZE => {
                    let size: Value = serde_json::from_slice(data).unwrap_or_default();
                    let number = |name: &str| u16::try_from(size[name].as_u64().unwrap_or(0)).unwrap_or(0);
                    self.shell.size = (number("Height"), number("Width"));
                }
                CLOSE if data.first() == Some(&STDIN) => return Some(0),
                _ => {}
            }
        }
    }

    /// The outer `None`: the client is gone. The inner one: the shell goes on.
    async fn typed(&mut self, socket: &mut Socket, typed: Typed) -> Option<Option<i32>> {
        match typed {
            Typed::Line(line) => {
                let outcome = self.refreshed().run_line(&line);
                send_outcome(socket, &outcome, true).await?;
                if outcome.exits {
                    return Some(Some(outcome.code));
                }
            }
            Typed::Interrupt => {}
            Typed::EndOfInput => {
                send(socket, STDOUT, b"\r\n").await?;
                return Some(Some(0));
            }
        }
        send(socket, STDOUT, self.shell.prompt().as_bytes()).await?;
        Some(None)
    }

    /// The shell, seeing the container as it is now.
    fn refreshed(&mut self) -> &mut Shell {
        let seen = self.cluster.with_world(|world| world.store.pod(&self.key).map(|pod| container_of(world, pod).0));
        if let Some(container) = seen {
            self.shell.container = container;
        }
        &mut self.shell
    }

    fn still_runs(&self) -> bool {
        self.cluster.with_world(|world| {
            world
                .store
                .pod(&self.key)
                .is_some_and(|pod| pod.uid == self.uid && pod.restarts == self.restarts && pod.running_since.is_some())
        })
    }
}

/// `None`: the client is gone.
async fn send(socket: &mut Socket, channel: u8, data: &[u8]) -> Option<()> {
    if data.is_empty() {
        return Some(());
    }
    let mut message = Vec::with_capacity(data.len() + 1);
    message.push(channel);
    message.extend_from_slice(data);
    socket.send(Message::Binary(message.into())).await.ok()
}

async fn send_outcome(socket: &mut Socket, outcome: &Outcome, tty: bool) -> Option<()> {
    if tty {
        // A terminal has one stream.
        let text = for_terminal(&outcome.stdout) + &for_terminal(&outcome.stderr);
        return send(socket, STDOUT, text.as_bytes()).await;
    }
    send(socket, STDOUT, outcome.stdout.as_bytes()).await?;
    send(socket, STDERR, outcome.stderr.as_bytes()).await
}

fn status(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}
