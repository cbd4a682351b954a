//! The difference of two revisions, of the Deployment or of Helm, or of any two objects.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::object::ObjectKey;
use crate::domain::plan::Difference;
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;
use crate::insight::differences;
use crate::insight::helm_release::{self, HelmRelease};

use super::super::effect::{Effect, TaskId};
use super::super::layout;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::state::Size;
use super::{View, scroll};

#[derive(Debug)]
pub struct CompareScreen {
    pub key: ObjectKey,
    pub before: String,
    pub after: String,
    pub content: Content,
    /// First line on screen.
    pub top: usize,
    /// Both are of one thing at different times; otherwise they are two objects of today.
    pub of_revisions: bool,
}

#[derive(Debug)]
pub enum Content {
    /// Both are read.
    Reading {
        tasks: [TaskId; 2],
        sides: [Option<Side>; 2],
    },
    Differences(Vec<Difference>),
    Failed(Problem),
}

/// One of the two, as far as it was read; a Helm record is decoded as it comes.
#[derive(Debug)]
pub enum Side {
    Release(Box<HelmRelease>),
    Object(RawObject),
}

impl CompareScreen {
    #[must_use]
    pub fn new(key: ObjectKey, before: String, after: String, differences: Vec<Difference>) -> Self {
        Self { key, before, after, content: Content::Differences(differences), top: 0, of_revisions: true }
    }

    /// Compares two Helm records, which are read for it.
    pub fn releases(key: ObjectKey, before: ObjectKey, after: ObjectKey, out: &mut Outbox) -> Self {
        Self::reading(key, [before, after], true, out)
    }

    /// Compares two objects as they are, such as a pod that fails with one that does not.
    pub fn objects(before: ObjectKey, after: ObjectKey, out: &mut Outbox) -> Self {
        Self::reading(after.clone(), [before, after], false, out)
    }

    fn reading(key: ObjectKey, both: [ObjectKey; 2], of_revisions: bool, out: &mut Outbox) -> Self {
        let [before, after] = both.each_ref().map(|key| key.name.to_string());
        let tasks = both.map(|key| out.ask(|task| Effect::Fetch { task, key }));
        Self { key, before, after, content: Content::Reading { tasks, sides: [None, None] }, top: 0, of_revisions }
    }

    fn take(&mut self, index: usize, read: Result<RawObject, Problem>) {
        let Content::Reading { sides, .. } = &mut self.content else { return };
        let decoded = read.and_then(|object| {
            if self.of_revisions {
                helm_release::decode(&object).map(|release| Side::Release(Box::new(release)))
            } else {
                Ok(Side::Object(object))
            }
        });
        match decoded {
            Ok(side) => sides[index] = Some(side),
            Err(problem) => {
                self.content = Content::Failed(problem);
                return;
            }
        }
        match sides {
            [Some(Side::Release(before)), Some(Side::Release(after))] => {
                let name =
                    |release: &HelmRelease| format!("{} r{} ({})", release.name, release.revision, release.status);
                (self.before, self.after) = (name(before), name(after));
                self.content = Content::Differences(helm_release::compare(before, after));
            }
            [Some(Side::Object(before)), Some(Side::Object(after))] => {
                self.content = Content::Differences(differences::objects(before.value(), after.value()));
            }
            _ => {}
        }
    }
}

impl View for CompareScreen {
    fn context(&self) -> Context {
        Context::History
    }

    fn offers(&self) -> &'static [Action] {
        &[Action::GoErrors, Action::RollBack, Action::GoCharts, Action::Back, Action::Help]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, _model: &mut Model, size: Size, _out: &mut Outbox) -> bool {
        scroll::act(&mut self.top, action, layout::table_rows(size))
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        let Content::Reading { tasks, .. } = &self.content else { return Some(answer) };
        let Some(index) = tasks.iter().position(|waiting| *waiting == task) else { return Some(answer) };
        match answer {
            Answer::Object(result) => {
                self.take(index, result);
                None
            }
            answer => Some(answer),
        }
    }

    fn settle(&mut self, _model: &Model, size: Size) {
        let lines = match &self.content {
            Content::Differences(differences) => differences.len() * 3,
            Content::Reading { .. } | Content::Failed(_) => 0,
        };
        self.top = self.top.min(lines.saturating_sub(layout::table_rows(size)));
    }

    fn settled(&self, _model: &Model) -> bool {
        !matches!(self.content, Content::Reading { .. })
    }
}
