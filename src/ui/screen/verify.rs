//! Verification: the verdict, each check in words, the split of versions, and each pod with what it waits for.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::model::Model;
use crate::app::screen::VerifyScreen;
use crate::domain::figure;
use crate::domain::keepsake::Kept;
use crate::insight::verification::{Mark, PodProgress, Verdict, Verification};
use crate::ui::paint;
use crate::ui::styles::{Styles, badge_word};
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::wrap;
use crate::ui::widget::split_bar::{Part, SplitBar};

pub(super) fn draw(screen: &VerifyScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let mut lines = vec![title(screen, model, styles), Line::default()];
    if let Some(verification) = &screen.verification {
        lines.push(verdict(verification, styles));
        lines.push(Line::default());
        for check in &verification.checks {
            let (sign, style) = mark(check.mark, styles);
            lines.push(Line::from(vec![Span::styled(format!("  {sign} "), style), Span::raw(check.words.to_string())]));
        }
        lines.push(Line::default());
        lines.push(split(screen, verification, styles, area.width));
        lines.push(Line::default());
        lines.extend(verification.pods.iter().map(|pod| pod_line(pod, styles)));
    }
    lines.extend(kept(&screen.applied.kept, styles, area.width));
    for (y, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        paint::line(buffer, paint::row(area, y as u16), line);
    }
}

fn title(screen: &VerifyScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let badge = model.link.identity().map(|identity| identity.environment).unwrap_or_default();
    let since = |end: jiff::Timestamp| Duration::try_from(end.duration_since(screen.applied.at)).unwrap_or_default();
    let elapsed = figure::stopwatch(since(screen.ended.unwrap_or(model.now)));
    let expected = screen.verification.as_ref().and_then(|verification| verification.expected_end);
    let about = match expected.filter(|_| screen.ended.is_none()) {
        Some(end) => format!("{elapsed} of about {}", figure::stopwatch(since(end))),
        None => elapsed,
    };
    Line::from(vec![
        Span::styled(format!(" {} ", badge_word(badge)), styles.badge(badge)),
        Span::styled(" VERIFY  ", styles.dim),
        Span::styled(screen.applied.plan.heading.to_string(), styles.strong),
        Span::styled(format!("   {about}"), styles.dim),
    ])
}

fn verdict(verification: &Verification, styles: &Styles) -> Line<'static> {
    let (sign, style) = mark(verification.verdict.mark(), styles);
    let words = match &verification.verdict {
        Verdict::InProgress => "watching".to_owned(),
        verdict => verdict.words().to_string(),
    };
    Line::from(Span::styled(format!(" {sign} {words}"), style))
}

fn mark(mark: Mark, styles: &Styles) -> (&'static str, Style) {
    match mark {
        Mark::Done => (symbols::WELL, styles.good),
        Mark::Working => (symbols::CHANGING, styles.changing),
        Mark::Waiting => (symbols::READY, styles.dim),
        Mark::Unproven => ("~", styles.warning),
        Mark::Failed => (symbols::BROKEN, styles.broken),
        Mark::Alerting => (symbols::FIRING, styles.broken),
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
