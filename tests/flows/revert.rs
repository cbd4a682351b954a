//! Somebody else puts something else in place of what was just written: the verification says so, and who.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

#[tokio::test(start_paused = true)]
async fn bob_rolls_back_during_the_verification_of_a_restart() {
    // In the story bob rolls back at 12:00.
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(11 * 60 + 50));
    robot.sees("pay-api").await.rests().await;
    robot.press("r").sees("restart all pods of pay-api").await.sees("the server's own answer").await;
    robot.types("pay-api").press("enter").sees("rollout").await;
    robot.sees("✖ reverted by kubectl-rollout (“bob@corp: back to 1.8.3”)").await;
    assert!(robot.record().contains("verdict: reverted by kubectl-rollout"), "{}", robot.record());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn argo_cd_heals_what_was_rolled_back() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(60));
    robot.sees("pay-api").await.rests().await;
    robot.press("/").types("web").press("enter").rests().await;
    robot.press("R").sees("will not hold: Argo CD application web owns it").await.sees("own answer").await;
    robot.types("web").press("enter").sees("✖ reverted by argocd").await;
    robot.end().await;
}
