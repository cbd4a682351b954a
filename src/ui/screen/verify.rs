//! Verification: the verdict, each check in words, the split of versions, and each pod with what it waits for.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::{plan, table_words};
use crate::action::Action;
use crate::app::model::Model;
use crate::app::screen::VerifyScreen;
use crate::domain::change::ChangeKind;
use crate::domain::figure;
use crate::domain::keepsake::Kept;
use crate::domain::metric::Unit;
use crate::insight::verification::{Mark as CheckMark, PodProgress, Verdict, Verification};
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::chart::{Chart, Curve, Window};
use crate::ui::widget::chart_stack::{ChartStack, Mark};
use crate::ui::widget::paragraph::{hanging, wrap};
use crate::ui::widget::split_bar::{Part, SplitBar};

/// Rows of the chart: with fewer it tells nothing, with more it would be the main thing.
const CHART_LEAST: u16 = 5;
const CHART_MOST: u16 = 10;

/// Lines of pods for which air is left out.
const PODS_LEAST: usize = 2;
/// With fewer rows than this air is left out, and what is done already.
const ROOMY: u16 = 16;

pub(super) fn draw(screen: &VerifyScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let roomy = area.height >= ROOMY;
    let kept = if roomy { kept(&screen.applied.kept, styles, area.width) } else { Vec::new() };
    // In little room the sentence gives way to what has come of it.
    let width = if roomy { area.width } else { u16::MAX };
    let mut lines = plan::title("VERIFY", &screen.applied.plan.heading, model, styles, width);
    let air = |lines: &mut Vec<Line<'_>>| lines.extend(roomy.then(Line::default));
    air(&mut lines);
    if let Some(verification) = &screen.verification {
        let way_out = way_out(screen, model, look);
        if roomy {
            lines.extend(verdict(screen, verification, model, styles, area.width));
            lines.extend(way_out);
        } else {
            // The reason of a failure may be long: it must not push out what to do.
            lines.extend(way_out);
            lines.extend(verdict(screen, verification, model, styles, area.width));
        }
        air(&mut lines);
        // In little room what can be seen at once stands before what must be read.
        if !roomy {
            lines.push(split(screen, verification, styles, area.width));
        }
        for check in verification.checks.iter().filter(|check| roomy || check.mark != CheckMark::Done) {
            let (sign, style) = mark(check.mark, styles);
            lines.extend(hanging(Span::styled(format!("  {sign} "), style), &check.words, Style::new(), area.width));
        }
        if roomy {
            lines.extend([Line::default(), split(screen, verification, styles, area.width), Line::default()]);
        }
        if lines.len() + kept.len() + PODS_LEAST > usize::from(area.height) {
            lines.retain(|line| !line.spans.is_empty());
        }
        let room = usize::from(area.height).saturating_sub(lines.len() + kept.len());
        lines.extend(pod_lines(screen, &verification.pods, room, styles, area.width));
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

/// `↻ watching   0:48 of about 1:26`, never cut.
fn verdict(
    screen: &VerifyScreen,
    verification: &Verification,
    model: &Model,
    styles: &Styles,
    width: u16,
) -> Vec<Line<'static>> {
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
    let mut lines = hanging(Span::styled(format!(" {sign} "), style), &words, style, width);
    let about = Span::styled(format!("   {about}"), styles.dim);
    match lines.last_mut() {
        Some(last) if paint::line_width(last) + paint::width(&about.content) < width => last.spans.push(about),
        _ => lines.push(Line::from(about)),
    }
    lines
}

/// `R plans the way to 1.8.3, revision 3`, once the act has failed.
fn way_out(screen: &VerifyScreen, model: &Model, look: &Look) -> Option<Line<'static>> {
    let way_out = screen.way_out()?;
    let key = table_words::key(Action::RollBack, screen, model, look);
    let to = if way_out.version.is_empty() { String::new() } else { format!("{}, ", way_out.version) };
    Some(Line::from(vec![
        Span::styled(format!("   {key}"), look.styles.key),
        Span::raw(format!(" plans the way to {to}revision {}", way_out.revision)),
    ]))
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
    if !expectation.new_pods {
        // The act makes no other pods, only more or fewer of them.
        let (ready, total) = ((new + old) as u32, all(true) + all(false));
        let parts = vec![Part { label: "ready", ready, total, style: styles.good }];
        let mut line = SplitBar { parts, styles }.line(width.saturating_sub(4).min(80));
        line.spans.insert(0, Span::raw("  "));
        return line;
    }
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
fn pod_lines(
    screen: &VerifyScreen,
    pods: &[PodProgress],
    room: usize,
    styles: &Styles,
    width: u16,
) -> Vec<Line<'static>> {
    let mut pods: Vec<&PodProgress> = pods.iter().collect();
    // Those that are waited for come first.
    pods.sort_by_key(|pod| (!pod.new, pod.waiting.is_empty()));
    let all: Vec<Vec<Line<'static>>> = pods.iter().map(|pod| pod_line(screen, pod, styles, width)).collect();
    let fits = |room: usize| {
        let mut used = 0;
        all.iter()
            .take_while(|lines| {
                used += lines.len();
                used <= room
            })
            .count()
    };
    let shown = if fits(room) < all.len() { fits(room.saturating_sub(1)) } else { all.len() };
    let more = all.len() - shown;
    let mut lines: Vec<Line<'static>> = all.into_iter().take(shown).flatten().collect();
    if more > 0 && room > 0 {
        lines.push(Line::from(Span::styled(format!("  and {more} more"), styles.dim)));
    }
    lines
}

