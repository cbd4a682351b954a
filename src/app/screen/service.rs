//! The page of one service: its charts on one axis of time with what changed and what fired, its pods by revision, and
//! what happened. Every part is a door to its own screen.

use jiff::Timestamp;

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::health::Grade;
use crate::domain::object::ObjectKey;
use crate::domain::revision::Revision;
use crate::domain::text::CleanText;
use crate::insight::evidence::VersionSplit;
use crate::kinds::pod::PodRow;

use super::super::dossier::Dossier;
use super::super::effect::TaskId;
use super::super::layout;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::service_charts;
use super::super::services::KINDS;
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::super::table::TableState;
use super::super::time_axis::TimeAxis;
use super::{BrowseScreen, ChartsScreen, Screen, View, table_actions};

/// Narrower screens show one of the lower panes at a time.
pub const SIDE_BY_SIDE: u16 = 110;

#[derive(Debug)]
pub struct ServiceScreen {
    pub key: ObjectKey,
    pub axis: TimeAxis,
    pub pane: Pane,
    pub pods: TableState<ObjectKey>,
    /// First line of what happened.
    pub top: usize,
    /// What altered it, newest first, and what cannot be known of that.
    pub changes: Vec<Change>,
    pub limits: Vec<CleanText>,
    /// How its versions fare beside each other, when that tells something.
    pub split: Option<VersionSplit>,
    dossier: Dossier,
    revisions: Vec<Revision>,
    /// Rows the lower panes would fill.
    wanted_rows: usize,
    settled_for: Option<u64>,
    /// The answers so far, and the measurements, that changes and versions were made from.
    told_for: Option<(usize, u64)>,
    answers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Pods,
    Timeline,
}

impl ServiceScreen {
    #[must_use]
    pub fn open(key: ObjectKey, model: &Model, out: &mut Outbox) -> Self {
        Self {
            axis: TimeAxis::around(model.onset(&key), model.now),
            dossier: Dossier::open(key.clone(), out),
            key,
            pane: Pane::Pods,
            pods: TableState::default(),
            top: 0,
            changes: Vec::new(),
            limits: Vec::new(),
            split: None,
            revisions: Vec::new(),
            wanted_rows: 0,
            settled_for: None,
            told_for: None,
            answers: 0,
        }
    }

    /// Rows of the charts and of the panes below them.
    #[must_use]
    pub fn heights(&self, size: Size) -> (u16, u16) {
        // Two lines say how it is. The panes get what they fill, at most two fifths; the charts all the rest.
        let rest = layout::areas(size).body.height.saturating_sub(2);
        let wanted = u16::try_from(self.wanted_rows).unwrap_or(u16::MAX).saturating_add(2);
        let panes = wanted.clamp(5.min(rest), (rest * 2 / 5).max(5.min(rest)));
        (rest - panes, panes)
    }

    /// Makes changes and the comparison of versions from what has arrived.
    fn tell(&mut self, model: &Model) {
        let metrics = service_charts::metrics(&self.key, model);
        let now = (self.answers, metrics.map_or(0, |metrics| metrics.version));
        if self.told_for == Some(now) {
            return;
        }
        if self.told_for.is_none_or(|before| before.0 != now.0) {
            let nodes = model.services.pods(&self.key).iter().map(|pod| pod.node.clone()).collect();
            self.revisions = self.dossier.revisions();
            let history = self.dossier.history(&self.revisions, nodes, model.now);
            (self.changes, self.limits) = (history.changes, history.limits);
        }
        self.told_for = Some(now);
        let is_in_trouble = model.services.get(&self.key).is_some_and(|service| service.health.grade <= Grade::AtRisk);
        let release = self.changes.iter().find(|change| change.kind == ChangeKind::Release);
        let version_of = |pod: &str| {
            let holder = self
                .revisions
                .iter()
                .find(|revision| pod.strip_prefix(revision.holder.as_str()).is_some_and(|rest| rest.starts_with('-')));
            holder.map(|revision| revision.version.clone())
        };
        self.split = metrics
            .zip(release)
            .and_then(|(metrics, release)| service_charts::split(metrics, release.at, version_of))
            // Once it is well again, how it fared is history.
            .filter(|split| split.telling().is_some() && is_in_trouble);
    }

    #[must_use]
    pub fn end(&self, model: &Model) -> Timestamp {
        service_charts::end(&self.key, model)
    }
}

