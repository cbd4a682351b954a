//! What changed, newest first, with the onset of the symptom drawn between the rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::dossier::Part;
use crate::app::model::Model;
use crate::app::screen::HistoryScreen;
use crate::app::state::Size;
use crate::domain::change::Change;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::problem::Problem;
use crate::domain::revision::Soundness;
use crate::insight::symptom::Symptom;
use crate::kinds::age;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::paragraph::fold;
use crate::ui::widget::rule::Rule;

/// The widest a title and a source may be, and how narrow a source becomes before health is cut.
const TITLE: usize = 26;
const SOURCE: usize = 34;
const SOURCE_LEAST: usize = 13;
/// Gutter, mark, time and symbol before the title.
const BEFORE_TITLE: usize = 15;
/// Changes of the last day show the time, older ones their age.
const DAY_SECONDS: i64 = 24 * 3600;

pub(super) fn draw(screen: &HistoryScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let freshness = if screen.dossier.complete() { Freshness::Live } else { Freshness::Loading };
    let symptom = model.symptom(&screen.key);
    let onset = screen
        .onset
        .map_or_else(String::new, |onset| format!("{} about {} UTC", symptom.began(), figure::second(onset)));
    let mut detail = vec![Span::styled(onset, styles.onset)];
    if let (Some(range), Some(history)) = (screen.range, &screen.history) {
        let (shown, of) = (screen.table.order().len(), history.changes.len());
        detail.push(Span::styled(format!("  last {}, {shown} of {of}", figure::spell(range)), styles.key));
    }
    Rule {
        title: "HISTORY",
        detail: Line::from(detail),
        freshness: Some((&freshness, model.now)).filter(|_| !screen.dossier.complete()),
        focused: false,
        styles,
    }
    .render(paint::row(area, 0), buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(history) = screen.history.as_ref().filter(|history| !history.changes.is_empty()) else {
        nothing(screen, styles).render(area, buffer);
        return;
    };
    let columns = Columns::of(&history.changes, area.width);
    let mut lines = Vec::new();
    let place = screen.onset.map(|onset| history.position(onset));
    // Drawn before the first row that is older; a row out of range does not take it away.
    let order = screen.table.order();
    let place = place.map(|place| order.iter().position(|index| *index >= place).unwrap_or(order.len()));
    for (position, index) in order.iter().enumerate().skip(screen.table.top) {
        if place == Some(position) {
            lines.push(onset_line(screen, &symptom, area.width, styles));
        }
        if let Some(change) = history.changes.get(*index) {
            let here = screen.table.current() == Some(index);
            lines.push(row(change, columns, here, screen.table.marked.contains(index), model, styles));
        }
    }
    if place == Some(order.len()) {
        lines.push(onset_line(screen, &symptom, area.width, styles));
    }
    lines.push(Line::default());
    lines.extend(history.limits.iter().map(|limit| Line::from(Span::styled(format!("   {limit}"), styles.dim))));
    lines.extend(
        denied(screen).map(|problem| {
            Line::from(Span::styled(format!("   {} {}", symbols::DENIED, problem.what), styles.warning))
        }),
    );
    let last = area.height.saturating_sub(1);
    let details = HistoryScreen::detail_rows(Size { columns: area.width, rows: area.height + 3 }).min(last);
    let change = screen.table.current().and_then(|index| history.changes.get(*index));
    if let Some(change) = change.filter(|change| !columns.show_all_of(change, area.width)) {
        let place = Rect { y: area.y + last - details, height: details, ..area };
        let told = all_of(change, styles, area.width, usize::from(details));
        for (y, line) in (details.saturating_sub(told.len() as u16)..details).zip(told) {
            paint::line(buffer, paint::row(place, y), &line);
        }
    }
    for (y, line) in lines.iter().take(usize::from(last - details)).enumerate() {
        paint::line(buffer, paint::row(area, y as u16), line);
    }
    paint::line(buffer, paint::row(area, last), &what_rollback_means(screen, model, styles));
}

fn nothing<'a>(screen: &HistoryScreen, styles: &'a Styles) -> Empty<'a> {
    match screen.dossier.live.problem() {
        Some(problem) => Empty::problem(problem, styles),
        None if !screen.dossier.complete() => Empty::of(&Freshness::Loading, "", styles),
        None => Empty::of(&Freshness::Live, "No change is recorded for this service.", styles),
    }
}

fn onset_line(screen: &HistoryScreen, symptom: &Symptom, width: u16, styles: &Styles) -> Line<'static> {
    let at = screen.onset.map(figure::second).unwrap_or_default();
    let words = format!(" {} ", symptom.begins());
    let before = format!("   {at} {}", symbols::RULE.repeat(6));
    let used = paint::width(&before) + paint::width(&words);
    let after = symbols::RULE.repeat(usize::from(width.saturating_sub(used)));
    Line::from(Span::styled(format!("{before}{words}{after}"), styles.onset))
}

/// How wide titles and sources are: no wider than needed, and sources give way to how the revisions ran.
#[derive(Clone, Copy)]
struct Columns {
    title: usize,
    source: usize,
}

