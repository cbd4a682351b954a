//! A rollback of pay-api, seen at one moment after another.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::alert::{Alert, AlertRule, AlertState, Severity, Suppression};
use crate::domain::metric::InstantSample;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Owner;
use crate::insight::dashboard::query_name as name;
use crate::kinds::pod::{Phase, PodOwner};
use crate::kinds::pod_container::{Bounds, ContainerRole, ContainerRow, ContainerState};
use crate::kinds::workload::{Counts, TemplateSummary};

const NEW: &str = "5d9c7b8f6c";
const OLD: &str = "7b8f6c5d9c";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("a time")
}

fn pod(name: &str, hash: &str, ready_since: Option<i64>) -> PodRow {
    PodRow {
        key: ObjectKey::new(Kind::Pod, "checkout", name),
        phase: Phase::Running,
        status: "Running".into(),
        message: CleanText::default(),
        ready: u32::from(ready_since.is_some()),
        total: 1,
        restarts: 0,
        node: "node-1".into(),
        ip: CleanText::default(),
        owner: Some(PodOwner { kind: "ReplicaSet".into(), name: format!("pay-api-{hash}").into() }),
        template_hash: hash.into(),
        created: Some(at(0)),
        scheduled: Some(at(0)),
        ready_since: ready_since.map(at),
        deleted: None,
        containers: Box::new([ContainerRow {
            name: "app".into(),
            image: "shop/pay:1.8.3".into(),
            role: ContainerRole::Default,
            ready: ready_since.is_some(),
            restarts: 0,
            state: ContainerState::Running { since: Some(at(2)) },
            last: None,
        }]),
        bounds: Bounds::default(),
    }
}

fn waiting(name: &str, reason: &str, message: &str) -> PodRow {
    let mut row = pod(name, NEW, None);
    row.containers[0].state = ContainerState::Waiting { reason: reason.into(), message: message.into() };
    row
}

fn workload(updated: u32, total: u32) -> WorkloadRow {
    WorkloadRow {
        key: ObjectKey::new(Kind::Deployment, "checkout", "pay-api"),
        uid: "u".into(),
        created: Some(at(-9000)),
        deleted: None,
        generation: 3,
        observed_generation: 3,
        counts: Counts { desired: 2, total, updated, ready: total, available: total },
        template: TemplateSummary::default(),
        selector: Box::new([]),
        owner: Owner::Nobody,
        paused: false,
        rolls_by_itself: true,
        revision: Some(3),
        change_cause: CleanText::default(),
        progress: None,
        rolled_out: None,
    }
}

fn alert(state: AlertState) -> AlertStanding {
    let suppressed_by = if state == AlertState::Suppressed {
        vec![Suppression::Silence { id: "s".into(), by: "bob".into(), comment: "looking".into(), until: at(9000) }]
    } else {
        Vec::new()
    };
    AlertStanding::Active(Box::new(Alert {
        name: "PayErrorRatio".into(),
        severity: Severity::Critical,
        state,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        active_at: Some(at(-60)),
        starts_at: Some(at(-30)),
        value: Some(0.14),
        rule: Some(AlertRule {
            expression: "rate(failed[1m]) / rate(all[1m]) > 0.02".into(),
            hold_seconds: 30.0,
            keep_firing_seconds: 0.0,
            evaluated_at: Some(at(0)),
            interval_seconds: 5.0,
        }),
        routed_to: Vec::new(),
        suppressed_by,
        matched: None,
    }))
}

/// Numbers of the two new pods, sampled three seconds ago.
fn numbers(now: i64, requests: f64, failed: f64) -> Measured {
    let pods = |value: f64| {
        ["new-1", "new-2"].map(|pod| InstantSample { labels: vec![("pod".into(), pod.into())], at: at(now), value })
    };
    let (counted, failures) = (pods(requests / 2.0), pods(failed / 2.0));
    let targets = pods((at(now).as_second() - 3) as f64);
    let traffic = |value: f64| [InstantSample { labels: Vec::new(), at: at(now), value }];
    let (traffic_now, before) = (traffic(300.0), traffic(312.0));
    Measured::read(5.0, |query| match query {
        name::COUNTED => Some(&counted),
        name::FAILED => Some(&failures),
        name::TARGETS => Some(&targets),
        name::REQUESTS => Some(&traffic_now),
        name::TRAFFIC_BEFORE => Some(&before),
        _ => None,
    })
}

/// What is seen; the rollout is complete and everything is well unless a test says otherwise.
struct Scene {
    now: i64,
    expectation: Expectation,
    workload: WorkloadRow,
    pods: Vec<PodRow>,
    measurement: Measurement,
    alert: AlertStanding,
    reverted_by: Option<&'static str>,
    good_since: Option<i64>,
}

