//! Writing: only what a permit holds, each call once. A write is never repeated by itself; when its fate is unknown,
//! that is said.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use kube::client::Body;
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Failure, OBJECT_LIMIT, parse};
use super::fault::Fault;
use super::guard_layer::PlannedCall;
use crate::action::guard::Authorized;
use crate::domain::mutation::{Call, Method as CallMethod, Mutation};
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;

/// The server itself gives up after a minute; admission webhooks may take half of that.
const WRITE_TIMEOUT: Duration = Duration::from_secs(65);

/// Asks the server what the calls would do, and answers with each object as it would become.
///
/// # Errors
/// The first call's refusal. Also in read-only mode: a dry run counts as a write.
pub async fn dry_run(connection: &Connection, permit: &Authorized<Mutation>) -> Result<Vec<RawObject>, Problem> {
    send_all(connection, permit, "?dryRun=All", &CancellationToken::new()).await
}

/// Sends the calls in their order and answers with each object as it became. The permit is used up.
///
/// # Errors
/// The first call that fails ends it; the Problem says how many were done before, and whether this one may have been.
/// No call begins once it is `ending`.
pub async fn perform(
    connection: &Connection,
    permit: Authorized<Mutation>,
    ending: &CancellationToken,
) -> Result<Vec<RawObject>, Problem> {
    send_all(connection, &permit, "", ending).await
}

async fn send_all(
    connection: &Connection,
    permit: &Authorized<Mutation>,
    dry: &'static str,
    ending: &CancellationToken,
) -> Result<Vec<RawObject>, Problem> {
    let calls = &permit.value().calls;
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        let sent = match ending.is_cancelled() {
            true => Err(not_begun(call)),
            false => send(connection, permit, call, dry).await,
        };
        match sent {
            Ok(answer) => answers.push(answer),
            Err(mut problem) if !answers.is_empty() && dry.is_empty() => {
                problem.what = format!("{} of {} calls were done; {}", answers.len(), calls.len(), problem.what).into();
                return Err(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(answers)
}

fn not_begun(call: &Call) -> Problem {
    let what = format!("{} was not sent", call.access);
    Problem::new(Cause::Refused, what, "the program was ended before", "look at the object before going on")
}

async fn send(
    connection: &Connection,
    permit: &Authorized<Mutation>,
    call: &Call,
    dry: &'static str,
) -> Result<RawObject, Problem> {
    let request = build(permit, call, dry)?;
    let answer = match connection.open_within(request, WRITE_TIMEOUT).await {
        Ok(response) => connection.collect(response, OBJECT_LIMIT).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Ok((_, bytes)) => parse(&call.path, &bytes),
        Err(failure) => {
            let problem = failure.problem_as(call.access.clone());
            Err(if dry.is_empty() && fate_unknown(&failure) { unknown(problem) } else { problem })
        }
    }
}

fn build(permit: &Authorized<Mutation>, call: &Call, dry: &str) -> Result<Request<Body>, Problem> {
    let refused = |why: &str| Problem::new(Cause::Refused, format!("cannot {}", call.access), why, "");
    let proof = PlannedCall::of_call(permit, call).ok_or_else(|| refused("no plan holds this call"))?;
    let method = match call.method {
        CallMethod::Post => Method::POST,
        CallMethod::Put => Method::PUT,
        CallMethod::Patch => Method::PATCH,
        CallMethod::Delete => Method::DELETE,
    };
    // Deleting has no field manager.
    let manager = match (call.method, dry.is_empty()) {
        (CallMethod::Delete, _) => "",
        (_, true) => "?fieldManager=watchkeeper",
        (_, false) => "&fieldManager=watchkeeper",
    };
    let body = Bytes::from(call.body.value().to_string());
    let path = format!("{}{dry}{manager}", call.path);
    let mut request =
        Connection::request(method, &path, Body::from(body)).map_err(|_| refused("its path is broken"))?;
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(call.body_type.content_type()));
    request.extensions_mut().insert(proof);
    Ok(request)
}

/// Whether the call may have been carried out although no success was heard.
fn fate_unknown(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refusal) => refusal.code == 504,
        Failure::Fault(Fault::Lost(_) | Fault::TooLong(_) | Fault::Unreadable(_)) => true,
        Failure::Fault(Fault::Silent { stage, .. }) => *stage == "the request",
        Failure::Fault(_) => false,
    }
}

fn unknown(problem: Problem) -> Problem {
    Problem::new(
        problem.cause,
        format!("{}: no answer came, it may have been done", problem.what),
        problem.why,
        "look at the object before trying again",
    )
}

#[cfg(test)]
#[path = "mutate_tests.rs"]
mod tests;
