//! Bad luck is what was ordered, no more and no less.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use http::Method;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, WatchParams};

use super::{Role, client, cluster, status};
use crate::demo::{Effect, Fault};

const PODS: &str = "/api/v1/namespaces/checkout/pods";

#[tokio::test(start_paused = true)]
async fn refusals_come_as_often_as_scripted() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    cluster.faults().on(PODS, 1, Effect::Refuse { code: 429, retry_after: Some(7) });
    let refused = status(pods.list(&ListParams::default()).await);
    assert_eq!((refused.code, refused.details.clone().map(|d| d.retry_after_seconds)), (429, Some(7)));
    assert!(pods.list(&ListParams::default()).await.is_ok());
    let write = Fault {
        method: Some(Method::DELETE),
        prefix: PODS.to_owned(),
        times: 1,
        effect: Effect::Refuse { code: 500, retry_after: None },
    };
    cluster.faults().add(write);
    assert!(pods.list(&ListParams::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn answers_hang_break_and_end_early() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    cluster.faults().on(PODS, 1, Effect::Hang);
    let silent = tokio::time::timeout(Duration::from_secs(30), pods.list(&ListParams::default())).await;
    assert!(silent.is_err());
    cluster.faults().on(PODS, 1, Effect::Truncate { after: 5000 });
    assert!(matches!(pods.list(&ListParams::default()).await, Err(kube::Error::SerdeError(_))));
    cluster.faults().on(PODS, 1, Effect::Cut { after: 5000 });
    assert!(!matches!(pods.list(&ListParams::default()).await, Ok(_) | Err(kube::Error::SerdeError(_))));
    assert!(pods.list(&ListParams::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn away_cuts_watches_and_refuses_to_be_dialled() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    let mut events = pods.watch(&WatchParams::default(), "0").await.expect("a watch").boxed();
    events.try_next().await.expect("a stream").expect("an event");
    cluster.faults().go_away();
    while let Ok(Some(_)) = events.try_next().await {}
    assert!(pods.list(&ListParams::default()).await.is_err());
    assert!(cluster.dial().await.is_err());
    cluster.faults().come_back();
    assert!(pods.list(&ListParams::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn silence_keeps_the_connection_and_answers_later() {
    let cluster = cluster();
    let pods: Api<Pod> = Api::namespaced(client(&cluster, Role::Oncall), "checkout");
    assert!(pods.list(&ListParams::default()).await.is_ok());
    cluster.faults().fall_silent();
    let nothing = tokio::time::timeout(Duration::from_secs(60), pods.list(&ListParams::default())).await;
    assert!(nothing.is_err());
    cluster.faults().come_back();
    assert!(pods.list(&ListParams::default()).await.is_ok());
}
