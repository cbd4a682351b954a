//! The page of a service and the doors on it.

use std::time::Duration;

use watchkeeper::demo::{Cluster, Effect, Options, Role};

use crate::robot::Robot;

async fn at_the_page(name: &str, role: Role) -> Robot {
    let mut robot = Robot::begin(role, Duration::from_secs(120));
    robot.sees(name).await.press("/").types(name).press("enter").rests().await.press("enter");
    robot
}

#[tokio::test(start_paused = true)]
async fn errors_in_the_logs_stand_on_the_page_and_lead_to_all_of_them() {
    let mut robot = at_the_page("pay-api", Role::Oncall).await;
    robot.sees("no lines from before 03:00:20").await.sees("“TypeError: amount is undefined”").await;
    robot.sees("lines of 5 pods, 03:00:22 – now").await;
    robot.press("tab tab enter").sees("level≥error").await;
    // What the page read is let go, and read again on return.
    robot.press("esc").sees("ERRORS IN LOGS").await.sees("a minute").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_service_that_only_suffers_are_counted_too() {
    let mut robot = at_the_page("orders", Role::Oncall).await;
    robot.sees("ERRORS IN LOGS").await.sees("payment failed: pay-api answered 500").await.sees("read: ").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_the_page_is_a_door_to_that_pod() {
    let mut robot = at_the_page("pay-api", Role::Oncall).await;
    robot.sees("PODS").await.rests().await.press("down down");
    let on = |screen: &str| {
        let row = screen.lines().find(|line| line.starts_with('›')).map(str::to_owned).unwrap_or_default();
        row.split_whitespace().nth(1).map(str::to_owned).unwrap_or_default()
    };
    let pod = on(&robot.screen());
    robot.press("enter").sees("PODS ─ 5").await;
    assert!(!pod.is_empty() && on(&robot.screen()).ends_with(&pod), "{pod}\n{}", robot.screen());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_happened_leads_to_its_alert_and_to_the_history() {
    let mut robot = at_the_page("pay-api", Role::Oncall).await;
    robot.sees("errors begin").await.rests().await.press("tab down");
    robot.rests().await.press("enter").sees("expression").await.press("esc").sees("TIMELINE").await;
    robot.press("down down enter").sees("HISTORY").await;
    robot.end().await;
}

/// At the page, with the logs of its pods befallen by this.
async fn befallen(effect: Effect) -> Robot {
    let epoch = "2026-11-21T03:00:00Z".parse().expect("a time");
    let role = Role::Oncall;
    let at = Duration::from_secs(120);
    let cluster = Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role, epoch });
    cluster.faults().on("/api/v1/namespaces/checkout/pods/pay-api", 1_000, effect);
    let mut robot = Robot::over(cluster, role);
    robot.sees("pay-api").await.press("/").types("pay-api").press("enter").rests().await.press("enter");
    robot
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_missing_is_named_where_the_errors_would_stand() {
    let mut robot = befallen(Effect::Refuse { code: 403, retry_after: None }).await;
    robot.sees("needs get pods/log in checkout").await.sees("while both ran").await;
    robot.resize(80, 24);
    robot.sees("needs get pods/log").await.press("tab tab").sees("ERRORS IN LOGS").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn logs_that_cannot_be_read_now_say_so_and_the_rest_of_the_page_stays() {
    let mut robot = befallen(Effect::Refuse { code: 500, retry_after: None }).await;
    robot
        .sees("ERRORS IN LOGS")
        .await
        .sees("while both ran")
        .await
        .until("a reason", |screen| {
            let line = screen.lines().find(|line| line.contains("ERRORS IN LOGS")).unwrap_or_default();
            line.contains("old: ") || line.contains("500") || line.contains("fail")
        })
        .await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_page_fits_the_smallest_terminal_and_no_part_hides_another() {
    let mut robot = at_the_page("pay-api", Role::Oncall).await;
    robot.sees("a minute").await;
    for (columns, rows) in [(40, 10), (60, 15), (80, 24), (109, 20), (110, 30), (200, 50)] {
        robot.resize(columns, rows);
        robot.rests().await;
        for pane in ["PODS", "TIMELINE", "ERRORS IN LOGS"] {
            assert!(robot.screen().contains(pane), "{pane} at {columns}x{rows}:\n{}", robot.screen());
            robot.press("tab").rests().await;
        }
    }
    robot.end().await;
}
