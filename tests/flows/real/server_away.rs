//! The API server goes away in the middle and comes back.

use watchkeeper::domain::policy::Limits;

use super::cluster::{Stopped, begin};

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_server_that_goes_away_leaves_the_rows_and_is_live_again_when_it_returns() {
    let (mut robot, _folder) = begin("oncall", Limits::default());
    robot.sees("pay-api").await.sees("live").await.rests().await;
    let away = Stopped::daemon("kube-apiserver");
    robot.sees("no answer for").await;
    assert!(robot.screen().contains("pay-api"), "the rows stay:\n{}", robot.screen());
    drop(away);
    robot.loses("no answer for").await.sees("live").await;
    assert!(robot.screen().contains("pay-api"), "{}", robot.screen());
    robot.end().await;
}
