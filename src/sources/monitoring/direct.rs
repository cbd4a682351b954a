//! Carries GETs straight to a URL that the user named: no proxy of the API server, and none of its credentials.

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::domain::endpoint::UrlEndpoint;
use crate::domain::problem::{Cause, Problem};
use crate::sources::http_get::{HttpAnswer, HttpGet};

/// One host's client. Credentials in the URL become basic authentication.
pub struct DirectUrl {
    client: reqwest::Client,
    origin: url::Url,
}

impl DirectUrl {
    /// # Errors
    /// When the TLS stack finds nothing to trust.
    pub fn new(endpoint: &UrlEndpoint) -> Result<Self, Problem> {
        let client = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(5))
            // A login page is not an answer, and another host gets no credentials.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("watchkeeper/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Problem::new(
                    Cause::NoConnection,
                    "no HTTPS client can be made",
                    deepest(&error),
                    "see the certificates of this machine",
                )
            })?;
        Ok(Self { client, origin: endpoint.url().clone() })
    }

    async fn read(&self, path: &str, limit: usize) -> Result<HttpAnswer, Problem> {
        let host = self.origin.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| {
            Problem::new(
                Cause::NoConnection,
                format!("no connection to {host}"),
                deepest(&error),
                "check the address and the way to it",
            )
        };
        let mut url = self.origin.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        let status = response.status();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > limit {
                return Err(too_large(host, limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpAnswer { status, body: Bytes::from(body) })
    }
}

fn too_large(host: &str, limit: usize) -> Problem {
    Problem::new(
        Cause::Malformed,
        format!("the answer of {host} is too large"),
        format!("more than {} MiB", limit >> 20),
        "a shorter range or fewer series answer less",
    )
}

/// The innermost reason, without the URL, which may hold a password.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, std::ptr::from_ref(error)) {
        return if error.is_timeout() { "timed out" } else { "the request failed" }.to_owned();
    }
    cause.to_string()
}

impl HttpGet for DirectUrl {
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<HttpAnswer, Problem>> {
        self.read(path, limit).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::Endpoint;

    #[tokio::test]
    async fn a_dead_address_says_so_without_the_password() {
        // Port 1 of the own machine is closed everywhere that tests run.
        let Ok(Endpoint::Url(url)) = Endpoint::parse("http://ann:secret@127.0.0.1:1/prom") else { panic!("a URL") };
        let direct = DirectUrl::new(&url).expect("a client");
        let problem = direct.get("/prom/api/v1/query?query=1", 1 << 20).await.expect_err("nobody listens");
        assert_eq!(problem.cause, Cause::NoConnection);
        assert!(problem.why.contains("refused"), "{problem:?}");
        assert!(!format!("{problem:?}").contains("secret"));
    }
}
