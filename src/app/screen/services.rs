//! Home: the services, worst first.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::health::Grade;
use crate::domain::object::ObjectKey;
use crate::domain::service::Service;

use super::super::layout;
use super::super::measures::HomeQuestions;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::super::table::{TableState, Wanted};
use super::{View, table_actions};

#[derive(Debug, Default)]
pub struct ServicesScreen {
    pub table: TableState<ObjectKey>,
    pub sort: Sort,
    questions: HomeQuestions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Health,
    Name,
    Namespace,
    Change,
    Restarts,
}

impl Sort {
    const ALL: [Self; 5] = [Self::Health, Self::Name, Self::Namespace, Self::Change, Self::Restarts];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Health => "worst first",
            Self::Name => "by name",
            Self::Namespace => "by namespace",
            Self::Change => "newest change first",
            Self::Restarts => "most restarts first",
        }
    }

    fn step(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or_default();
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// A service that is worth a second line with its reason.
#[must_use]
pub fn explains_itself(service: &Service) -> bool {
    matches!(service.health.grade, Grade::Broken | Grade::AtRisk) && !service.health.reason.is_empty()
}

/// Lines a service takes on screen.
#[must_use]
pub fn lines_of(model: &Model, key: &ObjectKey) -> usize {
    1 + usize::from(model.services.get(key).is_some_and(|service| explains_itself(service)))
}

impl ServicesScreen {
    fn wanted(&self, model: &Model) -> Wanted<ObjectKey> {
        let filter = self.table.filter();
        // A verification keeps services of other namespaces known.
        let chosen = |service: &&Service| model.namespaces.contains(&service.key.namespace);
        let mut services: Vec<&Service> = model.services.ranked().map(AsRef::as_ref).filter(chosen).collect();
        let of = services.len();
        services.retain(|service| !self.table.faults_only() || service.health.grade < Grade::Unknown);
        services.retain(|service| filter.is_empty() || filter.keeps(&filter_text(service)));
        match self.sort {
            Sort::Health => {}
            Sort::Name => services.sort_by(|a, b| a.key.name.cmp(&b.key.name)),
            // Within a namespace the worst stays first.
            Sort::Namespace => services.sort_by(|a, b| a.key.namespace.cmp(&b.key.namespace)),
            Sort::Change => services.sort_by_key(|service| std::cmp::Reverse(service.change.as_ref().map(|c| c.at))),
            Sort::Restarts => services.sort_by_key(|service| std::cmp::Reverse(service.restarts.count)),
        }
        Wanted { rows: services.into_iter().map(|service| service.key.clone()).collect(), of }
    }

    /// The line above the table says what is left out, or how far it can be trusted. Where all is as ever there is none:
    /// the first line is the worst service. It never comes unasked, so nothing jumps under the reader's eyes.
    #[must_use]
    pub fn has_rule(&self) -> bool {
        !self.table.filter().is_empty() || self.table.faults_only() || self.sort != Sort::Health
    }

    fn lines(&self, size: Size) -> usize {
        layout::table_rows(size).saturating_sub(usize::from(self.has_rule()))
    }

    fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.table.release();
        self.table.ask_anew();
    }
}

fn filter_text(service: &Service) -> String {
    format!("{} {} {}", service.key.namespace, service.key.name, service.health.reason)
}

impl View for ServicesScreen {
    fn context(&self) -> Context {
        Context::Services
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Open,
            Action::GoAlerts,
            Action::GoHistory,
            Action::GoErrors,
            Action::GoCharts,
            Action::RollBack,
            Action::Scale,
            Action::Filter,
            Action::Restart,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        self.table.current().cloned()
    }

    fn act(&mut self, action: Action, _model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        let page = self.lines(size);
        if table_actions::act(&mut self.table, action, page) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(key) = self.table.current() {
                    out.moves.push(Move::OpenService(key.clone()));
                }
            }
            Action::SortByHealth => self.set_sort(Sort::Health),
            Action::SortByName => self.set_sort(Sort::Name),
            Action::SortByNamespace => self.set_sort(Sort::Namespace),
            Action::SortByAge => self.set_sort(Sort::Change),
            Action::SortByRestarts => self.set_sort(Sort::Restarts),
            Action::SortNext => self.set_sort(self.sort.step(1)),
            Action::SortPrevious => self.set_sort(self.sort.step(Sort::ALL.len() - 1)),
            Action::CompareMarked => table_actions::compare_marked(&self.table, out),
            Action::FaultsOnly => self.table.toggle_faults_only(),
            Action::Reload => self.table.ask_anew(),
            _ => return false,
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        self.questions.want(model).into_iter().collect()
    }

    fn settle(&mut self, model: &Model, size: Size) {
        let version = model.services.version();
        if self.table.is_due(version) {
            let wanted = self.wanted(model);
            self.table.follow(version, wanted);
        }
        self.table.keep_in_view(self.lines(size), |key| lines_of(model, key));
        self.questions.settle(model, self.table.order(), self.table.top);
    }

    fn filter(&self) -> Option<&str> {
        Some(self.table.filter().text())
    }

    fn set_filter(&mut self, text: &str) {
        self.table.set_filter(text);
    }

    fn settled(&self, model: &Model) -> bool {
        model.knows_services()
    }

    fn place(&self, model: &Model) -> Vec<String> {
        vec![model.namespaces.to_string()]
    }
}
