use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use serde_json::json;

use super::super::test_permits::{DEPLOYMENT, mutation, patch};
use super::super::test_server::{Answer, TestServer, json as reply, refusal};
use super::*;
use crate::domain::policy::Limits;

type Seen = Arc<Mutex<Vec<(String, String, serde_json::Value)>>>;

/// A server that notes each write and answers all alike.
fn server(answer: impl Fn(usize) -> Option<Answer> + Clone + Send + Sync + 'static) -> (TestServer, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let server = TestServer::new(move |request| {
        let (noted, answer) = (noted.clone(), answer.clone());
        async move {
            let line = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
            let body_type = request.headers()["content-type"].to_str().unwrap().to_string();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let index = noted.lock().unwrap().len();
            noted.lock().unwrap().push((line, body_type, serde_json::from_slice(&body).unwrap()));
            match answer(index) {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
    });
    (server, seen)
}

#[tokio::test]
async fn a_dry_run_and_the_write_differ_in_nothing_but_the_flag() {
    let (server, seen) = server(|_| Some(reply(200, &json!({"metadata": {"name": "pay-api"}}))));
    let connection = server.connect();
    let permit = mutation(1, vec![patch(DEPLOYMENT)]);
    let would = dry_run(&connection, &permit).await.unwrap();
    let done = perform(&connection, permit, &CancellationToken::new()).await.unwrap();
    assert_eq!(would, done);
    assert_eq!(done[0].text("/metadata/name"), Some("pay-api"));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, format!("PATCH {DEPLOYMENT}?dryRun=All&fieldManager=watchkeeper"));
    assert_eq!(seen[1].0, format!("PATCH {DEPLOYMENT}?fieldManager=watchkeeper"));
    assert_eq!(seen[0].1, "application/json-patch+json");
    assert_eq!(seen[0].2, seen[1].2);
    let tally = connection.counters().tally();
    assert_eq!((tally.dry_runs, tally.writes), (1, 1));
}

#[tokio::test]
async fn read_only_sends_nothing_not_even_a_dry_run() {
    let (server, seen) = server(|_| Some(reply(200, &json!({}))));
    let connection = server.connect_with(Limits { read_only: true });
    let permit = mutation(1, vec![patch(DEPLOYMENT)]);
    assert_eq!(dry_run(&connection, &permit).await.unwrap_err().cause, Cause::Refused);
    let problem = perform(&connection, permit, &CancellationToken::new()).await.unwrap_err();
    assert!(problem.why.contains("read-only"), "{problem}");
    let other =
        perform(&server.connect(), mutation(7, vec![patch(DEPLOYMENT)]), &CancellationToken::new()).await.unwrap_err();
    assert!(other.why.contains("another connection"), "{other}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_failed_test_is_a_conflict_and_nothing_is_tried_twice() {
    let message = "the server rejected our request due to an error in our request";
    let (server, seen) = server(move |_| Some(refusal(422, "Invalid", message)));
    let problem =
        perform(&server.connect(), mutation(1, vec![patch(DEPLOYMENT)]), &CancellationToken::new()).await.unwrap_err();
    assert_eq!(problem.cause, Cause::Conflict);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_is_said_and_not_repeated() {
    for (code, reason) in [(504, "Timeout"), (0, ""), (429, "TooManyRequests")] {
        let (server, seen) = server(move |_| (code > 0).then(|| refusal(code, reason, "too slow")));
        let problem = perform(&server.connect(), mutation(1, vec![patch(DEPLOYMENT)]), &CancellationToken::new())
            .await
            .unwrap_err();
        assert_eq!(problem.what.contains("may have been done"), code != 429, "{problem}");
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_failure_halfway_says_how_far_it_got() {
    let (server, _) =
        server(|index| Some(if index == 0 { reply(200, &json!({})) } else { refusal(403, "Forbidden", "no") }));
    let calls = vec![patch(DEPLOYMENT), patch(&format!("{DEPLOYMENT}/scale"))];
    let problem = perform(&server.connect(), mutation(1, calls), &CancellationToken::new()).await.unwrap_err();
    assert!(problem.what.starts_with("1 of 2 calls were done"), "{problem}");
    assert!(matches!(problem.cause, Cause::Denied(_)));
}
