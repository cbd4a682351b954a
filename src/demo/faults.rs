//! Bad luck on order: answers that fail, hang or break off, and a server that is away. For tests of what clients make
//! of it; nothing happens unless scripted.

use std::io;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::stream;
use http::Method;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use tokio::sync::watch;

use super::api_server::refusal::Refusal;
use super::api_server::respond::{Answer, Body};

/// What befalls a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The server's own refusal with this code, and how many seconds to wait if it says so.
    Refuse { code: u16, retry_after: Option<u32> },
    /// No answer, ever.
    Hang,
    /// The stream breaks after so many bytes.
    Cut { after: usize },
    /// The body ends, as if whole, after so many bytes.
    Truncate { after: usize },
}

/// An effect for the next so many requests that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `None`: any.
    pub method: Option<Method>,
    /// Of path and query.
    pub prefix: String,
    pub times: usize,
    pub effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Presence {
    #[default]
    Here,
    /// Dialling is refused and connections are cut.
    Away,
    /// Connections stay open and nothing comes through them.
    Silent,
}

#[derive(Debug)]
pub struct Faults {
    script: Mutex<Vec<Fault>>,
    presence: watch::Sender<Presence>,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults { script: Mutex::default(), presence: watch::channel(Presence::Here).0 }
    }
}

impl Faults {
    pub fn add(&self, fault: Fault) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// For the next so many requests whose path begins like this, by any method.
    pub fn on(&self, prefix: &str, times: usize, effect: Effect) {
        self.add(Fault { method: None, prefix: prefix.to_owned(), times, effect });
    }

    pub fn clear(&self) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Refuses to be dialled and cuts what is open, until [`Faults::come_back`].
    pub fn go_away(&self) {
        self.presence.send_replace(Presence::Away);
    }

    /// Keeps connections open and answers nothing, as a host does that lost its network.
    pub fn fall_silent(&self) {
        self.presence.send_replace(Presence::Silent);
    }

    pub fn come_back(&self) {
        self.presence.send_replace(Presence::Here);
    }

    pub(super) fn presence(&self) -> watch::Receiver<Presence> {
        self.presence.subscribe()
    }

    /// The first effect that waits for such a request.
    pub(super) fn take(&self, method: &Method, path_and_query: &str) -> Option<Effect> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = script.iter_mut().find(|fault| {
            fault.times > 0
                && fault.method.as_ref().is_none_or(|wanted| wanted == method)
                && path_and_query.starts_with(&fault.prefix)
        })?;
        fault.times -= 1;
        let effect = fault.effect.clone();
        script.retain(|fault| fault.times > 0);
        Some(effect)
    }
}

/// The refusal of a code, in the server's words.
pub(super) fn refusal(code: u16, retry_after: Option<u32>) -> Refusal {
    let (reason, message) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden by a scripted fault"),
        404 => ("NotFound", "the server could not find the requested resource"),
        409 => {
            ("Conflict", "the object has been modified; please apply your changes to the latest version and try again")
        }
        410 => ("Expired", "The resourceVersion for the provided watch is too old."),
        429 => ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "Timeout: request did not complete within the allotted timeout"),
        _ => ("InternalError", "Internal error occurred: etcdserver: leader changed"),
    };
    let mut refusal = Refusal::new(code, reason, message);
    if let Some(seconds) = retry_after {
        refusal.details = json!({"retryAfterSeconds": seconds});
    }
    refusal
}

/// An answer whose body ends early.
pub(super) fn shorten(answer: Answer, after: usize, broken: bool) -> Answer {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Answer::from_parts(parts, shortened(body, after, broken))
}

fn shortened(body: Body, after: usize, broken: bool) -> Body {
    let frames = stream::unfold(Some((body, after)), move |state| async move {
        let (mut body, left) = state?;
        if left == 0 {
            let cut = io::Error::new(io::ErrorKind::ConnectionReset, "cut by a scripted fault");
            return broken.then_some((Err(cut), None));
        }
        let data: Bytes = match body.frame().await? {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => return Some((Err(error), None)),
        };
        let part = data.slice(..data.len().min(left));
        let left = left - part.len();
        Some((Ok(Frame::data(part)), Some((body, left))))
    });
    StreamBody::new(frames).boxed_unsync()
}
