use serde_json::{Value, json};

use super::*;
use crate::domain::metric::Vital;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Service;
use crate::insight::services::Services;
use crate::insight::services::tests::{deployment, now, pod, row};

fn judged(workload: &Value, pods: &[Value], prepare: impl FnOnce(&mut Services, &ObjectKey)) -> Service {
    let mut services = Services::default();
    let workload = row(Kind::Deployment, workload);
    let key = workload.key().clone();
    services.apply(&[workload]);
    services.apply(&pods.iter().map(|pod| row(Kind::Pod, pod)).collect::<Vec<_>>());
    prepare(&mut services, &key);
    services.settle(now());
    (**services.get(&key).unwrap()).clone()
}

fn words(workload: &Value, pods: &[Value]) -> (Grade, String) {
    let service = judged(workload, pods, |_, _| {});
    (service.health.grade, service.health.reason.to_string())
}

fn unready(mut pod: Value, state: Value) -> Value {
    pod["status"]["conditions"][1] = json!({"type": "Ready", "status": "False"});
    pod["status"]["containerStatuses"][0]["ready"] = json!(false);
    pod["status"]["containerStatuses"][0]["state"] = state;
    pod
}

fn crashing(suffix: &str) -> Value {
    let mut pod = unready(
        pod("cart", suffix),
        json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}}),
    );
    pod["status"]["containerStatuses"][0]["restartCount"] = json!(37);
    pod["status"]["containerStatuses"][0]["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error",
        "message": "cannot connect to redis:6379", "startedAt": "2026-11-21T03:01:20Z", "finishedAt": "2026-11-21T03:01:22Z"}});
    pod
}

#[test]
fn a_crash_is_told_with_its_last_words() {
    assert_eq!(
        words(&deployment("cart", 2, 1), &[pod("cart", "a"), crashing("b")]),
        (Grade::Broken, "exits with 1 after 2 s: “cannot connect to redis:6379” · 1 of 2 pods".into())
    );
}

/// Between two crashes it runs for seconds, and may even be ready: that is no recovery.
#[test]
fn a_crash_loop_does_not_flicker() {
    let mut running = crashing("b");
    running["status"]["containerStatuses"][0]["state"] = json!({"running": {"startedAt": "2026-11-21T03:01:58Z"}});
    let (grade, reason) = words(&deployment("cart", 2, 1), &[pod("cart", "a"), running.clone()]);
    assert_eq!((grade, reason.contains("exits with 1 after 2 s")), (Grade::Broken, true));
    let container = &mut running["status"]["containerStatuses"][0];
    container["state"] = json!({"running": {"startedAt": "2026-11-21T02:40:00Z"}});
    container["lastState"]["terminated"]["startedAt"] = json!("2026-11-21T02:39:57Z");
    container["lastState"]["terminated"]["finishedAt"] = json!("2026-11-21T02:39:59Z");
    let (grade, reason) = words(&deployment("cart", 2, 2), &[pod("cart", "a"), running]);
    assert_eq!(
        (grade, reason.as_str()),
        (Grade::AtRisk, "restarted 22 min ago: exits with 1 after 2 s: “cannot connect to redis:6379”")
    );
}

#[test]
fn a_missing_image_is_told_in_the_registrys_words() {
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff",
        "message": "Back-off pulling image \"shop/app:9\": ErrImagePull: rpc error: code = NotFound desc = shop/app:9: not found"}});
    assert_eq!(
        words(&deployment("cart", 1, 0), &[unready(pod("cart", "a"), waiting)]),
        (Grade::Broken, "cannot pull shop/app:1.8.4: “shop/app:9: not found”".into())
    );
}

#[test]
fn a_rollout_that_is_stuck_names_the_cause_and_old_pods_do_not_hide_it() {
    let mut workload = deployment("cart", 3, 3);
    workload["status"]["updatedReplicas"] = json!(1);
    workload["status"]["conditions"][0]["reason"] = json!("ProgressDeadlineExceeded");
    assert_eq!(
        words(&workload, &[pod("cart", "a"), crashing("b")]),
        (Grade::Broken, "rollout stuck at 1 of 3: exits with 1 after 2 s: “cannot connect to redis:6379”".into())
    );
}

#[test]
fn a_rollout_under_way_is_a_change_and_no_alarm() {
    let mut workload = deployment("catalog", 6, 5);
    workload["status"]["updatedReplicas"] = json!(3);
    let mut young = unready(pod("catalog", "a"), json!({"waiting": {"reason": "ContainerCreating"}}));
    young["metadata"]["creationTimestamp"] = json!("2026-11-21T03:01:50Z");
    assert_eq!(words(&workload, &[young]), (Grade::Changing, "rolling out, 3 of 6".into()));
    workload["spec"]["paused"] = json!(true);
    assert_eq!(words(&workload, &[]).1, "1 of 6 pods not ready");
    workload["status"]["readyReplicas"] = json!(6);
    assert_eq!(words(&workload, &[]), (Grade::Changing, "paused at 3 of 6".into()));
}

#[test]
fn a_pod_without_a_node_quotes_the_scheduler() {
    let mut pending = unready(pod("cart", "a"), json!({}));
    pending["status"]["phase"] = json!("Pending");
    pending["status"]["conditions"] =
        json!([{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: 3 Insufficient cpu."}]);
    assert_eq!(
        words(&deployment("cart", 1, 0), &[pending]),
        (Grade::Broken, "1 pod finds no node: “0/3 nodes are available: 3 Insufficient cpu.”".into())
    );
}

#[test]
fn measured_errors_break_a_service_whose_pods_are_all_ready() {
    let vital = |value| Vital { now: Some(value), recent: Vec::new() };
    let measured = |errors| Vitals {
        requests: vital(345.0),
        errors: Vital { recent: vec![Some(0.01), Some(0.07), None], ..vital(errors) },
        ..Vitals::default()
    };
    let mut released = deployment("pay-api", 1, 1);
    released["status"]["conditions"][0]["lastUpdateTime"] = json!("2026-11-21T03:00:20Z");
    let judge = |errors| {
        judged(&released, &[pod("pay-api", "a")], |services, key| {
            services.set_vitals(key, measured(errors));
            services.set_onset(key, Some("2026-11-21T03:00:26Z".parse().unwrap()));
        })
        .health
    };
    assert_eq!(
        judge(0.142),
        Health::new(Grade::Broken, "14 % of requests fail since 03:00:26, 49/s and rising; began 6 s after 1.8.4")
    );
    assert_eq!(judge(0.02).grade, Grade::AtRisk);
    assert_eq!(judge(0.001), Health::new(Grade::Well, ""));
}

#[test]
fn a_critical_alert_breaks_and_silence_does_not() {
    let judge =
        |alerts| judged(&deployment("pay-api", 1, 1), &[], |services, key| services.set_alerts(key, alerts)).health;
    assert_eq!(judge(AlertCount { critical: 1, ..AlertCount::default() }).grade, Grade::Broken);
    assert_eq!(judge(AlertCount { warning: 2, ..AlertCount::default() }).grade, Grade::AtRisk);
    assert_eq!(judge(AlertCount { pending: 1, silenced: 1, ..AlertCount::default() }).grade, Grade::Ready);
}
