//! The logs of a service or a pod: all its containers merged by time, followed, filtered and folded.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::action::Action;
use crate::config::keymap::Context;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::log::{Level, LogChunk, LogMark};
use crate::domain::object::ObjectKey;
use crate::domain::text::CleanText;

use super::super::effect::{Effect, TaskId};
use super::super::filter::{self, Filter};
use super::super::layout;
use super::super::logs::earlier::Past;
use super::super::logs::page::{Pages, Shape, Spot, Unfolded};
use super::super::logs::targets::{Choice, Targets, targets};
use super::super::logs::window::{Asked, Window};
use super::super::logs::{Entry, LogIndex, Query};
use super::super::message::{Answer, Delivery};
use super::super::model::Model;
use super::super::outbox::Outbox;
use super::super::state::Size;
use super::super::subscription::{LogParams, LogsTopic, Params, Reading, Topic};
use super::view::{View, path};

/// The widest the column of pods gets.
const NAME_WIDTH: usize = 12;
/// Columns a long line moves sideways at once.
const SIDEWAYS: usize = 20;

#[derive(Debug)]
pub struct LogsScreen {
    /// The service or pod whose logs these are.
    pub key: ObjectKey,
    pub index: LogIndex,
    pub query: Query,
    /// The words that were last looked for; they stay marked when the filter is gone.
    pub sought: Filter,
    pub window: Window,
    /// How far back from its beginning was read on.
    pub past: Past,
    pub choice: Choice,
    /// The newest line stays in sight.
    pub follow: bool,
    pub timestamps: bool,
    pub wrap: bool,
    /// The lines have the whole terminal but for the header.
    pub full: bool,
    /// Columns cut from the left of each line.
    pub left: usize,
    pub unfolded: Unfolded,
    pub freshness: Freshness,
    pub top: Spot,
    pub cursor: Spot,
    /// Where the user wants the cursor; it stands near it while its row is not shown.
    wish: Spot,
    /// Name after the newest entry when following ended.
    held_at: u64,
    reading: Reading,
    closed: bool,
    saving: Option<TaskId>,
    /// Lines a second, lately.
    pub rate: f64,
    /// New lines are waited for; a headless command may want only what there is.
    goes_on: bool,
}

impl LogsScreen {
    #[must_use]
    pub fn new(key: ObjectKey) -> Self {
        Self {
            key,
            index: LogIndex::default(),
            query: Query::default(),
            sought: Filter::default(),
            window: Window::Newest,
            past: Past::default(),
            choice: Choice::default(),
            follow: true,
            timestamps: true,
            wrap: false,
            full: false,
            left: 0,
            unfolded: Unfolded::default(),
            freshness: Freshness::default(),
            top: Spot::default(),
            cursor: Spot::default(),
            wish: Spot::default(),
            held_at: 0,
            reading: Reading::default(),
            closed: false,
            saving: None,
            rate: 0.0,
            goes_on: true,
        }
    }

    /// The errors since the newest change of the service.
    #[must_use]
    pub fn errors(key: ObjectKey, model: &Model) -> Self {
        let mut screen = Self::new(key);
        screen.window = Window::since_change(&screen.key, model);
        screen.query.level = Some(Level::Error);
        screen
    }

    /// The logs of containers before their last restart.
    #[must_use]
    pub fn previous(key: ObjectKey) -> Self {
        let mut screen = Self::new(key);
        screen.choice.previous = true;
        screen
    }

    /// As a headless command asks.
    #[must_use]
    pub fn asked(key: ObjectKey, asked: Asked) -> Self {
        let mut screen = Self::new(key);
        screen.window = asked.window;
        screen.choice = asked.choice;
        screen.query.level = asked.level;
        screen.set_filter(&asked.filter);
        screen.goes_on = asked.follow;
        screen
    }

    /// Of this container alone.
    #[must_use]
    pub fn of_container(mut self, container: Option<CleanText>) -> Self {
        self.choice.container = container;
        self
    }

    /// Reads apart from all other readers of the same object.
    #[must_use]
    pub fn apart(mut self, out: &mut Outbox) -> Self {
        self.reading = out.reading();
        self
    }

    #[must_use]
    pub fn targets(&self, model: &Model) -> Targets {
        targets(model, &self.key, &self.choice)
    }

