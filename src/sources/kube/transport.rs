//! HTTP to the API server: few connections, each for one class of traffic, so that unread logs never stall the watches.
//! HTTP/2 wherever the server speaks it, HTTP/1.1 for upgrades. Who may send what is decided above, in `guard_layer`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use http::{Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use kube::client::Body;
use tokio::time::timeout;

use super::counters::Counters;
use super::dial::{BoxedStream, CONNECT_TIMEOUT, Dial, TcpDialer};
use super::fault::Fault;
use super::heard::Heard;
use super::held_body::{HeldBody, Ticket};
use super::tls::{ClientCertificate, Tls, TlsSettings};
use crate::sources::task_scope::TaskScope;

/// Which connection a request goes over. Set in the request's extensions; control when absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Lists, watches, reviews, writes.
    Control,
    /// Logs and large reads, whose bodies may stay unread for long.
    Bulk,
    /// HTTP/1.1, a connection of its own: exec, attach, port-forward.
    Upgrade,
}

/// A dead peer is noticed within the sum of the two, and until then what is shown is said to be live. A ping is no
/// request, and is sent only where nothing was heard for so long.
const PING_INTERVAL: Duration = Duration::from_secs(3);
const PING_TIMEOUT: Duration = Duration::from_secs(4);
/// A bulk connection's window is shared by its streams: it must hold what this many unread ones keep back.
const BULK_STREAMS: usize = 50;
const BULK_STREAM_WINDOW: u32 = 128 << 10;
const CONTROL_STREAM_WINDOW: u32 = 2 << 20;
const CONTROL_WINDOW: u32 = 16 << 20;

/// How to reach one server.
#[derive(Clone)]
pub(super) enum Endpoint {
    Tcp {
        server: Uri,
        dialer: TcpDialer,
        tls: Option<TlsSettings>,
    },
    /// In memory, HTTP/2 without asking.
    Dial(Dial),
}

type Sender = http2::SendRequest<Body>;
type Attempt = Shared<BoxFuture<'static, Result<Option<Sender>, Fault>>>;

/// One HTTP/2 connection that is opened when needed and opened again when lost.
#[derive(Default)]
struct Lane {
    state: Mutex<LaneState>,
    /// Counts the streams in flight.
    tickets: Ticket,
}

#[derive(Default)]
enum LaneState {
    #[default]
    Closed,
    /// Everybody who needs it waits for the same attempt, and shares its failure.
    Opening(Attempt),
    Open(Sender),
}

/// The certificate in use and the handshake made from it.
struct Handshake {
    certificate: Option<Arc<ClientCertificate>>,
    tls: Option<Arc<Tls>>,
}

pub(super) struct Transport {
    endpoint: Endpoint,
    handshake: Mutex<Handshake>,
    scope: TaskScope,
    control: Arc<Lane>,
    bulk: Mutex<Vec<Arc<Lane>>>,
    /// The server does not speak HTTP/2: every request gets a connection of its own.
    http1_only: AtomicBool,
    counters: Arc<Counters>,
    heard: Heard,
}

impl Transport {
    pub(super) fn new(
        endpoint: Endpoint,
        scope: TaskScope,
        counters: Arc<Counters>,
        heard: Heard,
    ) -> Result<Self, String> {
        let tls = match &endpoint {
            Endpoint::Tcp { tls: Some(settings), .. } => Some(Arc::new(Tls::new(settings, None)?)),
            _ => None,
        };
        let plain = matches!(&endpoint, Endpoint::Tcp { tls: None, .. });
        Ok(Self {
            endpoint,
            handshake: Mutex::new(Handshake { certificate: None, tls }),
            scope,
            control: Arc::new(Lane::default()),
            bulk: Mutex::default(),
            http1_only: AtomicBool::new(plain),
            counters,
            heard,
        })
    }

    /// Uses the certificate a plugin handed out. A new one closes the connections made with the old.
    pub(super) fn use_certificate(&self, certificate: Option<&Arc<ClientCertificate>>) -> Result<(), String> {
        let Some(certificate) = certificate else { return Ok(()) };
        let mut handshake = self.handshake.lock().unwrap_or_else(PoisonError::into_inner);
        if handshake.certificate.as_ref().is_some_and(|known| Arc::ptr_eq(known, certificate)) {
            return Ok(());
        }
        if let Endpoint::Tcp { tls: Some(settings), .. } = &self.endpoint {
            handshake.tls = Some(Arc::new(Tls::new(settings, Some(certificate))?));
            handshake.certificate = Some(certificate.clone());
        }
        drop(handshake);
        self.close();
        Ok(())
    }

    /// Forgets all connections: requests in flight go on, new ones open new connections.
    pub(super) fn close(&self) {
        self.control.close();
        self.bulk.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Result<Response<HeldBody>, Fault> {
        let class = request.extensions().get::<Class>().copied().unwrap_or(Class::Control);
        if class == Class::Upgrade {
            return self.send_http1(request, true).await;
        }
        // A connection that died unnoticed hands the request back unsent: then, and only then, it is sent again.
        for _ in 0..3 {
            if self.http1_only.load(Ordering::Relaxed) {
                return self.send_http1(request, false).await;
            }
            let lane = self.lane(class);
            let ticket = lane.tickets.clone();
            let Some(mut sender) = lane.sender(self).await? else {
                self.http1_only.store(true, Ordering::Relaxed);
                continue;
            };
            *request.version_mut() = Version::HTTP_2;
            match sender.try_send_request(request).await {
                Ok(response) => {
                    return Ok(response.map(|body| HeldBody::new(body, Some(ticket), self.counters.clone())));
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) => {
                        lane.close();
                        request = unsent;
                    }
                    None => return Err(Fault::lost(error.error())),
                },
            }
        }
        Err(Fault::Lost("the server closes each connection at once".into()))
    }

