use std::future::Future;

use http::{Response, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::super::test_permits;
use super::super::test_server::{TestServer, refusal};
use super::*;
use crate::domain::policy::Limits;

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// A server that upgrades and then does with the socket what it is told.
fn server<F, T>(session: F) -> TestServer
where
    F: Fn(Socket, String) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    TestServer::new(move |mut request| {
        let session = session.clone();
        async move {
            assert_eq!(request.version(), http::Version::HTTP_11);
            assert_eq!(request.headers()["authorization"], "Bearer t0ken");
            let key = derive_accept_key(request.headers()["sec-websocket-key"].as_bytes());
            let query = request.uri().query().unwrap().to_string();
            // The test server's own runtime carries the session on.
            tokio::spawn(async move {
                let upgraded = hyper::upgrade::on(&mut request).await.unwrap();
                session(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await, query)
                    .await;
            });
            Response::builder()
                .status(101)
                .header(header::CONNECTION, "Upgrade")
                .header(header::UPGRADE, "websocket")
                .header(header::SEC_WEBSOCKET_ACCEPT, key)
                .header(header::SEC_WEBSOCKET_PROTOCOL, "v5.channel.k8s.io")
                .body(Empty::new().map_err(|never| match never {}).boxed_unsync())
                .unwrap()
        }
    })
}

fn begin(server: &TestServer) -> (mpsc::Sender<ShellInput>, mpsc::Receiver<ShellOutput>) {
    begin_with(server, server.connect())
}

fn begin_with(server: &TestServer, connection: Connection) -> (mpsc::Sender<ShellInput>, mpsc::Receiver<ShellOutput>) {
    let (typed, input) = mpsc::channel(8);
    let (output, shown) = mpsc::channel(2);
    server.scope.spawn(exec(connection, test_permits::exec(1, &["sh", "-c", "echo a b"]), input, output));
    (typed, shown)
}

async fn frame(socket: &mut Socket) -> (u8, String) {
    loop {
        match socket.next().await.expect("it is open").unwrap() {
            Message::Binary(bytes) => return (bytes[0], String::from_utf8_lossy(&bytes[1..]).into_owned()),
            Message::Close(_) => return (255, "closed".into()),
            _ => {}
        }
    }
}

fn message(channel: u8, text: &str) -> Message {
    framed(channel, text.as_bytes())
}

#[tokio::test]
async fn the_size_goes_before_the_first_key_and_the_exit_code_comes_back() {
    let server = server(|mut socket, query| async move {
        assert_eq!(query, "container=app&stdin=true&stdout=true&tty=true&command=sh&command=-c&command=echo+a+b");
        assert_eq!(frame(&mut socket).await, (4, r#"{"Width":80,"Height":24}"#.into()));
        socket.send(message(1, "")).await.unwrap();
        socket.send(message(1, "$ ")).await.unwrap();
        assert_eq!(frame(&mut socket).await, (0, "exit 3\n".into()));
        assert_eq!(frame(&mut socket).await, (4, r#"{"Width":100,"Height":30}"#.into()));
        let status = r#"{"status":"Failure","reason":"NonZeroExitCode","message":"command terminated with exit code 3","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#;
        socket.send(message(3, status)).await.unwrap();
    });
    let (typed, mut shown) = begin(&server);
    typed.send(ShellInput::Bytes("exit 3\n".into())).await.unwrap();
    typed.send(ShellInput::Resize { columns: 100, rows: 30 }).await.unwrap();
    assert_eq!(shown.recv().await, Some(ShellOutput::Bytes("$ ".into())));
    assert_eq!(shown.recv().await, Some(ShellOutput::Ended { code: Some(3), reason: "exit code 3".into() }));
    assert_eq!(shown.recv().await, None);
}

#[tokio::test]
async fn ctrl_c_gets_through_a_flood_that_nobody_reads() {
    let (interrupted, heard) = tokio::sync::oneshot::channel();
    let interrupted = std::sync::Arc::new(std::sync::Mutex::new(Some(interrupted)));
    let server = server(move |socket, _| {
        let interrupted = interrupted.clone();
        async move {
            let (mut sink, mut stream) = socket.split();
            let flood = async { while sink.send(message(1, &"x".repeat(30_000))).await.is_ok() {} };
            let listen = async {
                while let Some(Ok(received)) = stream.next().await {
                    if received == message(0, "\u{3}") {
                        return;
                    }
                }
            };
            tokio::select! { () = flood => {}, () = listen => {} }
            let _ = interrupted.lock().unwrap().take().unwrap().send(());
        }
    });
    let (typed, mut shown) = begin(&server);
    assert!(matches!(shown.recv().await, Some(ShellOutput::Bytes(_))));
    typed.send(ShellInput::Bytes("\u{3}".into())).await.unwrap();
    heard.await.unwrap();
}

#[tokio::test]
async fn closing_the_input_closes_the_shell() {
    let server = server(|mut socket, _| async move {
        frame(&mut socket).await;
        assert_eq!(frame(&mut socket).await.0, 255);
    });
    let (typed, mut shown) = begin(&server);
    drop(typed);
    assert_eq!(shown.recv().await, Some(ShellOutput::Ended { code: None, reason: "closed".into() }));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_noticed_within_a_minute() {
    let server = server(|socket, _| async move {
        std::future::pending::<()>().await;
        drop(socket);
    });
    let (_typed, mut shown) = begin(&server);
    let began = tokio::time::Instant::now();
    let Some(ShellOutput::Ended { code: None, reason }) = shown.recv().await else { panic!("it ended") };
    assert!(reason.contains("no answer for a minute"), "{reason}");
    assert!(began.elapsed() < Duration::from_secs(70));
}

#[tokio::test]
async fn refusals_name_the_missing_right() {
    let message = r#"pods "pay-api-1" is forbidden: User "ada" cannot create resource "pods/exec""#;
    let server = TestServer::new(move |_| async move { refusal(403, "Forbidden", message) });
    let (_typed, mut shown) = begin(&server);
    let Some(ShellOutput::Failed(problem)) = shown.recv().await else { panic!("it failed") };
    assert_eq!(problem.what, "needs create pods/exec pay-api-1 in checkout");
}

#[tokio::test]
async fn read_only_opens_nothing() {
    let server = server(|_, _| async move { panic!("it was opened") });
    let (_typed, mut shown) = begin_with(&server, server.connect_with(Limits { read_only: true }));
    let Some(ShellOutput::Failed(problem)) = shown.recv().await else { panic!("it failed") };
    assert_eq!(problem.cause, Cause::Refused);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_long_paste_arrives_whole_in_pieces() {
    let text: String = (0..100_000).map(|index| char::from(b'a' + (index % 26) as u8)).collect();
    let wanted = text.clone();
    let server = server(move |mut socket, _| {
        let wanted = wanted.clone();
        async move {
            assert_eq!(frame(&mut socket).await.0, 4);
            let (mut arrived, mut pieces) = (String::new(), 0);
            while arrived.len() < wanted.len() {
                let (channel, piece) = frame(&mut socket).await;
                assert_eq!((channel, piece.len() <= FRAME), (0, true));
                arrived.push_str(&piece);
                pieces += 1;
            }
            assert_eq!((arrived == wanted, pieces), (true, 4));
            socket.send(message(3, r#"{"status":"Success"}"#)).await.unwrap();
        }
    });
    let (typed, mut shown) = begin(&server);
    typed.send(ShellInput::Bytes(text.into())).await.unwrap();
    assert_eq!(shown.recv().await, Some(ShellOutput::Ended { code: Some(0), reason: "exit code 0".into() }));
}