    #[must_use]
    pub fn pages(&self, size: Size) -> Pages<'_> {
        Pages { index: &self.index, unfolded: &self.unfolded, shape: self.shape(size), begins: true }
    }

    /// How lines are laid out at this size.
    #[must_use]
    pub fn shape(&self, size: Size) -> Shape {
        let before = self.text_begins();
        let columns = usize::from(layout::areas(size).body.width).saturating_sub(before).max(1);
        Shape { columns, wrap: self.wrap, lines: layout::log_rows(size, self.full).max(1) }
    }

    /// Column at which the text of a line begins: gutter, time, pod and level stand before.
    #[must_use]
    pub fn text_begins(&self) -> usize {
        2 + if self.timestamps { 13 } else { 0 } + self.name_columns() + 1 + 6
    }

    #[must_use]
    pub fn name_columns(&self) -> usize {
        self.pod_columns() + if self.choice.all_containers { 1 + self.container_columns() } else { 0 }
    }

    #[must_use]
    pub fn pod_columns(&self) -> usize {
        self.index.name_width().min(NAME_WIDTH)
    }

    /// Where several containers are read, a line says which wrote it.
    #[must_use]
    pub fn container_columns(&self) -> usize {
        self.index.container_width().min(NAME_WIDTH)
    }

    /// Entries that came since the view is held.
    #[must_use]
    pub fn new_entries(&self) -> usize {
        if self.follow { 0 } else { self.index.shown().len() - self.index.position(self.held_at) }
    }

    /// From when on lines are known to be complete: nothing is said of a time that no line was read from.
    #[must_use]
    pub fn complete_from(&self) -> Option<Timestamp> {
        let bound = self.index.complete_from(u64::from(self.window.tail()));
        let since = if self.index.reads_past() { None } else { self.window.since() };
        bound.max(since).max(self.index.oldest())
    }

    /// How much is shown of how much, from when to when: an empty result must never look like an all-clear.
    #[must_use]
    pub fn count(&self, now: Timestamp) -> String {
        let (shown, all) = self.index.counts();
        let mut text = match self.query.words() {
            Some(wanted) => {
                let shown = figure::count(shown as u64);
                format!("{shown} of {} lines with {wanted}", figure::count(all as u64))
            }
            None => format!("{} lines", figure::count(all as u64)),
        };
        if let Some(from) = self.complete_from() {
            let to = match &self.freshness {
                Freshness::Stale { since, .. } => figure::moment(*since, now),
                _ if !self.goes_on || self.choice.previous => figure::moment(self.index.newest().unwrap_or(now), now),
                _ => "now".to_owned(),
            };
            let _ = write!(text, ", {} – {to}", figure::moment(from, now));
        }
        if self.query.level.is_some() && self.index.unlevelled() > 0 {
            let _ = write!(text, " · {} say no level", figure::count(self.index.unlevelled() as u64));
        }
        if let Some(progress) = self.index.progress() {
            let _ = write!(text, " · filtering {:.0} %", progress * 100.0);
        }
        text
    }

    fn topic(&self) -> Topic {
        Topic::Logs(LogsTopic { object: self.key.clone(), reading: self.reading })
    }

    /// Reads anew through another window.
    fn read_anew(&mut self) {
        self.reading.turn += 1;
        self.index.clear();
        self.past = Past::default();
        self.unfolded.entries.clear();
        self.freshness = Freshness::Loading;
        self.follow = true;
    }

    fn look_through(&mut self, window: Window) {
        self.window = window;
        self.read_anew();
    }

    fn look_back(&mut self, model: &Model, minutes: i64) {
        let at = model.now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(model.now);
        self.look_through(Window::Since { at, why: CleanText::default() });
    }

    fn set_level(&mut self, level: Option<Level>) {
        self.query.level = level;
        self.index.judge_anew();
    }

    fn hold(&mut self) {
        if self.follow {
            self.follow = false;
            self.held_at = self.index.end();
        }
    }

    /// On the row that says where what is held begins, or on nothing at all.
    fn stands_at_top(&self, size: Size) -> bool {
        self.pages(size).first().is_none_or(|first| self.cursor <= first && !self.follow)
    }

    /// Above the first row there is what was written before.
    fn read_earlier(&mut self, model: &Model, size: Size, out: &mut Outbox) {
        if !self.stands_at_top(size) || !self.freshness.settled() {
            return;
        }
        if let Some(from) = self.complete_from() {
            let targets = self.targets(model);
            self.past.ask(&self.index, from, &targets, self.choice.previous, out);
        }
    }

    fn move_by(&mut self, rows: isize, size: Size) {
        if rows < 0 {
            self.hold();
        }
        if !self.follow {
            self.cursor = self.pages(size).step(self.cursor, rows);
            self.wish = self.cursor;
        }
    }

    /// To the next row with the words that were looked for, or the next error when none were.
    fn find(&mut self, forward: bool, out: &mut Outbox) {
        let matches = |name: &u64| match self.index.entry(*name) {
            Some(Entry::Lines(lines)) if !self.sought.is_empty() => {
                let texts: Vec<&str> = self.index.places(lines).map(|place| place.text()).collect();
                self.sought.keeps_entry(texts.into_iter())
            }
            Some(Entry::Lines(lines)) => lines.level == Level::Error,
            Some(Entry::Mark { .. }) | None => false,
        };
        let shown = self.index.shown();
        let here = self.index.position(self.cursor.entry);
        let found = if forward {
            shown.iter().skip(here + 1).copied().find(matches)
        } else {
            shown.iter().take(here).rev().copied().find(matches)
        };
        let Some(entry) = found else {
            let what =
                if self.sought.is_empty() { "error".to_owned() } else { format!("“{}”", self.sought.text()) };
            out.say(format!("no {what} further {}", if forward { "down" } else { "up" }));
            return;
        };
        self.hold();
        self.cursor = Spot { entry, part: 0 };
        self.wish = self.cursor;
    }

    fn toggle_entry(&mut self, size: Size) {
        let name = self.cursor.entry;
        self.hold();
        self.cursor.part = 0;
        self.wish = self.cursor;
        if !self.unfolded.entries.remove(&name) {
            self.unfolded.entries.insert(name);
            // What opens comes into sight as far as the page has room for it.
            let pages = self.pages(size);
            let end = pages.last_of(name);
            self.top = pages.top(self.top, end).min(self.cursor);
        }
    }

    fn current_text(&self) -> Option<String> {
        match self.index.entry(self.cursor.entry)? {
            Entry::Mark { text, .. } => Some(text.to_string()),
            Entry::Lines(lines) => {
                let texts: Vec<&str> = self.index.places(lines).map(|place| place.text()).collect();
                Some(texts.join("\n"))
            }
        }
    }

    /// Everything that is shown, as text.
    #[must_use]
    pub fn shown_text(&self) -> String {
        let mut text = String::new();
        for entry in self.index.shown().iter().filter_map(|name| self.index.entry(*name)) {
            match entry {
                Entry::Mark { text: mark, .. } => {
                    let _ = writeln!(text, "-- {mark}");
                }
                Entry::Lines(lines) => {
                    for place in self.index.places(lines) {
                        let at = place.line.at.map(|at| at.to_string()).unwrap_or_default();
                        let (pod, container) =
                            place.source().map_or(("", ""), |source| (source.pod.as_str(), source.container.as_str()));
                        let _ = writeln!(text, "{at} {pod}/{container} {}", place.text());
                    }
                }
            }
        }
        text
    }

    /// Says something at this place among the lines.
    fn mark(&mut self, text: &str) {
        let marks = vec![LogMark { before: 0, text: CleanText::new(text) }];
        self.index.push(LogChunk { sources: [].into(), lines: [].into(), arena: "".into(), marks });
    }
}

