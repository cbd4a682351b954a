//! One small seam between those who ask over HTTP and those who carry the question: a GET of a path, with a bound on
//! the answer. Never a write, and never knowledge of what is asked.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::StatusCode;

use crate::domain::problem::Problem;

/// What came back, whatever its status: whoever asked judges it, because only they can read the words in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Carries a GET. The API server's connection is one, so that Prometheus is reached through its proxy with the same
/// identity and guard; a direct URL is another.
pub trait HttpGet: Send + Sync {
    /// `path` begins with a slash and holds the query, already escaped. A body above `limit` bytes is a Problem, as is
    /// having had no answer at all. The caller sets the time limit by dropping the future.
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<HttpAnswer, Problem>>;
}
