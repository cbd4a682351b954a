//! The charts of one service, full size; and the same charts as a part of its page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::message::MetricAnswer;
use crate::app::model::{Metrics, Model};
use crate::app::screen::ChartsScreen;
use crate::app::service_charts::{self, ServiceCharts};
use crate::app::time_axis::TimeAxis;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::change::Change;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::problem::{Cause, Problem};
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::chart::{Chart, Curve, Window};
use crate::ui::widget::chart_stack::{AlertSpan, ChartStack, Mark};
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;

/// Rows below which a chart says little.
const LEAST_ROWS: u16 = 3;

pub(super) fn draw(screen: &ChartsScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let sheet = Sheet { charts: &screen.charts, model, styles };
    let freshness = sheet.freshness();
    Rule { title: "CHARTS", detail: sheet.reading(), freshness: Some((&freshness, model.now)), focused: false, styles }
        .render(paint::row(area, 0), buffer);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    sheet.draw(below, buffer);
}

/// The charts of one service with all that is drawn into them.
pub(super) struct Sheet<'a> {
    pub charts: &'a ServiceCharts,
    pub model: &'a Model,
    pub styles: &'a Styles,
}

impl Sheet<'_> {
    fn metrics(&self) -> Option<&Metrics> {
        service_charts::metrics(&self.charts.service, self.model)
    }

    pub(super) fn freshness(&self) -> Freshness {
        match (&self.model.prometheus, self.metrics()) {
            (Some(Err(problem)), _) => Freshness::Failed(problem.clone()),
            (_, Some(metrics)) => metrics.freshness.clone(),
            (_, None) => Freshness::Loading,
        }
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let drawn = self.charts.curves(self.model);
        if drawn.is_empty() {
            self.empty().render(area, buffer);
            return;
        }
        let fit = usize::from(area.height.saturating_sub(3) / LEAST_ROWS).max(1);
        let charts: Vec<Chart<'_>> = drawn
            .iter()
            .take(fit)
            .enumerate()
            .map(|(index, chart)| Chart {
                title: chart.title,
                unit: chart.unit,
                grid: chart.grid,
                curves: vec![Curve { name: "", values: &chart.values, style: self.styles.chart(index) }],
                threshold: chart.threshold,
            })
            .collect();
        let labels: Vec<String> = self.charts.changes.iter().map(change_label).collect();
        let marks: Vec<Mark<'_>> = self
            .charts
            .changes
            .iter()
            .zip(&labels)
            .map(|(change, label)| Mark { at: change.at, kind: change.kind, label })
            .collect();
        let alerts: Vec<AlertSpan> = self.model.alerts_of(&self.charts.service).filter_map(span_of).collect();
        ChartStack {
            window: window(&self.charts.axis, self.charts.end(self.model)),
            charts: &charts,
            marks: &marks,
            alerts: &alerts,
            onset: self.model.onset(&self.charts.service),
            cursor: self.charts.axis.cursor,
            styles: self.styles,
        }
        .render(Rect { width: area.width.saturating_sub(1), ..area }, buffer);
    }

    /// Why there is no chart.
    fn empty(&self) -> Empty<'_> {
        let service = &self.charts.service;
        match (&self.model.prometheus, &self.model.metric_names, self.metrics()) {
            (Some(Err(problem)), ..) => {
                let mut empty = Empty::problem(problem, self.styles);
                empty.sign = (symbols::READY, self.styles.dim);
                empty.lines.push("Without it there are no charts; everything else works.".to_owned());
                empty
            }
            (Some(Ok(at)), Some(names), _) if names.is_empty() => Empty::problem(
                &Problem::new(
                    Cause::Absent,
                    "no metrics that tell a service",
                    format!("{at} has neither request nor container metrics with the labels namespace and pod"),
                    "",
                ),
                self.styles,
            ),
            (_, _, Some(metrics)) if metrics.version > 0 => {
                let failed = metrics.answers.values().find_map(|answer| match answer {
                    MetricAnswer::Failed(problem) => Some(problem),
                    MetricAnswer::Range(_) | MetricAnswer::Instant(_) => None,
                });
                match failed {
                    Some(problem) => Empty::problem(problem, self.styles),
                    None => {
                        let words = format!("Nothing is measured about {} in this time.", service.name);
                        Empty::of(&Freshness::Live, &words, self.styles)
                    }
                }
            }
            _ => Empty::of(&Freshness::Loading, "", self.styles),
        }
    }

    /// What is shown, or the values at the cursor: `13:19:05 ┊ errors 3.5 % · requests 318/s · 16 s after ● 1.8.4`.
    pub(super) fn reading(&self) -> Line<'static> {
        let Some(at) = self.charts.axis.cursor else {
            let mut words = format!("last {}", self.charts.axis.words());
            if let Some(names) = &self.model.metric_names {
                words.push_str(&format!(" · {}", names.words()));
            }
            return Line::from(Span::styled(words, self.styles.dim));
        };
        let mut spans = vec![Span::styled(format!("{} {}", figure::second(at), symbols::ONSET), self.styles.focus)];
        for (index, chart) in self.charts.curves(self.model).iter().enumerate() {
            let value = chart.at(at).map_or_else(|| "–".to_owned(), |value| figure::value(chart.unit, value));
            spans.push(Span::styled(format!("  {} ", chart.title), self.styles.dim));
            spans.push(Span::styled(value, self.styles.chart(index)));
        }
        let before = self.charts.changes.iter().filter(|change| change.at <= at).max_by_key(|change| change.at);
        if let Some(change) = before {
            let after = figure::spell(at.duration_since(change.at).unsigned_abs());
            spans.push(Span::styled(format!("  {after} after "), self.styles.dim));
            spans.push(Span::styled(
                format!("{} {}", symbols::change(change.kind), change_label(change)),
                self.styles.change(change.kind),
            ));
        }
        Line::from(spans)
    }
}

/// The newer side of a change, short enough to stand on an axis.
pub(super) fn change_label(change: &Change) -> String {
    change.title.rsplit("→ ").next().unwrap_or_default().to_owned()
}

pub(super) fn window(axis: &TimeAxis, end: jiff::Timestamp) -> Window {
    let span = jiff::SignedDuration::try_from(axis.span).unwrap_or_default();
    Window { from: end.checked_sub(span).unwrap_or(end), to: end }
}

/// Since when an alert pends and fires.
pub(super) fn span_of(alert: &Alert) -> Option<AlertSpan> {
    let firing = if alert.state == AlertState::Pending { None } else { alert.since() };
    Some(AlertSpan { pending: alert.active_at.or(firing)?, firing, ended: None })
}