/// Newest revision first, within one the newest pod first: what was rolled out last stands on top.
fn in_order(pods: &[std::sync::Arc<PodRow>]) -> Vec<ObjectKey> {
    let mut pods: Vec<&PodRow> = pods.iter().map(AsRef::as_ref).collect();
    let born = |hash: &str| pods.iter().filter(|pod| *pod.template_hash == *hash).filter_map(|pod| pod.created).max();
    let births: std::collections::BTreeMap<_, _> =
        pods.iter().map(|pod| (pod.template_hash.clone(), born(&pod.template_hash))).collect();
    pods.sort_by(|a, b| {
        let birth = |pod: &PodRow| births.get(&pod.template_hash).copied().flatten();
        birth(b).cmp(&birth(a)).then_with(|| b.created.cmp(&a.created)).then_with(|| a.key.cmp(&b.key))
    });
    pods.into_iter().map(|pod| pod.key.clone()).collect()
}

impl View for ServiceScreen {
    fn context(&self) -> Context {
        Context::Service
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::GoHistory,
            Action::GoErrors,
            Action::RollBack,
            Action::GoCharts,
            Action::Open,
            Action::GoLogs,
            Action::Scale,
            Action::Restart,
            Action::NextPane,
            Action::GoEvents,
            Action::ShowYaml,
            Action::Back,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if self.axis.act(action, self.end(model)) {
            return true;
        }
        let page = usize::from(self.heights(size).1).saturating_sub(2).max(1);
        match (action, self.pane) {
            (Action::NextPane, Pane::Pods) => self.pane = Pane::Timeline,
            (Action::NextPane, Pane::Timeline) => self.pane = Pane::Pods,
            (Action::Open, Pane::Pods) => out.open(Screen::Browse(BrowseScreen::pods_of(self.key.clone()))),
            (Action::Open, Pane::Timeline) => out.moves.push(super::super::outbox::Move::Act(Action::GoHistory)),
            (Action::GoCharts, _) => out.open(Screen::Charts(ChartsScreen {
                key: self.key.clone(),
                axis: self.axis.clone(),
                changes: self.changes.clone(),
            })),
            (Action::Mark, _) => return false,
            (action, Pane::Pods) => return table_actions::act(&mut self.pods, action, page),
            (Action::Up, Pane::Timeline) => self.top = self.top.saturating_sub(1),
            (Action::Down, Pane::Timeline) => self.top += 1,
            (Action::PageUp, Pane::Timeline) => self.top = self.top.saturating_sub(page),
            (Action::PageDown, Pane::Timeline) => self.top += page,
            (Action::Top, Pane::Timeline) => self.top = 0,
            (Action::Bottom, Pane::Timeline) => self.top = usize::MAX,
            _ => return false,
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        service_charts::want(&self.key, &self.axis, model).into_iter().collect()
    }

    fn settle(&mut self, model: &Model, size: Size) {
        self.axis.resize(size.columns);
        self.axis.settle(self.end(model));
        if self.settled_for != Some(model.services.version()) {
            self.settled_for = Some(model.services.version());
            self.pods.settle(in_order(model.services.pods(&self.key)));
        }
        if self.dossier.complete() {
            self.tell(model);
        } else if self.told_for.is_none() {
            // What the workload itself tells, until the records have been read.
            let newest = model.services.get(&self.key).and_then(|service| service.change.clone());
            self.changes = newest.into_iter().collect();
        }
        let lines = service_charts::timeline(&self.key, &self.changes, model).len() + self.limits.len();
        // The timeline has no line of headings.
        self.wanted_rows = self.pods.order().len().max(lines.saturating_sub(1)).max(1);
        let rows = usize::from(self.heights(size).1);
        self.pods.keep_in_view(rows.saturating_sub(2), |_| 1);
        self.top = self.top.min(lines.saturating_sub(rows.saturating_sub(1)));
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        let rest = self.dossier.answer(task, answer);
        self.answers += usize::from(rest.is_none());
        rest
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        // Somebody changed the service: its records are read again, and the old ones stay until then.
        let generation = model.services.assembled().workload(&self.key).map(|workload| workload.generation);
        if self.dossier.complete()
            && let (Some(read), Some(now)) = (self.dossier.generation(), generation)
            && now > read
        {
            self.dossier = Dossier::open(self.key.clone(), out);
        }
    }

    fn settled(&self, model: &Model) -> bool {
        KINDS.iter().all(|kind| model.freshness(*kind).settled())
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        vec![self.key.namespace.to_string(), self.key.name.to_string()]
    }
}
