//! The page of one service: how it is, its charts, and below them its pods, what happened and the errors in its logs.

mod errors;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::charts::Sheet;
use crate::app::model::Model;
use crate::app::screen::{Pane, SIDE_BY_SIDE, ServiceScreen};
use crate::app::service_charts::{self, Happening, Sign};
use crate::app::state::Size;
use crate::domain::freshness::Freshness;
use crate::domain::object::Kind;
use crate::domain::service::{Owner, Service};
use crate::domain::{figure, object::ObjectKey};
use crate::kinds::age;
use crate::kinds::column::Heading;
use crate::kinds::info::info;
use crate::kinds::pod::PodRow;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;
use crate::ui::widget::split_bar::{Part, SplitBar};
use crate::ui::widget::table::{Row, Table};

const PODS: [Heading; 7] = [
    Heading::left("POD", 10, 0),
    Heading::right("ERR %", 5, 0),
    Heading::right("AGE", 4, 1),
    Heading::right("VERSION", 8, 2),
    Heading::left("NODE", 12, 1),
    Heading::left("STATE", 14, 1),
    Heading::right("RESTARTS", 8, 3),
];

pub(super) fn draw(screen: &ServiceScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let Some(service) = model.services.get(screen.key()) else {
        gone(screen.key(), model, styles).render(area, buffer);
        return;
    };
    let sheet = Sheet { charts: &screen.charts, model, styles };
    let freshness = sheet.freshness();
    let title = Line::from(vec![
        Span::styled(format!("{} ", symbols::grade(service.health.grade)), styles.grade(service.health.grade)),
        Span::styled(health(service), styles.strong),
    ]);
    Rule { title: &screen.key().name, detail: title, freshness: Some((&freshness, model.now)), focused: false, styles }
        .render(paint::row(area, 0), buffer);
    let second = if screen.charts.axis.cursor.is_some() { sheet.reading() } else { facts(screen, service, &sheet) };
    paint::line(buffer, indent(paint::row(area, 1)), &second);
    let heights = screen.heights(Size { columns: area.width, rows: area.height + 2 });
    let charts = Rect { y: area.y + 2, height: heights.charts, ..area };
    sheet.draw(charts, buffer);
    let panes = Rect { y: charts.bottom(), height: heights.panes, ..area };
    if area.width >= SIDE_BY_SIDE {
        let left = Rect { width: area.width / 2, ..panes };
        let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..panes };
        pods(screen, model, styles, left, buffer);
        timeline(screen, model, styles, right, buffer);
    } else {
        match screen.pane {
            Pane::Pods => pods(screen, model, styles, panes, buffer),
            Pane::Timeline => timeline(screen, model, styles, panes, buffer),
            Pane::Errors => errors::draw(screen, model, styles, panes, buffer),
        }
    }
    errors::draw(screen, model, styles, Rect { y: panes.bottom(), height: heights.errors, ..area }, buffer);
}

fn indent(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

fn gone<'a>(key: &ObjectKey, model: &Model, styles: &'a Styles) -> Empty<'a> {
    let freshness = model.freshness(key.kind);
    let words = format!("{} {key} is not there any more.", info(key.kind).name);
    let mut empty = Empty::of(&freshness, &words, styles);
    if freshness == Freshness::Live {
        empty.lines.push("Esc goes back.".to_owned());
    }
    empty
}

fn health(service: &Service) -> String {
    if !service.health.reason.is_empty() {
        return service.health.reason.to_string();
    }
    match service.health.grade {
        crate::domain::health::Grade::Well => "well, as measured".to_owned(),
        _ => "ready; how well it answers is not measured".to_owned(),
    }
}

