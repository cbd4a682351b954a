//! Any kind as a table: the columns and cells come from the kind's own file.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::freshness::Freshness;
use crate::domain::health::Grade;
use crate::domain::object::{Kind, Namespaces, ObjectKey, Scope};
use crate::domain::problem::{Cause, Problem};
use crate::kinds::{
    info::{Opens, info},
    row::{Row, columns},
};

use super::super::effect::Selection;
use super::super::layout;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::store::ObjectStore;
use super::super::subscription::{ObjectsTopic, Params, Topic};
use super::super::table::{TableState, Wanted};
use super::containers::{ContainersScreen, has_choice};
use super::table_actions;
use super::view::{Screen, View, path};

#[derive(Debug)]
pub struct BrowseScreen {
    pub kind: Kind,
    pub narrowing: Narrowing,
    pub table: TableState<ObjectKey>,
    /// Column to sort by; None is the order of the kind, trouble first.
    pub sort: Option<usize>,
    /// The row the cursor goes to as soon as it is there.
    sought: Option<ObjectKey>,
}

/// Which objects of the kind are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowing {
    Everything,
    /// The pods of a workload or on a node.
    PodsOf(ObjectKey),
    /// The events about an object.
    EventsOf(ObjectKey),
}

impl BrowseScreen {
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self::narrowed(kind, Narrowing::Everything)
    }

    #[must_use]
    pub fn pods_of(service: ObjectKey) -> Self {
        Self::narrowed(Kind::Pod, Narrowing::PodsOf(service))
    }

    /// With the cursor on this row, once it is there.
    #[must_use]
    pub fn standing_on(mut self, row: Option<ObjectKey>) -> Self {
        self.sought = row;
        self
    }

    #[must_use]
    pub fn events_of(object: ObjectKey) -> Self {
        Self::narrowed(Kind::Event, Narrowing::EventsOf(object))
    }

    fn narrowed(kind: Kind, narrowing: Narrowing) -> Self {
        Self { kind, narrowing, table: TableState::default(), sort: info(kind).sort, sought: None }
    }

    fn topics(&self, model: &Model) -> Vec<ObjectsTopic> {
        let kind = self.kind;
        match &self.narrowing {
            Narrowing::EventsOf(object) => vec![ObjectsTopic {
                kind,
                scope: Scope::Namespace(object.namespace.clone()),
                selection: Selection::About(object.clone()),
            }],
            Narrowing::Everything | Narrowing::PodsOf(_) => {
                let scopes = if info(kind).namespaced { model.namespaces.scopes() } else { vec![Scope::Cluster] };
                let topic = |scope| ObjectsTopic { kind, scope, selection: Selection::Everything };
                scopes.into_iter().map(topic).collect()
            }
        }
    }

    pub fn stores<'a>(&self, model: &'a Model) -> impl Iterator<Item = &'a ObjectStore> + use<'a> {
        self.topics(model).into_iter().filter_map(|topic| model.objects.get(&topic))
    }

    /// The rows this screen is about, filter aside.
    fn rows<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Row> + 'a {
        self.stores(model).flat_map(ObjectStore::rows).filter(|row| match &self.narrowing {
            Narrowing::PodsOf(owner) => matches!(row, Row::Pod(pod) if pod.belongs_to(owner)),
            Narrowing::Everything | Narrowing::EventsOf(_) => true,
        })
    }

    /// The namespace of all rows, where they can only have one.
    #[must_use]
    pub fn namespace<'a>(&'a self, model: &'a Model) -> Option<&'a str> {
        match &self.narrowing {
            Narrowing::EventsOf(key) | Narrowing::PodsOf(key) if !key.namespace.is_empty() => Some(&key.namespace),
            _ => model.namespaces.only(),
        }
    }

    /// A column that tells the same in every row, which the header names.
    #[must_use]
    pub fn tells_already(&self, title: &str, model: &Model) -> bool {
        match title {
            "NAMESPACE" => self.namespace(model).is_some(),
            "OBJECT" => matches!(self.narrowing, Narrowing::EventsOf(_)),
            _ => false,
        }
    }

    /// The least fresh part.
    #[must_use]
    pub fn freshness(&self, model: &Model) -> Freshness {
        model.over_link(Freshness::worst(self.stores(model).map(|store| &store.freshness)))
    }

    #[must_use]
    pub fn row<'a>(&self, model: &'a Model, key: &ObjectKey) -> Option<&'a Row> {
        self.stores(model).find_map(|store| store.get(key))
    }

    fn wanted(&self, model: &Model) -> Wanted<ObjectKey> {
        let filter = self.table.filter();
        let mut rows: Vec<&Row> = self.rows(model).collect();
        let of = rows.len();
        rows.retain(|row| !self.table.faults_only() || is_faulty(row));
        if !filter.is_empty() {
            let mut text = String::new();
            rows.retain(|row| {
                text.clear();
                row.filter_text(model.now, &mut text);
                filter.keeps(&text)
            });
        }
        match self.sort {
            Some(column) => rows.sort_by(|a, b| a.cell(column, model.now).order(&b.cell(column, model.now))),
            // Trouble first; among equals the order of the list.
            None => rows.sort_by_cached_key(|row| row.grade()),
        }
        Wanted { rows: rows.into_iter().map(|row| row.key().clone()).collect(), of }
    }

    /// Sorts by the column of this title, or says that there is none.
    fn sort_by_title(&mut self, title: &str, out: &mut Outbox) {
        match columns(self.kind).iter().position(|column| column.title == title) {
            Some(column) => self.sort_by(Some(column)),
            None => {
                let what = format!("{} have no column {title}", info(self.kind).plural);
                out.complain(Problem::new(Cause::Refused, what, "", ""));
            }
        }
    }

    /// The column after, or before, the one rows are sorted by, among those that tell rows apart.
    fn next_column(&self, forward: bool, model: &Model) -> usize {
        let columns = columns(self.kind);
        let telling = |column: &usize| !self.tells_already(columns[*column].title, model);
        let mut order: Vec<usize> = (0..columns.len()).filter(telling).collect();
        if !forward {
            order.reverse();
        }
        let at = self.sort.and_then(|sort| order.iter().position(|column| *column == sort));
        order[at.map_or(0, |at| (at + 1) % order.len())]
    }

    fn sort_by(&mut self, column: Option<usize>) {
        self.sort = column;
        self.table.ask_anew();
    }
}

