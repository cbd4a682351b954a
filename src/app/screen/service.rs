//! The page of one service: its charts on one axis of time with what changed and what fired, its pods by revision, and
//! what happened. Every part is a door to its own screen.

use jiff::Timestamp;

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::change::ChangeKind;
use crate::domain::health::Grade;
use crate::domain::object::ObjectKey;
use crate::domain::revision::Revision;
use crate::domain::text::CleanText;
use crate::insight::evidence::VersionSplit;
use crate::kinds::pod::PodRow;

use super::super::dossier::Dossier;
use super::super::effect::TaskId;
use super::super::layout;
use super::super::logs::errors::ErrorsInLogs;
use super::super::message::{Answer, Delivery};
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::service_charts::{self, Door, Happening, ServiceCharts};
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::super::table::TableState;
use super::{AlertScreen, BrowseScreen, ChartsScreen, LogsScreen, Screen, View, scroll, table_actions};

/// Narrower screens show one of the lower panes at a time.
pub const SIDE_BY_SIDE: u16 = 110;

#[derive(Debug)]
pub struct ServiceScreen {
    pub charts: ServiceCharts,
    pub pane: Pane,
    pub pods: TableState<ObjectKey>,
    /// What happened, newest first; and what cannot be known of it, which has no time.
    pub timeline: TableState<(Timestamp, CleanText)>,
    pub happenings: Vec<Happening>,
    pub errors: ErrorsInLogs,
    /// First kind of errors.
    pub errors_top: usize,
    /// What cannot be known of what altered it.
    pub limits: Vec<CleanText>,
    /// How its versions fare beside each other, when that tells something.
    pub split: Option<VersionSplit>,
    dossier: Dossier,
    revisions: Vec<Revision>,
    /// Rows the lower panes would fill.
    wanted_rows: usize,
    /// Charts there are to draw, and the answer they were counted in.
    drawn: (Option<u64>, usize),
    settled_for: Option<u64>,
    /// The answers so far, and the measurements, that changes and versions were made from.
    told_for: Option<(usize, u64)>,
    answers: usize,
    /// The measurement the service itself was told of.
    measured: u64,
}

/// Charts there can be, and rows beyond which one is no easier to read.
const CHARTS: usize = 5;
const CHART_MOST: u16 = 9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Pods,
    Timeline,
    Errors,
}

impl Pane {
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Pods => Self::Timeline,
            Self::Timeline => Self::Errors,
            Self::Errors => Self::Pods,
        }
    }
}

/// Rows of the parts of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heights {
    pub charts: u16,
    /// Pods and timeline; in little room whichever pane has the keys.
    pub panes: u16,
    /// The errors in the logs below; in little room the line that sums them up, unless they are the pane.
    pub errors: u16,
}

/// What there is to fill the parts with.
#[derive(Clone, Copy, Debug)]
struct Filled {
    charts: usize,
    rows: usize,
    errors: usize,
}

impl Heights {
    fn of(size: Size, pane: Pane, filled: Filled) -> Self {
        // Two lines say how it is. The panes get what they fill, at most two fifths; the charts all the rest, as far as
        // it makes them easier to read.
        let rest = layout::areas(size).body.height.saturating_sub(2);
        let rows = |rows: usize, around: u16| u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(around);
        let least = 5.min(rest);
        let most = (rest * 2 / 5).max(least);
        let wanted = rows(filled.rows, 2);
        let panes = wanted.clamp(least, most);
        if rest < panes + 6 {
            return Self { charts: rest - panes, panes, errors: 0 };
        }
        let charts_most = rows(filled.charts.max(1), 0).saturating_mul(CHART_MOST).saturating_add(3);
        if size.columns >= SIDE_BY_SIDE {
            // A line above them, and one that says what was read.
            let errors = rows(filled.errors, 2).clamp(3, (rest / 8).max(3));
            let charts = (rest - panes - errors).min(charts_most);
            let spare = rest - panes - errors - charts;
            let more = wanted.saturating_sub(panes).min(spare);
            return Self { charts, panes: panes + more, errors: errors + spare - more };
        }
        // The charts stay as they are, whichever pane is shown.
        let panes = panes.min(most - 1);
        let charts = (rest - panes - 1).min(charts_most);
        let errors = u16::from(pane != Pane::Errors);
        Self { charts, panes: rest - charts - errors, errors }
    }
}

