//! What `Y` hands over on the screens that show one thing: who, where and when at the top, then what is known.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

fn holds(record: &str, parts: &[&str]) {
    let head =
        ["- object: Deployment checkout/pay-api", "- cluster: demo", "- by: ann@corp", "- written: 2026-11-21 03:0"];
    for part in head.iter().chain(parts) {
        assert!(record.contains(part), "{part} is not in\n{record}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_says_what_it_knows() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(150));
    robot.sees("pay-api").await.press("/").types("pay-api").press("enter").rests().await;
    robot.press("enter").sees("while both ran").await.sees("amount is undefined").await.rests().await;
    holds(
        &robot.record(),
        &[
            "# Service pay-api",
            "- while both ran: 1.8.4 14.2 %",
            "| errors | 14.2 % |",
            "- PayErrorRatio fires since 2026-11-21 03:01:1",
            "errors begin (counted back from the first failures, to 1 s)",
            "release: 1.8.3 → 1.8.4 (annotation: ci-bot",
            "| node-4 |",
            "× `TypeError: amount is undefined`",
            "read: ",
        ],
    );
    robot.press("D").sees("CHARTS").await.press("left left").rests().await;
    holds(
        &robot.record(),
        &["# Charts pay-api", "| requests |", "| newest | lowest | highest | at 03:0", "Errors began at"],
    );
    robot.press("esc y").sees("apiVersion").await;
    holds(&robot.record(), &["# YAML pay-api", "```yaml\nkind: Deployment\napiVersion: apps/v1"]);
    robot.press("esc L").sees("amount is undefined").await.rests().await;
    holds(
        &robot.record(),
        &[
            "# Logs pay-api",
            "- 5 of 5 pods",
            "- since 03:00:20 (",
            "lines with error, 03:00:2",
            " – now",
            "amount is undefined",
        ],
    );
    robot.press("H").sees("errors begin").await.rests().await.press("enter").sees("WHAT CHANGED").await;
    holds(&robot.record(), &["# Difference pay-api", "| field | before | after |", "shop/pay:1.8.4"]);
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_says_whom_it_hits_and_since_when() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(150));
    robot.sees("pay-api").await.rests().await.press("A").sees("errors since").await;
    robot.press("enter").sees("expression").await.rests().await;
    let record = robot.record();
    for part in [
        "# Alert PayErrorRatio",
        "- by: ann@corp",
        "- **PayErrorRatio fires**",
        "hits",
        "```promql\n",
        "symptom began at",
    ] {
        assert!(record.contains(part), "{part} is not in\n{record}");
    }
    robot.end().await;
}
