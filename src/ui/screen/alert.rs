//! One alert: its expression over time with the limit, and everything it says of itself.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::alerts::severity;
use super::charts::{change_label, span_of, window};
use crate::app::message::MetricAnswer;
use crate::app::model::Model;
use crate::app::screen::{AlertScreen, runbook};
use crate::domain::alert::{Alert, AlertState, Suppression};
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::metric::Series;
use crate::insight::alerts::{headline, series_of};
use crate::insight::onset::Onset;
use crate::kinds::age;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::chart::{Chart, Curve};
use crate::ui::widget::chart_stack::{AlertSpan, ChartStack, Mark};
use crate::ui::widget::empty::Empty;
use crate::ui::widget::paragraph::fold;
use crate::ui::widget::rule::Rule;

/// Lines of an expression that match no single alert, drawn at most.
const CURVES: usize = 5;
/// Columns of the names of what an alert says.
const NAMES: usize = 13;

pub(super) fn draw(screen: &AlertScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let alert = &screen.alert;
    Rule {
        title: &alert.name,
        detail: state(screen, model, styles),
        freshness: Some((&model.alerts.freshness, model.now)),
        focused: false,
        styles,
    }
    .render(paint::row(area, 0), buffer);
    paint::line(buffer, indent(paint::row(area, 1)), &verdict(screen, model, styles));
    paint::line(buffer, indent(paint::row(area, 2)), &hit(screen, model, styles));
    let rest = Rect { y: area.y + 3, height: area.height.saturating_sub(3), ..area };
    let lines = words(alert, area.width, styles);
    // The words get what they need, the chart the rest: half at least, but no wall.
    let spare = rest.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1));
    let height = spare.clamp((rest.height / 2).max(6.min(rest.height)), 28.max(rest.height / 2));
    chart(screen, model, styles, Rect { height, ..rest }, buffer);
    let below = Rect { y: rest.y + height, height: rest.height - height, ..rest };
    let top = screen.top.min(lines.len().saturating_sub(usize::from(below.height)));
    for (index, line) in lines.iter().skip(top).take(usize::from(below.height)).enumerate() {
        paint::line(buffer, indent(paint::row(below, u16::try_from(index).unwrap_or(u16::MAX))), line);
    }
}

fn indent(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// `▲ critical, fires since 13:19:43 (47s), pending 13:19:13`
fn state(screen: &AlertScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let alert = &screen.alert;
    let style = styles.alert(alert.state, alert.severity);
    if let Some(ended) = screen.ended {
        let words = format!("{} over: no longer among the alerts at {}", symbols::WELL, figure::second(ended));
        return Line::from(Span::styled(words, styles.good));
    }
    let since = |at| format!("{} ({})", figure::second(at), age::age(at, model.now));
    let mut words = String::new();
    match alert.state {
        AlertState::Firing | AlertState::Suppressed => {
            words.push_str(if alert.state == AlertState::Firing { "fires" } else { "suppressed, true" });
            if let Some(at) = alert.since() {
                words.push_str(&format!(" since {}", since(at)));
            }
            if let Some(at) = alert.active_at {
                words.push_str(&format!(", pending {}", figure::second(at)));
            }
        }
        AlertState::Pending => {
            words.push_str("pending");
            if let Some(at) = alert.active_at {
                words.push_str(&format!(" since {}", since(at)));
            }
            if let Some(at) = alert.fires_at() {
                words.push_str(&format!(", fires in {}", age::short(age::since(model.now, at))));
            }
        }
    }
    Line::from(vec![
        Span::styled(format!("{} {}", symbols::alert(alert.state), severity(alert.severity)), style),
        Span::raw(format!("  {words}")),
    ])
}

/// How far beyond its limit, and since when the symptom.
fn verdict(screen: &AlertScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let alert = &screen.alert;
    if let Some(line) = reading(screen, model, styles) {
        return line;
    }
    let mut spans = vec![Span::styled(headline(alert).to_string(), styles.strong)];
    if let Some(onset) = &screen.onset {
        let at = match onset {
            Onset::BeforeWindow { start } => format!("   began before {}", figure::second(*start)),
            Onset::Seen { at, .. } => format!("   began {}", figure::second(*at)),
            Onset::Estimated { at, .. } => format!("   began about {}", figure::second(*at)),
        };
        spans.push(Span::styled(at, styles.onset));
        spans.push(Span::styled(format!(", {}", onset.words()), styles.dim));
    }
    Line::from(spans)
}

/// The value at the cursor.
fn reading(screen: &AlertScreen, model: &Model, styles: &Styles) -> Option<Line<'static>> {
    let at = screen.axis.cursor?;
    let answer = screen.drawn(model)?;
    let charted = screen.charted.as_ref()?;
    let series = series_of(&screen.alert, answer).or(answer.series.first())?;
    let step = (at.duration_since(answer.grid.start).as_secs_f64() / answer.grid.step_seconds).round();
    let value = (step >= 0.0).then(|| series.values.get(step as usize).copied().flatten()).flatten();
    let words = value.map_or_else(|| "no value".to_owned(), |value| figure::value(charted.unit, value));
    let beyond = charted.threshold.zip(value).is_some_and(|(limit, value)| limit.exceeded_by(value));
    let style = if beyond { styles.broken } else { styles.strong };
    Some(Line::from(vec![
        Span::styled(format!("{} {} ", figure::second(at), symbols::ONSET), styles.focus),
        Span::styled(words, style),
    ]))
}