impl View for LogsScreen {
    fn context(&self) -> Context {
        Context::Logs
    }

    fn offers(&self) -> &'static [Action] {
        &[
            Action::ToggleFollow,
            Action::Filter,
            Action::LevelUp,
            Action::Open,
            Action::ToggleTraces,
            Action::PreviousContainer,
            Action::RollBack,
            Action::GoHistory,
            Action::SaveLines,
            Action::ToggleWrap,
            Action::FullScreen,
            Action::Help,
        ]
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.key.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        let page = isize::try_from(layout::log_rows(size, self.full).max(1)).unwrap_or(isize::MAX);
        let reads_on = match action {
            Action::Up | Action::PageUp | Action::Top => true,
            Action::Open => self.stands_at_top(size) && !self.index.shown().is_empty(),
            _ => false,
        };
        if reads_on {
            self.read_earlier(model, size, out);
            if action == Action::Open {
                return true;
            }
        }
        match action {
            Action::Up => self.move_by(-1, size),
            Action::Down => self.move_by(1, size),
            Action::PageUp => self.move_by(-page, size),
            Action::PageDown => self.move_by(page, size),
            Action::Top => {
                self.hold();
                self.cursor = self.pages(size).first().unwrap_or_default();
                self.wish = self.cursor;
            }
            Action::Bottom => self.follow = true,
            Action::Left => self.left = self.left.saturating_sub(SIDEWAYS),
            Action::Right if !self.wrap => self.left += SIDEWAYS,
            Action::ToggleFollow if self.follow => self.hold(),
            Action::ToggleFollow => self.follow = true,
            Action::ToggleTimestamps => self.timestamps = !self.timestamps,
            Action::ToggleWrap => (self.wrap, self.left) = (!self.wrap, 0),
            Action::FullScreen => self.full = !self.full,
            Action::ToggleTraces => self.unfolded.traces = !self.unfolded.traces,
            Action::Open => self.toggle_entry(size),
            Action::Reload => self.read_anew(),
            Action::ClearLines => {
                self.index.clear();
                self.past = Past::default();
                self.unfolded.entries.clear();
                self.mark(&format!("cleared at {}", figure::second(model.now)));
            }
            Action::DrawMark => self.mark(&format!("marked at {}", figure::second(model.now))),
            Action::PreviousContainer => {
                self.choice.previous = !self.choice.previous;
                self.read_anew();
            }
            Action::AllContainers => {
                self.choice.all_containers = !self.choice.all_containers;
                self.read_anew();
            }
            Action::LevelUp => self.set_level(self.query.more_severe()),
            Action::LevelDown => self.set_level(self.query.less_severe()),
            Action::NextMatch => self.find(true, out),
            Action::PreviousMatch => self.find(false, out),
            Action::GoErrors => {
                self.query.level = Some(Level::Error);
                let window = Window::since_change(&self.key, model);
                self.look_through(window);
            }
            Action::SinceNewest => self.look_through(Window::Newest),
            Action::SinceBeginning => self.look_through(Window::All),
            Action::Range1m => self.look_back(model, 1),
            Action::Range5m => self.look_back(model, 5),
            Action::Range15m => self.look_back(model, 15),
            Action::Range30m => self.look_back(model, 30),
            Action::Range1h => self.look_back(model, 60),
            Action::Copy => {
                if let Some(text) = self.current_text() {
                    out.effect(Effect::CopyToClipboard(text));
                    out.say("copied the line");
                }
            }
            Action::SaveLines => {
                let (name, text) = (self.key.name.clone(), self.shown_text());
                self.saving = Some(out.ask(|task| Effect::SaveLines { task, name, text }));
            }
            _ => return false,
        }
        true
    }

    fn answer(&mut self, task: TaskId, answer: Answer, _model: &mut Model, out: &mut Outbox) -> Option<Answer> {
        match answer {
            Answer::Saved(result) if self.saving == Some(task) => {
                self.saving = None;
                match result {
                    // The name first: a narrow footer cuts the end.
                    Ok(path) => out.say(match path.rsplit_once('/') {
                        Some((folder, name)) => format!("saved {name} in {folder}"),
                        None => format!("saved {path}"),
                    }),
                    Err(problem) => out.complain(problem),
                }
                None
            }
            Answer::Earlier(page) if self.past.awaits(task) => {
                self.past.take(page, &mut self.index);
                None
            }
            answer => Some(answer),
        }
    }

    fn deliver(&mut self, topic: &Topic, delivery: Delivery, _out: &mut Outbox) -> Option<Delivery> {
        if *topic != self.topic() {
            return Some(delivery);
        }
        match delivery {
            Delivery::Logs(chunk) => self.index.push(chunk),
            Delivery::Freshness(freshness) => self.freshness = freshness,
            delivery => return Some(delivery),
        }
        None
    }

    /// Lines are read on while another screen covers this one, so that nothing is missing on return.
    fn lasting_wants(&self, model: &Model) -> Vec<(Topic, Params)> {
        if self.closed {
            return Vec::new();
        }
        let params = LogParams {
            targets: self.targets(model).list,
            since: self.window.since(),
            previous: self.choice.previous,
            tail: self.window.tail(),
            follow: self.goes_on,
        };
        vec![(self.topic(), Params::Logs(params))]
    }

    fn closed(&mut self) {
        self.closed = true;
        self.read_anew();
    }

    fn reopened(&mut self) {
        self.closed = false;
    }

    fn settle(&mut self, model: &Model, size: Size) {
        self.index.work(&self.query);
        self.rate = self.index.pulse.rate(model.now);
        let index = &self.index;
        self.unfolded.entries.retain(|name| index.entry(*name).is_some());
        let pages = self.pages(size);
        let cursor = if self.follow { pages.last() } else { pages.nearest(self.wish) };
        let cursor = cursor.unwrap_or_default();
        let top = pages.top(self.top, cursor);
        if self.follow {
            self.wish = cursor;
        }
        (self.cursor, self.top) = (cursor, top);
    }

    fn is_working(&self) -> bool {
        self.index.is_working()
    }

    fn is_full(&self) -> bool {
        self.full
    }

    fn filter(&self) -> Option<&str> {
        Some(self.query.filter.text())
    }

    fn filter_hint(&self) -> String {
        filter::OF_LINES.join("  ")
    }

    fn set_filter(&mut self, text: &str) {
        self.query.filter = Filter::of_lines(text);
        if !self.query.filter.is_empty() {
            self.sought = self.query.filter.clone();
        }
        self.index.judge_anew();
    }

    fn settled(&self, _model: &Model) -> bool {
        self.freshness.settled() && !self.index.is_working()
    }

    /// The rate falls with time alone; once it is nothing, nothing changes any more.
    fn counts_seconds(&self) -> bool {
        self.rate > 0.0
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        path(&self.key).into_iter().chain(["logs".to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests;