fn healed() -> Scene {
    Scene {
        now: 86,
        expectation: Expectation {
            version: Some("1.8.3".into()),
            previous_version: Some("1.8.4".into()),
            replicas: None,
            new_pods: true,
        },
        workload: workload(2, 2),
        pods: vec![pod("new-1", NEW, Some(6)), pod("new-2", NEW, Some(12))],
        measurement: Measurement::Known(numbers(86, 900.0, 1.0)),
        alert: AlertStanding::Ended,
        reverted_by: None,
        good_since: Some(75),
    }
}

impl Scene {
    fn judge(&self) -> Verification {
        let pods: Vec<&PodRow> = self.pods.iter().collect();
        judge(&Facts {
            now: at(self.now),
            applied: at(0),
            expectation: &self.expectation,
            workload: Some(&self.workload),
            pods: &pods,
            template_hash: Some(NEW),
            measurement: &self.measurement,
            limit: 0.02,
            alert: &self.alert,
            alert_value: Some(0.14),
            reverted_by: self.reverted_by,
            good_since: self.good_since.map(at),
        })
    }

    fn verdict(&self) -> Verdict {
        self.judge().verdict
    }

    fn words(&self, kind: CheckKind) -> (Mark, String) {
        let checks = self.judge().checks;
        let check = checks.into_iter().find(|check| check.kind == kind).expect("the check");
        (check.mark, check.words.to_string())
    }
}

#[test]
fn all_checks_held_for_a_while_prove_it() {
    let mut scene = healed();
    assert_eq!(scene.verdict(), Verdict::Proven);
    assert_eq!(scene.words(CheckKind::Rollout), (Mark::Done, "rollout 2 of 2".into()));
    assert_eq!(scene.words(CheckKind::Samples), (Mark::Done, "samples 2 of 2, 3 s ago".into()));
    assert_eq!(scene.words(CheckKind::Errors), (Mark::Done, "new pods' errors 0.1 % of 900".into()));
    assert_eq!(scene.words(CheckKind::Traffic), (Mark::Done, "traffic 96 % of before".into()));
    assert_eq!(scene.words(CheckKind::Alert), (Mark::Done, "alert ended".into()));
    scene.good_since = None;
    let first = scene.judge();
    assert_eq!((first.verdict, first.good_since), (Verdict::InProgress, Some(at(86))));
    assert_eq!(first.expected_end, Some(at(96)));
}

#[test]
fn a_rollout_shows_what_each_pod_waits_for() {
    let mut scene = healed();
    scene.now = 8;
    scene.workload = workload(1, 3);
    scene.pods = vec![pod("old-1", OLD, Some(-500)), pod("new-2", NEW, None), pod("new-1", NEW, Some(6))];
    scene.measurement = Measurement::Known(numbers(8, 96.0, 0.0));
    scene.alert = alert(AlertState::Firing);
    let seen = scene.judge();
    assert_eq!(seen.verdict, Verdict::InProgress);
    assert_eq!(seen.served_by(), (1, 1));
    let waits: Vec<(&str, &str)> = seen.pods.iter().map(|pod| (pod.key.name.as_str(), pod.waiting.as_str())).collect();
    assert_eq!(waits, [("new-2", "readiness, 6 s after its start"), ("new-1", ""), ("old-1", "")]);
    assert_eq!(seen.pods[1].ready, Some(6.0));
    assert_eq!(scene.words(CheckKind::Rollout), (Mark::Working, "rollout 1 of 2".into()));
    assert_eq!(scene.words(CheckKind::Errors), (Mark::Waiting, "new pods' errors 0.0 % of 96 (300 needed)".into()));
    // One place was taken at 6 s, the other can be now: 49.9 s of what a minute's rate surely sees, then evaluated.
    assert_eq!(
        scene.words(CheckKind::Alert),
        (Mark::Alerting, "PayErrorRatio still firing, cannot end before 22:14:10".into())
    );
    assert_eq!(seen.expected_end, Some(at(70)));
}

#[test]
fn an_image_that_is_not_there_is_stuck_and_says_who_serves() {
    let mut scene = healed();
    scene.workload = workload(1, 3);
    scene.pods = vec![
        pod("old-1", OLD, Some(-500)),
        pod("old-2", OLD, Some(-500)),
        waiting("new-1", "ImagePullBackOff", "shop/pay:1.8.2: not found"),
    ];
    assert_eq!(
        scene.verdict(),
        Verdict::Stuck("new-1 waits for ImagePullBackOff: “shop/pay:1.8.2: not found”; 2 old pods serve on".into())
    );
    assert_eq!(scene.words(CheckKind::Rollout).0, Mark::Failed);
}

