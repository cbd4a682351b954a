//! Verification: the verdict, each check in words, the split of versions, and each pod with what it waits for.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::model::Model;
use crate::app::screen::VerifyScreen;
use crate::domain::change::ChangeKind;
use crate::domain::figure;
use crate::domain::keepsake::Kept;
use crate::domain::metric::Unit;
use crate::insight::verification::{Mark as CheckMark, PodProgress, Verdict, Verification};
use crate::ui::paint;
use crate::ui::styles::{Styles, badge_word};
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::chart::{Chart, Curve, Window};
use crate::ui::widget::chart_stack::{ChartStack, Mark};
use crate::ui::widget::empty::wrap;
use crate::ui::widget::split_bar::{Part, SplitBar};

/// Rows of the chart: with fewer it tells nothing, with more it would be the main thing.
const CHART_LEAST: u16 = 5;
const CHART_MOST: u16 = 10;

pub(super) fn draw(screen: &VerifyScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let kept = kept(&screen.applied.kept, styles, area.width);
    let mut lines = vec![title(screen, model, styles), Line::default()];
    if let Some(verification) = &screen.verification {
        lines.push(verdict(screen, verification, model, styles));
        lines.push(Line::default());
        for check in &verification.checks {
            let (sign, style) = mark(check.mark, styles);
            lines.push(Line::from(vec![Span::styled(format!("  {sign} "), style), Span::raw(check.words.to_string())]));
        }
        lines.push(Line::default());
        lines.push(split(screen, verification, styles, area.width));
        lines.push(Line::default());
        let room = usize::from(area.height).saturating_sub(lines.len() + kept.len());
        lines.extend(pod_lines(&verification.pods, room, styles));
    }
    let above = paint_lines(&lines, area, buffer);
    // A chart takes what is left between the pods and what was kept, and a line of air.
    let free = area.height.saturating_sub(above + kept.len() as u16 + 1);
    let chart = if free < CHART_LEAST { 0 } else { free.min(CHART_MOST) };
    let place = Rect { y: area.y + above + 1, height: chart, ..area };
    let drawn = if errors(screen, model, styles, place, buffer) { chart + 1 } else { 0 };
    let taken = above + drawn;
    let below = Rect { y: area.y + taken, height: area.height.saturating_sub(taken), ..area };
    paint_lines(&kept, below, buffer);
}

/// As many lines as fit; answers with their number.
fn paint_lines(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) -> u16 {
    let fitting = lines.len().min(usize::from(area.height)) as u16;
    for (y, line) in (0..fitting).zip(lines) {
        paint::line(buffer, paint::row(area, y), line);
    }
    fitting
}

/// The error ratio from before the onset until now, with the act on its axis. False when there is nothing to draw.
fn errors(screen: &VerifyScreen, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) -> bool {
    let Some(errors) = screen.errors.as_ref().filter(|_| !area.is_empty()) else { return false };
    let to = screen.ended.unwrap_or(model.now);
    let window = Window { from: to.checked_sub(screen.span()).unwrap_or(to), to };
    let curve = Curve { name: "", values: &errors.values, style: styles.chart(0) };
    let limit = Some(screen.limit());
    let chart = Chart { title: "errors", unit: Unit::Ratio, grid: errors.grid, curves: vec![curve], threshold: limit };
    let version = screen.applied.plan.expectation.version.as_ref();
    let label = version.map_or(screen.applied.plan.action, |version| version.as_str());
    let act = [Mark { at: screen.applied.at, kind: ChangeKind::Release, label }];
    let onset = screen.applied.onset.filter(|onset| *onset > window.from);
    let area = Rect { width: area.width.saturating_sub(1), ..area };
    ChartStack { window, charts: &[chart], marks: &act, alerts: &[], onset, cursor: None, styles }.render(area, buffer);
    true
}

fn title(screen: &VerifyScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let badge = model.link.identity().map(|identity| identity.environment).unwrap_or_default();
    Line::from(vec![
        Span::styled(format!(" {} ", badge_word(badge)), styles.badge(badge)),
        Span::styled(" VERIFY  ", styles.dim),
        Span::styled(screen.applied.plan.heading.to_string(), styles.strong),
    ])
}

/// `↻ watching   0:48 of about 1:26`
fn verdict(screen: &VerifyScreen, verification: &Verification, model: &Model, styles: &Styles) -> Line<'static> {
    let (sign, style) = mark(verification.verdict.mark(), styles);
    let words = match &verification.verdict {
        Verdict::InProgress => "watching".to_owned(),
        verdict => verdict.words().to_string(),
    };
    let since = |end: jiff::Timestamp| Duration::try_from(end.duration_since(screen.applied.at)).unwrap_or_default();
    let elapsed = figure::stopwatch(since(screen.ended.unwrap_or(model.now)));
    let about = match verification.expected_end.filter(|_| screen.ended.is_none()) {
        Some(end) => format!("{elapsed} of about {}", figure::stopwatch(since(end))),
        None => elapsed,
    };
    let words = Span::styled(format!(" {sign} {words}"), style);
    Line::from(vec![words, Span::styled(format!("   {about}"), styles.dim)])
}

