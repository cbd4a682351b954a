//! What the header says while the server asks to come back later.

use std::time::Duration;

use watchkeeper::demo::{Cluster, Effect, Options, Role};

use crate::robot::{EPOCH, Robot};

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_to_wait_is_told_in_words_and_then_no_more() {
    let epoch = EPOCH.parse().expect("a time");
    let options = Options { at: Duration::ZERO, speed: 1.0, seed: 7, pods: None, role: Role::Oncall, epoch };
    let cluster = Cluster::start(options);
    cluster.faults().on("/api/v1/pods", 1, Effect::Refuse { code: 429, retry_after: Some(7) });
    let mut robot = Robot::over(cluster, Role::Oncall);
    robot.sees("server asks to wait 7 s").await;
    robot.loses("server asks to wait").await.sees("live").await;
    robot.end().await;
}
