//! The one door to every write: what will be sent, what it changes, whether it may, and the field that confirms it.

use jiff::{SignedDuration, Timestamp};

use crate::action::guard::Refusal;
use crate::action::plan::{Act, Facts};
use crate::action::{Action, Write};
use crate::config::key::Key;
use crate::config::keymap::Context;
use crate::domain::access::Access;
use crate::domain::change::Change;
use crate::domain::freshness::Freshness;
use crate::domain::keepsake::{Endangered, Kept};
use crate::domain::object::ObjectKey;
use crate::domain::plan::{Confirmation, Difference, Plan};
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::service::Owner;
use crate::domain::text::CleanText;
use crate::insight::differences;
use crate::insight::revisions;

use super::super::dossier::Dossier;
use super::super::effect::{Effect, JournalNote, TaskId};
use super::super::keepsake;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::text_field::TextField;
use super::verify::Applied;
use super::{Screen, VerifyScreen, View, Withdrawal};

/// A confirmation by Enter alone is not taken so soon after the plan is ready: the key may have been meant for something else.
const CONSIDERATION: SignedDuration = SignedDuration::from_millis(400);
/// A plan does not wait longer than this for how revisions fared: it is needed when much is broken.
const MEASURED_WITHIN: SignedDuration = SignedDuration::from_secs(3);
/// A record tells what changed from this long before the onset on.
const BEFORE_ONSET: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug)]
pub struct PlanScreen {
    pub key: ObjectKey,
    pub act: Act,
    pub dossier: Dossier,
    pub stage: Stage,
    /// Since when only measurements are waited for.
    measuring_since: Option<Timestamp>,
    /// First line on screen.
    pub top: usize,
}

#[derive(Debug)]
pub enum Stage {
    Reading,
    Planned(Box<Planned>),
    /// No plan can be made.
    Refused(Problem),
}

#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    pub rights: Rights,
    pub dry_run: DryRun,
    pub field: TextField,
    pub ready_at: Timestamp,
    /// Why Enter did nothing, or why the write was not done.
    pub complaint: Option<Problem>,
    /// The target is no longer what was read; Enter is dead.
    pub withdrawn: Option<Withdrawal>,
    /// The write was sent and is not answered yet.
    pub sending: Option<TaskId>,
    /// The revision that runs now, to go back to if this turns out wrong.
    pub current_revision: Option<u64>,
}

#[derive(Debug)]
pub enum Rights {
    Asking(TaskId),
    Known,
}

#[derive(Debug)]
pub enum DryRun {
    /// The rights are asked for first.
    Later,
    Waiting(TaskId),
    /// What the server would make of it.
    Answered(Vec<Difference>),
    /// It was not asked: a right is missing, or the console is read-only.
    NotAllowed(Refusal),
    Failed(Problem),
}

impl PlanScreen {
    pub fn open(key: ObjectKey, act: Act, out: &mut Outbox) -> Self {
        out.effect(Effect::CheckJournal);
        Self {
            dossier: Dossier::open(key.clone(), out),
            key,
            act,
            stage: Stage::Reading,
            measuring_since: None,
            top: 0,
        }
    }

    #[must_use]
    pub fn planned(&self) -> Option<&Planned> {
        match &self.stage {
            Stage::Planned(planned) => Some(planned),
            Stage::Reading | Stage::Refused(_) => None,
        }
    }