/// Seconds of a pod's way: below a tenth there is nothing to tell apart.
fn passed(seconds: f64) -> String {
    if seconds < 0.95 { format!("{:.1}s", seconds.max(0.1)) } else { figure::seconds(seconds) }
}

/// How far a pod has come; what it waits for stands below it where it does not fit beside.
fn pod_line(screen: &VerifyScreen, pod: &PodProgress, styles: &Styles, width: u16) -> Vec<Line<'static>> {
    let name = pod.key.name.rsplit('-').next().unwrap_or_default().to_owned();
    let mut text = String::new();
    for (name, at) in [("scheduled", pod.scheduled), ("started", pod.started), ("ready", pod.ready)] {
        text.push_str(&at.map(|at| format!("  {name} {}", passed(at))).unwrap_or_default());
    }
    let expectation = &screen.applied.plan.expectation;
    let before = expectation.previous_version.as_deref().unwrap_or("from before");
    // Where no pod is replaced, how each came up is all there is to tell.
    let told = if pod.new || !expectation.new_pods { text } else { format!("  {before}") };
    let mut spans = vec![
        Span::styled(format!("  {name:<6}"), if pod.new { styles.strong } else { styles.dim }),
        Span::styled(told, styles.dim),
    ];
    if pod.leaving {
        spans.push(Span::styled("  leaving", styles.dim));
    }
    if let Some(share) = pod.share.filter(|share| share.requests > 0.0) {
        let ratio = share.ratio().unwrap_or_default();
        let style = if ratio >= 0.01 { styles.broken } else { styles.good };
        let requests = figure::count(share.requests as u64);
        spans.push(Span::styled(format!("  {} % of {requests} failed", figure::percent(ratio)), style));
    }
    let mut lines = vec![Line::from(spans)];
    if !pod.leaving && !pod.waiting.is_empty() {
        let style = if pod.hopeless { styles.broken } else { styles.changing };
        let words = format!("waiting: {}", pod.waiting);
        if paint::line_width(&lines[0]) + 2 + paint::width(&words) <= width {
            lines[0].spans.push(Span::styled(format!("  {words}"), style));
        } else {
            lines.extend(hanging(Span::raw(" ".repeat(10)), &words, style, width));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_way_is_told_in_tenths_of_seconds() {
        let told: Vec<String> = [0.0, 0.04, 0.34, 1.0, 6.13, 64.0].into_iter().map(passed).collect();
        assert_eq!(told, ["0.1s", "0.1s", "0.3s", "1.0s", "6.1s", "64s"]);
    }
}
