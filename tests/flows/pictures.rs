//! The pictures in `screenshots/`: frames of real flows at three sizes. A picture that no longer shows what the console
//! draws fails; `WK_PICTURES=write cargo test --test flows pictures` draws them anew, to be looked at before they are kept.

use std::path::Path;
use std::time::Duration;

use watchkeeper::demo::Role;
use watchkeeper::ui::picture::{Ground, svg};

use crate::robot::Robot;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

/// Compares the screen at every size with its pictures, or draws them.
pub async fn keep(robot: &mut Robot, name: &str) {
    for (columns, rows) in SIZES {
        robot.resize(columns, rows);
        robot.rests().await;
        let drawn = svg(&robot.frame(), Ground::DARK);
        let file = format!("screenshots/{name}-{columns}x{rows}.svg");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        if std::env::var_os("WK_PICTURES").is_some_and(|wish| wish == "write") {
            std::fs::write(&path, drawn).expect("the folder can be written");
        } else {
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == drawn, "{file} is stale: the screen now shows\n{}", robot.screen());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn home_in_the_incident() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(120));
    robot.sees("pay-api").await.rests().await;
    keep(&mut robot, "services").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn alerts_and_one_of_them() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(150));
    robot.sees("pay-api").await.rests().await;
    robot.press("A").sees("errors since").await;
    keep(&mut robot, "alerts").await;
    robot.press("enter").sees("expression").await;
    keep(&mut robot, "alert").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_service_and_its_charts() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(150));
    robot.sees("of requests fail since").await.rests().await;
    robot.press("enter").sees("while both ran").await;
    keep(&mut robot, "service").await;
    robot.press("D").sees("CHARTS").await;
    keep(&mut robot, "charts").await;
    robot.end().await;
}