/// Whom it hits and why that is believed.
fn hit(screen: &AlertScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let Some(matched) = &screen.alert.matched else {
        return Line::from(Span::styled("No service here is known to be hit: no label names one.", styles.dim));
    };
    let key = &matched.service;
    let mut spans = vec![
        Span::styled("hits ", styles.dim),
        Span::styled(format!("{} {} {}", key.namespace, symbols::HERE, key.name), styles.strong),
        Span::styled(format!("  {}", matched.reason), styles.dim),
    ];
    if let Some(service) = model.services.get(key) {
        let grade = service.health.grade;
        spans.push(Span::styled(format!("   {} ", symbols::grade(grade)), styles.grade(grade)));
        spans.push(Span::raw(service.health.reason.to_string()));
    }
    Line::from(spans)
}

fn chart(screen: &AlertScreen, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let (Some(charted), Some(answer)) = (&screen.charted, screen.drawn(model)) else {
        empty(screen, model, styles).render(area, buffer);
        return;
    };
    let own = series_of(&screen.alert, answer);
    let series: Vec<&Series> = own.map_or_else(|| answer.series.iter().take(CURVES).collect(), |own| vec![own]);
    if series.is_empty() {
        let words = "The expression has no value in this time: it only has one while it holds.";
        Empty::of(&Freshness::Live, words, styles).render(area, buffer);
        return;
    }
    let curves = series.iter().enumerate().map(|(index, series)| Curve {
        name: &series.name,
        values: &series.values,
        style: styles.chart(index),
    });
    // The drawing colours what lies above; where low is bad the line alone must do.
    let threshold = charted.threshold.map(|threshold| threshold.value);
    let charts = [Chart { title: "value", unit: charted.unit, grid: answer.grid, curves: curves.collect(), threshold }];
    let service = screen.alert.matched.as_ref().and_then(|matched| model.services.get(&matched.service));
    let change = service.and_then(|service| service.change.as_ref());
    let label = change.map(change_label).unwrap_or_default();
    let marks: Vec<Mark<'_>> =
        change.map(|change| Mark { at: change.at, kind: change.kind, label: &label }).into_iter().collect();
    let spans: Vec<AlertSpan> =
        span_of(&screen.alert).map(|span| AlertSpan { ended: screen.ended, ..span }).into_iter().collect();
    ChartStack {
        window: window(&screen.axis, screen.end(model)),
        charts: &charts,
        marks: &marks,
        alerts: &spans,
        onset: screen.onset.as_ref().filter(|onset| onset.precision_seconds().is_some()).map(Onset::at),
        cursor: screen.axis.cursor,
        styles,
    }
    .render(Rect { width: area.width.saturating_sub(1), ..area }, buffer);
}

/// Why there is no chart.
fn empty<'a>(screen: &AlertScreen, model: &Model, styles: &'a Styles) -> Empty<'a> {
    if screen.charted.is_none() {
        let words = "Alertmanager tells no expression, and no Prometheus here has this alert's rule.";
        return Empty::of(&Freshness::Live, words, styles);
    }
    let failed = screen.metrics(model).and_then(|metrics| {
        metrics.answers.values().find_map(|answer| match answer {
            MetricAnswer::Failed(problem) => Some(problem),
            MetricAnswer::Range(_) | MetricAnswer::Instant(_) => None,
        })
    });
    match (&model.prometheus, failed) {
        (Some(Err(problem)), _) | (_, Some(problem)) => Empty::problem(problem, styles),
        _ => Empty::of(&Freshness::Loading, "", styles),
    }
}

/// Everything the alert says, name by name.
fn words(alert: &Alert, columns: u16, styles: &Styles) -> Vec<Line<'static>> {
    let mut said: Vec<(String, String, Style)> = Vec::new();
    let mut say = |name: &str, text: String, style: Style| said.push((name.to_owned(), text, style));
    for name in ["summary", "description", "message"] {
        if let Some(text) = alert.annotations.get(name) {
            say(name, text.to_string(), styles.base);
        }
    }
    let routed: Vec<&str> = alert.routed_to.iter().map(|name| name.as_str()).collect();
    match (alert.state, routed.is_empty()) {
        (_, false) => say("routed to", routed.join(", "), styles.base),
        (AlertState::Pending, true) => say("routed to", "nobody while pending".to_owned(), styles.dim),
        (_, true) => say("routed to", "not known: Alertmanager does not tell".to_owned(), styles.dim),
    }
    for suppression in &alert.suppressed_by {
        say("kept quiet", Suppression::words(suppression), styles.warning);
    }
    match runbook(alert) {
        Some(address) => say("runbook", address.to_owned(), styles.key),
        None => say("runbook", "none named".to_owned(), styles.dim),
    }
    if let Some(rule) = &alert.rule {
        say("expression", rule.expression.to_string(), styles.base);
        let every = figure::spell(std::time::Duration::from_secs_f64(rule.interval_seconds.clamp(0.0, 1e9)));
        let hold = figure::spell(std::time::Duration::from_secs_f64(rule.hold_seconds.clamp(0.0, 1e9)));
        say("for", format!("{hold}, evaluated every {every}"), styles.base);
    }
    let labels: Vec<String> = alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    say("labels", labels.join("  "), styles.base);
    let shown = ["summary", "description", "message", "runbook_url", "runbook"];
    for (name, text) in alert.annotations.iter().filter(|(name, _)| !shown.contains(&name.as_str())) {
        say(name, text.to_string(), styles.base);
    }
    let measure = columns.saturating_sub(u16::try_from(NAMES).unwrap_or(0) + 3).clamp(20, 110);
    said.into_iter()
        .flat_map(|(name, text, style)| {
            let parts = fold(&text, measure);
            parts.into_iter().enumerate().map(move |(index, part)| {
                let name = if index == 0 { name.clone() } else { String::new() };
                (name, part, style)
            })
        })
        .map(|(name, part, style)| {
            Line::from(vec![Span::styled(format!("{name:<NAMES$}"), styles.dim), Span::styled(part, style)])
        })
        .collect()
}
