//! The line that leads through the built-in incident: whoever only does what it says solves it.

use std::time::Duration;

use watchkeeper::demo::Role;

use crate::robot::Robot;

const TWO_MINUTES: Duration = Duration::from_secs(120);
/// Inputs a newcomer may need; a typed name is one.
const MOST: usize = 20;

/// The line above the footer, without what ends it.
fn advice(robot: &Robot) -> String {
    let screen = robot.screen();
    let line = screen.lines().rev().nth(1).expect("a line above the footer");
    let (_, advice) = line.split_once("→ ").unwrap_or_else(|| panic!("no advice in\n{screen}"));
    advice.split("  ").next().unwrap_or_default().to_owned()
}

/// The first key the advice names, as keymaps write it.
fn key(advice: &str) -> Option<String> {
    advice.split([' ', ',', ':', '.']).find_map(|word| match word {
        "⏎" => Some("enter".to_owned()),
        "↑" | "↓" => Some("down".to_owned()),
        "Esc" => Some("esc".to_owned()),
        // `A` begins a sentence as well as it names a key: only a key is followed by what it does.
        letter if letter.len() == 1 && letter.chars().all(char::is_uppercase) => Some(letter.to_owned()),
        _ => None,
    })
}

/// Does what is advised until the advice contains an ending; gives the inputs it took.
async fn obey(robot: &mut Robot, ending: &str) -> Vec<String> {
    let mut inputs = Vec::new();
    loop {
        robot.rests().await;
        let advice = advice(robot);
        if advice.contains(ending) {
            return inputs;
        }
        assert!(inputs.len() < MOST, "{inputs:?} led to “{advice}” in\n{}", robot.screen());
        if advice.contains("type pay-api") {
            robot.types("pay-api");
            inputs.push("pay-api".to_owned());
        } else if let Some(key) = key(&advice) {
            robot.press(&key);
            inputs.push(key);
        } else {
            // Nothing is to be done but to wait.
            let before = advice.clone();
            robot.until(&format!("the end of “{before}”"), |screen| !screen.contains(&before)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_what_the_line_says_solves_the_incident() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES).led();
    robot.resize(80, 24);
    robot.sees("shows what fires").await;
    let inputs = obey(&mut robot, "Solved, proven and handed over").await;
    assert_eq!(inputs, ["A", "enter", "H", "enter", "L", "R", "pay-api", "enter", "Y"]);
    assert_eq!(robot.writes(), ["PATCH /apis/apps/v1/namespaces/checkout/deployments/pay-api"]);
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_may_not_is_led_to_the_command_for_somebody_who_may() {
    let mut robot = Robot::begin(Role::Developer, TWO_MINUTES).led();
    robot.sees("shows what fires").await;
    let inputs = obey(&mut robot, "Copied, for somebody who may").await;
    assert_eq!(inputs, ["A", "enter", "H", "enter", "L", "R", "Y"]);
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn from_the_quiet_beginning_it_leads_to_wait() {
    let mut robot = Robot::begin(Role::Oncall, Duration::ZERO).led();
    robot.sees("release is on its way").await.sees("Something breaks").await.sees("shows what fires").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_wanders_off_is_led_back() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES).led();
    robot.sees("shows what fires").await.rests().await;
    robot.press("A esc").rests().await;
    robot.press("down").sees("choose pay-api").await;
    robot.press("enter").sees("The alert is about pay-api: A leads back to it").await;
    robot.press("esc up H").sees("shows what the chosen change did").await;
    robot.press("?").sees("Esc closes this").await;
    robot.press("esc L").sees("H shows what changed on pay-api").await;
    robot.press("s").rests().await;
    robot.press("esc esc r").sees("The bad release stays").await;
    assert_eq!(robot.writes(), Vec::<String>::new());
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn it_can_be_hidden_and_brought_back() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES).led();
    robot.sees("X hides this").await.rests().await;
    robot.press("X").loses("shows what fires").await;
    robot.press("X").sees("shows what fires").await;
    robot.end().await;
}

#[tokio::test(start_paused = true)]
async fn it_never_takes_the_last_lines_of_a_small_terminal() {
    let mut robot = Robot::begin(Role::Oncall, TWO_MINUTES).led();
    robot.sees("shows what fires").await;
    robot.resize(80, 19);
    robot.loses("shows what fires").await;
    robot.end().await;
}

#[test]
fn a_key_is_found_in_its_advice() {
    assert_eq!(key("⏎ shows the alert").as_deref(), Some("enter"));
    assert_eq!(key("Calm. Y hands over the record").as_deref(), Some("Y"));
    assert_eq!(key("Wait for the proof"), None);
}