/// `Deployment 4/4 · 1.8.4 · targets 4/4, 8 s ago · ▲ 1C · rates over 1m`
fn facts(screen: &ServiceScreen, service: &Service, sheet: &Sheet<'_>) -> Line<'static> {
    let (model, styles) = (sheet.model, sheet.styles);
    let mut parts = vec![format!("{} {}/{}", info(service.key.kind).name, service.ready, service.desired)];
    if !service.version.is_empty() {
        parts.push(service.version.to_string());
    }
    match &service.owner {
        Owner::Nobody => {}
        Owner::Helm { release, .. } => parts.push(format!("Helm {release}")),
        Owner::ArgoCd { application } => parts.push(format!("Argo CD {application}")),
        Owner::Flux { name } => parts.push(format!("Flux {name}")),
    }
    let living = model.services.pods(&service.key).iter().filter(|pod| pod.deleted.is_none()).count();
    let targets = service_charts::metrics(&service.key, model)
        .and_then(|metrics| service_charts::targets(metrics, living, model.now));
    if let Some((fresh, all, ago)) = targets {
        parts.push(format!("targets {fresh}/{all}, {} ago", figure::spell(ago)));
    }
    let mut spans = Vec::new();
    // The strongest evidence stands first.
    if let Some(split) = &screen.split {
        spans.push(Span::styled(split.words().to_string(), styles.strong));
        spans.push(Span::styled("   ", styles.dim));
    }
    spans.push(Span::styled(format!("{} · ", parts.join(" · ")), styles.dim));
    spans.extend(sheet.reading().spans);
    Line::from(spans)
}

fn pods(screen: &ServiceScreen, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let pods = model.services.pods(screen.key());
    let versions = versions(screen, pods);
    let bar = SplitBar {
        parts: versions
            .iter()
            .enumerate()
            .map(|(index, (label, ready, total))| Part {
                label,
                ready: *ready,
                total: *total,
                style: if index == 0 { styles.chart(0) } else { styles.chart(2) },
            })
            .collect(),
        styles,
    };
    // One of the two panes has the whole width to itself where there is no room for both.
    let alone = area.width == buffer.area.width;
    let mut detail = bar.line(area.width.saturating_sub(32).min(40));
    if alone {
        detail.spans.push(other_pane(Pane::Pods, styles));
    }
    let freshness = model.freshness(Kind::Pod);
    let focused = screen.pane == Pane::Pods;
    Rule { title: "PODS", detail, freshness: Some((&freshness, model.now)), focused, styles }
        .render(paint::row(area, 0), buffer);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if screen.pods.order().is_empty() {
        Empty::of(&freshness, "No pods.", styles).render(below, buffer);
        return;
    }
    let metrics = service_charts::metrics(screen.key(), model);
    let rows: Vec<Row<'_>> = screen
        .pods
        .window()
        .iter()
        .take(usize::from(below.height))
        .filter_map(|key| pods.iter().find(|pod| pod.key == *key))
        .map(|pod| {
            let errors = metrics.and_then(|metrics| service_charts::pod_errors(metrics, &pod.key));
            pod_row(pod, errors, model, styles)
        })
        .collect();
    let cursor = screen.pods.cursor().checked_sub(screen.pods.top).filter(|_| focused);
    Table { columns: &PODS, rows, cursor, sorted: None, styles }.render(below, buffer);
}

/// Which pane comes next where only one has room.
fn other_pane(pane: Pane, styles: &Styles) -> Span<'static> {
    let next = match pane.next() {
        Pane::Pods => "pods",
        Pane::Timeline => "timeline",
        Pane::Errors => "errors in logs",
    };
    Span::styled(format!("  Tab {next}"), styles.dim)
}

/// Versions in the order of the pods: label, ready and all of each.
fn versions(screen: &ServiceScreen, pods: &[std::sync::Arc<PodRow>]) -> Vec<(String, u32, u32)> {
    let mut versions: Vec<(String, u32, u32)> = Vec::new();
    for pod in screen.pods.order().iter().filter_map(|key| pods.iter().find(|pod| pod.key == *key)) {
        let label = pod.version().to_string();
        let index = versions.iter().position(|(known, ..)| *known == label).unwrap_or_else(|| {
            versions.push((label, 0, 0));
            versions.len() - 1
        });
        if let Some((_, ready, total)) = versions.get_mut(index) {
            *ready += u32::from(pod.is_ready());
            *total += 1;
        }
    }
    versions
}

