//! A list to pick from: a context, or namespaces.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::config::key::Key;
use crate::domain::object::{Kind, Namespaces, Scope};
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;

use super::super::effect::{Effect, Selection, TaskId};
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::text_field::TextField;
use super::Overlay;

#[derive(Debug)]
pub struct PickerOverlay {
    pub subject: Subject,
    pub field: TextField,
    all: Vec<CleanText>,
    /// Those that contain the typed text.
    pub shown: Vec<CleanText>,
    pub cursor: usize,
    pub marked: BTreeSet<CleanText>,
    waiting: Option<TaskId>,
    /// Why the list is not complete; a name can be typed all the same.
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Context,
    Namespaces,
}

impl PickerOverlay {
    fn new(subject: Subject, all: Vec<CleanText>) -> Self {
        Self {
            subject,
            field: TextField::default(),
            shown: all.clone(),
            all,
            cursor: 0,
            marked: BTreeSet::new(),
            waiting: None,
            problem: None,
        }
    }

    #[must_use]
    pub fn contexts(model: &Model) -> Self {
        Self::new(Subject::Context, model.contexts.clone())
    }

    /// Opens with the namespaces that are known, and asks for the rest.
    pub fn namespaces(model: &Model, out: &mut Outbox) {
        let mut picker = Self::new(Subject::Namespaces, model.known_namespaces().into_iter().collect());
        if let Namespaces::Some(names) = &model.namespaces {
            picker.marked.clone_from(names);
        }
        let list = |task| Effect::List {
            task,
            kind: Kind::Namespace,
            scope: Scope::Cluster,
            selection: Selection::Everything,
        };
        picker.waiting = Some(out.ask(list));
        out.overlay(Overlay::Picker(picker));
    }

    /// All there is to pick from, whatever is typed.
    #[must_use]
    pub fn of(&self) -> usize {
        self.all.len()
    }

    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    pub(super) fn press(&mut self, key: Key) -> bool {
        self.field.press(key)
    }

    pub(super) fn act(&mut self, action: Action, out: &mut Outbox) -> bool {
        match action {
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::Down => self.cursor = (self.cursor + 1).min(self.shown.len().saturating_sub(1)),
            Action::NextPane | Action::Mark if self.subject == Subject::Namespaces => {
                if let Some(name) = self.shown.get(self.cursor)
                    && !self.marked.remove(name)
                {
                    self.marked.insert(name.clone());
                }
            }
            Action::Confirm => self.choose(out),
            _ => return false,
        }
        true
    }

    fn choose(&mut self, out: &mut Outbox) {
        out.close_overlay();
        let typed = CleanText::new(self.field.text().trim());
        let Some(name) = self.shown.get(self.cursor).cloned().or((!typed.is_empty()).then_some(typed)) else { return };
        match self.subject {
            Subject::Context => out.moves.push(Move::Connect(name)),
            Subject::Namespaces if self.field.is_empty() && self.marked.len() > 1 => {
                out.moves.push(Move::LookAt(Namespaces::Some(self.marked.clone())));
            }
            // Several names, separated by commas, can be typed where they cannot be listed.
            Subject::Namespaces if name.contains(',') => {
                let names = name.split(',').map(str::trim).filter(|name| !name.is_empty()).map(CleanText::new);
                out.moves.push(Move::LookAt(Namespaces::Some(names.collect())));
            }
            Subject::Namespaces => out.moves.push(Move::LookAt(Namespaces::one(&name))),
        }
    }

    pub(super) fn answer(&mut self, task: TaskId, answer: Answer) -> Option<Answer> {
        match answer {
            Answer::Objects(result) if self.waiting == Some(task) => {
                self.waiting = None;
                match result {
                    Ok(objects) => {
                        let listed =
                            objects.iter().filter_map(|object| object.text("/metadata/name")).map(CleanText::new);
                        self.all.extend(listed);
                        self.all.sort();
                        self.all.dedup();
                    }
                    Err(problem) => self.problem = Some(problem),
                }
                None
            }
            answer => Some(answer),
        }
    }

    pub(super) fn settle(&mut self) {
        let text = self.field.text().trim();
        self.shown = self.all.iter().filter(|name| name.contains(text)).cloned().collect();
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
    }
}
