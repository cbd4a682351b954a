//! What changed on a service, on time, with the onset of its symptom drawn into it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::action::Action;
use crate::action::plan::Act;
use crate::config::keymap::Context;
use crate::domain::change::Change;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::problem::{Cause, Problem};
use crate::domain::revision::{Revision, Soundness};
use crate::insight::differences;
use crate::insight::history::History;
use crate::insight::onset::Onset;
use crate::insight::revisions;

use super::super::dossier::Dossier;
use super::super::effect::TaskId;
use super::super::layout;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::table::TableState;
use super::{CompareScreen, Screen, View, YamlScreen, table_actions};

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

const DAY: Duration = minutes(24 * 60);
/// What is wider is everything.
const LONGEST: Duration = minutes(30 * 24 * 60);

#[derive(Debug)]
pub struct HistoryScreen {
    pub key: ObjectKey,
    pub dossier: Dossier,
    pub history: Option<History>,
    pub revisions: Vec<Revision>,
    /// When the symptom began, if there is one.
    pub onset: Option<Timestamp>,
    /// What came later did not begin it.
    begun_by: Option<Timestamp>,
    /// Rows are indices into the history: they keep their places.
    pub table: TableState<usize>,
    /// How far back rows are shown; None is as far as anything is known.
    pub range: Option<Duration>,
    /// The answers so far have been made into a history.
    current: bool,
    /// The cursor was set on the suspect once; afterwards it is the user's.
    pointed: bool,
}

impl HistoryScreen {
    pub fn open(key: ObjectKey, out: &mut Outbox) -> Self {
        Self {
            dossier: Dossier::open(key.clone(), out),
            key,
            history: None,
            revisions: Vec::new(),
            onset: None,
            begun_by: None,
            table: TableState::default(),
            range: None,
            current: false,
            pointed: false,
        }
    }

    #[must_use]
    pub fn change(&self, index: usize) -> Option<&Change> {
        self.history.as_ref()?.changes.get(index)
    }

    /// Rows that tell all of the change under the cursor.
    #[must_use]
    pub fn detail_rows(size: Size) -> u16 {
        if size.rows < 16 { 1 } else { 2 }
    }

    /// The revision `R` would go back to: the one of the row, or the one before it when the row is what runs now.
    #[must_use]
    pub fn rollback_target(&self) -> Option<&Revision> {
        let running = self.running();
        self.row_revision().or_else(|| revisions::rollback_target(&self.revisions, running, self.onset))
    }

    fn running(&self) -> Option<&Revision> {
        revisions::current(self.dossier.live.ready()?, &self.revisions)
    }

    /// The revision of the row under the cursor, when it is neither the one that runs nor one that failed.
    fn row_revision(&self) -> Option<&Revision> {
        let change = self.table.current().and_then(|index| self.change(*index))?;
        // Helm counts its own revisions.
        let number = change.revision.filter(|_| change.object.kind == Kind::ReplicaSet)?;
        let running = self.running()?;
        let revision = self.revisions.iter().find(|revision| revision.answers_to(number))?;
        let failed = matches!(revision.soundness, Soundness::Failed(_));
        (revision.number != running.number && !failed).then_some(revision)
    }

    fn make(&mut self, model: &Model) {
        self.revisions = self.dossier.revisions();
        let nodes: BTreeSet<_> = model.services.pods(&self.key).iter().map(|pod| pod.node.clone()).collect();
        let mut history = self.dossier.history(&self.revisions, nodes, model.now);
        if let (Some(why), false) = (self.dossier.measuring.absence(), self.revisions.is_empty()) {
            history.limits.push(format!("how revisions ran is not measured: {why}").into());
        }
        let from = self.range.and_then(|range| model.now.checked_sub(SignedDuration::try_from(range).ok()?).ok());
        let within = |index: &usize| from.is_none_or(|from| history.changes[*index].at >= from);
        self.table.settle((0..history.changes.len()).filter(within).collect());
        self.history = Some(history);
        self.current = true;
    }

    /// Points at the newest change before the onset, or at the newest release.
    fn point(&mut self) {
        let Some(history) = &self.history else { return };
        let suspect = match self.begun_by {
            Some(begun_by) => history.suspect(begun_by),
            None => history.changes.iter().position(|change| change.revision.is_some()),
        };
        if let Some(index) = suspect {
            self.table.move_to(index);
            self.pointed = true;
        }
    }

    /// Shows so much of the past; the same once more shows all of it again.
    fn look_back(&mut self, range: Option<Duration>) {
        self.range = range.filter(|_| self.range != range);
        self.table.release();
        self.current = false;
    }

