//! Acts: what changes the cluster, and the shell.

use super::Action;
use crate::action::plan;
use crate::action::spec::{ActionSpec, Risk, Subject};
use crate::domain::access::Access;
use crate::domain::object::{Kind, ObjectKey};
use crate::kinds::info::{KindInfo, info};

pub(super) const ROWS: &[ActionSpec] = &[
    ActionSpec {
        action: Action::RollBack,
        name: "roll-back",
        title: "roll back",
        help: "Plans the way back to a revision that ran well.",
        risk: Risk::Write(plan::ROLL_BACK),
        subject: Subject::Kinds(&[Kind::Deployment]),
        needs: patch_workload,
    },
    ActionSpec {
        action: Action::Scale,
        name: "scale",
        title: "scale",
        help: "Plans another number of pods.",
        risk: Risk::Write(plan::SCALE),
        subject: Subject::Kinds(&[Kind::Deployment, Kind::StatefulSet]),
        needs: patch_scale,
    },
    ActionSpec {
        action: Action::Restart,
        name: "restart",
        title: "restart",
        help: "Plans a rolling restart of all its pods.",
        risk: Risk::Write(plan::RESTART),
        subject: Subject::Kinds(&[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet]),
        needs: patch_workload,
    },
    ActionSpec {
        action: Action::Shell,
        name: "shell",
        title: "shell",
        help: "Opens a shell in a container.",
        risk: Risk::Stream,
        subject: Subject::Kinds(&[Kind::Pod]),
        needs: exec_in_pod,
    },
];

fn patch_workload(key: &ObjectKey) -> Vec<Access> {
    let KindInfo { group, plural, .. } = info(key.kind);
    vec![Access::new("patch", group, plural, &key.namespace).named(&key.name)]
}

fn patch_scale(key: &ObjectKey) -> Vec<Access> {
    let KindInfo { group, plural, .. } = info(key.kind);
    vec![Access::new("patch", group, &format!("{plural}/scale"), &key.namespace).named(&key.name)]
}

/// The stream is a GET for servers before 1.35 and is checked as `create` too from 1.35 on.
fn exec_in_pod(key: &ObjectKey) -> Vec<Access> {
    ["get", "create"].map(|verb| Access::new(verb, "", "pods/exec", &key.namespace).named(&key.name)).to_vec()
}
