//! What every request that passed the guard gets on its way: address, identity, credentials; and a second try for a
//! read whose credentials had just ended.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use kube::client::Body;
use tower::{BoxError, Service};

use super::credentials::Credentials;
use super::fault::Fault;
use super::held_body::HeldBody;
use super::target::Impersonation;
use super::transport::Transport;
use crate::domain::problem::{Cause, Problem};

pub(super) const USER_AGENT: &str = concat!("watchkeeper/", env!("CARGO_PKG_VERSION"));

#[derive(Clone)]
pub(super) struct Stack(Arc<Parts>);

struct Parts {
    scheme: Scheme,
    authority: Authority,
    /// What stands before every path, for API servers behind a path of a gateway.
    prefix: String,
    headers: HeaderMap,
    credentials: Arc<Credentials>,
    transport: Arc<Transport>,
}

impl Stack {
    pub(super) fn new(
        server: Option<&Uri>,
        impersonation: &Impersonation,
        credentials: Arc<Credentials>,
        transport: Arc<Transport>,
    ) -> Result<Self, Problem> {
        let (scheme, authority, prefix) = match server {
            Some(server) => (
                server.scheme().cloned().unwrap_or(Scheme::HTTPS),
                server.authority().cloned().unwrap_or(Authority::from_static("invalid")),
                server.path().trim_end_matches('/').to_string(),
            ),
            None => (Scheme::HTTP, Authority::from_static("cluster.local"), String::new()),
        };
        let mut headers = headers(impersonation)?;
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        Ok(Self(Arc::new(Parts { scheme, authority, prefix, headers, credentials, transport })))
    }
}

fn headers(impersonation: &Impersonation) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: &str| -> Result<(), Problem> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Problem::new(Cause::Usage, "cannot act as this user", "the name holds characters a header may not hold", "")
        })?;
        headers.append(HeaderName::from_static(name), value);
        Ok(())
    };
    if let Some(user) = &impersonation.user {
        add("impersonate-user", user)?;
    } else if !impersonation.groups.is_empty() || impersonation.uid.is_some() {
        return Err(Problem::new(
            Cause::Usage,
            "cannot act as a group or uid alone",
            "the API server wants a user with them",
            "add --as USER",
        ));
    }
    for group in &impersonation.groups {
        add("impersonate-group", group)?;
    }
    if let Some(uid) = &impersonation.uid {
        add("impersonate-uid", uid)?;
    }
    Ok(headers)
}

impl Service<Request<Body>> for Stack {
    type Response = Response<HeldBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let parts = self.0.clone();
        async move { parts.send(request).await.map_err(BoxError::from) }.boxed()
    }
}

impl Parts {
    async fn send(&self, mut request: Request<Body>) -> Result<Response<HeldBody>, Fault> {
        *request.uri_mut() = self.absolute(request.uri())?;
        request.headers_mut().extend(self.headers.clone());
        let again = (request.method() == Method::GET).then(|| copy(&request));
        let proof = self.credentials.proof().await.map_err(credentials)?;
        let response = self.send_with(request, &proof).await?;
        if response.status() != StatusCode::UNAUTHORIZED || !self.credentials.refused(&proof).await {
            return Ok(response);
        }
        // The connection may carry the old client certificate.
        if proof.certificate.is_some() {
            self.transport.close();
        }
        let Some(again) = again else { return Ok(response) };
        let proof = self.credentials.proof().await.map_err(credentials)?;
        self.send_with(again, &proof).await
    }

    async fn send_with(
        &self,
        mut request: Request<Body>,
        proof: &super::credentials::Proof,
    ) -> Result<Response<HeldBody>, Fault> {
        self.transport.use_certificate(proof.certificate.as_ref()).map_err(Fault::Tls)?;
        if let Some(header) = &proof.header {
            request.headers_mut().insert(header::AUTHORIZATION, header.clone());
        }
        self.transport.send(request).await
    }

    fn absolute(&self, uri: &Uri) -> Result<Uri, Fault> {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let path = format!("{}{path}", self.prefix).parse::<PathAndQuery>();
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path.unwrap_or(PathAndQuery::from_static("/")))
            .build()
            .map_err(|_| Fault::Guarded("the path cannot be sent"))
    }
}

fn credentials(problem: Problem) -> Fault {
    Fault::Credentials(Box::new(problem))
}

/// A read has no body, so the copy is whole.
fn copy(request: &Request<Body>) -> Request<Body> {
    let mut copy = Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}