    fn open_row(&self, out: &mut Outbox) {
        let Some(change) = self.table.current().and_then(|index| self.change(*index)) else { return };
        match (change.revision, change.object.kind) {
            (Some(number), Kind::ReplicaSet) => {
                let rollouts = revisions::rollouts(&self.revisions);
                let position = rollouts.iter().position(|rollout| rollout.number == number);
                let pair = position.and_then(|at| Some((rollouts.get(at + 1)?, rollouts.get(at)?)));
                match pair {
                    Some((before, after)) => {
                        out.open(Screen::Compare(self.compare(before.revision, after.revision)));
                    }
                    None => out.complain(Problem::new(
                        Cause::NotFound,
                        "there is nothing older to compare with",
                        "older revisions are no longer kept",
                        "",
                    )),
                }
            }
            (_, Kind::Secret) => out.complain(Problem::new(
                Cause::Refused,
                "one Helm revision alone shows nothing",
                "",
                "mark two of them with Space and press =",
            )),
            _ => {
                let screen = YamlScreen::open(change.object.clone(), out);
                out.open(Screen::Yaml(screen));
            }
        }
    }

    fn compare(&self, before: &Revision, after: &Revision) -> CompareScreen {
        let differences = differences::templates(before.template.value(), after.template.value());
        let name = |revision: &Revision| match revision.version.is_empty() {
            true => format!("r{}", revision.number),
            false => format!("{} (r{})", revision.version, revision.number),
        };
        CompareScreen::new(self.key.clone(), name(before), name(after), differences)
    }

    fn compare_marked(&mut self, out: &mut Outbox) {
        let marked: Vec<&Change> = self.table.marked.iter().filter_map(|index| self.change(*index)).collect();
        let [newer, older] = marked.as_slice() else {
            out.complain(table_actions::mark_two());
            return;
        };
        match (older.object.kind, newer.object.kind) {
            (Kind::Secret, Kind::Secret) => {
                let screen = CompareScreen::releases(self.key.clone(), older.object.clone(), newer.object.clone(), out);
                out.open(Screen::Compare(screen));
            }
            _ => {
                let find = |change: &Change| {
                    let number = change.revision?;
                    self.revisions.iter().find(|revision| revision.answers_to(number))
                };
                match (find(older), find(newer)) {
                    (Some(before), Some(after)) => out.open(Screen::Compare(self.compare(before, after))),
                    _ => out.complain(Problem::new(
                        Cause::Refused,
                        "these two cannot be compared",
                        "only two revisions of the Deployment, or two of Helm, hold what they changed",
                        "mark two of a kind",
                    )),
                }
            }
        }
    }
}

impl View for HistoryScreen {
    fn context(&self) -> Context {
        Context::History
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Open,
            Action::GoErrors,
            Action::RollBack,
            Action::Mark,
            Action::CompareMarked,
            Action::GoCharts,
            Action::Reload,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, _model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if table_actions::act(&mut self.table, action, layout::table_rows(size)) {
            return true;
        }
        match action {
            Action::Open => self.open_row(out),
            Action::CompareMarked => self.compare_marked(out),
            Action::RollBack => {
                // As long as nothing is measured, the plan itself finds out where to go when no row says it.
                let known = self.row_revision().is_some() || self.dossier.measuring.settled();
                let revision = self.rollback_target().filter(|_| known).map(|revision| revision.number);
                out.moves.push(Move::Plan(self.key.clone(), Act::roll_back(revision)));
            }
            Action::Range5m => self.look_back(Some(minutes(5))),
            Action::Range15m => self.look_back(Some(minutes(15))),
            Action::Range30m => self.look_back(Some(minutes(30))),
            Action::Range1h => self.look_back(Some(minutes(60))),
            Action::Range6h => self.look_back(Some(minutes(6 * 60))),
            Action::Range24h => self.look_back(Some(DAY)),
            Action::ZoomIn => self.look_back(Some(self.range.map_or(DAY, |range| range / 2))),
            Action::ZoomOut => self.look_back(self.range.map(|range| range * 2).filter(|range| *range <= LONGEST)),
            Action::Reload => {
                self.dossier = Dossier::open(self.key.clone(), out);
                self.current = false;
            }
            _ => return false,
        }
        true
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        let rest = self.dossier.answer(task, answer);
        if rest.is_none() {
            self.current = false;
        }
        rest
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        self.dossier.measure(model, out);
        self.dossier.keep_up(model, out);
    }

    fn settle(&mut self, model: &Model, size: Size) {
        let onset = model.onset(&self.key);
        if self.onset != onset {
            self.onset = onset;
            self.begun_by = model.measures.onset(&self.key).map(Onset::latest).or(onset);
            self.current = false;
        }
        // The old history stays while a newer one is read.
        if !self.current && (self.history.is_none() || self.dossier.complete()) {
            self.make(model);
        }
        if !self.pointed && self.dossier.complete() {
            self.point();
        }
        let below = 3 + usize::from(Self::detail_rows(size));
        self.table.keep_in_view(layout::table_rows(size).saturating_sub(below), |_| 1);
    }

    fn settled(&self, _model: &Model) -> bool {
        self.dossier.complete() && self.dossier.measuring.settled()
    }
}
