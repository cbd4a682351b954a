//! The incident on the real cluster, by keys alone and at three sizes, and what the audit log says of it.

use watchkeeper::domain::policy::Limits;

use super::audit::Audit;
use super::cluster::{begin, order};

/// The good release again, however the flow ended.
struct Mended;

impl Drop for Mended {
    fn drop(&mut self) {
        order("good-release", &[]);
    }
}

/// From the alert to a proven verification in the inputs of the story; meanwhile somebody who may only look walks the
/// same way.
async fn incident(columns: u16, rows: u16) {
    let _mended = Mended;
    let (mut robot, folder) = begin("oncall", Limits::default());
    robot.resize(columns, rows);
    robot.sees("pay-api").await.rests().await;
    // What an incident before this one raised has gone.
    robot.press("A").sees("ALERTS").await.rests().await;
    robot.loses("PayErrorRatio").await;
    order("bad-release", &[]);
    let mut audit = Audit::begin();
    robot.sees("PayErrorRatio").await.until("it fires", fires).await;
    may_only_look(columns, rows).await;

    robot.press("enter").sees("limit").await.rests().await;
    robot.press("H").sees("errors begin").await.sees("1.8.3 → 1.8.4").await.rests().await;
    robot.press("enter").sees("FAIL_RATIO").await;
    robot.press("L").sees("level≥error").await.rests().await;
    robot.press("R").sees("the server's own answer").await.sees("type pay-api").await;
    assert_eq!(audit.writes("oncall"), Vec::<String>::new(), "planning writes nothing");
    robot.types("pay-api").press("enter").sees("VERIFY").await;
    robot.sees("✓ proven").await;
    assert_eq!(audit.writes("oncall"), ["patch deployments checkout/pay-api"]);

    let record = robot.record();
    for part in ["roll pay-api back: 1.8.4 → 1.8.3", "verdict: proven", "PayErrorRatio", "oncall"] {
        assert!(record.contains(part), "“{part}” is missing in:\n{record}");
    }
    let journal = std::fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("/apis/apps/v1/namespaces/checkout/deployments/pay-api"), "{journal}");
    robot.end().await;
}

/// The alert's line says that it fires, and not that it will.
fn fires(screen: &str) -> bool {
    screen.lines().any(|line| line.contains("PayErrorRatio") && line.contains('▲'))
}

/// The same screens for a developer: they name the missing right, and hand over the command.
async fn may_only_look(columns: u16, rows: u16) {
    let (mut robot, _folder) = begin("developer", Limits::default());
    let mut audit = Audit::begin();
    robot.resize(columns, rows);
    robot.sees("pay-api").await.rests().await;
    robot.press("A").until("it fires", fires).await.rests().await;
    robot.press("enter").sees("limit").await.rests().await;
    robot.press("H").sees("1.8.3 → 1.8.4").await.rests().await;
    robot.press("enter").sees("FAIL_RATIO").await;
    robot.press("L").sees("level≥error").await.rests().await;
    robot.press("R").sees("⊘ patch deployments").await.sees("computed here").await;
    robot.types("pay-api").press("enter").rests().await;
    assert!(robot.screen().contains("PLAN"), "{}", robot.screen());
    assert_eq!(audit.acts("developer"), Vec::<String>::new());
    let record = robot.record();
    let command = "kubectl --context real -n checkout rollout undo deploy/pay-api --to-revision=";
    assert!(record.contains(command), "{record}");
    robot.end().await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_incident_is_solved_with_one_write_on_a_small_terminal() {
    incident(80, 24).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_incident_is_solved_with_one_write_on_a_usual_terminal() {
    incident(120, 40).await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_incident_is_solved_with_one_write_on_a_large_terminal() {
    incident(200, 50).await;
}
