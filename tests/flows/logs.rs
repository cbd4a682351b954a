//! Reading logs and typing into a container.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

/// The bad release has served for a while.
const INCIDENT: Duration = Duration::from_secs(120);

async fn at_pay_api(role: Role) -> Robot {
    let mut robot = Robot::begin(role, INCIDENT);
    robot.sees("pay-api").await.press("/").types("pay-api").press("enter").rests().await;
    robot
}

async fn at_a_pod(role: Role) -> Robot {
    let mut robot = Robot::begin(role, INCIDENT);
    robot.sees("pay-api").await.press(":").types("pods").press("enter").sees("Running").await;
    robot.press("/").types("pay-api-").press("enter").rests().await;
    robot
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_service_are_followed_filtered_and_held() {
    let mut robot = at_pay_api(Role::Oncall).await;
    robot.press("l").sees("amount is undefined").await.sees("following").await;
    robot.press("/").types("retry").press("enter").sees("lines with “retry”").await;
    robot.press("s").sees("held").await.sees("▼ 1 new").await;
    robot.press("s").sees("following").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn errors_are_those_since_the_change_and_a_trace_opens() {
    let mut robot = at_pay_api(Role::Oncall).await;
    robot.press("L").sees("since 03:00:20, level≥error (1.8.4)").await.sees("▸ 14 more lines").await;
    robot.press("up enter").sees("route: POST /v1/charge").await.sees(".js:").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_past_is_read_a_page_at_a_time_until_the_logs_begin() {
    let mut robot = at_pay_api(Role::Developer).await;
    robot.press("l").sees("following").await.press("2").sees("following").await.rests().await;
    robot.press("g").sees("what was read begins here").await;
    robot.press("up").sees("from the beginning").await.sees("held").await;
    robot.press("g").sees("the logs begin here").await.sees("starting pay-api 1.8.4").await;
    robot.press("f").loses("LOGS").await.press("f").sees("LOGS").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn fields_choose_lines_and_an_empty_result_says_of_what() {
    let mut robot = at_pay_api(Role::Oncall).await;
    robot.press("l").sees("amount is undefined").await;
    robot.press("/").types("status=500 !route=/v2/").press("enter").sees("lines with “status=500 !route=/v2/”").await;
    robot.press("/").press("ctrl-u").types("status=418").press("enter").sees("0 of ").await.sees("– now").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_may_not_open_a_shell_reads_the_missing_right() {
    let mut robot = at_a_pod(Role::Developer).await;
    robot.press("s").sees("pods/exec").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_shell_takes_all_keys_but_the_ways_out_and_lives_on() {
    let mut robot = at_a_pod(Role::Oncall).await;
    robot.press("s").sees("/app $").await.sees("F8 · ⏎ ~ d · ctrl-] leave").await;
    robot.types("ls").press("enter").sees("package.json").await;
    robot.press("enter ~ d").sees("lives on").await.sees("RESTARTS").await;
    robot.press("A").sees("ALERTS").await.sees("1 shell").await;
    robot.press("ctrl-]").sees("package.json").await;
    robot.press("f8").sees("ALERTS").await;
    robot.press("esc").sees("RESTARTS").await.press("s").sees("package.json").await;
    robot.types("exit").press("enter").sees("exited 0, ⏎ to close").await;
    let record = robot.record();
    assert!(record.contains("- object: Pod checkout/pay-api-") && record.contains("- exited 0"), "{record}");
    assert!(record.contains("package.json"), "{record}");
    robot.press("ctrl-d ctrl-c");
    assert!(robot.screen().contains("exited 0"), "{}", robot.screen());
    robot.press("enter").sees("RESTARTS").await;
    robot.end().await;
}
