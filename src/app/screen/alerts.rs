//! Alerts: what fires, what is about to, and what is kept quiet; each with the service it hits.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::alert::Alert;
use crate::domain::object::ObjectKey;
use crate::insight::alerts::Watchdog;

use super::super::alerts::is_within;
use super::super::effect::Effect;
use super::super::layout;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::state::Size;
use super::super::table::{TableState, Wanted};
use super::{AlertScreen, Screen, View, table_actions};

/// Lines of one alert: what and where, then why and how much.
pub const LINES: usize = 2;

/// Lines of doubts at most.
const DOUBTS: usize = 3;

#[derive(Debug, Default)]
pub struct AlertsScreen {
    /// By fingerprint.
    pub table: TableState<String>,
    /// Alerts of namespaces that are not looked at.
    pub elsewhere: usize,
}

impl AlertsScreen {
    /// What makes this list less than the whole truth, a line each.
    #[must_use]
    pub fn doubts(&self, model: &Model) -> Vec<String> {
        let alerts = &model.alerts;
        let mut doubts: Vec<String> = alerts.missing.iter().map(ToString::to_string).collect();
        if alerts.watchdog == Some(Watchdog::Silent) {
            doubts.push("the watchdog alert should always fire and does not: what fires may reach nobody".to_owned());
        }
        doubts.extend(alerts.broken_rules.iter().map(|rule| format!("a rule cannot be evaluated: {rule}")));
        if let (true, Some(more)) = (doubts.len() > DOUBTS, doubts.len().checked_sub(DOUBTS - 1)) {
            doubts.truncate(DOUBTS - 1);
            doubts.push(format!("and {more} more doubts"));
        }
        doubts
    }

    #[must_use]
    pub fn current<'a>(&self, model: &'a Model) -> Option<&'a Alert> {
        model.alerts.get(self.table.current()?)
    }
}

/// An alert's runbook, as its rule's author wrote it down.
#[must_use]
pub fn runbook(alert: &Alert) -> Option<&str> {
    ["runbook_url", "runbook"].iter().find_map(|name| alert.annotations.get(*name)).map(|address| address.as_str())
}

/// Copies the runbook's address, or says that there is none.
pub(super) fn copy_runbook(alert: Option<&Alert>, out: &mut Outbox) {
    match alert.map(|alert| (alert, runbook(alert))) {
        Some((_, Some(address))) => {
            out.effect(Effect::CopyToClipboard(address.to_owned()));
            out.say(format!("copied {address}"));
        }
        Some((alert, None)) => out.say(format!("{} names no runbook (annotation runbook_url)", alert.name)),
        None => {}
    }
}

fn filter_text(alert: &Alert) -> String {
    let mut text = format!("{} ", alert.name);
    for (name, value) in &alert.labels {
        text.push_str(&format!("{name}={value} "));
    }
    if let Some(matched) = &alert.matched {
        text.push_str(&matched.service.name);
    }
    text
}

impl View for AlertsScreen {
    fn context(&self) -> Context {
        Context::Alerts
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Open,
            Action::GoHistory,
            Action::GoErrors,
            Action::RollBack,
            Action::GoCharts,
            Action::Runbook,
            Action::Filter,
            Action::Back,
            Action::Palette,
            Action::Help,
        ]
    }

    /// The service it hits: everything that can be done to a service can be done from its alert.
    fn target(&self, model: &Model) -> Option<ObjectKey> {
        Some(self.current(model)?.matched.as_ref()?.service.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if table_actions::act(&mut self.table, action, layout::table_rows(size) / LINES) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(alert) = self.current(model) {
                    out.open(Screen::Alert(Box::new(AlertScreen::new(alert.clone(), model.now))));
                }
            }
            Action::Runbook => copy_runbook(self.current(model), out),
            Action::Range5m
            | Action::Range15m
            | Action::Range30m
            | Action::Range1h
            | Action::Range6h
            | Action::Range24h
            | Action::ZoomIn
            | Action::ZoomOut => out.say("the range is that of an alert's chart: open one"),
            Action::Reload => {
                self.table.release();
                self.table.ask_anew();
            }
            _ => return false,
        }
        true
    }

    fn settle(&mut self, model: &Model, size: Size) {
        // Alerts that find their service may come into view: the services' version counts too.
        let version = model.alerts.version + model.services.version();
        if self.table.is_due(version) {
            let (within, elsewhere): (Vec<&Alert>, Vec<&Alert>) =
                model.alerts.list.iter().partition(|alert| is_within(alert, &model.namespaces));
            self.elsewhere = elsewhere.len();
            let of = within.len();
            let filter = self.table.filter();
            let kept = within.into_iter().filter(|alert| filter.is_empty() || filter.keeps(&filter_text(alert)));
            let wanted = Wanted { rows: kept.map(Alert::fingerprint).collect(), of };
            self.table.follow(version, wanted);
        }
        let around = 1 + self.doubts(model).len();
        self.table.keep_in_view(layout::table_rows(size).saturating_sub(around), |_| LINES);
    }

    fn filter(&self) -> Option<&str> {
        Some(self.table.filter().text())
    }

    fn set_filter(&mut self, text: &str) {
        self.table.set_filter(text);
    }

    fn settled(&self, model: &Model) -> bool {
        // Without the services nothing could be matched yet.
        model.alerts.freshness.settled() && model.knows_services()
    }

    fn place(&self, model: &Model) -> Vec<String> {
        vec![model.namespaces.to_string()]
    }
}
