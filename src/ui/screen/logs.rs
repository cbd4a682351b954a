//! The logs of a service: a rule that says what is read, the lines, and a line that counts them.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::logs::earlier::Past;
use crate::app::logs::page::{Row, Spot, between, fold_text, push_field, wrap};
use crate::app::logs::targets::{has_ended, waits};
use crate::app::model::Model;
use crate::app::screen::{LogsScreen, LogsWindow};
use crate::app::state::Size;
use crate::config::keymap::Context;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::log::{Level, LogSource};
use crate::ui::key_label;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::sparkline;

/// Columns of the small chart of errors.
const CHART: usize = 8;
/// Narrower than this there is no room for it.
const CHART_FROM: u16 = 100;

pub(super) fn draw(screen: &LogsScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    if screen.full {
        // Where the footer has the last line, it lies over ours: nothing moves.
        let height = buffer.area.height.saturating_sub(area.y);
        draw_body(screen, model, look, Rect { height, ..area }, buffer);
        return;
    }
    let freshness = Some((&screen.freshness, model.now));
    Rule { title: "LOGS", detail: detail(screen, model, styles, area), freshness, focused: false, styles }
        .render(paint::row(area, 0), buffer);
    let lines = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    draw_body(screen, model, look, lines, buffer);
    count(screen, model, look, paint::row(area, area.height.saturating_sub(1)), buffer);
}

fn draw_body(screen: &LogsScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let none_wanted = screen.index.counts().0 == 0 && !screen.query.is_open();
    if screen.index.shown().is_empty() || none_wanted {
        empty(screen, model, look).render(area, buffer);
    } else {
        // The room it was laid out for: these lines, and what stands around them.
        let around = if screen.full { 1 } else { 4 };
        let size = Size { columns: area.width, rows: area.height + around };
        draw_lines(screen, size, &look.styles, area, buffer);
    }
}

fn detail(screen: &LogsScreen, model: &Model, styles: &Styles, area: Rect) -> Line<'static> {
    let mut spans = vec![Span::raw(screen.targets(model).words())];
    let mut add = |text: String, style: Style| spans.extend([Span::raw("  "), Span::styled(text, style)]);
    match &screen.choice.container {
        _ if screen.choice.all_containers => add("all containers".to_owned(), Style::new()),
        Some(container) => add(container.to_string(), styles.strong),
        None => {}
    }
    match (screen.choice.previous, screen.follow) {
        _ if !has_been_read(screen) => {}
        (false, _) if has_ended(model, &screen.key) => add("ended".to_owned(), styles.warning),
        (true, _) => add("before the last restart".to_owned(), styles.changing),
        (false, true) => add("following".to_owned(), styles.good),
        (false, false) => add("held".to_owned(), styles.warning),
    }
    match waits(model, &screen.key, &screen.choice).as_slice() {
        _ if screen.choice.previous || !has_been_read(screen) => {}
        [] => {}
        [one] => add(one.clone(), styles.broken),
        [one, rest @ ..] => add(format!("{one} and {} more", rest.len()), styles.broken),
    }
    if screen.rate > 0.0 {
        add(format!("{} lines/s", figure::rate(screen.rate)), Style::new());
    }
    let narrow = area.width < CHART_FROM;
    let errors = screen.index.pulse.errors(screen.window.since(), model.now, CHART);
    if !narrow && errors.iter().flatten().any(|errors| *errors > 0.0) {
        add(sparkline::text(&errors, CHART, None).trim_start().to_owned(), styles.level(Level::Error));
        spans.push(Span::raw(" errors"));
    }
    spans.extend([Span::raw("  "), Span::styled(window_words(screen, model), styles.key)]);
    Line::from(spans)
}

