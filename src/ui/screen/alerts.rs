//! The alerts, two lines each: what, where and since when; then how much beyond its limit, since when the symptom, and why
//! it was matched to its service.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::alerts::Alerts;
use crate::app::model::Model;
use crate::app::screen::AlertsScreen;
use crate::domain::alert::{Alert, AlertState, Severity, Suppression};
use crate::domain::figure;
use crate::insight::alerts::{Watchdog, headline};
use crate::kinds::age;
use crate::kinds::column::Heading;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::header::alert_counts;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::table::{Row, Table};

use super::table_words;

const COLUMNS: [Heading; 5] = [
    Heading::left("ALERT", 28, 0),
    Heading::left("SEVERITY", 8, 0),
    Heading::left("SERVICE", 28, 0),
    Heading::right("SINCE", 13, 0),
    Heading::left("ROUTED TO", 38, 1),
];

pub(super) fn draw(screen: &AlertsScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    Rule {
        title: "ALERTS",
        detail: summary(screen, model, look),
        freshness: Some((&model.alerts.freshness, model.now)),
        focused: false,
        styles,
    }
    .render(paint::row(area, 0), buffer);
    let mut rest = below(area, 1);
    if screen.table.order().is_empty() {
        empty(screen, model, look).render(rest, buffer);
        return;
    }
    for doubt in screen.doubts(model) {
        let line = Line::from(Span::styled(format!(" {} {doubt}", symbols::AT_RISK), styles.warning));
        paint::line(buffer, paint::row(rest, 0), &line);
        rest = below(rest, 1);
    }
    let rows = screen
        .table
        .window()
        .iter()
        .take(usize::from(rest.height))
        .filter_map(|fingerprint| model.alerts.get(fingerprint))
        .map(|alert| row(alert, model, styles))
        .collect();
    let cursor = screen.table.cursor().checked_sub(screen.table.top);
    Table { columns: &COLUMNS, rows, cursor, sorted: None, styles }.render(rest, buffer);
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// `2 firing (1C 1W)  1 pending  1 silenced  watchdog 6 s ago`
fn summary(screen: &AlertsScreen, model: &Model, look: &Look) -> Line<'static> {
    let styles = &look.styles;
    let counts = model.alert_count();
    let mut spans = alert_counts(&counts, styles);
    if spans.is_empty() && model.alerts.version > 0 {
        spans.push(Span::styled("nothing fires", styles.dim));
    }
    let mut add = |text: String, style| spans.push(Span::styled(text, style));
    if counts.pending > 0 {
        add(format!("  {} {} pending", symbols::PENDING, counts.pending), styles.warning);
    }
    if counts.silenced > 0 {
        add(format!("  {} {} suppressed", symbols::SILENCED, counts.silenced), styles.dim);
    }
    if let Some((words, style)) = watchdog(&model.alerts, model, styles) {
        add(format!("  {words}"), style);
    }
    if screen.elsewhere > 0 {
        add(format!("  {} in other namespaces", screen.elsewhere), styles.dim);
    }
    if !screen.table.filter().is_empty() || screen.table.order_waits {
        spans.push(Span::raw("  "));
        spans.extend(table_words::detail(&screen.table, screen, model, look));
    }
    Line::from(spans)
}

fn watchdog(alerts: &Alerts, model: &Model, styles: &Styles) -> Option<(String, ratatui::style::Style)> {
    Some(match alerts.watchdog? {
        Watchdog::Alive(Some(at)) => (format!("watchdog {} ago", figure::spell(age::since(at, model.now))), styles.dim),
        Watchdog::Alive(None) => ("watchdog fires".to_owned(), styles.dim),
        Watchdog::Silent => ("watchdog silent".to_owned(), styles.broken),
        Watchdog::Absent => ("no watchdog".to_owned(), styles.warning),
    })
}

fn row<'a>(alert: &'a Alert, model: &Model, styles: &'a Styles) -> Row<'a> {
    let style = styles.alert(alert.state, alert.severity);
    Row {
        sign: Span::styled(symbols::alert(alert.state), style),
        cells: vec![
            Line::from(Span::raw(alert.name.as_str())).into(),
            Line::from(Span::styled(severity(alert.severity), styles.severity(alert.severity))).into(),
            service(alert, styles).into(),
            since(alert, model, styles).into(),
            routed(alert, styles).into(),
        ],
        note: Some(note(alert, model, styles)),
        marked: false,
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Other => "info",
    }
}

