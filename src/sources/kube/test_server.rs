//! A server inside the test: HTTP/2 and HTTP/1.1 over in-memory streams, answering as a closure says.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::mpsc;

use super::connection::{Connection, Context};
use super::dial::{BoxedStream, Dial};
use super::target::Target;
use crate::domain::identity::Environment;
use crate::domain::identity::Generation;
use crate::domain::policy::Limits;
use crate::sources::clock::Clock;
use crate::sources::task_scope::TaskScope;

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Serves until dropped.
pub(super) struct TestServer {
    pub(super) dial: Dial,
    pub(super) scope: TaskScope,
    connections: Arc<AtomicUsize>,
    /// Ends the connections made so far.
    links: Arc<Mutex<TaskScope>>,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.scope.end();
    }
}

impl TestServer {
    pub(super) fn new<F, T>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> T + Clone + Send + Sync + 'static,
        T: Future<Output = Answer> + Send + 'static,
    {
        let scope = TaskScope::new();
        let connections = Arc::new(AtomicUsize::new(0));
        let links = Arc::new(Mutex::new(scope.child()));
        let (current, count) = (links.clone(), connections.clone());
        let dial: Dial = Arc::new(move || {
            let (ours, theirs) = tokio::io::duplex(256 << 10);
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            current.lock().unwrap().spawn(async move {
                let service = service_fn(move |request| answer(request).map(Ok::<_, io::Error>));
                let _ = Builder::new(TokioExecutor::new())
                    .serve_connection_with_upgrades(TokioIo::new(theirs), service)
                    .await;
            });
            let stream: BoxedStream = Box::new(ours);
            std::future::ready(Ok(stream)).boxed()
        });
        Self { dial, scope, connections, links }
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Breaks all connections made so far.
    pub(super) fn cut(&self) {
        let mut links = self.links.lock().unwrap();
        links.end();
        *links = self.scope.child();
    }

    pub(super) fn connect(&self) -> Connection {
        self.connect_with(Limits::default())
    }

    pub(super) fn connect_with(&self, limits: Limits) -> Connection {
        self.connection("t0ken", limits)
    }

    pub(super) fn connect_as(&self, token: &str) -> Connection {
        self.connection(token, Limits::default())
    }

    fn connection(&self, token: &str, limits: Limits) -> Connection {
        let mut target = Target::in_memory("test", "ada", "checkout", Some(token), self.dial.clone());
        // It may speak protobuf, as any but the built-in one.
        target.environment = Environment::default();
        let clock = Clock::new(|| "2026-11-21T12:00:00Z".parse().unwrap());
        let context = Context { generation: Generation(1), limits, clock, scope: self.scope.child() };
        Connection::new(target, context).unwrap()
    }
}

pub(super) fn json(status: u16, body: &serde_json::Value) -> Answer {
    answer(status, body.to_string())
}

pub(super) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", "application/json")
        .body(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync())
        .unwrap()
}

/// The server's Status object.
pub(super) fn refusal(code: u16, reason: &str, message: &str) -> Answer {
    let status = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code,
    });
    json(code, &status)
}

/// A body that ends when the sender is dropped.
pub(super) fn stream() -> (mpsc::UnboundedSender<Bytes>, Answer) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<Bytes>();
    let frames = futures::stream::poll_fn(move |context| {
        receiver.poll_recv(context).map(|chunk| chunk.map(|bytes| Ok(Frame::data(bytes))))
    });
    let response = Response::builder()
        .header("content-type", "application/json")
        .body(StreamBody::new(frames).boxed_unsync())
        .unwrap();
    (sender, response)
}