/// `since 03:00:20, level≥error (1.8.3 → 1.8.4)`
fn window_words(screen: &LogsScreen, model: &Model) -> String {
    // Once the past was read on, the window says no longer what there is.
    let mut words = match screen.complete_from().filter(|_| screen.index.reads_past()) {
        Some(_) if screen.past == Past::Whole => "from the beginning".to_owned(),
        Some(from) => format!("since {}", figure::moment(from, model.now)),
        None => screen.window.words(model.now),
    };
    if let Some(level) = screen.query.level {
        words.push_str(&format!(", level≥{}", level.word().to_lowercase()));
    }
    if !screen.window.why().is_empty() {
        words.push_str(&format!(" ({})", screen.window.why()));
    }
    words
}

fn empty<'a>(screen: &LogsScreen, model: &Model, look: &'a Look) -> Empty<'a> {
    let styles = &look.styles;
    let targets = screen.targets(model);
    let plain = |title: String, lines: Vec<String>| Empty { sign: ("", styles.dim), title, lines, styles };
    match &screen.freshness {
        Freshness::Denied(_) | Freshness::Failed(_) => Empty::of(&screen.freshness, "", styles),
        _ if targets.list.is_empty() && targets.pods > 0 && screen.choice.previous => {
            plain("No container has restarted.".to_owned(), vec!["There is no log of a life before.".to_owned()])
        }
        _ if targets.list.is_empty() && model.freshness(crate::domain::object::Kind::Pod).settled() => {
            let title = match (&screen.choice.container, targets.pods) {
                (_, 0) => format!("{} has no pod.", screen.key.name),
                (Some(container), _) => format!("{container} has not begun to run."),
                (None, 1) => format!("{} has not begun to run.", screen.key.name),
                (None, _) => format!("No pod of {} has begun to run.", screen.key.name),
            };
            plain(title, waits(model, &screen.key, &screen.choice))
        }
        Freshness::Stale { .. } => Empty::of(&screen.freshness, "", styles),
        Freshness::Loading | Freshness::Partial { .. } => Empty {
            sign: (symbols::CHANGING, styles.changing),
            title: match &screen.window {
                LogsWindow::Newest => format!("Reading the {}", screen.window.words(model.now)),
                LogsWindow::All | LogsWindow::Since { .. } => {
                    format!("Reading lines {}", screen.window.words(model.now))
                }
            },
            lines: Vec::new(),
            styles,
        },
        Freshness::Live | Freshness::Polled { .. } if screen.index.buffer().is_empty() => {
            let title = match screen.window.since() {
                Some(at) => format!("No lines since {}.", figure::moment(at, model.now)),
                None => "No lines yet.".to_owned(),
            };
            let pods = targets.read;
            plain(title, vec![format!("Still following {pods} pod{}.", if pods == 1 { "" } else { "s" })])
        }
        Freshness::Live | Freshness::Polled { .. } => {
            let keys = |action: Action| {
                let keys = model.keymap.hint(Context::Logs.chain(), action.spec().name).unwrap_or_default();
                key_label::sequence(keys, look.unicode)
            };
            let mut lines = Vec::new();
            if screen.query.level.is_some() {
                lines.push(format!("{} shows less severe lines too.", keys(Action::LevelDown)));
            }
            if !screen.query.filter.is_empty() {
                lines.push(format!("{} changes the filter.", keys(Action::Filter)));
            }
            plain(screen.count(model.now), lines)
        }
    }
}

/// Lines came, or it is known that there are none.
fn has_been_read(screen: &LogsScreen) -> bool {
    !screen.index.buffer().is_empty() || matches!(screen.freshness, Freshness::Live | Freshness::Polled { .. })
}

/// The last line: how much of how much, and what came while the view was held.
fn count(screen: &LogsScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let new = screen.new_entries();
    let right = match new {
        0 => 0,
        new => {
            let text = format!("{} {} new ", symbols::BELOW, figure::count(new as u64));
            paint::text_right(buffer, area, &text, styles.key)
        }
    };
    let area = Rect { width: area.width.saturating_sub(right), ..area };
    match screen.query.filter.complaint() {
        Some(complaint) => paint::text(buffer, area, &format!(" {complaint}"), styles.warning),
        None if !has_been_read(screen) => 0,
        None => paint::text(buffer, area, &format!(" {}", screen.count(model.now)), styles.dim),
    };
}