    async fn send_http1(&self, mut request: Request<Body>, upgrade: bool) -> Result<Response<HeldBody>, Fault> {
        let (stream, _) = self.open(true).await?;
        let (mut sender, connection) =
            http1::handshake::<_, Body>(TokioIo::new(stream)).await.map_err(|error| Fault::lost(&error))?;
        self.scope.spawn(connection.with_upgrades());
        *request.version_mut() = Version::HTTP_11;
        if let Some(host) = request.uri().authority().and_then(|name| http::HeaderValue::from_str(name.as_str()).ok()) {
            request.headers_mut().insert(http::header::HOST, host);
        }
        if let Some(path) = request.uri().path_and_query().cloned() {
            *request.uri_mut() = Uri::from(path);
        }
        let response: Response<Incoming> = sender.send_request(request).await.map_err(|error| Fault::lost(&error))?;
        // The connection serves this one request; it ends when the answer is read or the upgraded stream closes.
        let keep = (!upgrade).then(Ticket::default);
        Ok(response.map(|body| HeldBody::new(body, keep, self.counters.clone())))
    }

    fn lane(&self, class: Class) -> Arc<Lane> {
        if class != Class::Bulk {
            return self.control.clone();
        }
        let mut lanes = self.bulk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = lanes.iter().find(|lane| lane.tickets.others() < BULK_STREAMS) {
            return free.clone();
        }
        let lane = Arc::new(Lane::default());
        lanes.push(lane.clone());
        lane
    }

    /// A new connection, and whether HTTP/2 was agreed on.
    async fn open(&self, http1: bool) -> Result<(BoxedStream, bool), Fault> {
        let tls = self.handshake.lock().unwrap_or_else(PoisonError::into_inner).tls.clone();
        let (stream, http2) = open(self.endpoint.clone(), tls, http1).await?;
        Counters::add(&self.counters.connections);
        Ok((self.heard.on(stream), http2))
    }
}

/// Opens TCP and TLS, or the stream of the given dial.
pub(super) async fn open(endpoint: Endpoint, tls: Option<Arc<Tls>>, http1: bool) -> Result<(BoxedStream, bool), Fault> {
    match endpoint {
        Endpoint::Dial(dial) => match timeout(CONNECT_TIMEOUT, dial()).await {
            Ok(stream) => Ok((stream.map_err(|error| Fault::io(&error))?, true)),
            Err(_) => Err(Fault::Silent { stage: "connect", after: CONNECT_TIMEOUT }),
        },
        Endpoint::Tcp { dialer, .. } => {
            let stream = dialer.dial().await?;
            match tls {
                None => Ok((Box::new(stream), false)),
                Some(tls) => {
                    let (stream, http2) = tls.shake(stream, http1).await?;
                    Ok((Box::new(stream), http2))
                }
            }
        }
    }
}

impl Lane {
    fn close(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = LaneState::Closed;
    }

    /// The open connection, or a new one. None: the server does not speak HTTP/2.
    async fn sender(self: &Arc<Self>, transport: &Transport) -> Result<Option<Sender>, Fault> {
        let attempt = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            match &*state {
                LaneState::Open(sender) if !sender.is_closed() => return Ok(Some(sender.clone())),
                LaneState::Opening(attempt) => attempt.clone(),
                LaneState::Open(_) | LaneState::Closed => {
                    let attempt = transport.attempt(Arc::ptr_eq(self, &transport.control)).boxed().shared();
                    *state = LaneState::Opening(attempt.clone());
                    attempt
                }
            }
        };
        let result = attempt.clone().await;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*state, LaneState::Opening(current) if current.ptr_eq(&attempt)) {
            *state = match &result {
                Ok(Some(sender)) => LaneState::Open(sender.clone()),
                _ => LaneState::Closed,
            };
        }
        result
    }
}

impl Transport {
    fn attempt(&self, control: bool) -> impl Future<Output = Result<Option<Sender>, Fault>> + Send + 'static {
        let endpoint = self.endpoint.clone();
        let tls = self.handshake.lock().unwrap_or_else(PoisonError::into_inner).tls.clone();
        let scope = self.scope.clone();
        let counters = self.counters.clone();
        let heard = self.heard.clone();
        async move {
            let (stream, http2) = open(endpoint, tls, false).await?;
            Counters::add(&counters.connections);
            if !http2 {
                return Ok(None);
            }
            let (stream_window, window) = if control {
                (CONTROL_STREAM_WINDOW, CONTROL_WINDOW)
            } else {
                (BULK_STREAM_WINDOW, BULK_STREAM_WINDOW * (BULK_STREAMS as u32 + 1))
            };
            let handshake = http2::Builder::new(scope.clone())
                .timer(TokioTimer::new())
                .keep_alive_interval(PING_INTERVAL)
                .keep_alive_timeout(PING_TIMEOUT)
                .keep_alive_while_idle(true)
                .initial_stream_window_size(stream_window)
                .initial_connection_window_size(window)
                .handshake::<_, Body>(TokioIo::new(heard.on(stream)));
            let (sender, connection) = match timeout(CONNECT_TIMEOUT, handshake).await {
                Ok(Ok(made)) => made,
                Ok(Err(error)) => return Err(Fault::lost(&error)),
                Err(_) => return Err(Fault::Silent { stage: "the HTTP/2 handshake", after: CONNECT_TIMEOUT }),
            };
            scope.spawn(connection);
            Ok(Some(sender))
        }
    }
}
