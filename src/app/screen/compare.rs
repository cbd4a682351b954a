//! The difference of two revisions, of the Deployment or of Helm.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::object::ObjectKey;
use crate::domain::plan::Difference;
use crate::domain::problem::Problem;
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
}

#[derive(Debug)]
pub enum Content {
    /// Two Helm records are read; each is decoded as it comes.
    Reading {
        tasks: [TaskId; 2],
        releases: [Option<Box<HelmRelease>>; 2],
    },
    Differences(Vec<Difference>),
    Failed(Problem),
}

impl CompareScreen {
    #[must_use]
    pub fn new(key: ObjectKey, before: String, after: String, differences: Vec<Difference>) -> Self {
        Self { key, before, after, content: Content::Differences(differences), top: 0 }
    }

    /// Compares two Helm records, which are read for it.
    pub fn releases(key: ObjectKey, before: ObjectKey, after: ObjectKey, out: &mut Outbox) -> Self {
        let names = [before.name.to_string(), after.name.to_string()];
        let tasks = [before, after].map(|key| out.ask(|task| Effect::Fetch { task, key }));
        let [before, after] = names;
        Self { key, before, after, content: Content::Reading { tasks, releases: [None, None] }, top: 0 }
    }

    fn take(&mut self, index: usize, release: Result<HelmRelease, Problem>) {
        let Content::Reading { releases, .. } = &mut self.content else { return };
        match release {
            Ok(release) => releases[index] = Some(Box::new(release)),
            Err(problem) => {
                self.content = Content::Failed(problem);
                return;
            }
        }
        if let [Some(before), Some(after)] = releases {
            let name = |release: &HelmRelease| format!("{} r{} ({})", release.name, release.revision, release.status);
            (self.before, self.after) = (name(before), name(after));
            self.content = Content::Differences(helm_release::compare(before, after));
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
                self.take(index, result.and_then(|record| helm_release::decode(&record)));
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