fn draw_lines(screen: &LogsScreen, size: Size, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let pages = screen.pages(size);
    let mut y = 0;
    for (spot, row) in pages.page(screen.top) {
        let text = Text::of(&row, screen, styles);
        let lines = match row {
            Row::Mark(_) | Row::Begins => vec![text.cut_left(0)],
            _ if screen.wrap => wrap(&text.text, pages.shape.columns),
            _ => vec![text.cut_left(screen.left)],
        };
        for (index, range) in lines.into_iter().enumerate() {
            let line = paint::row(area, y);
            if line.is_empty() {
                return;
            }
            y += 1;
            match row {
                Row::Mark(_) | Row::Begins => mark(&text.text, spot == cursor(screen), styles, line, buffer),
                _ => {
                    if index == 0 {
                        before(&row, spot, screen, styles, line, buffer);
                    }
                    let begins = u16::try_from(screen.text_begins()).unwrap_or(u16::MAX).min(line.width);
                    let rest = Rect { x: line.x + begins, width: line.width - begins, ..line };
                    let rest = fold(&row, screen, styles, rest, buffer);
                    paint::line(buffer, rest, &text.line(range));
                }
            }
        }
    }
}

/// Where the cursor is shown; while following there is none to see.
fn cursor(screen: &LogsScreen) -> Spot {
    if screen.follow { Spot { entry: u64::MAX, part: 0 } } else { screen.cursor }
}

fn mark(text: &str, here: bool, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    paint::repeat(buffer, area, symbols::THRESHOLD, styles.dim);
    let words = Line::from(vec![
        Span::styled(symbols::THRESHOLD.repeat(3), styles.dim),
        Span::raw(" "),
        Span::styled(text.to_owned(), styles.changing),
        Span::raw(" "),
    ]);
    paint::line(buffer, area, &words.style(styles.base));
    if here {
        paint::text(buffer, Rect { width: 2.min(area.width), ..area }, &format!("{} ", symbols::HERE), styles.cursor);
    }
}

/// What stands before the text: gutter, time, pod and level.
fn before(row: &Row<'_>, spot: Spot, screen: &LogsScreen, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let here = spot == cursor(screen);
    let mut spans = vec![Span::styled(
        if here { format!("{} ", symbols::HERE) } else { "  ".to_owned() },
        if here { styles.key } else { Style::new() },
    )];
    if let Row::Line { place, level, .. } = row {
        if screen.timestamps {
            let time = place.line.at.map(figure::millisecond).unwrap_or_default();
            spans.push(Span::styled(format!("{time:<13}"), styles.dim));
        }
        let name = place.source().map(LogSource::short_name).unwrap_or_default();
        let columns = screen.pod_columns();
        let short: String = name.chars().take(columns).collect();
        let style = if here { styles.cursor } else { styles.chart(shade(name)) };
        spans.push(Span::styled(format!("{short:<columns$}"), style));
        if screen.choice.all_containers {
            let columns = screen.container_columns();
            let container = place.source().map_or("", |source| source.container.as_str());
            let container: String = container.chars().take(columns).collect();
            spans.push(Span::styled(format!(" {container:<columns$}"), styles.dim));
        }
        spans.push(Span::styled(format!(" {:<6}", level.word()), styles.level(*level)));
    }
    paint::line(buffer, area, &Line::from(spans));
}

