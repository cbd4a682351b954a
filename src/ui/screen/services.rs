//! Home: one line for each service, a second one for what is wrong with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::model::Model;
use crate::app::screen::{ServicesScreen, Sort, explains_itself};
use crate::app::services::KINDS;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::metric::Vital;
use crate::domain::service::{AlertCount, Restarts, Service};
use crate::kinds::age;
use crate::kinds::column::Heading;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::header::alert_counts;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::sparkline;
use crate::ui::widget::table::{self, Cell, Row, Table};

use super::table_words;

/// At 80 columns SERVICE, READY, RESTARTS, ALERTS, ERR % and CHANGED remain; at 120 only the version is missing.
const COLUMNS: [Heading; 12] = [
    Heading::left("SERVICE", 32, 0),
    Heading::left("NAMESPACE", 10, 2),
    Heading::right("READY", 5, 0),
    Heading::left("RESTARTS 24H", 12, 1),
    Heading::left("ALERTS", 7, 1),
    Heading::right("REQ/S", 5, 3),
    Heading::right("ERR %", 5, 1),
    Heading::right("P99", 5, 4),
    Heading::right("CPU %", 7, 5),
    Heading::right("MEM %", 7, 5),
    Heading::left("CHANGED", 14, 1),
    Heading::left("VERSION", 10, 6),
];
/// Columns of a sparkline in a cell.
const SPARKLINE: usize = 4;

pub(super) fn draw(screen: &ServicesScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let mut area = area;
    if screen.has_rule() {
        rule(screen, model, look, paint::row(area, 0), buffer);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if screen.table.order().is_empty() {
        empty(screen, model, look).render(area, buffer);
        return;
    }
    let rows: Vec<Row<'_>> = screen
        .table
        .window()
        .iter()
        .take(usize::from(area.height))
        .filter_map(|key| model.services.get(key))
        .map(|service| row(service, screen.table.marked.contains(&service.key), model, styles))
        .collect();
    let cursor = screen.table.cursor().checked_sub(screen.table.top);
    Table { columns: &COLUMNS, rows, cursor, sorted: sorted(screen.sort), styles }.render(area, buffer);
    if screen.table.order_waits && !screen.has_rule() {
        order_waits(screen, model, look, area, buffer);
    }
}

fn rule(screen: &ServicesScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let mut detail = table_words::detail(&screen.table, screen, model, look);
    detail.push(Span::styled(format!("  {}", screen.sort.title()), styles.dim));
    let freshness = freshness(model);
    let freshness = Some((&freshness, model.now));
    Rule { title: "SERVICES", detail: Line::from(detail), freshness, focused: false, styles }.render(area, buffer);
}

/// A mark beside the first heading, where it moves nothing.
fn order_waits(screen: &ServicesScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let title = paint::width(COLUMNS[0].title) + 3;
    let place = table::place(&COLUMNS, area.width);
    let room = place.first().map_or(0, |name| (name.x + name.width).saturating_sub(title));
    let head = Rect { x: area.x + title, width: room, ..paint::row(area, 0) };
    let words = format!("order: {}", table_words::key(Action::Reload, screen, model, look));
    paint::text(buffer, head, &words, look.styles.changing);
}

/// The column the order is read from, and whether the largest is on top.
fn sorted(sort: Sort) -> Option<(usize, bool)> {
    let (title, descending) = match sort {
        Sort::Health => return None,
        Sort::Name => ("SERVICE", false),
        Sort::Namespace => ("NAMESPACE", false),
        Sort::Change => ("CHANGED", false),
        Sort::Restarts => ("RESTARTS 24H", true),
    };
    COLUMNS.iter().position(|column| column.title == title).map(|column| (column, descending))
}

fn freshness(model: &Model) -> Freshness {
    let kinds: Vec<Freshness> = KINDS.iter().map(|kind| model.freshness(*kind)).collect();
    Freshness::worst(kinds.iter())
}

fn empty<'a>(screen: &ServicesScreen, model: &Model, look: &'a Look) -> Empty<'a> {
    let key = |action| table_words::key(action, screen, model, look);
    let nothing = format!(
        "No services in {}. {} chooses namespaces, {} shows all.",
        model.namespaces,
        key(Action::GoNamespaces),
        key(Action::AllNamespaces)
    );
    // It must not look like an all-clear when not everything could be read.
    table_words::empty(&screen.table, ("services", nothing), &freshness(model), screen, model, look)
}

