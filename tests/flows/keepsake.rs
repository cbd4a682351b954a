//! What the ending pods know is kept before an act, on disk and in the record.

use std::path::Path;
use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

const TWO_MINUTES: Duration = Duration::from_secs(120);

/// All files below a folder, with their text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => {
                let name = entry.file_name().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(start_paused = true)]
async fn a_rollback_keeps_the_logs_events_and_status_of_the_pods_it_ends() {
    let state = tempfile::tempdir().unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path());
    robot.sees("pay-api").await.rests().await;
    robot.press("R").sees("type pay-api").await.sees("are kept in a file of yours first").await.rests().await;
    robot.types("pay-api").press("enter").sees("kept first: status of 5 of 5 pods").await;
    robot.sees("records/20261121T0302").await;
    let files = files(&state.path().join("records"));
    let text = |extension: &str| -> String {
        files.iter().filter(|(name, _)| name.ends_with(extension)).map(|(_, text)| text.as_str()).collect()
    };
    assert!(text(".log").contains("amount is undefined"), "{files:?}");
    assert!(text("events.txt").contains("pay-api"), "{files:?}");
    assert!(text(".yaml").contains("containerStatuses"), "{files:?}");
    let record = robot.record();
    assert!(record.contains("## Kept before the act") && record.contains("records/20261121T0302"), "{record}");
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_said_and_stops_nothing() {
    let state = tempfile::tempdir().unwrap();
    std::fs::write(state.path().join("records"), "a file in the way").unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path());
    robot.sees("pay-api").await.rests().await;
    robot.press("R").sees("type pay-api").await.rests().await;
    robot.types("pay-api").press("enter").sees("not kept: nothing of the ending pods was kept").await;
    assert_eq!(robot.writes(), ["PATCH /apis/apps/v1/namespaces/checkout/deployments/pay-api"]);
    robot.end().await;
}
