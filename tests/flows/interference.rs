//! Somebody else changes the target of a plan: the plan is withdrawn, says who did what, and overwrites nothing.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::{Value, json};

use watchkeeper::action::plan::Act;
use watchkeeper::app::request::{Pending, Request as Wish, Wanted};
use watchkeeper::app::state::Size;
use watchkeeper::demo::{Cluster, Options, Role};
use watchkeeper::domain::problem::Cause;
use watchkeeper::report;
use watchkeeper::runtime::headless::Session;

use crate::robot::{EPOCH, Robot, backend, first_state};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/checkout/deployments/pay-api";

fn cluster() -> Arc<Cluster> {
    let epoch: Timestamp = EPOCH.parse().unwrap();
    let at = Duration::from_secs(120);
    Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role: Role::Oncall, epoch })
}

/// Another client of the same cluster, one request at a time.
async fn kubectl(cluster: &Arc<Cluster>, method: &str, path: &str, body: &Value) {
    let stream = TokioIo::new(cluster.dial().await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?fieldManager=kubectl-edit"))
        .header(HOST, "demo")
        .header(AUTHORIZATION, format!("Bearer {}", Role::Admin.token()))
        .header(CONTENT_TYPE, "application/json-patch+json")
        .body(Full::<Bytes>::from(body.to_string()))
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// Bob puts out a release with another setting, a secret one, and says why.
async fn bob_releases(cluster: &Arc<Cluster>) {
    let container = "/spec/template/spec/containers/0";
    let patch = json!([
        {"op": "replace", "path": format!("{container}/image"), "value": "shop/pay:1.8.5"},
        {"op": "add", "path": format!("{container}/env/-"), "value": {"name": "API_TOKEN", "value": "hunter2"}},
        {"op": "add", "path": "/metadata/annotations/kubernetes.io~1change-cause", "value": "bob: try 1.8.5"},
    ]);
    kubectl(cluster, "PATCH", DEPLOYMENT, &patch).await;
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_withdrawn_with_who_did_what_and_r_plans_anew() {
    let cluster = cluster();
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("of requests fail since").await.rests().await;
    robot.press("R").sees("the server's own answer").await.sees("type pay-api").await;
    robot.types("pay-").rests().await;
    bob_releases(&cluster).await;
    robot.sees("WITHDRAWN: by kubectl-edit at 03:02:").await;
    robot.sees("(“bob: try 1.8.5”)").await.sees("WHAT SOMEBODY ELSE DID").await.sees("shop/pay:1.8.5").await;
    robot.sees("API_TOKEN").await;
    let screen = robot.screen();
    assert!(!screen.contains("hunter2"), "{screen}");
    let before = robot.writes().len();
    robot.types("api").press("enter").rests().await;
    robot.sees("WITHDRAWN").await;
    assert_eq!(robot.writes().len(), before, "enter is dead");
    let record = robot.record();
    assert!(record.contains("Not done: the plan is withdrawn"), "{record}");
    assert!(record.contains("kubectl-edit") && !record.contains("hunter2"), "{record}");
    robot.press("R").loses("WITHDRAWN").await.sees("1.8.5 → ").await.sees("type pay-api").await;
    assert!(!robot.screen().contains("pay-api▏pay-"), "{}", robot.screen());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_write_that_came_second_tells_what_the_first_did() {
    let cluster = cluster();
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("of requests fail since").await.rests().await;
    robot.press("R").sees("the server's own answer").await.sees("type pay-api").await.rests().await;
    robot.types("pay-api");
    // Nothing is taken up between the two: the console learns of it from the server's refusal.
    bob_releases(&cluster).await;
    robot.press("enter").sees("WITHDRAWN: by kubectl-edit").await.sees("shop/pay:1.8.5").await;
    let refused = cluster.requests().iter().filter(|request| request.is_write() && request.status == 422).count();
    assert_eq!(refused, 1, "{:?}", robot.writes());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_deleted_withdraws_the_plan() {
    let cluster = cluster();
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("of requests fail since").await.rests().await;
    robot.press("R").sees("the server's own answer").await.sees("type pay-api").await;
    kubectl(&cluster, "DELETE", DEPLOYMENT, &json!({})).await;
    robot.sees("WITHDRAWN: it was deleted").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_terminal_the_other_is_told_as_data() {
    let cluster = cluster();
    let backend = backend(Arc::clone(&cluster), Role::Oncall);
    let (mut state, _) = first_state(&backend, Size { columns: 120, rows: 40 });
    let wanted = Wanted::Plan(Act::roll_back(None));
    state.request = Pending::Waiting(Wish { target: "pay-api".to_owned(), wanted });
    let mut session = Session::open(backend, state).await;
    assert_eq!(session.outcome().report.problems, []);
    bob_releases(&cluster).await;
    assert!(session.confirm("pay-api").await.unwrap());
    let report = session.outcome().report;
    session.end().await;
    assert_eq!(report.problems.iter().map(|problem| &problem.cause).collect::<Vec<_>>(), [&Cause::Conflict]);
    let document: Value = serde_json::from_str(&report::json(&report)).unwrap();
    let withdrawn = &document["items"][0]["withdrawn"];
    assert_eq!(withdrawn["by"][0]["manager"], "kubectl-edit", "{document:#}");
    assert_eq!(withdrawn["cause"], "bob: try 1.8.5");
    assert!(withdrawn["differences"].to_string().contains("shop/pay:1.8.5"), "{withdrawn:#}");
    assert!(!document.to_string().contains("hunter2"));
    let table = report::table(&report);
    assert!(table.contains("changed meanwhile: template › app › image: shop/pay:1.8.4 → shop/pay:1.8.5"), "{table}");
    let written = cluster.requests().iter().filter(|request| request.is_write() && request.status < 400).count();
    assert_eq!(written, 1, "bob's alone");
}
