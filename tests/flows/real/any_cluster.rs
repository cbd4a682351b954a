//! What can be asked of any cluster, somebody's own included: nothing is written, and nothing is known of it but that it
//! runs a Deployment.

use std::path::PathBuf;

use serde_json::Value;

use watchkeeper::domain::policy::Limits;

use super::cluster::{ask_with, sit_down};
use crate::console::Said;

fn kubeconfig() -> PathBuf {
    std::env::var_os("WK_TEST_KUBECONFIG").expect("WK_TEST_KUBECONFIG names a kubeconfig").into()
}

fn ask(arguments: &[&str]) -> Said {
    ask_with(&kubeconfig(), arguments)
}

/// The items of a command's JSON.
fn items(arguments: &[&str]) -> Vec<Value> {
    let answer = ask(&[arguments, &["-o", "json"]].concat());
    assert!(matches!(answer.code, 0 | 6), "wk {arguments:?}: {}{}", answer.out, answer.complaints);
    let document: Value = serde_json::from_str(&answer.out).expect("JSON");
    document["items"].as_array().expect("items").clone()
}

/// Namespace and name of a Deployment with pods.
fn deployment() -> (String, String) {
    let services = items(&["-A", "services"]);
    let text = |service: &Value, name: &str| service["key"][name].as_str().unwrap_or_default().to_owned();
    let fits = |service: &&Value| text(service, "kind") == "Deployment" && service["ready"].as_u64() > Some(0);
    let found = services.iter().find(fits).unwrap_or_else(|| panic!("no Deployment is ready here: {services:#?}"));
    (text(found, "namespace"), text(found, "name"))
}

#[test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
fn real_doctor_gets_to_the_end() {
    let answer = ask(&["doctor"]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.complaints);
    for step in ["kubeconfig", "context", "credentials", "network", "server", "identity", "rights"] {
        assert!(answer.out.contains(step), "{step} is missing: {}", answer.out);
    }
}

#[test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
fn real_service_has_a_history_logs_and_a_plan_that_is_only_shown() {
    let (namespace, name) = deployment();
    let target = format!("deploy/{name}");
    let changes = items(&["-n", &namespace, "history", &target]);
    assert!(!changes.is_empty(), "{namespace}/{name} has no revision");
    let answer = ask(&["-n", &namespace, "logs", &target]);
    assert_eq!(answer.code, 0, "{}", answer.complaints);
    let answer = ask(&["-n", &namespace, "plan", "restart", &target]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.complaints);
    assert!(answer.out.contains("patch deployments.apps"), "{}", answer.out);
}

#[tokio::test]
#[ignore = "needs a cluster: WK_TEST_KUBECONFIG"]
async fn real_console_shows_services_and_pods_and_refuses_to_write() {
    let (namespace, name) = deployment();
    let (mut robot, _folder) = sit_down(kubeconfig(), Limits { read_only: true });
    robot.press("0").sees("READ-ONLY").await.sees("live").await;
    robot.press("/").types(&format!("{namespace} {name}")).press("enter").sees(&name).await;
    robot.press("r").sees("READ-ONLY: the console was started with --read-only").await;
    robot.press("esc").rests().await;
    robot.press(":").types("pods").press("enter").sees("Running").await;
    robot.press("y").sees("kind: Pod").await;
    robot.end().await;
}