/// Says at the right edge what is folded behind a line; returns what is left for the line.
fn fold(row: &Row<'_>, screen: &LogsScreen, styles: &Styles, area: Rect, buffer: &mut Buffer) -> Rect {
    let Row::Line { folded: folded @ 1.., .. } = row else { return area };
    if screen.wrap {
        return area;
    }
    let words = fold_text(*folded);
    // In little room the number says it.
    let words = if area.width < 64 { words.split(" more").next().unwrap_or_default() } else { &words };
    let used = paint::text_right(buffer, area, words, styles.changing) + 1;
    Rect { width: area.width.saturating_sub(used), ..area }
}

/// What stands before the first line that is held.
fn beginning(screen: &LogsScreen) -> String {
    let let_go = screen.index.buffer().let_go();
    match &screen.past {
        Past::Unread if let_go > 0 => format!("{} older lines were let go; up reads on", figure::count(let_go)),
        Past::Unread => "what was read begins here; up reads what was before".to_owned(),
        Past::Reading(_) => "reading what was before".to_owned(),
        Past::Whole => "the logs begin here".to_owned(),
        Past::Full => "no more is held at once; 1 to 6 choose another time, S saves this".to_owned(),
        Past::Failed(problem) => problem.to_string(),
    }
}

/// The same pod has the same colour wherever it stands.
fn shade(name: &str) -> usize {
    name.bytes().fold(5381, |hash: usize, byte| hash.wrapping_mul(33) ^ usize::from(byte))
}

/// The text of a row, and which parts of it have which style.
struct Text {
    text: String,
    runs: Vec<(Range<usize>, Style)>,
}

impl Text {
    fn of(row: &Row<'_>, screen: &LogsScreen, styles: &Styles) -> Self {
        let mut text = Self { text: String::new(), runs: Vec::new() };
        match row {
            Row::Mark(mark) => text.push(mark, Style::new()),
            Row::Begins => text.push(&beginning(screen), Style::new()),
            Row::Line { level, spoken, folded, .. } => {
                let message = if *level == Level::Debug { styles.dim } else { Style::new() };
                text.push(&spoken.message, message);
                for (index, (key, value)) in spoken.fields.iter().enumerate() {
                    let mut field = between(spoken, index).to_owned();
                    push_field(&mut field, key, value);
                    text.push(&field, if spoken.message.is_empty() { message } else { styles.dim });
                }
                // A wrapped line ends with it; a cut one has it at the right edge.
                if *folded > 0 && screen.wrap {
                    text.push("  ", Style::new());
                    text.push(&fold_text(*folded), styles.changing);
                }
            }
            Row::Field(key, value) => {
                text.push(&format!("{key}: "), styles.dim);
                text.push(value, Style::new());
            }
            Row::More(place) => text.push(place.text(), styles.dim),
        }
        for found in screen.sought.found(&text.text) {
            text.runs.push((found, styles.found));
        }
        text
    }

    fn push(&mut self, part: &str, style: Style) {
        let start = self.text.len();
        self.text.push_str(part);
        self.runs.push((start..self.text.len(), style));
    }

    /// All of it but so many characters at the left.
    fn cut_left(&self, characters: usize) -> Range<usize> {
        let start = self.text.char_indices().nth(characters).map_or(self.text.len(), |(index, _)| index);
        start..self.text.len()
    }

    /// A part of it; a later run lies over an earlier one.
    fn line(&self, range: Range<usize>) -> Line<'_> {
        let mut edges: Vec<usize> = vec![range.start, range.end];
        edges.extend(self.runs.iter().flat_map(|(run, _)| [run.start, run.end]).filter(|edge| range.contains(edge)));
        edges.sort_unstable();
        edges.dedup();
        let spans = edges.windows(2).map(|edge| {
            let covers = |run: &Range<usize>| run.start <= edge[0] && edge[1] <= run.end;
            let style = self
                .runs
                .iter()
                .filter(|(run, _)| covers(run))
                .fold(Style::new(), |style, (_, more)| style.patch(*more));
            Span::styled(&self.text[edge[0]..edge[1]], style)
        });
        Line::from(spans.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests;
