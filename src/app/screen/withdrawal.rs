//! A plan whose target somebody else has changed: dead from the moment it is known, and telling what the other did.

use crate::domain::object::ObjectKey;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::interference::{Interference, interference};

use super::super::effect::{Effect, TaskId};
use super::super::outbox::Outbox;

#[derive(Debug)]
pub struct Withdrawal {
    name: CleanText,
    /// The newest generation it was looked at for; the other may not be done.
    generation: Option<i64>,
    /// The target is being read again.
    asking: Option<TaskId>,
    found: Option<Result<Interference, Problem>>,
}

impl Withdrawal {
    /// Reads the target again to tell what differs.
    pub(super) fn begin(key: &ObjectKey, generation: Option<i64>, out: &mut Outbox) -> Self {
        let mut withdrawal = Self { name: key.name.clone(), generation: None, asking: None, found: None };
        withdrawal.look(key, generation, out);
        withdrawal
    }

    /// Looks again when the target has moved on since.
    pub(super) fn follow(&mut self, key: &ObjectKey, generation: Option<i64>, out: &mut Outbox) {
        if generation > self.generation {
            self.look(key, generation, out);
        }
    }

    fn look(&mut self, key: &ObjectKey, generation: Option<i64>, out: &mut Outbox) {
        let key = key.clone();
        self.generation = generation;
        self.asking = Some(out.ask(|task| Effect::Fetch { task, key }));
    }

    pub(super) fn awaits(&self, task: TaskId) -> bool {
        self.asking == Some(task)
    }

    pub(super) fn take(&mut self, read: Option<&RawObject>, now: Result<RawObject, Problem>) {
        self.asking = None;
        self.found = Some(now.map(|now| match read {
            Some(read) => interference(read, &now),
            None => Interference { by: Vec::new(), cause: CleanText::default(), differences: Vec::new() },
        }));
    }

    /// Nothing more is being read.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.asking.is_none()
    }

    /// What the other did, once it is known.
    #[must_use]
    pub fn interference(&self) -> Option<&Interference> {
        self.found.as_ref()?.as_ref().ok()
    }

    /// The plan is dead, and why.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let what = format!("the plan is withdrawn: {} was changed since it was read", self.name);
        let why = match &self.found {
            None => CleanText::from("looking what the other did"),
            Some(Ok(other)) if other.differences.is_empty() => {
                "the server says so, and nothing that matters differs now".into()
            }
            Some(Ok(other)) => format!("by {}", other.who()).into(),
            Some(Err(problem)) if problem.cause == Cause::NotFound => "it was deleted".into(),
            Some(Err(problem)) => format!("what differs could not be read: {problem}").into(),
        };
        Problem::new(Cause::Conflict, what, why, "nothing was written; plan anew")
    }
}