fn mark(mark: CheckMark, styles: &Styles) -> (&'static str, Style) {
    match mark {
        CheckMark::Done => (symbols::WELL, styles.good),
        CheckMark::Working => (symbols::CHANGING, styles.changing),
        CheckMark::Waiting => (symbols::READY, styles.dim),
        CheckMark::Unproven => ("~", styles.warning),
        CheckMark::Failed => (symbols::BROKEN, styles.broken),
        CheckMark::Alerting => (symbols::FIRING, styles.broken),
    }
}

/// What the pods that ended knew, and where it lies.
fn kept(kept: &Kept, styles: &Styles, width: u16) -> Vec<Line<'static>> {
    if kept.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default()];
    if let Some(folder) = &kept.folder {
        lines.push(Line::from(Span::styled(format!("  kept first: {}", kept.words()), styles.dim)));
        // The record has the whole path; here its end says which of them it is.
        let mut parts = folder.rsplit('/');
        let (name, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let place = format!("  in {}/{parent}/{name}", symbols::ELLIPSIS);
        lines.push(Line::from(Span::styled(place, styles.dim)));
    }
    for problem in &kept.problems {
        let rows = wrap(&format!("not kept: {problem}"), width.saturating_sub(4));
        lines.extend(rows.into_iter().map(|row| Line::from(Span::styled(format!("  {row}"), styles.warning))));
    }
    lines
}

/// How many pods serve what was wanted, and how many still what was there before.
fn split(screen: &VerifyScreen, verification: &Verification, styles: &Styles, width: u16) -> Line<'static> {
    let (new, old) = verification.served_by();
    let all = |new: bool| verification.pods.iter().filter(|pod| pod.new == new && !pod.leaving).count() as u32;
    let expectation = &screen.applied.plan.expectation;
    let label = |version: &Option<crate::domain::text::CleanText>, otherwise: &str| {
        version.as_ref().map_or_else(|| otherwise.to_owned(), ToString::to_string)
    };
    let (new_label, old_label) = (label(&expectation.version, "new"), label(&expectation.previous_version, "before"));
    let parts = vec![
        Part { label: &new_label, ready: new as u32, total: all(true), style: styles.good },
        Part { label: &old_label, ready: old as u32, total: all(false), style: styles.warning },
    ];
    let mut line = SplitBar { parts, styles }.line(width.saturating_sub(4).min(80));
    line.spans.insert(0, Span::raw("  "));
    line
}

/// As many pods as there is room for, and how many more there are.
fn pod_lines(pods: &[PodProgress], room: usize, styles: &Styles) -> Vec<Line<'static>> {
    let shown = if pods.len() > room { room.saturating_sub(1) } else { pods.len() };
    let mut lines: Vec<Line<'static>> = pods.iter().take(shown).map(|pod| pod_line(pod, styles)).collect();
    if shown < pods.len() {
        lines.push(Line::from(Span::styled(format!("  and {} more", pods.len() - shown), styles.dim)));
    }
    lines
}

fn pod_line(pod: &PodProgress, styles: &Styles) -> Line<'static> {
    let step =
        |name: &str, at: Option<f64>| at.map(|at| format!("  {name} {}", figure::seconds(at))).unwrap_or_default();
    let name = pod.key.name.rsplit('-').next().unwrap_or_default().to_owned();
    let mut text = String::new();
    for (name, at) in [("scheduled", pod.scheduled), ("started", pod.started), ("ready", pod.ready)] {
        text.push_str(&step(name, at));
    }
    let mut spans = vec![
        Span::styled(format!("  {name:<6}"), if pod.new { styles.strong } else { styles.dim }),
        Span::styled(if pod.new { text } else { String::new() }, styles.dim),
    ];
    if pod.leaving {
        spans.push(Span::styled("  leaving", styles.dim));
    } else if !pod.waiting.is_empty() {
        let style = if pod.hopeless { styles.broken } else { styles.changing };
        spans.push(Span::styled(format!("  waiting: {}", pod.waiting), style));
    }
    if let Some(share) = pod.share.filter(|share| share.requests > 0.0) {
        let ratio = share.ratio().unwrap_or_default();
        let style = if ratio >= 0.01 { styles.broken } else { styles.good };
        let requests = figure::count(share.requests as u64);
        spans.push(Span::styled(format!("  {} % of {requests} failed", figure::percent(ratio)), style));
    }
    Line::from(spans)
}
