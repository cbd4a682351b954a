//! Permits for tests, made the only way there is: by the guard.

use crate::action::Action;
use crate::action::guard::{Asker, Authorized};
use crate::domain::access::{Access, Grants};
use crate::domain::identity::Generation;
use crate::domain::mutation::{BodyType, Call, ExecTarget, Method, Mutation};
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::plan::{Confirmation, Expectation, Plan};
use crate::domain::policy::Limits;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

pub(super) const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/checkout/deployments/pay-api";

pub(super) fn patch(path: &str) -> Call {
    Call {
        method: Method::Patch,
        path: path.into(),
        body_type: BodyType::JsonPatch,
        body: RawObject::new(serde_json::json!([{"op": "replace", "path": "/spec/replicas", "value": 2}])),
        purpose: CleanText::new("scale"),
        access: Access::new("patch", "apps", "deployments", "checkout").named("pay-api"),
        repeat: CleanText::default(),
    }
}

pub(super) fn mutation(generation: u32, calls: Vec<Call>) -> Authorized<Mutation> {
    let target = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
    let plan = Plan {
        action: "scale",
        heading: CleanText::default(),
        target: target.clone(),
        mutation: Mutation { target, calls },
        differences: Vec::new(),
        warnings: Vec::new(),
        confirmation: Confirmation::Enter,
        ends_pods: false,
        way_out: None,
        kubectl: CleanText::default(),
        wk: CleanText::default(),
        expectation: Expectation { version: None, previous_version: None, replicas: None, new_pods: true },
    };
    with_asker(generation, |asker| asker.authorize_plan(&plan).unwrap())
}

pub(super) fn exec(generation: u32, command: &[&str]) -> Authorized<ExecTarget> {
    shell(generation, "pay-api-1", "app", command)
}

/// For a real pod of the checkout namespace.
pub(super) fn exec_in(pod: &str, container: &str, command: &[&str]) -> Authorized<ExecTarget> {
    shell(1, pod, container, command)
}

fn shell(generation: u32, pod: &str, container: &str, command: &[&str]) -> Authorized<ExecTarget> {
    let target = ExecTarget {
        namespace: CleanText::new("checkout"),
        pod: CleanText::new(pod),
        container: CleanText::new(container),
        command: command.iter().map(ToString::to_string).collect(),
        columns: 80,
        rows: 24,
    };
    let pod = ObjectKey::new(Kind::Pod, "checkout", pod);
    with_asker(generation, |asker| asker.authorize_exec(Action::Shell.spec(), &pod, target).unwrap())
}

fn with_asker<T>(generation: u32, make: impl FnOnce(&Asker<'_>) -> T) -> T {
    let (user, grants) = (CleanText::new("ada"), Grants::default());
    make(&Asker { generation: Generation(generation), user: &user, limits: Limits::default(), grants: &grants })
}
