//! A shell on the real cluster, and what the audit log says of it.

use watchkeeper::domain::policy::Limits;

use super::audit::Audit;
use super::cluster::begin;

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_shell_of_oncall_is_one_audited_exec() {
    let (mut robot, _folder) = begin("oncall", Limits::default());
    robot.sees("pay-api").await;
    robot.press(":").types("pods").press("enter").sees("Running").await;
    robot.press("/").types("pay-api").press("enter").rests().await;
    let mut audit = Audit::begin();
    robot.press("s").sees("F8 · ⏎ ~ d · ctrl-] leave").await.rests().await;
    robot.types("echo $((6 * 7)) of them").press("enter").sees("42 of them").await;
    robot.types("exit 3").press("enter").sees("exited 3, ⏎ to close").await;
    robot.press("enter").sees("Running").await;
    let acts = audit.acts("oncall");
    assert!(matches!(acts.as_slice(), [only] if only.contains(" pods/exec checkout/pay-api-")), "{acts:?}");
    robot.end().await;
}
