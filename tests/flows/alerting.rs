//! From what fires to whom it hits, and what can be said where nobody can be asked.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

const INCIDENT: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn home_shows_what_is_measured_and_since_when_it_fails() {
    let mut robot = Robot::begin(Role::Oncall, INCIDENT);
    robot.sees("14.2").await.sees("▲ 1C").await.sees("of requests fail since 03:00:").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_names_its_limit_its_route_and_its_service() {
    let mut robot = Robot::begin(Role::Oncall, INCIDENT);
    robot.press("A").sees("PayErrorRatio").await.rests().await;
    robot.sees("14.2 %, limit 2.0 % for 30 s").await;
    robot.sees("pager, #oncall").await.sees("label service=pay-api").await.sees("watchdog").await;
    robot.sees("errors since 03:00:").await.sees("after 1.8.4").await;
    robot.press("enter").sees("expression").await.sees("hits checkout › pay-api").await;
    robot.sees("began 03:00:").await.sees("https://runbooks.example/pay-api/error-ratio").await;
    robot.press("left").sees("┊ 14.2 %").await;
    robot.press("enter").sees("TIMELINE").await.sees("PayErrorRatio fires").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn from_an_alert_every_door_leads_to_its_service() {
    for (key, seen) in [("H", "pay-config"), ("D", "CHARTS"), ("R", "1.8.3")] {
        let mut robot = Robot::begin(Role::Oncall, INCIDENT);
        robot.press("A").sees("label service=pay-api").await;
        robot.press(key).sees(seen).await;
        robot.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_service_compares_its_versions() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(90));
    robot.sees("pay-api").await.sees("of requests fail since").await;
    robot.press("enter").sees("while both ran: 1.8.4").await;
    robot.sees("targets").await.sees("● 1.8.3 → 1.8.4").await;
    robot.press("left").sees("after ● 1.8.4").await;
    robot.press("esc").sees("RESTARTS 24H").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_ask_it_is_said_and_the_rest_goes_on() {
    let mut robot = Robot::begin(Role::Reader, INCIDENT);
    robot.sees("no Prometheus").await;
    robot.press("A").sees("alerts cannot be read").await.sees("services/proxy").await;
    robot.press("esc").sees("pay-api").await;
    robot.press("enter").sees("Without it there are no charts").await.sees("PODS").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn quiet_is_told_with_the_reason_to_trust_it() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.press("A").press("/").types("nothing-like-it").press("enter").sees("No alerts match").await;
    robot.end().await;
}
