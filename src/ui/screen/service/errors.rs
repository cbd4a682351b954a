//! The errors in the logs of a service: how many a minute, what they say, and what was read to say so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::{indent, other_pane};
use crate::app::logs::digest::ErrorKind;
use crate::app::model::Model;
use crate::app::screen::{Pane, ServiceScreen};
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::log::Level;
use crate::domain::object::Kind;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;

pub(super) fn draw(screen: &ServiceScreen, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let errors = &screen.errors;
    let focused = screen.pane == Pane::Errors;
    let reads = matches!(errors.freshness, Freshness::Live | Freshness::Polled { .. } | Freshness::Stale { .. });
    let detail = if reads && !errors.digest.is_empty() { summary(screen, model, styles) } else { Line::default() };
    Rule { title: "ERRORS IN LOGS", detail, freshness: Some((&errors.freshness, model.now)), focused, styles }
        .render(paint::row(area, 0), buffer);
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if below.is_empty() {
        return;
    }
    if let Some(empty) = empty(screen, model, styles) {
        empty.render(below, buffer);
        return;
    }
    let rows = below.height.saturating_sub(1);
    let kinds = errors.digest.kinds();
    let shown = kinds.iter().skip(screen.errors_top).take(usize::from(rows));
    for (index, kind) in (0u16..).zip(shown) {
        paint::line(buffer, indent(paint::row(below, index)), &line(kind, screen, styles));
    }
    let mut read = errors.read(model);
    let hidden = kinds.len().saturating_sub(screen.errors_top + usize::from(rows));
    if hidden > 0 {
        read.push_str(&format!(" · {hidden} more kinds"));
    }
    if errors.digest.beyond > 0 {
        read.push_str(&format!(" · {} errors of further kinds", figure::count(errors.digest.beyond)));
    }
    paint::text(buffer, indent(paint::row(below, rows)), &read, styles.dim);
}

/// `212 a minute, not in the 40 min read before 03:00:20`
fn summary(screen: &ServiceScreen, model: &Model, styles: &Styles) -> Line<'static> {
    let digest = &screen.errors.digest;
    let kinds = digest.kinds();
    let is_new = kinds.iter().any(|kind| digest.is_new(kind));
    let rate = if kinds.is_empty() { styles.dim } else { styles.level(Level::Error) };
    let mut spans = vec![Span::styled(digest.rate(model.now), rate)];
    let comparison = digest.comparison(model.now);
    if !comparison.is_empty() {
        let style = if is_new { styles.changing } else { styles.dim };
        spans.push(Span::styled(format!(", {comparison}"), style));
    }
    if screen.pane == Pane::Errors {
        spans.push(other_pane(Pane::Errors, styles));
    }
    Line::from(spans)
}

/// Why no error is shown, where none is.
fn empty<'a>(screen: &ServiceScreen, model: &Model, styles: &'a Styles) -> Option<Empty<'a>> {
    let errors = &screen.errors;
    let plain = |title: String| Some(Empty { sign: ("", styles.dim), title, lines: Vec::new(), styles });
    match &errors.freshness {
        Freshness::Denied(_) | Freshness::Failed(_) => Some(Empty::of(&errors.freshness, "", styles)),
        _ if errors.targets(model).list.is_empty() && model.freshness(Kind::Pod).settled() => {
            plain("No pod has begun to run: there is no log.".to_owned())
        }
        Freshness::Stale { .. } if errors.digest.is_empty() => Some(Empty::of(&errors.freshness, "", styles)),
        Freshness::Loading | Freshness::Partial { .. } => Some(Empty::of(&Freshness::Loading, "", styles)),
        _ => None,
    }
}

/// `03:02:09 x2k “TypeError: amount is undefined”  ×198  new`
fn line(kind: &ErrorKind, screen: &ServiceScreen, styles: &Styles) -> Line<'static> {
    let at = kind.at.map(figure::second).unwrap_or_default();
    let mut spans = vec![
        Span::styled(format!("{at:>8} {} ", kind.pod), styles.dim),
        Span::styled(format!("×{}", figure::count(kind.since)), styles.level(Level::Error)),
        Span::raw(format!(" “{}”", kind.words)),
    ];
    if screen.errors.digest.is_new(kind) {
        spans.insert(2, Span::styled(" new", styles.changing));
    } else if kind.before > 0 {
        spans.insert(2, Span::styled(format!(" ({} before)", figure::count(kind.before)), styles.dim));
    }
    Line::from(spans)
}