    fn write(&self) -> Option<&'static Write> {
        self.act.action.spec().risk.write()
    }

    /// What is wanted, in words, before there is a plan for it.
    #[must_use]
    pub fn intent(&self) -> String {
        self.write().map(|write| (write.intent)(&self.key.name, self.act.wish)).unwrap_or_default()
    }

    /// Makes the plan once everything it stands on was read and, where it is needed, measured.
    fn advance(&mut self, model: &Model, out: &mut Outbox) {
        let measured = self.write().is_some_and(|write| write.measured);
        if measured {
            self.dossier.measure(model, out);
        }
        // The plan names who acts, and leaves that name behind.
        if !self.dossier.complete() || !model.identified {
            return;
        }
        let since = *self.measuring_since.get_or_insert(model.now);
        if measured && model.now.duration_since(since) >= MEASURED_WITHIN {
            self.dossier.measuring.give_up("Prometheus did not answer within 3 s");
        }
        if !measured || self.dossier.measuring.settled() {
            self.make(model, out);
        }
    }

    /// Makes the plan from what was read, and asks for the rights it needs.
    fn make(&mut self, model: &Model, out: &mut Outbox) {
        self.stage = match self.plan(model) {
            Ok((plan, current_revision)) => {
                let needs: Vec<Access> = plan.mutation.calls.iter().map(|call| call.access.clone()).collect();
                let rights = Rights::Asking(out.ask(|task| Effect::Review { task, needs }));
                Stage::Planned(Box::new(Planned {
                    plan,
                    rights,
                    dry_run: DryRun::Later,
                    field: TextField::default(),
                    ready_at: model.now,
                    complaint: None,
                    withdrawn: None,
                    sending: None,
                    current_revision,
                }))
            }
            Err(problem) => Stage::Refused(problem),
        };
    }

    /// The plan, and the revision that runs now.
    fn plan(&self, model: &Model) -> Result<(Plan, Option<u64>), Problem> {
        let live = match (self.dossier.live.ready(), self.dossier.live.problem()) {
            (Some(live), _) => live,
            (None, Some(problem)) => return Err(problem.clone()),
            (None, None) => return Err(not_connected()),
        };
        let identity = model.link.identity().ok_or_else(not_connected)?;
        let owner = model.services.get(&self.key).map_or(Owner::Nobody, |service| service.owner.clone());
        let revisions = self.dossier.revisions();
        let history = self.dossier.history(&revisions, Default::default(), model.now);
        let unmeasured = revisions.iter().map(|revision| revision.number);
        let facts = Facts {
            key: &self.key,
            live,
            identity,
            owner: &owner,
            autoscaler: self.dossier.autoscaler(),
            now: model.now,
            contexts_used: model.contexts_used,
            revisions: &revisions,
            revisions_problem: self.dossier.replica_sets.problem(),
            unmeasured: &unmeasured
                .filter_map(|number| Some((number, self.dossier.measuring.missing(number)?)))
                .collect(),
            onset: model.onset(&self.key),
            changes: &history.changes,
        };
        let write = self.write().ok_or_else(|| {
            let what = format!("{}: there is no plan for it", self.act.action.spec().title);
            Problem::new(Cause::Refused, what, "", "")
        })?;
        let plan = (write.plan)(&facts, self.act.wish)?;
        Ok((plan, revisions::current(live, &revisions).map(|current| current.number)))
    }

    /// What changed shortly before the onset, and since.
    fn recent_changes(&self, model: &Model) -> Vec<Change> {
        let from = model.onset(&self.key).unwrap_or(model.now) - BEFORE_ONSET;
        let mut history = self.dossier.history(&self.dossier.revisions(), Default::default(), model.now);
        history.changes.retain(|change| change.at >= from);
        history.changes
    }

    fn ask_dry_run(&mut self, model: &Model, out: &mut Outbox) {
        let Stage::Planned(planned) = &mut self.stage else { return };
        let Some(asker) = model.asker() else { return };
        planned.dry_run = match asker.authorize_plan(&planned.plan) {
            Ok(permit) => DryRun::Waiting(out.ask(|task| Effect::DryRun { task, permit })),
            Err(refusal) => DryRun::NotAllowed(refusal),
        };
        planned.ready_at = model.now;
    }

    /// Sends the write, or says why not.
    fn confirm(&mut self, model: &Model, out: &mut Outbox) {
        let Stage::Planned(planned) = &mut self.stage else { return };
        if planned.withdrawn.is_some() || planned.sending.is_some() {
            return;
        }
        if let Some(hindrance) = planned.hindrance(model.now) {
            planned.complaint = Some(Problem::new(Cause::Refused, hindrance, "", ""));
            return;
        }
        let Some(asker) = model.asker() else { return };
        match asker.authorize_plan(&planned.plan) {
            Ok(permit) => {
                let note = JournalNote {
                    action: planned.plan.action,
                    target: planned.plan.target.clone(),
                    summary: planned.plan.heading.clone(),
                };
                let endangered = match planned.plan.ends_pods {
                    true => keepsake::endangered(model, &self.key),
                    false => Endangered::default(),
                };
                planned.sending = Some(out.ask(|task| Effect::Perform { task, permit, note, endangered }));
            }
            Err(refusal) => planned.complaint = Some(refusal.problem(planned.plan.action)),
        }
    }

    /// Withdraws the plan when its target is no longer what was read.
    fn look_for_others(&mut self, model: &Model, out: &mut Outbox) {
        let Some(read) = self.dossier.live.ready() else { return };
        let Stage::Planned(planned) = &mut self.stage else { return };
        if planned.sending.is_some() {
            return;
        }
        let (generation, changed) = match model.services.workload(&self.key) {
            Some(now) => {
                let another = read.text("/metadata/uid") != Some(now.uid.as_str());
                (Some(now.generation), another || Some(now.generation) > self.dossier.generation())
            }
            None => (None, model.freshness(self.key.kind) == Freshness::Live),
        };
        match &mut planned.withdrawn {
            Some(withdrawn) => withdrawn.follow(&self.key, generation, out),
            None if changed => planned.withdrawn = Some(Withdrawal::begin(&self.key, generation, out)),
            None => {}
        }
    }

    fn take_dry_run(&mut self, result: Result<Vec<RawObject>, Problem>) {
        let live = self.dossier.live.ready().cloned();
        let Stage::Planned(planned) = &mut self.stage else { return };
        planned.dry_run = match (result, live) {
            (Ok(objects), Some(live)) => {
                let differences = objects
                    .first()
                    // The answer to a patch of the scale subresource is a Scale, not the workload.
                    .filter(|object| object.text("/kind") == live.text("/kind"))
                    .map(|object| differences::objects(live.value(), object.value()));
                DryRun::Answered(differences.unwrap_or_else(|| planned.plan.differences.clone()))
            }
            (Ok(_), None) => DryRun::Answered(planned.plan.differences.clone()),
            (Err(problem), _) => DryRun::Failed(problem),
        };
    }

    fn take_result(&mut self, result: Result<Vec<RawObject>, Problem>, kept: Kept, model: &Model, out: &mut Outbox) {
        let Stage::Planned(planned) = &mut self.stage else { return };
        planned.sending = None;
        match result {
            Ok(objects) => {
                let applied = Applied {
                    at: model.now,
                    plan: planned.plan.clone(),
                    previous_revision: planned.current_revision,
                    onset: model.onset(&self.key),
                    symptom: model.symptom(&self.key),
                    changes: self.recent_changes(model),
                    alert: model.alerts_of(&self.key).next().cloned(),
                    kept,
                    generation_before: self.dossier.generation(),
                    written: objects.into_iter().next(),
                };
                let verify = VerifyScreen::begin(self.key.clone(), applied);
                out.moves.push(Move::Replace(Box::new(Screen::Verify(Box::new(verify)))));
            }
            Err(problem) if problem.cause == Cause::Conflict => {
                planned.withdrawn = Some(Withdrawal::begin(&self.key, self.dossier.generation(), out));
            }
            Err(problem) => planned.complaint = Some(problem),
        }
    }
}