fn row<'a>(service: &'a Service, marked: bool, model: &Model, styles: &'a Styles) -> Row<'a> {
    let grade = styles.grade(service.health.grade);
    let vitals = &service.vitals;
    let cells: Vec<Cell<'a>> = vec![
        Line::from(Span::raw(service.key.name.as_str())).into(),
        Line::from(Span::styled(service.key.namespace.as_str(), styles.dim)).into(),
        Line::from(ready(service, styles)).into(),
        restarts(&service.restarts, styles).into(),
        alerts(&service.alerts, styles).into(),
        Line::from(number(vitals.requests.now.map(figure::rate), styles)).into(),
        Line::from(errors(&vitals.errors, styles)).into(),
        Line::from(number(vitals.latency.now.map(figure::seconds), styles)).into(),
        share(&vitals.cpu, 0, styles).into(),
        share(&vitals.memory, 1, styles).into(),
        changed(service, model, styles).into(),
        Line::from(Span::raw(service.version.as_str())).into(),
    ];
    let note = explains_itself(service).then(|| Line::from(Span::styled(service.health.reason.as_str(), styles.dim)));
    Row { sign: Span::styled(symbols::grade(service.health.grade), grade), cells, note, marked }
}

fn ready(service: &Service, styles: &Styles) -> Span<'static> {
    let style = if service.ready < service.desired { styles.warning } else { Style::new() };
    Span::styled(format!("{}/{}", service.ready, service.desired), style)
}

fn restarts(restarts: &Restarts, styles: &Styles) -> Line<'static> {
    let bound = if restarts.exact { "" } else { "≥" };
    let style = if restarts.count == 0 { styles.dim } else { Style::new() };
    // One figure under the other, whatever the reasons behind them.
    let mut spans = vec![Span::styled(format!("{:>2}", format!("{bound}{}", restarts.count)), style)];
    if !restarts.reason.is_empty() {
        spans.push(Span::styled(format!(" {}", restarts.reason), styles.warning));
    }
    Line::from(spans)
}

fn number(text: Option<String>, styles: &Styles) -> Span<'static> {
    text.map_or_else(|| Span::styled("–", styles.dim), Span::raw)
}

/// What fires; where nothing does, what is silenced or may fire soon.
fn alerts(alerts: &AlertCount, styles: &Styles) -> Line<'static> {
    let firing = alert_counts(alerts, styles);
    if !firing.is_empty() {
        return Line::from(firing);
    }
    let quiet = [(alerts.silenced, symbols::SILENCED, styles.dim), (alerts.pending, symbols::PENDING, styles.warning)];
    let spans: Vec<Span<'_>> = quiet
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, sign, style)| Span::styled(format!("{sign} {number} "), style))
        .collect();
    Line::from(spans)
}

/// From one failure in a hundred on, the number stands out.
fn errors(errors: &Vital, styles: &Styles) -> Span<'static> {
    match errors.now {
        Some(ratio) if ratio >= 0.01 => Span::styled(figure::percent(ratio), styles.broken),
        ratio => number(ratio.map(figure::percent), styles),
    }
}

fn share(vital: &Vital, line: usize, styles: &Styles) -> Line<'static> {
    let Some(now) = vital.now else { return Line::from(Span::styled("–", styles.dim)) };
    let spark = sparkline::span(&vital.recent, SPARKLINE, Some(1.0), styles.chart(line));
    let style = if now >= 0.9 { styles.warning } else { Style::new() };
    Line::from(vec![spark, Span::styled(format!(" {:>2}", figure::whole_percent(now)), style)])
}

fn changed(service: &Service, model: &Model, styles: &Styles) -> Line<'static> {
    let Some(change) = &service.change else { return Line::default() };
    let about = if change.about { "~" } else { "" };
    // Where it came from stands in the history.
    let title = change.title.rsplit("→ ").next().unwrap_or_default();
    let age = format!("{about}{}", age::age(change.at, model.now));
    Line::from(vec![
        Span::raw(format!("{age:>4} ")),
        Span::styled(symbols::change(change.kind), styles.change(change.kind)),
        Span::raw(format!(" {title}")),
    ])
}
