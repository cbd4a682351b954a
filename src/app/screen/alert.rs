//! One alert: its expression as a chart with the limit, what it says of itself, and the service it hits.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::alert::Alert;
use crate::domain::metric::{RangeAnswer, Unit};
use crate::domain::object::ObjectKey;
use crate::insight::alerts::{Charted, chart, series_of};
use crate::insight::dashboard;
use crate::insight::onset::{self, Onset};

use super::super::effect::MetricQuery;
use super::super::measures;
use super::super::model::{Metrics, Model};
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::subscription::{MetricsTopic, Params, Topic};
use super::super::time_axis::TimeAxis;
use super::alerts::copy_runbook;
use super::view::{View, path};

const EXPRESSION: &str = "expression";
const EVERY: Duration = Duration::from_secs(15);
/// Where nobody told how often targets are scraped.
const USUAL_STEP: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub struct AlertScreen {
    pub fingerprint: String,
    /// As last seen: the page outlives the alert.
    pub alert: Alert,
    pub charted: Option<Charted>,
    /// When it was first missing from what fires.
    pub ended: Option<Timestamp>,
    /// When the symptom began, as seen in the alert's own line, else as its times tell.
    pub onset: Option<Onset>,
    pub axis: TimeAxis,
    /// First line of its words on screen.
    pub top: usize,
    settled_for: (u64, u64),
}

impl AlertScreen {
    #[must_use]
    pub fn new(alert: Alert, now: Timestamp) -> Self {
        Self {
            fingerprint: alert.fingerprint(),
            charted: alert.rule.as_ref().map(|rule| chart(&rule.expression)),
            onset: onset::estimate(&alert),
            axis: TimeAxis::around(alert.active_at.or(alert.starts_at), now),
            alert,
            ended: None,
            top: 0,
            settled_for: (0, 0),
        }
    }

    fn topic(&self) -> MetricsTopic {
        MetricsTopic::Alert(self.fingerprint.clone())
    }

    #[must_use]
    pub fn metrics<'a>(&self, model: &'a Model) -> Option<&'a Metrics> {
        model.metrics.get(&self.topic())
    }

    /// The lines of its expression.
    #[must_use]
    pub fn drawn<'a>(&self, model: &'a Model) -> Option<&'a RangeAnswer> {
        measures::range(self.metrics(model)?, EXPRESSION)
    }

    /// The newest moment that is shown.
    #[must_use]
    pub fn end(&self, model: &Model) -> Timestamp {
        self.drawn(model).map_or(model.now, |answer| answer.grid.end())
    }

    fn find_onset(&mut self, model: &Model) {
        let seen = self.drawn(model).and_then(|answer| {
            let series = series_of(&self.alert, answer)?;
            onset::find(&series.values, &answer.grid, self.charted.as_ref()?.threshold)
        });
        // A window that is too short now does not unsee what a longer one showed.
        match seen {
            Some(Onset::BeforeWindow { .. }) if matches!(self.onset, Some(Onset::Seen { .. })) => {}
            Some(seen) => self.onset = Some(seen),
            None => {}
        }
        // The same errors may have been looked at more closely.
        let closer = self
            .alert
            .matched
            .as_ref()
            .filter(|_| self.charted.as_ref().is_some_and(|charted| charted.unit == Unit::Ratio))
            .and_then(|matched| model.measures.onset(&matched.service))
            .filter(|onset| matches!(onset, Onset::Seen { .. }));
        if let Some(closer) = closer
            && self.onset.as_ref().and_then(Onset::precision_seconds) > closer.precision_seconds()
        {
            self.onset = Some(closer.clone());
        }
    }
}

impl View for AlertScreen {
    fn context(&self) -> Context {
        Context::Alerts
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::GoHistory,
            Action::GoErrors,
            Action::RollBack,
            Action::Open,
            Action::GoCharts,
            Action::Runbook,
            Action::Range1h,
            Action::ZoomIn,
            Action::Back,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.alert.matched.as_ref()?.service.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, _size: Size, out: &mut Outbox) -> bool {
        if self.axis.act(action, self.end(model)) {
            return true;
        }
        match action {
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top += 1,
            Action::PageUp => self.top = self.top.saturating_sub(5),
            Action::PageDown => self.top += 5,
            Action::Top => self.top = 0,
            Action::Runbook => copy_runbook(Some(&self.alert), out),
            Action::Open => match &self.alert.matched {
                Some(matched) => out.moves.push(Move::OpenService(matched.service.clone())),
                None => out.say("no service here is known to be hit"),
            },
            _ => return false,
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        let Some(charted) = &self.charted else { return Vec::new() };
        let step = model
            .metric_names
            .as_ref()
            .map_or(USUAL_STEP, |names| dashboard::step(names, self.axis.span, self.axis.columns()));
        let query = MetricQuery::Recent { expression: charted.expression.clone(), span: self.axis.span, step };
        let queries = Arc::new([(EXPRESSION, query)]);
        vec![(Topic::Metrics(self.topic()), Params::Queries { queries, every: EVERY })]
    }

    fn settle(&mut self, model: &Model, size: Size) {
        self.axis.resize(size.columns);
        self.axis.settle(self.end(model));
        let now = (model.alerts.version, self.metrics(model).map_or(0, |metrics| metrics.version));
        if self.settled_for == now {
            return;
        }
        self.settled_for = now;
        match model.alerts.get(&self.fingerprint) {
            Some(alert) => {
                self.alert = alert.clone();
                self.ended = None;
            }
            // What could not be read has not ended.
            None if self.ended.is_none() && model.alerts.missing.is_empty() => self.ended = model.alerts.at,
            None => {}
        }
        self.find_onset(model);
    }

    fn settled(&self, model: &Model) -> bool {
        model.alerts.freshness.settled()
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        match &self.alert.matched {
            Some(matched) => path(&matched.service),
            None => vec![self.alert.name.to_string()],
        }
    }
}
