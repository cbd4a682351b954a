//! What the API server refuses, on the screen: each code in words, with what to do, and never a blank pane.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;

use watchkeeper::demo::{Cluster, Effect, Fault, Options, Role};

use crate::robot::Robot;

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/checkout/deployments/pay-api";

/// Somebody on call who stands on pay-api in the incident, and the cluster to order bad luck from.
async fn on_call() -> (Arc<Cluster>, Robot) {
    let epoch: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let at = Duration::from_secs(120);
    let cluster = Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role: Role::Oncall, epoch });
    let mut robot = Robot::over(Arc::clone(&cluster), Role::Oncall);
    robot.sees("of requests fail since").await.rests().await;
    (cluster, robot)
}

#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_read_says_why() {
    for (code, words) in [
        (403, ["needs get deployments.apps pay-api in checkout", "ask for this right"]),
        (404, ["cannot get deployments.apps pay-api in checkout", "could not find the requested resource"]),
        (410, ["cannot get deployments.apps pay-api in checkout", "read again from the start"]),
        (429, ["the server sheds load", "it asks to wait 2 s"]),
        (500, ["cannot get deployments.apps pay-api in checkout", "the server's own failure"]),
        (503, ["cannot get deployments.apps pay-api in checkout", "the server's own failure"]),
        (504, ["cannot get deployments.apps pay-api in checkout", "did not finish in time"]),
    ] {
        let (cluster, mut robot) = on_call().await;
        cluster.faults().on(DEPLOYMENT, 10, Effect::Refuse { code, retry_after: (code == 429).then_some(2) });
        robot.press("y");
        for words in words {
            robot.until(&format!("{code}: {words}"), |screen| screen.contains(words)).await;
        }
        robot.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_meets_another_is_a_conflict_and_overwrites_nothing() {
    for code in [409, 429, 500] {
        let (cluster, mut robot) = on_call().await;
        robot.press("R").sees("the server's own answer").await.sees("type pay-api").await;
        let effect = Effect::Refuse { code, retry_after: None };
        let fault = Fault { method: Some(Method::PATCH), prefix: DEPLOYMENT.to_owned(), times: 10, effect };
        cluster.faults().add(fault);
        robot.types("pay-api").press("enter");
        let words = match code {
            409 => "WITHDRAWN",
            429 => "the server sheds load",
            _ => "leader changed",
        };
        robot.until(&format!("{code}: {words}"), |screen| screen.contains(words)).await;
        assert!(robot.screen().contains("PLAN"), "{}", robot.screen());
        let rolled_back =
            cluster.requests().iter().filter(|request| request.is_write() && request.status < 400).count();
        assert_eq!(rolled_back, 0, "{code}");
        robot.end().await;
    }
}