fn is_faulty(row: &Row) -> bool {
    matches!(row.grade(), Grade::Broken | Grade::AtRisk)
}

/// One step further in.
fn drill_down(key: ObjectKey, model: &Model, out: &mut Outbox) {
    match info(key.kind).opens {
        Opens::Pods => out.open(Screen::Browse(BrowseScreen::pods_of(key))),
        // Where there is one container only, nothing is to be chosen.
        Opens::Containers => match model.row(&key) {
            Some(Row::Pod(pod)) if has_choice(pod) => {
                let screen = ContainersScreen::open(key, out);
                out.open(Screen::Containers(screen));
            }
            _ => out.moves.push(Move::Act(Action::GoLogs)),
        },
        Opens::Services => {
            out.moves.push(Move::LookAt(Namespaces::one(&key.name)));
            out.moves.push(Move::Home);
        }
        Opens::Yaml => out.moves.push(Move::Act(Action::ShowYaml)),
    }
}

impl View for BrowseScreen {
    /// What is done to a service is done to a workload with the same keys.
    fn context(&self) -> Context {
        if Action::Restart.spec().subject.includes(Some(self.kind)) { Context::Services } else { Context::Table }
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Open,
            Action::GoLogs,
            Action::GoPreviousLogs,
            Action::Shell,
            Action::ShowYaml,
            Action::GoEvents,
            Action::RollBack,
            Action::Scale,
            Action::Restart,
            Action::Filter,
            Action::Palette,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        self.table.current().cloned()
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if table_actions::act(&mut self.table, action, layout::ruled_rows(size)) {
            return true;
        }
        match action {
            Action::Open => {
                if let Some(key) = self.table.current().cloned() {
                    drill_down(key, model, out);
                }
            }
            Action::SortNext => self.sort_by(Some(self.next_column(true, model))),
            Action::SortPrevious => self.sort_by(Some(self.next_column(false, model))),
            Action::SortByHealth => self.sort_by(None),
            Action::SortByName => self.sort_by(Some(0)),
            Action::SortByNamespace => match self.namespace(model) {
                Some(namespace) => out.say(format!("all of them are in {namespace}")),
                None => self.sort_by_title("NAMESPACE", out),
            },
            Action::SortByAge => self.sort_by_title("AGE", out),
            Action::SortByRestarts => self.sort_by_title("RESTARTS", out),
            Action::CompareMarked => table_actions::compare_marked(&self.table, out),
            Action::FaultsOnly => self.table.toggle_faults_only(),
            Action::Reload => self.table.ask_anew(),
            _ => return false,
        }
        true
    }

    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        self.topics(model).into_iter().map(|topic| (Topic::Objects(topic), Params::None)).collect()
    }

    fn settle(&mut self, model: &Model, size: Size) {
        let version = self.stores(model).map(|store| store.version).sum();
        if self.table.is_due(version) {
            let wanted = self.wanted(model);
            self.table.follow(version, wanted);
        }
        if let Some(row) = self.sought.take_if(|row| self.table.order().contains(row)) {
            self.table.select(&row);
        }
        self.table.keep_in_view(layout::ruled_rows(size), |_| 1);
    }

    fn filter(&self) -> Option<&str> {
        Some(self.table.filter().text())
    }

    fn set_filter(&mut self, text: &str) {
        self.table.set_filter(text);
    }

    fn settled(&self, model: &Model) -> bool {
        let topics = self.topics(model);
        topics.iter().all(|topic| model.objects.get(topic).is_some_and(|store| store.freshness.settled()))
    }

    fn place(&self, model: &Model) -> Vec<String> {
        match &self.narrowing {
            Narrowing::Everything => vec![model.namespaces.to_string()],
            Narrowing::PodsOf(key) | Narrowing::EventsOf(key) => path(key),
        }
    }
}