impl ServiceScreen {
    #[must_use]
    pub fn open(key: ObjectKey, model: &Model, out: &mut Outbox) -> Self {
        Self {
            errors: ErrorsInLogs::new(key.clone(), out),
            errors_top: 0,
            measured: 0,
            dossier: Dossier::open(key.clone(), out),
            charts: ServiceCharts::new(key, model),
            pane: Pane::Pods,
            pods: TableState::default(),
            timeline: TableState::default(),
            happenings: Vec::new(),
            limits: Vec::new(),
            split: None,
            revisions: Vec::new(),
            wanted_rows: 0,
            drawn: (None, CHARTS),
            settled_for: None,
            told_for: None,
            answers: 0,
        }
    }

    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        &self.charts.service
    }

    #[must_use]
    pub fn heights(&self, size: Size) -> Heights {
        Heights::of(
            size,
            self.pane,
            Filled { charts: self.drawn.1, rows: self.wanted_rows, errors: self.errors.digest.kinds().len() },
        )
    }

    /// Until there is an answer all charts may come, so that nothing jumps when they do.
    fn count_charts(&mut self, model: &Model) {
        let version = service_charts::metrics(self.key(), model).map(|metrics| metrics.version).filter(|at| *at > 0);
        let missing = matches!(model.prometheus, Some(Err(_)));
        if version.is_some() && self.drawn.0 != version {
            self.drawn = (version, self.charts.curves(model).len());
        } else if version.is_none() {
            self.drawn = (None, if missing { 1 } else { CHARTS });
        }
    }

    /// Rows of the pane that has the keys, without the line above them.
    fn pane_rows(&self, size: Size) -> usize {
        let heights = self.heights(size);
        let below = self.pane == Pane::Errors && size.columns >= SIDE_BY_SIDE;
        usize::from(if below { heights.errors } else { heights.panes }.saturating_sub(2)).max(1)
    }

    /// To where more is said of what the cursor of the timeline stands on.
    fn go_through_door(&self, model: &Model, out: &mut Outbox) {
        let door = self.happenings.get(self.timeline.cursor()).map(|happening| &happening.door);
        match door {
            Some(Door::Alert(fingerprint)) => match model.alerts.get(fingerprint) {
                Some(alert) => out.open(Screen::Alert(Box::new(AlertScreen::new(alert.clone(), model.now)))),
                None => out.moves.push(Move::Act(Action::GoAlerts)),
            },
            Some(Door::LastWords(pod)) => {
                let screen = LogsScreen::previous(pod.clone()).apart(out);
                out.open(Screen::Logs(screen));
            }
            Some(Door::History) | None => out.moves.push(Move::Act(Action::GoHistory)),
        }
    }

    /// Makes changes and the comparison of versions from what has arrived.
    fn tell(&mut self, model: &Model) {
        let metrics = service_charts::metrics(self.key(), model);
        let now = (self.answers, metrics.map_or(0, |metrics| metrics.version));
        if self.told_for == Some(now) {
            return;
        }
        if self.told_for.is_none_or(|before| before.0 != now.0) {
            let nodes = model.services.pods(self.key()).iter().map(|pod| pod.node.clone()).collect();
            self.revisions = self.dossier.revisions();
            let history = self.dossier.history(&self.revisions, nodes, model.now);
            (self.charts.changes, self.limits) = (history.changes, history.limits);
        }
        self.told_for = Some(now);
        let is_in_trouble = model.services.get(self.key()).is_some_and(|service| service.health.grade <= Grade::AtRisk);
        let release = self.charts.changes.iter().find(|change| change.kind == ChangeKind::Release);
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
        Some(self.key().clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if self.charts.act(action, model) {
            return true;
        }
        let page = self.pane_rows(size);
        match (action, self.pane) {
            (Action::NextPane, pane) => self.pane = pane.next(),
            (Action::Open, Pane::Pods) => {
                let screen = BrowseScreen::pods_of(self.key().clone()).standing_on(self.pods.current().cloned());
                out.open(Screen::Browse(screen));
            }
            (Action::Open, Pane::Timeline) => self.go_through_door(model, out),
            (Action::Open, Pane::Errors) => out.moves.push(Move::Act(Action::GoErrors)),
            (Action::GoCharts, _) => out.open(Screen::Charts(ChartsScreen { charts: self.charts.clone() })),
            (Action::Mark, _) => return false,
            (action, Pane::Pods) => return table_actions::act(&mut self.pods, action, page),
            (action, Pane::Timeline) => return table_actions::act(&mut self.timeline, action, page),
            (action, Pane::Errors) => return scroll::act(&mut self.errors_top, action, page),
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        self.charts.want(model).into_iter().chain(self.errors.want(model)).collect()
    }

    fn covered(&mut self) {
        self.errors.pause();
    }

    fn closed(&mut self) {
        self.errors.pause();
    }

    fn deliver(&mut self, topic: &Topic, delivery: Delivery, _out: &mut Outbox) -> Option<Delivery> {
        self.errors.deliver(topic, delivery)
    }

    fn settle(&mut self, model: &Model, size: Size) {
        self.charts.settle(model, size);
        self.errors.settle(model);
        if self.settled_for != Some(model.services.version()) {
            self.settled_for = Some(model.services.version());
            self.pods.settle(in_order(model.services.pods(self.key())));
        }
        if self.dossier.complete() {
            self.tell(model);
        } else if self.told_for.is_none() {
            // What the workload itself tells, until the records have been read.
            let newest = model.services.get(self.key()).and_then(|service| service.change.clone());
            self.charts.changes = newest.into_iter().collect();
        }
        self.happenings = service_charts::timeline(self.key(), &self.charts.changes, model);
        let known = self.happenings.iter().map(|happening| (happening.at, happening.words.clone()));
        let unknown = self.limits.iter().map(|limit| (Timestamp::MIN, limit.clone()));
        self.timeline.take_order(known.chain(unknown).collect());
        let lines = self.timeline.order().len();
        self.count_charts(model);
        // The timeline has no line of headings.
        self.wanted_rows = self.pods.order().len().max(lines.saturating_sub(1)).max(1);
        let rows = usize::from(self.heights(size).panes);
        self.pods.keep_in_view(rows.saturating_sub(2), |_| 1);
        self.timeline.keep_in_view(rows.saturating_sub(1), |_| 1);
        let kinds = self.errors.digest.kinds().len();
        let rows = if self.pane == Pane::Errors { self.pane_rows(size) } else { kinds };
        self.errors_top = self.errors_top.min(kinds.saturating_sub(rows));
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        let rest = self.dossier.answer(task, answer);
        self.answers += usize::from(rest.is_none());
        rest
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        self.charts.bring_home(&mut self.measured, model);
        self.dossier.keep_up(model, out);
    }

    fn settled(&self, model: &Model) -> bool {
        model.knows_services()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_chart_leaves_its_room_to_what_can_fill_it() {
        let filled = |charts, rows| Filled { charts, rows, errors: 4 };
        let wide = Size { columns: 120, rows: 40 };
        let (five, one) = (Heights::of(wide, Pane::Pods, filled(5, 30)), Heights::of(wide, Pane::Pods, filled(1, 30)));
        assert_eq!(five.charts + five.panes + five.errors, 36);
        assert_eq!((one.charts, one.panes), (12, 20));
        let few = Heights::of(wide, Pane::Pods, filled(1, 4));
        assert_eq!((few.charts, few.panes, few.errors), (12, 6, 18), "what the pods do not fill goes to the errors");
        for rows in 8..60 {
            for columns in [40, 80, 120] {
                for (charts, wanted) in [(0, 0), (1, 1), (1, 40), (5, 5)] {
                    for pane in [Pane::Pods, Pane::Errors] {
                        let heights = Heights::of(Size { columns, rows }, pane, filled(charts, wanted));
                        let body = layout::areas(Size { columns, rows }).body.height;
                        assert_eq!(heights.charts + heights.panes + heights.errors, body - 2, "{columns}x{rows}");
                    }
                }
            }
        }
    }
}
