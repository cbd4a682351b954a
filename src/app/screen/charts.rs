//! The charts of one service, full size.

use jiff::Timestamp;

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::change::Change;
use crate::domain::object::ObjectKey;

use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::service_charts;
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::super::time_axis::TimeAxis;
use super::View;

#[derive(Debug)]
pub struct ChartsScreen {
    pub key: ObjectKey,
    pub axis: TimeAxis,
    /// What altered the service, as far as the screen before knew.
    pub changes: Vec<Change>,
}

impl ChartsScreen {
    #[must_use]
    pub fn new(key: ObjectKey, model: &Model) -> Self {
        let newest = model.services.get(&key).and_then(|service| service.change.clone());
        Self { axis: TimeAxis::around(model.onset(&key), model.now), changes: newest.into_iter().collect(), key }
    }

    #[must_use]
    pub fn end(&self, model: &Model) -> Timestamp {
        service_charts::end(&self.key, model)
    }
}

impl View for ChartsScreen {
    fn context(&self) -> Context {
        Context::Charts
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Left,
            Action::Right,
            Action::ZoomIn,
            Action::ZoomOut,
            Action::Range5m,
            Action::Range1h,
            Action::Range24h,
            Action::GoHistory,
            Action::GoErrors,
            Action::RollBack,
            Action::Back,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, _size: Size, out: &mut Outbox) -> bool {
        if self.axis.act(action, self.end(model)) {
            return true;
        }
        match action {
            Action::Open => out.moves.push(Move::OpenService(self.key.clone())),
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
    }

    fn settled(&self, model: &Model) -> bool {
        model.prometheus.is_some()
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        vec![self.key.namespace.to_string(), self.key.name.to_string()]
    }
}