fn pod_row<'a>(pod: &'a PodRow, errors: Option<f64>, model: &Model, styles: &'a Styles) -> Row<'a> {
    let failing = errors.is_some_and(|ratio| ratio >= 0.01);
    // A pod may be Ready and fail all the same: what it answers counts more than what it says.
    let grade = if failing { crate::domain::health::Grade::Broken } else { pod.grade() };
    let errors = match errors {
        Some(ratio) => Span::styled(figure::percent(ratio), if failing { styles.broken } else { Style::new() }),
        None => Span::styled("–", styles.dim),
    };
    let created = pod.created.map(|created| age::age(created, model.now)).unwrap_or_default();
    let restarts = if pod.restarts == 0 { styles.dim } else { styles.warning };
    let cells = vec![
        Line::from(service_charts::short_name(&pod.key.name)).into(),
        Line::from(errors).into(),
        Line::from(Span::styled(created, styles.dim)).into(),
        Line::from(pod.version().to_string()).into(),
        Line::from(Span::styled(pod.node.as_str(), styles.dim)).into(),
        Line::from(Span::styled(service_charts::pod_state(pod).to_string(), styles.warning)).into(),
        Line::from(Span::styled(pod.restarts.to_string(), restarts)).into(),
    ];
    Row { sign: Span::styled(symbols::grade(grade), styles.grade(grade)), cells, note: None, marked: false }
}

fn timeline(screen: &ServiceScreen, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let focused = screen.pane == Pane::Timeline;
    let alone = area.width == buffer.area.width;
    let mut detail = Line::from(Span::styled("what is known to have happened", styles.dim));
    if alone {
        detail.spans.push(other_pane(Pane::Timeline, styles));
    }
    Rule { title: "TIMELINE", detail, freshness: None, focused, styles }.render(paint::row(area, 0), buffer);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if screen.timeline.order().is_empty() {
        Empty::of(&Freshness::Live, "Nothing is known to have happened.", styles).render(below, buffer);
        return;
    }
    let rows = screen.timeline.order().iter().enumerate().skip(screen.timeline.top);
    for (place, (index, (_, words))) in (0..below.height).zip(rows) {
        let row = paint::row(below, place);
        let line = match screen.happenings.get(index) {
            Some(happening) => line(happening, model, styles),
            None => Line::from(Span::styled(words.to_string(), styles.dim)),
        };
        paint::line(buffer, indent(row), &line);
        if focused && index == screen.timeline.cursor() {
            paint::text(buffer, Rect { width: 1, ..row }, symbols::HERE, styles.key);
        }
    }
}

fn line(happening: &Happening, model: &Model, styles: &Styles) -> Line<'static> {
    let (symbol, style) = match happening.sign {
        Sign::Onset => (symbols::ONSET, styles.onset),
        Sign::Alert(state) => {
            let style = match state {
                crate::domain::alert::AlertState::Firing => styles.broken,
                crate::domain::alert::AlertState::Pending => styles.warning,
                crate::domain::alert::AlertState::Suppressed => styles.dim,
            };
            (symbols::alert(state), style)
        }
        Sign::Change(kind) => (symbols::change(kind), styles.change(kind)),
        Sign::Restart => (symbols::CHANGING, styles.warning),
    };
    let about = if happening.about { "~" } else { "" };
    let at = format!("{about}{}", service_charts::moment(happening.at, model.now));
    Line::from(vec![
        Span::styled(format!("{at:>9} "), styles.dim),
        Span::styled(format!("{symbol} "), style),
        Span::styled(happening.words.to_string(), style),
        Span::styled(format!("  {}", happening.source), styles.dim),
    ])
}
