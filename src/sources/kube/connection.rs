//! One connection to one cluster as one user: cheap to clone, and the only way anything reaches the API server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use kube::client::Body;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::ServiceBuilder;

use super::counters::Counters;
use super::credentials::Credentials;
use super::fault::Fault;
use super::guard_layer::GuardLayer;
use super::gzip;
use super::heard::Heard;
use super::request_access::access_of;
use super::stack::Stack;
use super::status::Refusal;
use super::target::Target;
use super::throttle::{Throttle, Waiting};
use super::transport::{Class, Endpoint, Transport};
use crate::domain::access::Access;
use crate::domain::identity::{Environment, Generation, Identity};
use crate::domain::policy::Limits;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::sources::clock::Clock;
use crate::sources::task_scope::TaskScope;

/// How long the server may take to begin an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a whole answer may take, once begun.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// An object is at most 1.5 MiB in etcd; lists are asked for in pages.
pub(super) const OBJECT_LIMIT: usize = 8 << 20;
/// How often a throttled read is tried again, and how long each wait may be.
const THROTTLED_TRIES: u32 = 3;
const THROTTLED_WAIT: Duration = Duration::from_secs(10);
/// A refusal is a small object.
const REFUSAL_LIMIT: usize = 64 << 10;

#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    generation: Generation,
    limits: Limits,
    identity: Identity,
    namespace: CleanText,
    client: kube::Client,
    counters: Arc<Counters>,
    credentials: Arc<Credentials>,
    clock: Clock,
    scope: TaskScope,
    throttle: watch::Sender<Throttle>,
    /// Holds a Problem while requests get no answer at all, or the server does not accept who we are.
    link: watch::Sender<Option<Problem>>,
    heard: Heard,
}

/// What a new connection belongs to.
pub struct Context {
    pub generation: Generation,
    pub limits: Limits,
    pub clock: Clock,
    /// All tasks of the connection end with it.
    pub scope: TaskScope,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({}, {:?})", self.0.identity.context, self.0.generation)
    }
}

