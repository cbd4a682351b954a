//! The incident on the real cluster, by keys alone, and what the audit log says of it.

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

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_bad_release_is_found_rolled_back_and_proven_with_one_write() {
    let _mended = Mended;
    let (mut robot, folder) = begin("oncall", Limits::default());
    robot.sees("pay-api").await.rests().await;
    order("bad-release", &[]);
    let mut audit = Audit::begin();
    robot.press("A").sees("PayErrorRatio").await;
    robot.sees("▲ 1").await;
    robot.press("esc").sees("RESTARTS 24H").await;
    robot.press("/").types("pay-api").press("enter").rests().await;
    robot.press("H").sees("1.8.4").await.rests().await;
    robot.press("enter").sees("1.8.3").await;
    robot.press("R").sees("the server's own answer").await;
    assert!(robot.screen().contains("patch deployments.apps  checkout/pay-api"), "{}", robot.screen());
    assert_eq!(audit.writes("oncall"), Vec::<String>::new(), "planning writes nothing");
    robot.types("pay-api").press("enter").sees("VERIFY").await;
    robot.sees("✓ proven").await;
    assert_eq!(audit.writes("oncall"), ["patch deployments checkout/pay-api"]);
    let journal = std::fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("/apis/apps/v1/namespaces/checkout/deployments/pay-api"), "{journal}");
    robot.end().await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_developer_is_told_the_missing_right_and_writes_nothing() {
    let (mut robot, _folder) = begin("developer", Limits::default());
    robot.sees("pay-api").await.rests().await;
    let mut audit = Audit::begin();
    robot.press("/").types("pay-api").press("enter").rests().await;
    robot.press("R").sees("⊘ patch deployments").await;
    robot.types("pay-api").press("enter").rests().await;
    assert!(robot.screen().contains("PLAN"), "{}", robot.screen());
    assert_eq!(audit.writes("developer"), Vec::<String>::new());
    robot.end().await;
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_read_only_console_refuses_what_the_server_would_allow() {
    let (mut robot, _folder) = begin("oncall", Limits { read_only: true });
    robot.sees("pay-api").await.rests().await;
    assert!(robot.screen().contains("READ-ONLY"), "{}", robot.screen());
    let mut audit = Audit::begin();
    robot.press("/").types("pay-api").press("enter").rests().await;
    robot.press("R").sees("READ-ONLY: the console was started with --read-only").await;
    assert_eq!(audit.writes("oncall"), Vec::<String>::new());
    robot.end().await;
}