fn not_connected() -> Problem {
    Problem::new(Cause::NoConnection, "there is no connection", "", "wait for it, then press R")
}

impl Planned {
    /// Why the plan cannot be confirmed at this moment.
    fn hindrance(&self, now: Timestamp) -> Option<CleanText> {
        let waiting = matches!(self.dry_run, DryRun::Later | DryRun::Waiting(_));
        if waiting {
            return Some("the server's dry run has not ended yet".into());
        }
        if let DryRun::Failed(problem) = &self.dry_run {
            return Some(CleanText::new(&format!("the server would refuse it: {problem}")));
        }
        match &self.plan.confirmation {
            Confirmation::Type(wanted) if self.field.text() != wanted.as_str() => {
                Some(CleanText::new(&format!("type {wanted} to confirm")))
            }
            Confirmation::Enter if now < self.confirmable_at() => {
                Some("the plan has only just appeared: read it, then press Enter".into())
            }
            Confirmation::Type(_) | Confirmation::Enter => None,
        }
    }

    /// From when on a confirmation is taken.
    #[must_use]
    pub fn confirmable_at(&self) -> Timestamp {
        match self.plan.confirmation {
            Confirmation::Enter => self.ready_at + CONSIDERATION,
            Confirmation::Type(_) => self.ready_at,
        }
    }

