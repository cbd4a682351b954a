//! The API server's refusals: its Status becomes a `Problem` with the right cause, in words a person can act on.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::domain::access::Access;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::http_get::HttpAnswer;

/// An answer that is not success.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    reason: String,
    message: String,
    retry_after: Option<Duration>,
    body: Bytes,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    kind: String,
    reason: String,
    message: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: u64,
}

/// Messages are one line, and no longer than a person reads.
const MESSAGE_LIMIT: usize = 600;

impl Refusal {
    pub(super) fn new(code: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        let status = serde_json::from_slice::<Status>(&body).ok().filter(|status| status.kind == "Status");
        let (reason, message, seconds) = match status {
            Some(status) => (status.reason, status.message, status.details.retry_after_seconds),
            // Not the API server's word: a load balancer's page, perhaps. Its first line tells most.
            None => {
                let text = String::from_utf8_lossy(&body);
                let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('<'));
                (String::new(), line.unwrap_or_default().to_string(), 0)
            }
        };
        let header = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let seconds = header.or((seconds > 0).then_some(seconds));
        let message = match message.char_indices().nth(MESSAGE_LIMIT) {
            Some((at, _)) => format!("{}…", &message[..at]),
            None => message,
        };
        Self { code: code.as_u16(), reason, message, retry_after: seconds.map(Duration::from_secs), body }
    }

    /// A refusal that came by another way than an answer's body.
    pub(super) fn from_parts(code: u16, reason: &str, message: &str, retry_after: u32) -> Self {
        let retry_after = (retry_after > 0).then(|| Duration::from_secs(retry_after.into()));
        Self { code, reason: reason.into(), message: message.into(), retry_after, body: Bytes::new() }
    }

    /// The answer as it came, for whoever reads the body themselves.
    pub(super) fn into_answer(self) -> HttpAnswer {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        HttpAnswer { status, body: self.body }
    }

    /// The server asks us to come back later.
    pub(super) fn throttled(&self) -> bool {
        self.code == 429
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The resource version is too old, or from the future after a restore: read everything again.
    pub(super) fn expired(&self) -> bool {
        self.code == 410
            || self.reason == "Expired"
            || self.reason == "Gone"
            || self.message.contains("Too large resource version")
    }

    /// Whether the server's words hold these.
    pub(super) fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// A JSON Patch that did not apply, above all by its own `test`: the server answers 422 and keeps the reason to
    /// itself. What it says of invalid fields is worded otherwise.
    fn patch_did_not_apply(&self) -> bool {
        self.code == 422 && self.says("the server rejected our request due to an error in our request")
    }

    /// 401, in words.
    pub(super) fn not_accepted(what: &str) -> Problem {
        Problem::new(
            Cause::Unauthenticated,
            what,
            "the server does not accept the credentials",
            "log in again; `wk doctor` shows which credentials are used and when they end",
        )
    }

    /// `what` says what was tried; `access` is the right it needs.
    pub(super) fn problem(&self, what: &str, access: &Access) -> Problem {
        let why = CleanText::new(&self.message);
        let why = if why.is_empty() { CleanText::from(format!("the server answered {}", self.code)) } else { why };
        match self.code {
            401 => Self::not_accepted(what),
            403 => Problem::denied(access.clone(), why),
            404 | 405 => Problem::new(Cause::NotFound, what, why, ""),
            409 => Problem::new(Cause::Conflict, what, why, "read it again and look at what the other changed"),
            410 => Problem::new(Cause::Conflict, what, why, "it is read again from the start"),
            422 if self.patch_did_not_apply() => Problem::new(
                Cause::Conflict,
                what,
                "the object is no longer as the plan read it: somebody else changed it",
                "read it again and look at what the other changed",
            ),
            400 | 413 | 415 | 422 => Problem::new(Cause::Malformed, what, why, ""),
            429 => {
                let hint = match self.retry_after {
                    Some(after) => format!("it asks to wait {} s", after.as_secs()),
                    None => "try again in a moment".into(),
                };
                Problem::new(Cause::Throttled, what, "the server sheds load", hint)
            }
            504 => Problem::new(Cause::Server, what, why, "the server did not finish in time"),
            _ => Problem::new(Cause::Server, what, why, "the server's own failure: try again in a moment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u16, body: &str) -> Refusal {
        Refusal::new(StatusCode::from_u16(code).unwrap(), &HeaderMap::new(), Bytes::copy_from_slice(body.as_bytes()))
    }

    fn cause(code: u16, body: &str) -> Cause {
        refusal(code, body).problem("cannot write", &Access::new("patch", "apps", "deployments", "checkout")).cause
    }

    #[test]
    fn each_code_has_its_cause() {
        assert_eq!(cause(401, ""), Cause::Unauthenticated);
        assert!(matches!(cause(403, ""), Cause::Denied(access) if access.verb == "patch"));
        assert_eq!(cause(404, ""), Cause::NotFound);
        assert_eq!(cause(409, ""), Cause::Conflict);
        assert_eq!(cause(429, ""), Cause::Throttled);
        assert_eq!(cause(500, "<html>\n<h1>\noops"), Cause::Server);
    }

    #[test]
    fn a_failed_test_is_a_conflict_and_an_invalid_field_is_not() {
        // As kube-apiserver 1.36 words it.
        let failed = r#"{"kind":"Status","reason":"Invalid","code":422,"message":"the server rejected our request due to an error in our request"}"#;
        assert_eq!(cause(422, failed), Cause::Conflict);
        let invalid = r#"{"kind":"Status","reason":"Invalid","message":"spec.replicas: Invalid value: -1"}"#;
        assert_eq!(cause(422, invalid), Cause::Malformed);
    }

    #[test]
    fn the_wait_is_read_from_header_or_body() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        let read = Refusal::new(StatusCode::TOO_MANY_REQUESTS, &headers, Bytes::new());
        assert_eq!(read.retry_after(), Some(Duration::from_secs(7)));
        let read = refusal(429, r#"{"kind":"Status","details":{"retryAfterSeconds":3}}"#);
        assert_eq!(read.retry_after(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_page_of_a_load_balancer_gives_its_first_words() {
        let problem =
            refusal(503, "<html><body>\nno backend\n").problem("cannot list", &Access::new("list", "", "pods", ""));
        assert_eq!(problem.why, "no backend");
    }
}