#[test]
fn silence_proves_nothing() {
    let mut scene = healed();
    scene.now = 300;
    scene.measurement = Measurement::Known(numbers(300, 12.0, 0.0));
    assert_eq!(scene.verdict(), Verdict::CalmNotProven { requests: 12 });
    assert_eq!(scene.verdict().words(), "calm, not proven (12 requests)");
    scene.now = 60;
    scene.measurement = Measurement::Known(numbers(60, 12.0, 0.0));
    assert_eq!(scene.verdict(), Verdict::InProgress, "it may still come");
    scene.measurement = Measurement::Absent("no Prometheus".into());
    assert_eq!(scene.verdict(), Verdict::CalmNotProven { requests: 0 });
    assert_eq!(scene.words(CheckKind::Errors), (Mark::Unproven, "errors not measured: no Prometheus".into()));
}

#[test]
fn old_samples_are_no_samples() {
    let mut scene = healed();
    scene.measurement = Measurement::Known(numbers(40, 900.0, 0.0));
    assert_eq!(scene.verdict(), Verdict::InProgress);
    assert_eq!(scene.words(CheckKind::Samples), (Mark::Waiting, "samples 0 of 2, 49 s ago".into()));
}

#[test]
fn lost_traffic_is_no_health() {
    let mut scene = healed();
    let mut measured = numbers(86, 900.0, 0.0);
    measured.traffic_now = Some(100.0);
    scene.measurement = Measurement::Known(measured);
    assert_eq!(scene.verdict(), Verdict::InProgress);
    assert_eq!(scene.words(CheckKind::Traffic), (Mark::Waiting, "traffic 32 % of before".into()));
}

#[test]
fn a_silence_is_no_end() {
    let mut scene = healed();
    scene.alert = alert(AlertState::Suppressed);
    assert_eq!(scene.verdict(), Verdict::InProgress);
    assert!(scene.words(CheckKind::Alert).1.starts_with("PayErrorRatio silenced by “bob”, which is no end"));
    scene.now = 200;
    scene.measurement = Measurement::Known(numbers(200, 9000.0, 1.0));
    assert_eq!(scene.verdict(), Verdict::NotBetter("the alert goes on 3 min after the rollout".into()));
}

#[test]
fn the_same_errors_are_not_better() {
    let mut scene = healed();
    scene.measurement = Measurement::Known(numbers(86, 900.0, 126.0));
    scene.alert = alert(AlertState::Firing);
    assert_eq!(scene.verdict(), Verdict::NotBetter("new pods' errors 14.0 % of 900, limit 2.0 % after 1 min".into()));
    scene.now = 40;
    scene.measurement = Measurement::Known(numbers(40, 900.0, 126.0));
    assert_eq!(scene.verdict(), Verdict::InProgress, "the first minute is the aftermath");
}

#[test]
fn scaling_counts_every_pod() {
    let mut scene = healed();
    scene.expectation = Expectation { version: None, previous_version: None, replicas: Some(2), new_pods: false };
    scene.measurement = Measurement::Known(numbers(86, 900.0, 126.0));
    scene.alert = AlertStanding::NotTied;
    assert!(matches!(scene.verdict(), Verdict::NotBetter(_)));
    assert_eq!(scene.words(CheckKind::Errors).1, "errors since 14.0 % of 900, limit 2.0 %");
}

#[test]
fn whoever_takes_it_back_is_named() {
    let mut scene = healed();
    scene.reverted_by = Some("argocd");
    assert_eq!(scene.verdict().words(), "reverted by argocd");
    assert_eq!(scene.verdict().mark(), Mark::Failed);
}

proptest! {
    #[test]
    fn nothing_but_evidence_proves(
        requests in 0.0..5000.0f64, part in 0.0..0.2f64, age in 0i64..60, traffic in 0.0..400.0f64,
        state in 0..4, ready in proptest::option::of(0i64..80), good_since in proptest::option::of(0i64..86),
    ) {
        let mut scene = healed();
        let mut measured = numbers(86 - age, requests, requests * part);
        measured.traffic_now = Some(traffic);
        scene.measurement = Measurement::Known(measured);
        scene.pods[1] = pod("new-2", NEW, ready);
        scene.good_since = good_since;
        scene.alert = match state {
            0 => AlertStanding::Ended,
            1 => alert(AlertState::Firing),
            2 => alert(AlertState::Suppressed),
            _ => AlertStanding::Unknown("no answer".into()),
        };
        if scene.verdict() == Verdict::Proven {
            prop_assert!(requests >= 300.0 && requests * part / requests < 0.02);
            prop_assert!(age + 3 <= 15 && traffic >= 156.0 && state == 0 && ready.is_some());
            prop_assert!(good_since.is_some_and(|since| since <= 76));
        }
    }
}
