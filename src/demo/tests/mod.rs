//! The cluster, driven through a real `kube::Client`.

mod exec;
mod faults;
mod logs;
mod reading;
mod size;
mod story;
mod writing;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kube::client::Body;
use tokio::io::DuplexStream;

use super::{Cluster, Options, Role};

pub fn options() -> Options {
    Options {
        at: Duration::ZERO,
        speed: 1.0,
        seed: 7,
        pods: None,
        role: Role::Oncall,
        epoch: "2026-11-21T03:00:00Z".parse().expect("a time"),
    }
}

pub fn cluster() -> Arc<Cluster> {
    Cluster::start(options())
}

pub fn cluster_at(minutes: u64, seconds: u64) -> Arc<Cluster> {
    Cluster::start(Options { at: Duration::from_secs(minutes * 60 + seconds), ..options() })
}

struct Link(TokioIo<DuplexStream>);

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A real client whose connections end in the cluster.
pub fn client(cluster: &Arc<Cluster>, role: Role) -> kube::Client {
    let cluster = Arc::clone(cluster);
    let connector = tower::service_fn(move |_: Uri| {
        let cluster = Arc::clone(&cluster);
        Box::pin(async move { cluster.dial().await.map(|stream| Link(TokioIo::new(stream))) })
    });
    let client: HyperClient<_, Body> = HyperClient::builder(TokioExecutor::new()).build(connector);
    let token = HeaderValue::from_str(&format!("Bearer {}", role.token())).expect("a header");
    let service = tower::service_fn(move |mut request: Request<Body>| {
        let mut parts = request.uri().clone().into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(Authority::from_static("demo"));
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from_parts(parts).expect("a uri");
        request.headers_mut().insert(http::header::AUTHORIZATION, token.clone());
        client.request(request)
    });
    kube::Client::new(service, "default")
}

/// The Status of a failed call.
pub fn status<T: std::fmt::Debug>(result: Result<T, kube::Error>) -> Box<kube::core::Status> {
    match result {
        Err(kube::Error::Api(status)) => status,
        other => panic!("expected a Status, got {other:?}"),
    }
}
