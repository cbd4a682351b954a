//! The incident by keys: from the alert to a proven verification and its record, in nine decisive inputs; and the same
//! way walked by somebody who may only look.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::pictures::keep;
use crate::robot::Robot;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn from_the_alert_to_the_record_in_nine_inputs() {
    let state = tempfile::tempdir().unwrap();
    let mut robot = Robot::keeping(Role::Oncall, TWO_MINUTES, state.path());
    robot.sees("pay-api").await.rests().await;

    robot.press("A").sees("PayErrorRatio").await.sees("checkout › pay-api").await.rests().await;
    keep(&mut robot, "incident-1-alerts").await;
    robot.press("enter").sees("limit").await.rests().await;
    keep(&mut robot, "incident-2-alert").await;
    robot.press("H").sees("errors begin").await.sees("1.8.3 → 1.8.4").await.rests().await;
    keep(&mut robot, "incident-3-history").await;
    robot.press("enter").sees("FEATURE_X").await.rests().await;
    keep(&mut robot, "incident-4-difference").await;
    robot.press("L").sees("amount is undefined").await.rests().await;
    keep(&mut robot, "incident-5-errors").await;
    robot.press("R").sees("the server's own answer").await.sees("type pay-api").await.rests().await;
    keep(&mut robot, "incident-6-plan").await;
    robot.types("pay-api").press("enter").sees("rollout").await;
    robot.sees("proven").await.rests().await;
    keep(&mut robot, "incident-7-verification").await;

    assert_eq!(robot.writes(), ["PATCH /apis/apps/v1/namespaces/checkout/deployments/pay-api"]);
    let record = robot.record();
    for part in [
        "roll pay-api back: 1.8.4 → 1.8.3",
        "1.8.3 → 1.8.4 (annotation",
        "verdict: proven",
        "PayErrorRatio",
        "ann@corp",
    ] {
        assert!(record.contains(part), "“{part}” is missing in:\n{record}");
    }
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_way_with_the_keys_of_vim_and_of_emacs() {
    for (keymap, to_the_end_and_back) in [("vim", "G g g"), ("emacs", "alt-> alt-<")] {
        let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES).with_keymap(keymap);
        robot.sees("pay-api").await.rests().await;
        robot.press(to_the_end_and_back);
        robot.press("A").sees("PayErrorRatio").await.sees("checkout › pay-api").await.rests().await;
        robot.press(to_the_end_and_back).press("enter").sees("limit").await.rests().await;
        robot.press("H").sees("errors begin").await.rests().await;
        robot.press("enter").sees("FEATURE_X").await;
        robot.press("L").sees("amount is undefined").await.press("R").sees("the server's own answer").await;
        robot.types("pay-api").press("enter").sees("rollout").await;
        robot.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_only_look_is_told_the_right_and_handed_the_command() {
    let mut robot = Robot::begin(Role::Developer, TWO_MINUTES);
    robot.sees("pay-api").await.rests().await;
    robot.press("H").sees("1.8.3 → 1.8.4").await.rests().await;
    robot.press("R").sees("needs patch deployments.apps pay-api in checkout").await;
    robot.sees("computed here, not the server's answer").await.rests().await;
    keep(&mut robot, "incident-denied").await;
    robot.types("pay-api").press("enter").rests().await;
    assert_eq!(robot.writes(), Vec::<String>::new());
    let record = robot.record();
    assert!(
        record.contains("kubectl --context demo -n checkout rollout undo deploy/pay-api --to-revision=3"),
        "{record}"
    );
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_name_confirms_nothing_and_says_so() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES);
    robot.sees("pay-api").await.rests().await;
    robot.press("R").sees("the server's own answer").await.rests().await;
    robot.types("pay").press("enter").sees("type pay-api to confirm").await;
    assert_eq!(robot.writes(), Vec::<String>::new());
    robot.press("esc").sees("RESTARTS 24H").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_way_back_the_history_still_tells_what_happened() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(120));
    robot.sees("14").await;
    robot.press("/").types("pay-api").press("enter").sees("1 of").await;
    robot.press("R").sees("the server's own answer").await.types("pay-api").press("enter").sees("✓ proven").await;
    robot.press("H").sees("1.8.4 → 1.8.3").await.sees("1.8.3 → 1.8.4").await.sees("1.8.2 → 1.8.3").await;
    robot.sees("rolled out again as revision 5").await;
    // Whatever the cursor stands on, the way back does not lead to what failed.
    robot.sees("R plans the way back to 1.8.2").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_verification_is_not_blinded_by_looking_at_another_namespace() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(120));
    robot.sees("14").await;
    robot.press("/").types("pay-api").press("enter").sees("1 of").await;
    robot.press("R").sees("the server's own answer").await.types("pay-api").press("enter").sees("rollout").await;
    robot.press(":").types("shop").press("enter").press("esc esc").sees("catalog").await.loses("gateway").await;
    assert!(!robot.screen().contains("ledger"), "{}", robot.screen());
    robot.press("V").sees("✓ proven").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_service_goes_on_telling_how_it_is() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("/").types("pay-api").press("enter").sees("1 of").await;
    robot.press("enter").sees("pay-api ─ ✓").await.sees("pay-api ─ ✖ 14 % of requests fail").await;
    robot.end().await;
}
