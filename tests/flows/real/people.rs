//! The same screens for people with different rights, through the program.

use serde_json::Value;

use watchkeeper::domain::policy::Limits;

use super::cluster::{ask, begin};

/// The services as text, one each.
fn services(person: &str, arguments: &[&str]) -> Vec<String> {
    let answer = ask(person, &[&["services", "-o", "json"], arguments].concat());
    let value: Value = serde_json::from_str(&answer.out).expect("JSON");
    let items = value["items"].as_array().expect("items").iter();
    items.map(ToString::to_string).collect()
}

fn holds(items: &[String], name: &str) -> bool {
    items.iter().any(|item| item.contains(&format!("\"{name}\"")))
}

#[test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
fn real_oncall_sees_all_namespaces_and_the_developer_one() {
    let all = services("oncall", &["-A"]);
    assert!(holds(&all, "checkout") && holds(&all, "shop"), "{all:#?}");
    let own = services("developer", &[]);
    assert!(holds(&own, "pay-api") && !holds(&own, "shop"), "{own:#?}");
}

#[test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
fn real_nobody_is_told_the_missing_right() {
    let answer = ask("nobody", &["services"]);
    assert_eq!(answer.code, 4, "{}{}", answer.out, answer.complaints);
    assert!(answer.complaints.contains("needs list"), "{}", answer.complaints);
}

#[tokio::test]
#[ignore = "needs tests/cluster/up: WK_TEST_CLUSTER"]
async fn real_reader_is_polled_and_told_so() {
    let (mut robot, _folder) = begin("reader", Limits::default());
    robot.press(":").types("pods").press("enter").sees("Running").await;
    robot.sees("read every 30 s").await;
    robot.end().await;
}