impl Columns {
    fn of(changes: &[Change], width: u16) -> Self {
        let longest =
            |text: &dyn Fn(&Change) -> usize, most: usize| changes.iter().map(text).max().unwrap_or(0).min(most);
        let title = longest(&|change| change.title.chars().count(), TITLE);
        let health = longest(&|change| health_words(change).chars().count() + 2, usize::from(width));
        let left = usize::from(width).saturating_sub(BEFORE_TITLE + title + health + 4);
        Self { title, source: longest(&|change| change.source.chars().count(), SOURCE).min(left.max(SOURCE_LEAST)) }
    }

    fn show_all_of(self, change: &Change, width: u16) -> bool {
        let counted = |text: &str| text.chars().count();
        let health = health_words(change);
        let after = counted(&health) + if health.is_empty() { 0 } else { 2 } + counted(&change.note) + 4;
        counted(&change.title) <= self.title
            && counted(&change.source) <= self.source
            && BEFORE_TITLE + self.title + 2 + self.source + after <= usize::from(width)
    }
}

/// What the row of a change has no room for.
fn all_of(change: &Change, styles: &Styles, width: u16, most: usize) -> Vec<Line<'static>> {
    let health = health_words(change);
    let parts = [change.source.as_str(), health.as_str(), change.note.as_str()];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut rows = fold(&told.join(" · "), width.saturating_sub(2));
    // The last line is cut with a mark where even this is not room enough.
    if rows.len() > most {
        let rest = rows.split_off(most.saturating_sub(1)).join(" ");
        rows.push(rest);
    }
    rows.into_iter().map(|row| Line::from(Span::styled(format!(" {row}"), styles.dim))).collect()
}

/// A source that does not fit is named without its particulars.
fn source(change: &Change, width: usize) -> &str {
    let whole: &str = &change.source;
    if whole.chars().count() <= width { whole } else { whole.split(": ").next().unwrap_or(whole) }
}

fn row(change: &Change, columns: Columns, here: bool, marked: bool, model: &Model, styles: &Styles) -> Line<'static> {
    let gutter = if here { symbols::HERE } else { " " };
    let mark = if marked { symbols::MARKED } else { " " };
    let old = model.now.duration_since(change.at).as_secs() > DAY_SECONDS;
    let about = if change.about { "~" } else { "" };
    let at = if old { age::age(change.at, model.now) } else { figure::second(change.at) };
    let style = if here { styles.cursor } else { Style::new() };
    Line::from(vec![
        Span::raw(format!("{gutter}{mark} {:<9} ", format!("{about}{at}"))),
        Span::styled(symbols::change(change.kind), styles.change(change.kind)),
        Span::raw(" "),
        Span::styled(fit(&change.title, columns.title), style),
        Span::raw("  "),
        Span::styled(fit(source(change, columns.source), columns.source), styles.dim),
        Span::raw("  "),
        soundness(change, styles),
        Span::raw(if health_words(change).is_empty() { "" } else { "  " }),
        Span::styled(change.note.to_string(), styles.dim),
    ])
}

/// Exactly so many characters.
fn fit(text: &str, width: usize) -> String {
    let mut out: String = text.chars().take(width).collect();
    if text.chars().count() > width {
        out.pop();
        out.push_str(symbols::ELLIPSIS);
    }
    format!("{out:<width$}")
}

/// How a revision ran; nothing for what is none.
fn health_words(change: &Change) -> String {
    match change.soundness {
        Soundness::Unknown if change.revision.is_none() => String::new(),
        ref soundness => soundness.words(),
    }
}

fn soundness(change: &Change, styles: &Styles) -> Span<'static> {
    let (sign, style) = match change.soundness {
        Soundness::Measured { .. } => (symbols::WELL, styles.good),
        Soundness::RanReady => (symbols::READY, styles.dim),
        Soundness::Failed(_) => (symbols::BROKEN, styles.broken),
        Soundness::Unknown if change.revision.is_none() => return Span::default(),
        Soundness::RecordedOnly | Soundness::Unknown => (symbols::UNKNOWN, styles.dim),
    };
    Span::styled(format!("{sign} {}", health_words(change)), style)
}

/// Sources that could not be read: the list is not whole without them.
fn denied(screen: &HistoryScreen) -> impl Iterator<Item = &Problem> {
    let dossier = &screen.dossier;
    let parts: [&Part<Vec<_>>; 5] =
        [&dossier.replica_sets, &dossier.autoscalers, &dossier.config_maps, &dossier.events, &dossier.releases];
    parts.into_iter().filter_map(Part::problem)
}

fn what_rollback_means(screen: &HistoryScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let Some(target) = screen.rollback_target() else { return Line::default() };
    let contexts = crate::config::keymap::Context::History.chain();
    let Some(keys) = model.keymap.hint(contexts, Action::RollBack.spec().name) else { return Line::default() };
    let version = if target.version.is_empty() { String::new() } else { format!("{}, ", target.version) };
    Line::from(vec![
        Span::styled(format!(" {}", crate::ui::key_label::sequence(keys, true)), styles.key),
        Span::raw(format!(" plans the way back to {version}revision {}", target.number)),
    ])
}
