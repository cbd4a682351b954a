//! The charts of one service, full size.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::object::ObjectKey;

use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::service_charts::ServiceCharts;
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::View;

#[derive(Debug)]
pub struct ChartsScreen {
    pub charts: ServiceCharts,
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
        Some(self.charts.service.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, _size: Size, out: &mut Outbox) -> bool {
        if self.charts.act(action, model) {
            return true;
        }
        match action {
            Action::Open => out.moves.push(Move::OpenService(self.charts.service.clone())),
            _ => return false,
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        self.charts.want(model).into_iter().collect()
    }

    fn settle(&mut self, model: &Model, size: Size) {
        self.charts.settle(model, size);
    }

    fn settled(&self, model: &Model) -> bool {
        model.prometheus.is_some()
    }
}