/// Why there is no useful answer.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Fault(Fault),
    Refused(Refusal),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Connection {
    /// Prepares a connection. Nothing is sent before the first request.
    ///
    /// # Errors
    /// Settings of the kubeconfig that cannot work, such as a broken certificate.
    pub fn new(target: Target, context: Context) -> Result<Self, Problem> {
        let Context { generation, limits, clock, scope } = context;
        let counters = Arc::new(Counters::default());
        let server = match &target.endpoint {
            Endpoint::Tcp { server, .. } => Some(server.clone()),
            Endpoint::Dial(_) => None,
        };
        let what = format!("cannot prepare the connection to {}", target.server);
        let heard = Heard::new(clock.clone());
        let transport = Transport::new(target.endpoint, scope.clone(), counters.clone(), heard.clone())
            .map_err(|why| Problem::new(Cause::Usage, what, why, "correct the kubeconfig"))?;
        let credentials = Arc::new(target.credentials);
        let stack = Stack::new(server.as_ref(), &target.impersonation, credentials.clone(), Arc::new(transport))?;
        let guard = GuardLayer { generation, limits, counters: counters.clone() };
        let service = ServiceBuilder::new().layer(guard).service(stack);
        let acting = target.impersonation.user.as_deref().map(CleanText::new);
        let identity = Identity {
            context: target.context,
            cluster: target.cluster,
            server: target.server,
            impersonator: acting.is_some().then(|| target.user.clone()),
            user: acting.unwrap_or(target.user),
            groups: target.impersonation.groups.iter().map(|group| CleanText::new(group)).collect(),
            expires: target.certificate_expires,
            server_version: CleanText::default(),
            environment: target.environment,
        };
        let client = kube::Client::new(service, target.namespace.to_string());
        let (throttle, _) = watch::channel(Throttle::default());
        let (link, _) = watch::channel(None);
        Ok(Self(Arc::new(Inner {
            generation,
            limits,
            identity,
            namespace: target.namespace,
            client,
            counters,
            credentials,
            clock,
            scope,
            throttle,
            link,
            heard,
        })))
    }

    /// The cluster inside this process answers in JSON alone, and page by page sooner than in one piece.
    #[must_use]
    pub(super) fn is_built_in(&self) -> bool {
        self.0.identity.environment == Environment::Demo
    }

    /// When the server was last heard: any answer, or that to a ping.
    #[must_use]
    pub fn heard(&self) -> Option<Timestamp> {
        self.0.heard.last()
    }

    #[must_use]
    pub fn generation(&self) -> Generation {
        self.0.generation
    }

    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// What the kubeconfig says of us. `whoami` asks the server.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The namespace of the context.
    #[must_use]
    pub fn namespace(&self) -> &CleanText {
        &self.0.namespace
    }

    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Tells while the server makes us wait (429).
    #[must_use]
    pub fn throttle(&self) -> watch::Receiver<Throttle> {
        self.0.throttle.subscribe()
    }

    /// Holds a Problem while the server cannot be reached, or does not accept who we are.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Option<Problem>> {
        self.0.link.subscribe()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn scope(&self) -> &TaskScope {
        &self.0.scope
    }

    pub(super) fn client(&self) -> &kube::Client {
        &self.0.client
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Reads a path as JSON.
    ///
    /// # Errors
    /// No answer, a refusal, or an answer that is not JSON.
    pub async fn get_json(&self, path: &str) -> Result<RawObject, Problem> {
        let (_, bytes) = self.read(path, OBJECT_LIMIT).await?;
        parse(path, &bytes)
    }

    /// Reads a path as bytes, at most `limit` of them.
    ///
    /// # Errors
    /// No answer, a refusal, or a longer answer.
    pub async fn get_bytes_limited(&self, path: &str, limit: usize) -> Result<Bytes, Problem> {
        Ok(self.read(path, limit).await?.1)
    }

    async fn read(&self, path: &str, limit: usize) -> Result<(HeaderMap, Bytes), Problem> {
        self.get(path, "application/json", limit, Class::Control).await.map_err(|failure| failure.problem(path))
    }

    /// A read that waits when the server asks for it, within bounds and visibly.
    pub(super) async fn get(
        &self,
        path: &str,
        accept: &'static str,
        limit: usize,
        class: Class,
    ) -> Result<(HeaderMap, Bytes), Failure> {
        let response = self.open_read(path, accept, class).await?;
        self.collect(response, limit).await
    }

    /// The same up to the head of the answer.
    pub(super) async fn open_read(
        &self,
        path: &str,
        accept: &'static str,
        class: Class,
    ) -> Result<Response<Body>, Failure> {
        let mut tries = 0;
        let mut waiting = None;
        loop {
            let mut request = Self::request(Method::GET, path, Body::empty())?;
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            request.extensions_mut().insert(class);
            match self.open(request).await {
                Err(Failure::Refused(refusal)) if refusal.throttled() && tries < THROTTLED_TRIES => {
                    tries += 1;
                    Counters::add(&self.0.counters.throttled);
                    let wait = refusal.retry_after().unwrap_or(Duration::from_secs(1)).min(THROTTLED_WAIT);
                    waiting.get_or_insert_with(|| Waiting::begin(&self.0.throttle)).asked(wait);
                    sleep(wait).await;
                }
                other => return other,
            }
        }
    }

    pub(super) fn request(method: Method, path: &str, body: Body) -> Result<Request<Body>, Failure> {
        Request::builder()
            .method(method)
            .uri(path)
            .body(body)
            .map_err(|_| Failure::Fault(Fault::Guarded("the path cannot be sent")))
    }

    /// Sends a request and waits for the head of a successful answer.
    pub(super) async fn open(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        self.open_within(request, ANSWER_TIMEOUT).await
    }

    pub(super) async fn open_within(&self, request: Request<Body>, after: Duration) -> Result<Response<Body>, Failure> {
        // A plugin has a time limit of its own; the server's begins when there is something to answer.
        let sent = match self.0.credentials.proof().await {
            Err(problem) => Err(Fault::Credentials(Box::new(problem))),
            Ok(_) => match timeout(after, self.0.client.send(request)).await {
                Ok(sent) => sent.map_err(fault),
                Err(_) => Err(Fault::Silent { stage: "the request", after }),
            },
        };
        let response = match sent {
            Ok(response) => response,
            Err(fault) => {
                self.note_fault(&fault);
                return Err(Failure::Fault(fault));
            }
        };
        if response.status() != StatusCode::UNAUTHORIZED {
            self.note_link(None);
        }
        if response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let gzipped = gzip::is_gzip(&head.headers);
        let body = timeout(ANSWER_TIMEOUT, Limited::new(body, REFUSAL_LIMIT).collect()).await;
        // Whatever of the reason could be read will do.
        let bytes = body.ok().and_then(Result::ok).map(|body| body.to_bytes()).unwrap_or_default();
        let bytes = if gzipped { gzip::decode(bytes, REFUSAL_LIMIT).unwrap_or_default() } else { bytes };
        let refusal = Refusal::new(head.status, &head.headers, bytes);
        if head.status == StatusCode::UNAUTHORIZED {
            if let Some(problem) = self.ended_credentials().await {
                self.note_link(Some(problem.clone()));
                return Err(Failure::Fault(Fault::Credentials(Box::new(problem))));
            }
            self.note_link(Some(Refusal::not_accepted(&self.no_connection())));
        }
        Err(Failure::Refused(refusal))
    }

    /// Says so when the credentials are known to have ended.
    async fn ended_credentials(&self) -> Option<Problem> {
        let now = self.0.clock.now();
        let ended = |end: Option<Timestamp>| end.filter(|end| *end <= now);
        let (what, end) = match ended(self.0.identity.expires) {
            Some(end) => ("the client certificate has ended", end),
            None => ("the token has ended", ended(self.0.credentials.expires().await)?),
        };
        Some(Problem::new(
            Cause::Unauthenticated,
            what,
            format!("it was valid until {end}"),
            "log in again or renew it",
        ))
    }

    fn no_connection(&self) -> String {
        format!("no connection to {}", self.0.identity.server)
    }

    /// Any answer shows that the server is there; only having none shows that it is not. What we refuse ourselves
    /// shows nothing.
    fn note_fault(&self, fault: &Fault) {
        let problem = fault.problem(&self.no_connection());
        if matches!(problem.cause, Cause::NoConnection | Cause::Unauthenticated) {
            self.note_link(Some(problem));
        }
    }

    fn note_link(&self, lost: Option<Problem>) {
        self.0.link.send_if_modified(|link| {
            let changed = *link != lost;
            *link = lost;
            changed
        });
    }

    /// The same problem, unless it is one of the whole connection: that is told in the same words to everybody.
    pub(super) fn whole(&self, problem: Problem) -> Problem {
        let lost = || self.0.link.borrow().clone();
        match problem.cause {
            Cause::NoConnection | Cause::Unauthenticated => lost().unwrap_or(problem),
            _ => problem,
        }
    }

    /// Reads an answer whole.
    pub(super) async fn collect(&self, response: Response<Body>, limit: usize) -> Result<(HeaderMap, Bytes), Failure> {
        let (head, body) = response.into_parts();
        let bytes = match timeout(READ_TIMEOUT, Limited::new(body, limit).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Failure::Fault(Fault::TooLong(limit))),
            Ok(Err(error)) => return Err(Failure::Fault(Fault::lost(error.as_ref()))),
            Err(_) => return Err(Failure::Fault(Fault::Silent { stage: "the request", after: READ_TIMEOUT })),
        };
        let bytes =
            if gzip::is_gzip(&head.headers) { gzip::decode(bytes, limit).map_err(Failure::Fault)? } else { bytes };
        Ok((head.headers, bytes))
    }
}

