//! The containers of one pod: what each does now from the watched pod, and what the pod wishes for it, read once.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::object::{ObjectKey, Scope};
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::container::{Container, wished};
use crate::kinds::pod::PodRow;
use crate::kinds::row::Row;

use super::super::effect::{Effect, Selection, TaskId};
use super::super::layout;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::state::Size;
use super::super::subscription::{ObjectsTopic, Params, Topic};
use super::super::table::{TableState, Wanted};
use super::{View, table_actions};

/// Lines below the table that tell of the container under the cursor.
pub const DETAILS: usize = 8;

#[derive(Debug)]
pub struct ContainersScreen {
    pub pod: ObjectKey,
    pub table: TableState<CleanText>,
    /// The pod as it was read when the screen was opened; None while it is.
    pub read: Option<Result<RawObject, Problem>>,
    waiting: Option<TaskId>,
}

impl ContainersScreen {
    pub fn open(pod: ObjectKey, out: &mut Outbox) -> Self {
        let mut screen = Self { pod, table: TableState::default(), read: None, waiting: None };
        screen.read(out);
        screen
    }

    fn read(&mut self, out: &mut Outbox) {
        let key = self.pod.clone();
        self.waiting = Some(out.ask(|task| Effect::Fetch { task, key }));
    }

    #[must_use]
    pub fn row<'a>(&self, model: &'a Model) -> Option<&'a PodRow> {
        match model.row(&self.pod)? {
            Row::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// One of them, with what is known; None when the pod is gone.
    #[must_use]
    pub fn known(&self, name: &CleanText, model: &Model) -> Option<Container> {
        let row = self.row(model)?.containers.iter().find(|container| container.name == *name)?.clone();
        let wish = self.read.as_ref().and_then(|read| wished(read.as_ref().ok()?, name));
        Some(Container { row, wish })
    }

    /// Lines the table has; a low screen keeps them all.
    #[must_use]
    pub fn lines(size: Size) -> usize {
        let all = layout::ruled_rows(size);
        if all > 2 * DETAILS { all - DETAILS } else { all }
    }
}

/// There is something to choose: more than the one that everybody means.
#[must_use]
pub fn has_choice(pod: &PodRow) -> bool {
    pod.containers.len() > 1
}

impl View for ContainersScreen {
    fn context(&self) -> Context {
        Context::Table
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Open,
            Action::GoLogs,
            Action::GoPreviousLogs,
            Action::Shell,
            Action::ShowYaml,
            Action::GoEvents,
            Action::Filter,
            Action::Back,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.pod.clone())
    }

    fn container(&self) -> Option<CleanText> {
        self.table.current().cloned()
    }

    fn act(&mut self, action: Action, _model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if action == Action::Mark || action == Action::MarkRange {
            return false;
        }
        if table_actions::act(&mut self.table, action, Self::lines(size)) {
            return true;
        }
        match action {
            Action::Open => out.moves.push(Move::Act(Action::GoLogs)),
            Action::Copy => {
                if let Some(name) = self.table.current() {
                    out.effect(Effect::CopyToClipboard(name.to_string()));
                    out.say(format!("copied {name}"));
                }
            }
            Action::Reload => self.read(out),
            _ => return false,
        }
        true
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        match answer {
            Answer::Object(result) if self.waiting == Some(task) => {
                self.waiting = None;
                self.read = Some(result);
                None
            }
            answer => Some(answer),
        }
    }

    /// The same watch as that of the pods it is opened from.
    fn wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        let scopes = model.namespaces.scopes().into_iter().filter(|scope| match scope {
            Scope::Namespace(name) => *name == self.pod.namespace,
            Scope::Cluster => true,
        });
        let topic = |scope| ObjectsTopic { kind: self.pod.kind, scope, selection: Selection::Everything };
        scopes.map(|scope| (Topic::Objects(topic(scope)), Params::None)).collect()
    }

    fn settle(&mut self, model: &Model, size: Size) {
        let filter = self.table.filter().clone();
        let containers = self.row(model).map(|pod| &*pod.containers).unwrap_or_default();
        let names = containers.iter().map(|container| container.name.clone());
        let rows: Vec<CleanText> = names.filter(|name| filter.keeps(name)).collect();
        let wanted = Wanted { of: containers.len(), rows };
        self.table.follow(0, wanted);
        self.table.keep_in_view(Self::lines(size), |_| 1);
    }

    fn filter(&self) -> Option<&str> {
        Some(self.table.filter().text())
    }

    fn set_filter(&mut self, text: &str) {
        self.table.set_filter(text);
    }

    fn settled(&self, model: &Model) -> bool {
        self.row(model).is_some() && self.read.is_some()
    }
}
