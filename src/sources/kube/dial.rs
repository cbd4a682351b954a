//! Opening a byte stream to the API server: TCP, through a proxy, or whatever a test or the built-in cluster hands in.
//! What is spoken on it is `transport`'s business.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::ServiceExt;

use super::fault::Fault;

/// How long a name look-up, a TCP connect or a TLS handshake may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Both directions of a connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

pub type BoxedStream = Box<dyn Stream>;

/// Opens one connection each time it is called. HTTP/2 is spoken on it with prior knowledge, HTTP/1.1 for upgrades.
pub type Dial = Arc<dyn Fn() -> BoxFuture<'static, io::Result<BoxedStream>> + Send + Sync>;

/// Opens TCP connections to one server.
#[derive(Clone)]
pub(super) struct TcpDialer {
    server: Uri,
    proxy: Option<Proxy>,
}

#[derive(Clone)]
struct Proxy {
    uri: Uri,
    auth: Option<http::HeaderValue>,
}

impl TcpDialer {
    /// Goes through the kubeconfig's proxy, or the environment's when the kubeconfig names none.
    pub(super) fn new(server: Uri, proxy: Option<Uri>) -> Self {
        let proxy = match proxy {
            Some(uri) => Some(Proxy { uri, auth: None }),
            None => Matcher::from_env()
                .intercept(&server)
                .map(|found| Proxy { uri: found.uri().clone(), auth: found.basic_auth().cloned() }),
        };
        Self { server, proxy }
    }

    pub(super) fn proxy(&self) -> Option<&Uri> {
        self.proxy.as_ref().map(|proxy| &proxy.uri)
    }

    pub(super) async fn dial(&self) -> Result<TcpStream, Fault> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let attempt = async {
            match &self.proxy {
                None => connector.oneshot(self.server.clone()).await.map_err(|error| Fault::dial(&error)),
                Some(proxy) if proxy.uri.scheme_str().is_some_and(|scheme| scheme.starts_with("socks5")) => {
                    SocksV5::new(proxy.uri.clone(), connector)
                        .oneshot(self.server.clone())
                        .await
                        .map_err(|error| Fault::Proxy(format!("{error:?}")))
                }
                Some(proxy) => {
                    let mut tunnel = Tunnel::new(proxy.uri.clone(), connector);
                    if let Some(auth) = &proxy.auth {
                        tunnel = tunnel.with_auth(auth.clone());
                    }
                    tunnel.oneshot(self.server.clone()).await.map_err(|error| Fault::Proxy(error.to_string()))
                }
            }
        };
        match timeout(CONNECT_TIMEOUT, attempt).await {
            Ok(done) => done.map(TokioIo::into_inner),
            Err(_) => Err(Fault::Silent { stage: "connect", after: CONNECT_TIMEOUT }),
        }
    }
}
