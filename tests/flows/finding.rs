//! Finding one's way: filter, palette, help, back.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

#[tokio::test(start_paused = true)]
async fn a_filter_keeps_what_contains_it_and_esc_shows_all() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("/").types("pay").sees("pay-api").await;
    assert!(!robot.screen().contains("gateway"), "{}", robot.screen());
    robot.press("esc").sees("gateway").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_kept_filter_stays_in_sight_and_esc_ends_it_before_it_goes_back() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("/").types("data !kafka").press("enter").sees("2 of 20  filter “data !kafka”").await;
    assert!(!robot.screen().contains("kafka  "), "{}", robot.screen());
    robot.press("esc").sees("gateway").await;
    robot.press("A").sees("ALERTS").await.press("/").types("no-such").press("enter").rests().await;
    robot.press("esc").sees("ALERTS").await.press("esc").sees("gateway").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_keeps_nothing_says_what_it_hides() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("/").types("no-such").press("enter").sees("No services match “no-such”").await;
    robot.sees("All 20 are hidden by the filter. Esc shows them again.").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_row_of_a_long_table_can_be_reached() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.resize(80, 24);
    robot.sees("gateway").await;
    robot.press(":").types("pods").press("enter").sees("Running").await.rests().await;
    robot.press("G").until("the cursor on the last row", |screen| screen.contains("›· web-")).await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_palette_goes_to_a_kind_and_back_returns() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await;
    robot.press(":").types("pods").press("enter").sees("Running").await;
    robot.press("esc").sees("RESTARTS 24H").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn help_names_the_keys_that_work_here() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await;
    robot.press("?").sees("Shows what fires, since when, and which service it hits.").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_was_just_left_is_listed_again_only_after_half_a_minute() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("pay-api").await;
    for _ in 0..2 {
        robot.press(":").types("configmaps").press("enter").sees("pay-config").await;
        robot.press("esc").sees("RESTARTS 24H").await;
    }
    assert_eq!(robot.asked("list", "configmaps"), 1);
    robot.passes(Duration::from_secs(120)).await;
    robot.press(":").types("configmaps").press("enter").sees("pay-config").await;
    assert_eq!(robot.asked("list", "configmaps"), 2);
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn enter_goes_one_step_further_in_until_the_logs() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("pay-api").await;
    robot.press(":").types("deployments checkout").press("enter").sees("DEPLOYMENTS").await;
    robot.press("/").types("pay").press("enter").sees("1 of").await;
    robot.press("enter").sees("checkout › pay-api").await.sees("Running").await;
    robot.press("enter").sees("LOGS").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_gone_to_by_its_name_or_its_row_and_found_again() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await;
    robot.press(":").types("shop").sees("namespace").await.press("enter").loses("gateway").await;
    robot.press(":").types("checkout").sees("namespace").await.press("enter").sees("pay-api").await;
    robot.press(":").types("namespaces").press("enter").sees("platform").await;
    robot.press("/").types("platform").press("enter").sees("1 of").await;
    robot.press("enter").sees("gateway").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn events_say_what_happened_on_a_narrow_screen_too() {
    let mut robot = Robot::begin(Role::Oncall, Duration::from_secs(60));
    robot.resize(80, 24);
    robot.sees("pay-api").await.press("/").types("pay-api").press("enter").sees("1 of").await;
    robot.press("E").sees("MESSAGE").await.sees("Scaled up").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn two_interrupts_on_home_quit_and_one_elsewhere_goes_back() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("A").sees("ALERTS").await.press("ctrl-c").sees("gateway").await;
    robot.press("ctrl-c").sees("the same again quits").await.press("down ctrl-c").rests().await;
    assert!(!robot.has_ended(), "another key lay between");
    robot.press("ctrl-c");
    assert!(robot.has_ended());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_kept_for_later_says_so() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("W").sees("not there yet: the chain of causes").await;
    robot.press("e").sees("not there yet: editing").await;
    robot.press("A").sees("ALERTS").await.press("H").rests().await;
    robot.press("esc H").sees("HISTORY").await.press("/").sees("filter: not on this screen").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn numbers_choose_a_namespace_and_keep_their_meaning() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.sees("kafka").await.rests().await;
    robot.press("2").sees("demo › data").await.loses("gateway").await;
    robot.press("4").sees("demo › platform").await.sees("gateway").await.loses("kafka").await;
    robot.press("9").sees("9 is no namespace: 5 are known").await;
    robot.press("0").sees("demo › all namespaces").await.sees("kafka").await;
    robot.press("n").sees("copied ").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn tables_sort_by_namespace_and_age_and_open_one_step_down() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("P").sees("by namespace").await.press("S").loses("by namespace").await;
    robot.press(":").types("deploy").press("enter").sees("DEPLOYMENTS").await.rests().await;
    robot.press("P").sees("NAMESPACE↑").await;
    robot.press("N").sees("›· auth").await.press("enter").sees("PODS ─ 3 ").await.rests().await;
    robot.press("enter").sees("LOGS").await;
    robot.press("esc").sees("PODS").await.press("P").sees("all of them are in platform").await;
    robot.press("O").sees("AGE↑").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_first_alerts_tell_where_sorting_by_age_went() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO);
    robot.sees("gateway").await.rests().await;
    robot.press("A").sees("O sorts a table by age").await.press("esc").sees("gateway").await;
    robot.press("A").sees("ALERTS").await;
    assert!(!robot.screen().contains("sorts a table"), "{}", robot.screen());
    robot.end().await;
}
