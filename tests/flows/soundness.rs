//! How old revisions ran, as the history and the plan tell it from their own counters.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn history_and_plan_say_how_long_a_revision_was_measured() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES);
    robot.sees("pay-api").await.rests().await;
    robot.press("H").sees("✓ measured ≤ 0.").await.sees("✖ 1").await.sees("% errors measured").await.rests().await;
    robot.press("R").sees("roll pay-api back: 1.8.4 → 1.8.3, measured ≤ 0.").await;
    robot.sees("% errors for 6 d").await.rests().await;
    assert!(!robot.screen().contains("nothing is known of how"), "{}", robot.screen());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_prometheus_nothing_is_claimed_and_the_reason_is_said() {
    let mut robot = Robot::without_prometheus(TWO_MINUTES);
    robot.sees("pay-api").await.rests().await;
    robot.press("/").types("pay-api").press("enter").rests().await;
    robot.press("H").sees("how revisions ran is not measured: no Prometheus").await.rests().await;
    assert!(robot.screen().contains("ran Ready, not measured"), "{}", robot.screen());
    robot.press("R").sees("1.8.4 → 1.8.3, of unknown health").await;
    robot.sees("nothing is known of how 1.8.3 ran 6d ago: no Prometheus").await.rests().await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_act_that_is_stuck_says_why_and_names_the_way_out() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES);
    robot.sees("pay-api").await.rests().await;
    robot.press("H").sees("% errors measured").await.rests().await;
    robot.press("down down down R").sees("1.8.4 → 1.8.2").await.sees("type pay-api").await.rests().await;
    robot.types("pay-api").press("enter").sees("✖ stuck").await;
    robot.sees("R plans the way to 1.8.3, revision 3").await.rests().await;
    robot.resize(40, 10);
    robot.sees("R plans the way to 1.8.3, revision 3").await.sees("✖ stuck").await.rests().await;
    robot.resize(80, 24);
    robot.sees("not found”").await.rests().await;
    robot.press("R").sees("1.8.2 → 1.8.3").await;
    robot.end().await;
}
