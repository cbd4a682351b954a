//! The only judge of whether a user may act, and the only maker of permits.

use crate::domain::access::{Access, Grant, Grants};
use crate::domain::identity::Generation;
use crate::domain::mutation::{ExecTarget, Mutation};
use crate::domain::object::ObjectKey;
use crate::domain::plan::Plan;
use crate::domain::policy::Limits;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

use super::spec::ActionSpec;

/// A permit to do one thing once. It cannot be cloned or made elsewhere; performing consumes it.
#[derive(Debug, PartialEq)]
pub struct Authorized<T> {
    generation: Generation,
    user: CleanText,
    value: T,
}

impl<T> Authorized<T> {
    /// The connection this permit was given for; another one's client refuses it.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    #[must_use]
    pub fn user(&self) -> &CleanText {
        &self.user
    }

    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}

/// What stands between a user and an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The console was started with `--read-only`.
    ReadOnly,
    /// The server denied this right, with its reason.
    Rbac(Access, CleanText),
    /// Nothing here is of a kind it can be done to.
    NotApplicable,
}

impl Refusal {
    #[must_use]
    pub fn problem(&self, title: &str) -> Problem {
        match self {
            Self::ReadOnly => Problem::new(
                Cause::Refused,
                format!("{title}: READ-ONLY"),
                "the console was started with --read-only",
                "start it without to act",
            ),
            Self::Rbac(access, reason) => Problem::denied(access.clone(), reason.clone()),
            Self::NotApplicable => Problem::new(
                Cause::Refused,
                format!("{title}: not possible here"),
                "",
                "choose a row it can be done to",
            ),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    Ready,
    /// A right is not known yet; trying is allowed, the server decides.
    Checking,
    Refused(Refusal),
}

/// Whether an action may be offered on a target.
#[must_use]
pub fn availability(spec: &ActionSpec, target: Option<&ObjectKey>, grants: &Grants, limits: Limits) -> Availability {
    if !spec.subject.includes(target.map(|key| key.kind)) {
        return Availability::Refused(Refusal::NotApplicable);
    }
    if limits.read_only && !spec.risk.is_look() {
        return Availability::Refused(Refusal::ReadOnly);
    }
    let needs = target.map(spec.needs).unwrap_or_default();
    judge(&needs, grants)
}

fn judge<'a>(needs: impl IntoIterator<Item = &'a Access>, grants: &Grants) -> Availability {
    let mut result = Availability::Ready;
    for access in needs {
        match grants.get(access) {
            Grant::Allowed => {}
            Grant::Denied(reason) => return Availability::Refused(Refusal::Rbac(access.clone(), reason)),
            Grant::Unknown => result = Availability::Checking,
        }
    }
    result
}

/// Who asks, over which connection, under which limits.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub generation: Generation,
    pub user: &'a CleanText,
    pub limits: Limits,
    pub grants: &'a Grants,
}

impl Asker<'_> {
    /// A permit to send a plan's calls, in a dry run or in earnest.
    ///
    /// # Errors
    /// When read-only holds, or the server has denied one of the rights.
    pub fn authorize_plan(&self, plan: &Plan) -> Result<Authorized<Mutation>, Refusal> {
        let needs = plan.mutation.calls.iter().map(|call| &call.access);
        self.authorize(needs, plan.mutation.clone())
    }

    /// A permit to open a stream into a container.
    ///
    /// # Errors
    /// When read-only holds, or the server has denied one of the rights.
    pub fn authorize_exec(
        &self,
        spec: &ActionSpec,
        pod: &ObjectKey,
        target: ExecTarget,
    ) -> Result<Authorized<ExecTarget>, Refusal> {
        self.authorize((spec.needs)(pod).iter(), target)
    }

    fn authorize<'a, T>(
        &self,
        needs: impl IntoIterator<Item = &'a Access>,
        value: T,
    ) -> Result<Authorized<T>, Refusal> {
        if self.limits.read_only {
            return Err(Refusal::ReadOnly);
        }
        match judge(needs, self.grants) {
            Availability::Refused(refusal) => Err(refusal),
            Availability::Ready | Availability::Checking => {
                Ok(Authorized { generation: self.generation, user: self.user.clone(), value })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::domain::object::Kind;

    fn deployment() -> ObjectKey {
        ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
    }

    fn denied(key: &ObjectKey) -> Grants {
        let mut grants = Grants::default();
        for access in (Action::RollBack.spec().needs)(key) {
            grants.set(access, Grant::Denied("no".into()));
        }
        grants
    }

    #[test]
    fn an_unknown_right_may_be_tried_and_a_denied_one_may_not() {
        let key = deployment();
        let spec = Action::RollBack.spec();
        let limits = Limits::default();
        assert_eq!(availability(spec, Some(&key), &Grants::default(), limits), Availability::Checking);
        assert!(matches!(
            availability(spec, Some(&key), &denied(&key), limits),
            Availability::Refused(Refusal::Rbac(access, _)) if access.verb == "patch"
        ));
    }

    #[test]
    fn read_only_refuses_every_write_and_stream_whatever_the_rights() {
        let limits = Limits { read_only: true };
        for spec in crate::action::all().filter(|spec| !spec.risk.is_look()) {
            let kind = match spec.subject {
                crate::action::Subject::Kinds(kinds) => kinds[0],
                _ => Kind::Pod,
            };
            let key = ObjectKey::new(kind, "checkout", "pay-api");
            assert_eq!(
                availability(spec, Some(&key), &Grants::default(), limits),
                Availability::Refused(Refusal::ReadOnly),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn an_action_is_not_offered_where_it_cannot_be_done() {
        let pod = ObjectKey::new(Kind::Pod, "checkout", "x");
        let refused = availability(Action::RollBack.spec(), Some(&pod), &Grants::default(), Limits::default());
        assert_eq!(refused, Availability::Refused(Refusal::NotApplicable));
    }
}
