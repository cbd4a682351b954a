//! The page of a service and the doors on it.

use std::time::Duration;

use watchkeeper::demo::Role;

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
    robot.press("enter").sees("NAMESPACE").await;
    assert!(!pod.is_empty() && on(&robot.screen()).ends_with(&pod), "{pod}\n{}", robot.screen());
    robot.end().await;
}