    /// The differences to show, and whether they are the server's own answer.
    #[must_use]
    pub fn differences(&self) -> (&[Difference], bool) {
        match &self.dry_run {
            DryRun::Answered(differences) => (differences, true),
            DryRun::Later | DryRun::Waiting(_) | DryRun::NotAllowed(_) | DryRun::Failed(_) => {
                (&self.plan.differences, false)
            }
        }
    }

    /// Rights the server denied, or read-only.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.dry_run {
            DryRun::NotAllowed(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl View for PlanScreen {
    fn context(&self) -> Context {
        Context::Plan
    }

    fn offers(&self) -> &'static [Action] {
        if self.planned().is_some_and(|planned| planned.refusal().is_none() && planned.withdrawn.is_none()) {
            &[Action::Confirm, Action::Back, Action::Record, Action::Reload, Action::Help]
        } else {
            &[Action::Back, Action::Record, Action::Reload, Action::Help]
        }
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn typing(&self) -> bool {
        self.planned().is_some_and(|planned| planned.withdrawn.is_none() && !planned.field.is_empty())
    }

    fn act(&mut self, action: Action, model: &mut Model, _size: Size, out: &mut Outbox) -> bool {
        match action {
            Action::Confirm => self.confirm(model, out),
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top += 1,
            Action::PageUp => self.top = self.top.saturating_sub(10),
            Action::PageDown => self.top += 10,
            Action::Reload => *self = Self::open(self.key.clone(), self.act, out),
            _ => return false,
        }
        true
    }

    fn press(&mut self, key: Key, _model: &mut Model, _out: &mut Outbox) -> bool {
        let Stage::Planned(planned) = &mut self.stage else { return false };
        planned.complaint = None;
        let types = matches!(planned.plan.confirmation, Confirmation::Type(_));
        types && planned.sending.is_none() && planned.withdrawn.is_none() && planned.field.press(key)
    }

    fn paste(&mut self, text: &str, _model: &mut Model, _out: &mut Outbox) {
        if let Stage::Planned(planned) = &mut self.stage {
            planned.field.paste(text);
        }
    }

    fn answer(&mut self, task: TaskId, answer: Answer, model: &mut Model, out: &mut Outbox) -> Option<Answer> {
        if matches!(self.stage, Stage::Reading) {
            return self.dossier.answer(task, answer);
        }
        let Stage::Planned(planned) = &mut self.stage else { return Some(answer) };
        match answer {
            Answer::Grants(grants) if matches!(planned.rights, Rights::Asking(asking) if asking == task) => {
                planned.rights = Rights::Known;
                for (access, grant) in grants {
                    model.grants.set(access, grant);
                }
                self.ask_dry_run(model, out);
                None
            }
            Answer::Objects(result) if matches!(planned.dry_run, DryRun::Waiting(waiting) if waiting == task) => {
                self.take_dry_run(result);
                None
            }
            Answer::Object(result) if planned.withdrawn.as_ref().is_some_and(|withdrawn| withdrawn.awaits(task)) => {
                let read = self.dossier.live.ready();
                if let Some(withdrawn) = &mut planned.withdrawn {
                    withdrawn.take(read, result);
                }
                None
            }
            Answer::Performed { result, kept } if planned.sending == Some(task) => {
                self.take_result(result, *kept, model, out);
                None
            }
            answer => Some(answer),
        }
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        if matches!(self.stage, Stage::Reading) {
            self.advance(model, out);
        }
        self.look_for_others(model, out);
    }

    fn counts_seconds(&self) -> bool {
        matches!(self.stage, Stage::Reading) && self.measuring_since.is_some()
    }

    fn settled(&self, _model: &Model) -> bool {
        match &self.stage {
            Stage::Reading => false,
            Stage::Refused(_) => true,
            Stage::Planned(planned) => match &planned.withdrawn {
                Some(withdrawn) => withdrawn.settled(),
                None => !matches!(planned.dry_run, DryRun::Later | DryRun::Waiting(_)),
            },
        }
    }
}