/// Finds our own reason inside what the client hands back.
pub(super) fn fault(error: kube::Error) -> Fault {
    match error {
        kube::Error::Service(inner) => match inner.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(other) => Fault::lost(other.as_ref()),
        },
        other => Fault::lost(&other),
    }
}

impl Failure {
    /// The same for a person; the path tells what was tried and which right it needs.
    pub(super) fn problem(&self, path: &str) -> Problem {
        self.problem_of(&Method::GET, path)
    }

    pub(super) fn problem_as(&self, access: Access) -> Problem {
        let what = format!("cannot {access}");
        match self {
            Self::Fault(fault) => fault.problem(&what),
            Self::Refused(refusal) => refusal.problem(&what, &access),
        }
    }

    pub(super) fn problem_of(&self, method: &Method, path: &str) -> Problem {
        self.problem_as(access_of(method, path))
    }
}

/// `cannot list pods in checkout`
fn attempt(method: &Method, path: &str) -> String {
    format!("cannot {}", access_of(method, path))
}

pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<RawObject, Problem> {
    serde_json::from_slice(bytes).map(RawObject::new).map_err(|error| {
        let why = format!("the answer is no JSON: line {}, column {}", error.line(), error.column());
        Problem::new(Cause::Malformed, attempt(&Method::GET, path), why, "does a proxy stand between?")
    })
}
