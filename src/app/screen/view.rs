//! What every screen answers, and which screens there are.

use crate::action::Action;
use crate::config::key::Key;
use crate::config::keymap::Context;
use crate::domain::object::ObjectKey;
use crate::domain::text::CleanText;

use super::super::effect::{SessionId, TaskId};
use super::super::filter;
use super::super::message::{Answer, Delivery, ShellEvent};
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::{
    AlertScreen, AlertsScreen, BrowseScreen, ChartsScreen, CompareScreen, ContainersScreen, HistoryScreen, LogsScreen,
    PlanScreen, ServiceScreen, ServicesScreen, ShellScreen, VerifyScreen, YamlScreen,
};

/// The compiler names every place a new one must be taken care of.
#[derive(Debug)]
pub enum Screen {
    Services(ServicesScreen),
    Alerts(AlertsScreen),
    Alert(Box<AlertScreen>),
    Service(ServiceScreen),
    Charts(ChartsScreen),
    Browse(BrowseScreen),
    Containers(ContainersScreen),
    Yaml(YamlScreen),
    Logs(LogsScreen),
    Shell(ShellScreen),
    History(Box<HistoryScreen>),
    Compare(CompareScreen),
    Plan(Box<PlanScreen>),
    Verify(Box<VerifyScreen>),
}

/// What every screen answers.
pub trait View {
    /// Which part of the keymap holds here.
    fn context(&self) -> Context;

    /// The actions worth a place in the footer, most useful first.
    fn offers(&self) -> &'static [Action];

    /// What the cursor stands on.
    fn target(&self, model: &Model) -> Option<ObjectKey>;

    /// Which container of it; None is the one that everybody means, or all.
    fn container(&self) -> Option<CleanText> {
        None
    }

    /// Does an action; false when this screen does not know it.
    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool;

    /// A key before any keymap: only for screens where one types; true when taken.
    fn press(&mut self, _key: Key, _model: &mut Model, _out: &mut Outbox) -> bool {
        false
    }

    fn paste(&mut self, _text: &str, _model: &mut Model, _out: &mut Outbox) {}

    /// An answer to a request of this screen; handed back when it is not.
    fn answer(&mut self, _task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        Some(answer)
    }

    /// Something a subscription brought; handed back when this screen did not want it.
    fn deliver(&mut self, _topic: &Topic, delivery: Delivery, _out: &mut Outbox) -> Option<Delivery> {
        Some(delivery)
    }

    fn deliver_shell(&mut self, _session: SessionId, event: ShellEvent, _out: &mut Outbox) -> Option<ShellEvent> {
        Some(event)
    }

    fn resize(&mut self, _size: Size, _out: &mut Outbox) {}

    /// What should run while this screen is on top.
    fn wants(&self, _model: &Model) -> Vec<(Topic, Params)> {
        Vec::new()
    }

    /// What should run as long as this screen is open at all.
    fn lasting_wants(&self, _model: &Model) -> Vec<(Topic, Params)> {
        Vec::new()
    }

    /// Something lives here that quitting would end.
    fn lives(&self) -> bool {
        false
    }

    /// What the header says of it while it lives out of sight.
    fn background(&self) -> Option<String> {
        None
    }

    /// Another screen was opened above it.
    fn covered(&mut self) {}

    /// It was closed and can be reopened: what is large is let go.
    fn closed(&mut self) {}

    fn reopened(&mut self) {}

    /// Reacts to what changed in the model, once per drain: asks anew, or moves on.
    fn follow(&mut self, _model: &mut Model, _out: &mut Outbox) {}

    /// The user has begun to type: letters are text now, whatever the keymap says.
    fn typing(&self) -> bool {
        false
    }

    /// Brings derived state up to date, once per drain.
    fn settle(&mut self, _model: &Model, _size: Size) {}

    /// The last `settle` did a piece of its work and left some.
    fn is_working(&self) -> bool {
        false
    }

    /// It has the whole terminal but for the header.
    fn is_full(&self) -> bool {
        false
    }

    /// The text by which rows are kept, when the screen can be filtered.
    fn filter(&self) -> Option<&str> {
        None
    }

    /// What can be typed there, said as long as nothing is.
    fn filter_hint(&self) -> String {
        filter::OF_ROWS.to_owned()
    }

    fn set_filter(&mut self, _text: &str) {}

    fn counts_seconds(&self) -> bool {
        false
    }

    /// Nothing more will come by waiting: a headless command may report.
    fn settled(&self, model: &Model) -> bool;

    /// Where one is below the context, for the header: `checkout`, `pay-api`. Mostly that is what the screen is about.
    fn place(&self, model: &Model) -> Vec<String> {
        self.target(model).as_ref().map(path).unwrap_or_default()
    }
}

/// The way to an object.
pub(super) fn path(key: &ObjectKey) -> Vec<String> {
    vec![key.namespace.to_string(), key.name.to_string()]
}

impl Screen {
    #[must_use]
    pub fn view(&self) -> &dyn View {
        match self {
            Self::Services(screen) => screen,
            Self::Alerts(screen) => screen,
            Self::Alert(screen) => screen.as_ref(),
            Self::Service(screen) => screen,
            Self::Charts(screen) => screen,
            Self::Browse(screen) => screen,
            Self::Containers(screen) => screen,
            Self::Yaml(screen) => screen,
            Self::Logs(screen) => screen,
            Self::Shell(screen) => screen,
            Self::History(screen) => screen.as_ref(),
            Self::Compare(screen) => screen,
            Self::Plan(screen) => screen.as_ref(),
            Self::Verify(screen) => screen.as_ref(),
        }
    }

    pub fn view_mut(&mut self) -> &mut dyn View {
        match self {
            Self::Services(screen) => screen,
            Self::Alerts(screen) => screen,
            Self::Alert(screen) => screen.as_mut(),
            Self::Service(screen) => screen,
            Self::Charts(screen) => screen,
            Self::Browse(screen) => screen,
            Self::Containers(screen) => screen,
            Self::Yaml(screen) => screen,
            Self::Logs(screen) => screen,
            Self::Shell(screen) => screen,
            Self::History(screen) => screen.as_mut(),
            Self::Compare(screen) => screen,
            Self::Plan(screen) => screen.as_mut(),
            Self::Verify(screen) => screen.as_mut(),
        }
    }
}