/// `checkout › pay-api`
fn service<'a>(alert: &'a Alert, styles: &Styles) -> Line<'a> {
    match (&alert.matched, alert.label("namespace")) {
        (Some(matched), _) => Line::from(vec![
            Span::styled(matched.service.namespace.as_str(), styles.dim),
            Span::styled(format!(" {} ", symbols::HERE), styles.dim),
            Span::raw(matched.service.name.as_str()),
        ]),
        (None, Some(namespace)) => Line::from(Span::styled(namespace.as_str(), styles.dim)),
        (None, None) => Line::from(Span::styled("–", styles.dim)),
    }
}

fn since(alert: &Alert, model: &Model, styles: &Styles) -> Line<'static> {
    if let (AlertState::Pending, Some(fires)) = (alert.state, alert.fires_at()) {
        let left = age::since(model.now, fires);
        return Line::from(Span::styled(format!("fires in {}", age::short(left)), styles.warning));
    }
    let Some(since) = alert.since() else { return Line::from(Span::styled("–", styles.dim)) };
    Line::from(vec![
        Span::raw(figure::second(since)),
        Span::styled(format!("  {}", age::age(since, model.now)), styles.dim),
    ])
}

/// Who was sent it, or what keeps it from them.
fn routed(alert: &Alert, styles: &Styles) -> Line<'static> {
    let quiet: Vec<String> = alert.suppressed_by.iter().map(Suppression::words).collect();
    let names: Vec<&str> = alert.routed_to.iter().map(|name| name.as_str()).collect();
    match (quiet.is_empty(), names.is_empty()) {
        (false, _) => Line::from(Span::styled(quiet.join(", "), styles.dim)),
        (true, false) => Line::from(Span::raw(names.join(", "))),
        (true, true) => Line::from(Span::styled("–", styles.dim)),
    }
}

/// `14.2 %, limit 2 % for 30 s · errors since 03:00:26, 6 s after ● 1.8.4 · label service=pay-api`
fn note(alert: &Alert, model: &Model, styles: &Styles) -> Line<'static> {
    let mut parts = vec![Span::raw(headline(alert).to_string())];
    let matched = alert.matched.as_ref();
    if let Some(words) = matched.and_then(|matched| model.onset_words(&matched.service)) {
        parts.push(Span::styled(words, styles.warning));
    }
    parts.push(Span::raw(
        matched.map_or_else(|| "no service here is known to be hit".to_owned(), |matched| matched.reason.to_string()),
    ));
    let mut spans = Vec::new();
    for part in parts.into_iter().filter(|part| !part.content.is_empty()) {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", styles.dim));
        }
        spans.push(part);
    }
    Line::from(spans)
}

/// Nothing to show: is that good news?
fn empty<'a>(screen: &AlertsScreen, model: &Model, look: &'a Look) -> Empty<'a> {
    let styles = &look.styles;
    let alerts = &model.alerts;
    let nothing = ("alerts", "Nothing fires and nothing is pending.".to_owned());
    let mut empty = table_words::empty(&screen.table, nothing, &alerts.freshness, screen, model, look);
    if alerts.version == 0 || screen.table.of() > 0 {
        return empty;
    }
    let doubts = screen.doubts(model);
    match alerts.watchdog {
        Some(Watchdog::Alive(at)) if doubts.is_empty() => {
            let seen = at.map(|at| format!(", seen {} ago", figure::spell(age::since(at, model.now))));
            let words = format!("The watchdog fires{}: alerting is alive.", seen.unwrap_or_default());
            empty.sign = (symbols::WELL, styles.good);
            empty.lines.push(words);
        }
        Some(Watchdog::Absent) => {
            empty.sign = (symbols::UNKNOWN, styles.warning);
            empty.lines.push("No rule fires all the time (a watchdog), so silence is no proof.".to_owned());
        }
        _ => {
            empty.sign = (symbols::UNKNOWN, styles.warning);
            empty.lines.push("This cannot be trusted:".to_owned());
        }
    }
    empty.lines.extend(doubts);
    if screen.elsewhere > 0 {
        empty.lines.push(format!("{} in other namespaces; :all-namespaces shows them.", screen.elsewhere));
    }
    empty
}
