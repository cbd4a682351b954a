//! The commands that answer without a terminal, asked well and badly: what is not there is named with what to do, exit
//! codes mean something, and stdout holds data alone.

use crate::console::{Said, run};

/// Asks the built-in cluster, two minutes into its story.
fn ask(arguments: &[&str]) -> Said {
    let home = tempfile::tempdir().expect("a folder");
    let answer = run(home.path(), &[&["--demo", "--at", "2m"], arguments].concat());
    assert!(!answer.complaints.contains("panicked"), "{}", answer.complaints);
    answer
}

/// Nothing but complaints, and these words in them.
fn is_refused(arguments: &[&str], code: i32, words: &str) {
    let answer = ask(arguments);
    assert!(answer.complaints.contains(words), "{arguments:?}: “{words}” is not in: {}", answer.complaints);
    assert_eq!((answer.out.as_str(), answer.code), ("", code), "{arguments:?}: {}", answer.complaints);
}

#[test]
fn a_name_that_is_not_there_brings_the_nearest() {
    for command in [&["history", "pay-apo"][..], &["logs", "pay-apo"], &["plan", "restart", "pay-apo"]] {
        is_refused(command, 5, "did you mean deployment/pay-api in checkout?");
    }
    is_refused(&["history", "sts/pay-api"], 5, "did you mean deployment/pay-api in checkout?");
    is_refused(&["history", "something-else"], 5, "wk services lists what there is");
}

#[test]
fn what_cannot_be_planned_is_said_and_no_empty_table_is_left() {
    is_refused(&["plan", "rollback", "pay-api", "--to", "77"], 5, "pay-api has no revision 77 · kept are 4, 3, 2, 1");
    is_refused(&["plan", "rollback", "pay-api", "--to", "4"], 7, "pay-api already runs revision 4");
    is_refused(&["plan", "rollback", "helm/pay", "--to", "1"], 7, "Helm releases cannot be written yet");
    is_refused(&["plan", "scale", "pay-api", "--replicas", "-1"], 2, "-1 is not in 0..=2147483647");
    is_refused(&["plan", "scale", "pay-api", "--replicas", "2147483648"], 2, "is not in 0..=2147483647");
    is_refused(&["plan", "rollback", "pay-api", "--apply"], 7, "--yes gives it");
}

#[test]
fn numbers_no_cluster_has_are_refused_at_once() {
    is_refused(&["services", "--pods", "99999999"], 2, "99999999 is not in 0..=200000");
    for speed in ["0", "nan", "inf", "1e9", "fast"] {
        is_refused(&["services", "--speed", speed], 2, "--speed");
    }
}

#[test]
fn a_report_that_came_to_nothing_keeps_its_name() {
    for (arguments, kind) in [(&["history", "nope"][..], "History"), (&["plan", "restart", "nope"], "Plan")] {
        let answer = ask(&[arguments, &["-o", "json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
        assert_eq!((&document["kind"], answer.code), (&kind.into(), 5), "{document:#}");
        assert_eq!(document["problems"][0]["cause"], "NotFound");
    }
}

#[test]
fn nothing_never_looks_like_all_well() {
    let nowhere = ask(&["-n", "nosuch", "services"]);
    assert!(nowhere.complaints.contains("no service runs in nosuch"), "{}", nowhere.complaints);
    let previous = ask(&["logs", "pay-api", "--previous"]);
    assert!(previous.complaints.contains("no container of pay-api has ended before"), "{}", previous.complaints);
    for role in ["reader", "nobody"] {
        let alerts = ask(&["--role", role, "alerts"]);
        assert!(alerts.complaints.contains("alerts cannot be read"), "{}", alerts.complaints);
        assert_eq!(alerts.code, 5, "{role}");
    }
    let history = ask(&["--role", "reader", "history", "pay-api"]);
    assert!(history.complaints.contains("needs list replicasets.apps in checkout"), "{}", history.complaints);
    assert_eq!(history.code, 4);
    assert_eq!(ask(&["--role", "developer", "history", "pay-api"]).code, 0);
}

#[test]
fn who_may_not_act_is_told_the_right_and_read_only_holds() {
    let apply = ["plan", "rollback", "pay-api", "--apply", "--yes"];
    let denied = ask(&[&["--role", "developer"], &apply[..]].concat());
    assert!(denied.complaints.contains("needs patch deployments.apps pay-api in checkout"), "{}", denied.complaints);
    assert!(denied.out.contains("kubectl --context demo -n checkout rollout undo"), "for somebody who may");
    assert_eq!(denied.code, 4);
    let read_only = ask(&[&["--read-only"], &apply[..]].concat());
    assert!(read_only.complaints.contains("READ-ONLY"), "{}", read_only.complaints);
    assert_eq!(read_only.code, 7);
}
