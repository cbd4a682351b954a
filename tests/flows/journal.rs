//! The journal of acts: what is written, what is said when it cannot be, and what a start says of an act left in the
//! middle.

use std::time::Duration;

use serde_json::{Value, json};
use watchkeeper::demo::Role;

use crate::robot::Robot;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn an_act_is_begun_and_ended_in_the_journal() {
    let state = tempfile::tempdir().unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path());
    robot.sees("pay-api").await.rests().await;
    robot.press("R").sees("type pay-api").await.rests().await;
    robot.types("pay-api").press("enter").sees("kept first").await;
    let text = std::fs::read_to_string(state.path().join("journal.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!((&lines[0]["state"], &lines[1]["state"]), (&json!("begun"), &json!("ended")));
    assert_eq!((&lines[0]["entry"], &lines[1]["done"]), (&lines[1]["entry"], &json!(true)));
    assert!(lines[0]["kept"].as_str().unwrap().contains("records/"), "{text}");
    assert!(!text.contains("FEATURE_X"), "templates stay out: {text}");
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_written_is_said_and_the_act_is_allowed() {
    let state = tempfile::tempdir().unwrap();
    std::fs::create_dir(state.path().join("journal.jsonl")).unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path()).with_journal_opened();
    robot.sees("NO JOURNAL").await.rests().await;
    robot.press("R").sees("NO JOURNAL: acts cannot be written down").await.sees("type pay-api").await.rests().await;
    robot.types("pay-api").press("enter").sees("kept first").await;
    assert_eq!(robot.writes(), ["PATCH /apis/apps/v1/namespaces/checkout/deployments/pay-api"]);
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_act_left_in_the_middle_is_told_at_the_next_start_and_in_its_plan() {
    let state = tempfile::tempdir().unwrap();
    let begun = json!({"entry": "1", "state": "begun", "at": "2026-11-21T02:58:01Z", "process": u32::MAX,
        "user": "ann@corp", "context": "demo", "calls": [{}], "summary": "roll pay-api back: 1.8.4 → 1.8.3",
        "target": {"kind": "Deployment", "namespace": "checkout", "name": "pay-api"}});
    std::fs::write(state.path().join("journal.jsonl"), format!("{begun}\n")).unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path()).with_journal_opened();
    robot.sees("unfinished act on pay-api since 2026-11-21 02:58:01").await.sees("UNFINISHED ACT").await;
    robot.rests().await;
    robot.press("R").sees("it may be done or not").await;
    robot.end().await;
    // Told once: the next start says nothing of it.
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path()).with_journal_opened();
    robot.sees("pay-api").await.rests().await;
    assert!(!robot.screen().contains("UNFINISHED"), "{}", robot.screen());
    robot.end().await;
}
