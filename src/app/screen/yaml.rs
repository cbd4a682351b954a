//! One object as YAML, secrets masked.

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::object::ObjectKey;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::insight::yaml;

use super::super::effect::{Effect, TaskId};
use super::super::layout;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::state::Size;
use super::{View, scroll};

/// Columns a long line moves sideways at once.
const SIDEWAYS: usize = 20;

#[derive(Debug)]
pub struct YamlScreen {
    pub key: ObjectKey,
    pub content: Content,
    /// First line on screen.
    pub top: usize,
    /// Columns cut from the left of each line.
    pub left: usize,
    pub wrap: bool,
    pub search: String,
    /// What is shown first of it, once it is read.
    goal: Option<String>,
    waiting: Option<TaskId>,
}

#[derive(Debug)]
pub enum Content {
    Loading,
    Lines(Vec<CleanText>),
    Failed(Problem),
}

impl YamlScreen {
    pub fn open(key: ObjectKey, out: &mut Outbox) -> Self {
        let mut screen = Self {
            key,
            content: Content::Loading,
            top: 0,
            left: 0,
            wrap: false,
            search: String::new(),
            goal: None,
            waiting: None,
        };
        screen.read(out);
        screen
    }

    /// Begins where this container is written.
    #[must_use]
    pub fn at_container(mut self, name: Option<&str>) -> Self {
        self.goal = name.map(|name| format!("name: {name}"));
        self
    }

    /// Shows the first line with these words.
    fn seek(&mut self, words: &str) {
        let wanted = words.to_lowercase();
        if let Some(line) = self.lines().iter().position(|line| line.to_lowercase().contains(&wanted)) {
            self.top = line;
        }
    }

    fn read(&mut self, out: &mut Outbox) {
        let key = self.key.clone();
        self.waiting = Some(out.ask(|task| Effect::Fetch { task, key }));
    }

    fn lines(&self) -> &[CleanText] {
        match &self.content {
            Content::Lines(lines) => lines,
            Content::Loading | Content::Failed(_) => &[],
        }
    }

    fn find(&mut self, forward: bool, out: &mut Outbox) {
        if self.search.is_empty() {
            out.complain(Problem::new(Cause::Refused, "nothing was looked for", "", "/ takes a text"));
            return;
        }
        let wanted = self.search.to_lowercase();
        let matches = |index: &usize| self.lines()[*index].to_lowercase().contains(&wanted);
        let count = self.lines().len();
        let found =
            if forward { (self.top + 1..count).find(matches) } else { (0..self.top.min(count)).rev().find(matches) };
        match found {
            Some(line) => self.top = line,
            None if forward => out.say(format!("no “{}” further down", self.search)),
            None => out.say(format!("no “{}” further up", self.search)),
        }
    }
}

impl View for YamlScreen {
    fn context(&self) -> Context {
        Context::Document
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::Filter,
            Action::NextMatch,
            Action::ToggleWrap,
            Action::GoEvents,
            Action::Reload,
            Action::Back,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, _model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        if scroll::act(&mut self.top, action, layout::table_rows(size)) {
            return true;
        }
        match action {
            Action::NextMatch => self.find(true, out),
            Action::PreviousMatch => self.find(false, out),
            Action::Left => self.left = self.left.saturating_sub(SIDEWAYS),
            Action::Right if !self.wrap => self.left += SIDEWAYS,
            Action::ToggleWrap => (self.wrap, self.left) = (!self.wrap, 0),
            Action::Reload => self.read(out),
            _ => return false,
        }
        true
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, _out: &mut Outbox) -> Option<Answer> {
        match answer {
            Answer::Object(result) if self.waiting == Some(task) => {
                self.waiting = None;
                self.content = match result {
                    Ok(object) => Content::Lines(yaml::lines(&object)),
                    Err(problem) => Content::Failed(problem),
                };
                if let Some(goal) = self.goal.take() {
                    self.seek(&goal);
                }
                None
            }
            answer => Some(answer),
        }
    }

    fn settle(&mut self, _model: &Model, size: Size) {
        let last = self.lines().len().saturating_sub(layout::table_rows(size));
        self.top = self.top.min(last);
        let widest = self.lines().iter().map(|line| line.chars().count()).max().unwrap_or(0);
        self.left = self.left.min(widest.saturating_sub(SIDEWAYS));
    }

    fn filter(&self) -> Option<&str> {
        Some(&self.search)
    }

    fn filter_hint(&self) -> String {
        "text to find, whatever its case".to_owned()
    }

    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.search);
        self.seek(text);
    }

    fn settled(&self, _model: &Model) -> bool {
        !matches!(self.content, Content::Loading)
    }
}
