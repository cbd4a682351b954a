//! The page of one service: its charts on one axis of time with what changed and what fired, its pods by revision, and
//! what happened. Every part is a door to its own screen.

use jiff::Timestamp;

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::change::Change;
use crate::domain::object::ObjectKey;
use crate::kinds::pod::PodRow;

use super::super::layout;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::overlay::{Overlay, QuestionOverlay};
use super::super::service_charts;
use super::super::services::KINDS;
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::super::table::TableState;
use super::super::time_axis::TimeAxis;
use super::{BrowseScreen, Screen, View, table_actions};

/// Narrower screens show one of the lower panes at a time.
pub const SIDE_BY_SIDE: u16 = 100;

#[derive(Debug)]
pub struct ServiceScreen {
    pub key: ObjectKey,
    pub axis: TimeAxis,
    pub pane: Pane,
    pub pods: TableState<ObjectKey>,
    /// First line of what happened.
    pub top: usize,
    /// What altered it, newest first.
    pub changes: Vec<Change>,
    settled_for: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Pods,
    Timeline,
}

impl ServiceScreen {
    #[must_use]
    pub fn new(key: ObjectKey, model: &Model) -> Self {
        Self {
            axis: TimeAxis::around(model.onset(&key), model.now),
            key,
            pane: Pane::Pods,
            pods: TableState::default(),
            top: 0,
            changes: Vec::new(),
            settled_for: None,
        }
    }

    /// Rows of the charts and of the panes below them.
    #[must_use]
    pub fn split(size: Size) -> (u16, u16) {
        let body = layout::areas(size).body.height;
        // Two lines say how it is; what is left goes to the charts for three fifths, at least eight rows.
        let rest = body.saturating_sub(2);
        let charts = (rest * 3 / 5).clamp(8.min(rest), 26);
        (charts, rest - charts)
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
        let page = usize::from(Self::split(size).1).saturating_sub(2).max(1);
        match (action, self.pane) {
            (Action::NextPane, Pane::Pods) => self.pane = Pane::Timeline,
            (Action::NextPane, Pane::Timeline) => self.pane = Pane::Pods,
            (Action::Open, Pane::Pods) => out.open(Screen::Browse(BrowseScreen::pods_of(self.key.clone()))),
            (Action::Scale, _) => {
                if let Some(service) = model.services.get(&self.key) {
                    out.overlay(Overlay::Question(QuestionOverlay::replicas(service.key.clone(), service.desired)));
                }
            }
            (Action::Open, Pane::Timeline) => out.moves.push(super::super::outbox::Move::Act(Action::GoHistory)),
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
            let newest = model.services.get(&self.key).and_then(|service| service.change.clone());
            self.changes = newest.into_iter().collect();
        }
        let rows = usize::from(Self::split(size).1).saturating_sub(2);
        self.pods.keep_in_view(rows, |_| 1);
        let lines = service_charts::timeline(&self.key, &self.changes, model).len();
        self.top = self.top.min(lines.saturating_sub(rows));
    }

    fn settled(&self, model: &Model) -> bool {
        KINDS.iter().all(|kind| model.freshness(*kind).settled())
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        vec![self.key.namespace.to_string(), self.key.name.to_string()]
    }
}
