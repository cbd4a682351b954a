//! Charts one above the other on a single axis of time, with what changed, what fired and where errors began drawn on it.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use super::chart::{Chart, Curve, Window};
use crate::domain::change::ChangeKind;
use crate::domain::figure;
use crate::domain::metric::Unit;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

/// A change on the axis.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    pub at: Timestamp,
    pub kind: ChangeKind,
    /// `1.8.4`, `config`.
    pub label: &'a str,
}

/// One alert over time.
#[derive(Clone, Copy, Debug)]
pub struct AlertSpan {
    pub pending: Timestamp,
    pub firing: Option<Timestamp>,
    /// None while it lasts.
    pub ended: Option<Timestamp>,
}

/// Columns beside the lines that are kept even where there is little room: a name and its value.
const GUTTER_LEAST: u16 = 16;
/// Columns between the middles of two labels, so that neither covers the other.
const LABEL_ROOM: u16 = 10;

#[derive(Clone, Debug)]
pub struct ChartStack<'a> {
    pub window: Window,
    /// The most important first: the last are left out when there is no room.
    pub charts: &'a [Chart<'a>],
    pub marks: &'a [Mark<'a>],
    pub alerts: &'a [AlertSpan],
    pub onset: Option<Timestamp>,
    /// The time cursor; the values beside the charts are those of its time.
    pub cursor: Option<Timestamp>,
    pub styles: &'a Styles,
}

/// How the rows of an area are given out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    gutter: u16,
    /// Height of each chart that is shown.
    charts: Vec<u16>,
    marks: bool,
    alerts: bool,
    axis: bool,
}

impl ChartStack<'_> {
    fn plan(&self, area: Rect) -> Plan {
        let names = self.charts.iter().map(|chart| paint::width(chart.title)).max().unwrap_or(0);
        let gutter = (names + 9).clamp(10, 20).min((area.width / 3).max(GUTTER_LEAST.min(area.width / 2)));
        let mut rest = area.height;
        let mut take = |wanted: bool, least: u16| {
            let taken = wanted && rest > least;
            rest -= u16::from(taken);
            taken
        };
        // The times come first, then what changed, then what fired; a chart needs a row at least.
        let axis = take(true, 1);
        let marks = take(!self.marks.is_empty(), 2);
        let alerts = take(!self.alerts.is_empty(), 3);
        let shown = u16::try_from(self.charts.len()).unwrap_or(u16::MAX).min(rest.max(1)).max(1);
        let (each, more) = (rest / shown, rest % shown);
        let charts =
            (0..shown.min(u16::try_from(self.charts.len()).unwrap_or(0))).map(|index| each + u16::from(index < more));
        Plan { gutter, charts: charts.filter(|height| *height > 0).collect(), marks, alerts, axis }
    }
}

impl Widget for ChartStack<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::visible(area, buffer);
        if area.width < 12 || area.height == 0 {
            return;
        }
        let plan = self.plan(area);
        let mut y = area.y;
        let mut next = |height: u16| {
            let rows = Rect { y, height, ..area };
            y += height;
            rows
        };
        let body_top = area.y;
        for (chart, height) in self.charts.iter().zip(&plan.charts) {
            let (gutter, plot) = split(next(*height), plan.gutter);
            self.gutter(chart, gutter, buffer);
            wall(plot, buffer, self.styles);
            // A row of air between charts, where there is room for it.
            let air = u16::from(*height >= 4 && plan.charts.len() > 1);
            let lines = Rect { x: plot.x + 1, y: plot.y + air, width: plot.width - 1, height: plot.height - air };
            chart.draw(self.window, lines, buffer, self.styles);
        }
        if plan.marks {
            let (gutter, plot) = split(next(1), plan.gutter);
            paint::text(buffer, indent(gutter), "changes", self.styles.dim);
            wall(plot, buffer, self.styles);
            self.marks(right_of_wall(plot), buffer);
        }
        if plan.alerts {
            let (gutter, plot) = split(next(1), plan.gutter);
            paint::text(buffer, indent(gutter), "alerts", self.styles.dim);
            wall(plot, buffer, self.styles);
            self.alerts(right_of_wall(plot), buffer);
        }
        let body = Rect { y: body_top, height: y_of(&plan), ..area };
        if plan.axis {
            let (_, plot) = split(Rect { y: body.bottom(), height: 1, ..area }, plan.gutter);
            self.axis(right_of_wall(plot), buffer);
        }
        let (_, plot) = split(body, plan.gutter);
        self.verticals(right_of_wall(plot), buffer);
    }
}

/// Rows above the axis.
fn y_of(plan: &Plan) -> u16 {
    plan.charts.iter().sum::<u16>() + u16::from(plan.marks) + u16::from(plan.alerts)
}

impl ChartStack<'_> {
    /// Name, value and scale left of a chart.
    fn gutter(&self, chart: &Chart<'_>, area: Rect, buffer: &mut Buffer) {
        let air = u16::from(area.height >= 4 && self.charts.len() > 1);
        let area = indent(Rect { y: area.y + air, height: area.height - air, ..area });
        let scale = Rect { width: area.width.saturating_sub(1), ..area };
        let mut value = |row: u16, curve: &Curve<'_>, name: &str| {
            let shown =
                chart.value(curve, self.cursor).map_or("–".to_owned(), |value| figure::value(chart.unit, value));
            let beyond =
                chart.threshold.zip(chart.value(curve, self.cursor)).is_some_and(|(limit, value)| value > limit);
            let style = if beyond { self.styles.broken } else { curve.style.add_modifier(Modifier::BOLD) };
            let line = paint::row(scale, row);
            let used = paint::text(buffer, line, name, curve.style);
            let rest = Rect { x: line.x + used, width: line.width - used, ..line };
            if used == 0 && scale.height > 1 {
                paint::text(buffer, rest, &shown, style)
            } else {
                paint::text_right(buffer, rest, &shown, style)
            }
        };
        let mut title = paint::row(scale, 0);
        if let ([curve], 1) = (chart.curves.as_slice(), scale.height) {
            // On the line of its name a value is worth more than the whole name.
            title.width = title.width.saturating_sub(value(0, curve, "") + 1);
        } else {
            for (index, curve) in chart.curves.iter().enumerate() {
                let name = if chart.curves.len() > 1 { curve.name } else { "" };
                value(index as u16 + 1, curve, name);
            }
        }
        paint::text(buffer, title, chart.title, self.styles.title);
        // The scale stands where the gutter has room for it: at the top edge, and a zero at the bottom.
        let room = scale.width.saturating_sub(paint::width(chart.title) + 1);
        let top = scale_labels(chart.unit, chart.top()).into_iter().find(|label| paint::width(label) <= room);
        if let Some(top) = top.filter(|_| scale.height >= 2) {
            paint::text_right(buffer, paint::row(scale, 0), &top, self.styles.dim);
        }
        let named = if chart.curves.len() > 1 { chart.curves.len() } else { 0 };
        if usize::from(scale.height) >= 3.max(named + 2) {
            paint::text_right(buffer, paint::row(scale, scale.height - 1), "0", self.styles.dim);
        }
    }

    fn marks(&self, area: Rect, buffer: &mut Buffer) {
        let mut marks: Vec<(u16, &Mark<'_>)> =
            self.marks.iter().filter_map(|mark| Some((self.window.column(mark.at, area.width)?, mark))).collect();
        marks.sort_by_key(|(column, _)| *column);
        let mut free = 0;
        for (index, (column, mark)) in marks.iter().enumerate() {
            let style = self.styles.change(mark.kind);
            let end = marks.get(index + 1).map_or(area.width, |(next, _)| next.saturating_sub(1));
            let needed = paint::width(mark.label) + 1;
            if column + 1 + needed <= end {
                paint::text(buffer, part(area, column + 2, needed - 1), mark.label, style);
                free = column + 1 + needed;
            } else if *column >= free + needed {
                // No room to the right: the label stands before its mark.
                paint::text(buffer, part(area, column - needed, needed - 1), mark.label, style);
                free = column + 1;
            }
            paint::text(buffer, part(area, *column, 1), symbols::change(mark.kind), style);
        }
    }

    fn alerts(&self, area: Rect, buffer: &mut Buffer) {
        let last = area.width.saturating_sub(1);
        for alert in self.alerts {
            let column = |at: Timestamp| (self.window.share(at) * f64::from(last)).round();
            let end = alert.ended.map_or(f64::from(last), column).min(f64::from(last));
            let firing = alert.firing.map(column);
            for x in 0..area.width {
                let here = f64::from(x);
                if here < column(alert.pending) || here > end {
                    continue;
                }
                let (symbol, style) = match firing {
                    Some(start) if here > start => (symbols::ALERT_BAR, self.styles.broken),
                    Some(start) if here == start => (symbols::FIRING, self.styles.broken),
                    _ => (symbols::PENDING, self.styles.warning),
                };
                paint::text(buffer, part(area, x, 1), symbol, style);
            }
        }
    }

    fn axis(&self, area: Rect, buffer: &mut Buffer) {
        if let Some(from) = area.x.checked_sub(1) {
            buffer[(from, area.y)].set_symbol("└").set_style(self.styles.rule);
        }
        paint::repeat(buffer, area, symbols::RULE, self.styles.rule);
        let span = self.window.to.duration_since(self.window.from).as_secs();
        let step = tick(span, area.width);
        let from = self.window.from.as_second();
        let mut second = from.div_euclid(step) * step;
        let marked: Vec<u16> =
            [self.onset, self.cursor].iter().flatten().filter_map(|at| self.window.column(*at, area.width)).collect();
        while second <= self.window.to.as_second() {
            let at = Timestamp::from_second(second).unwrap_or(self.window.to);
            second += step;
            let Some(column) = self.window.column(at, area.width) else { continue };
            let label = if step < 60 { figure::second(at) } else { figure::minute(at) };
            // A moment of its own takes the place: half a label says nothing.
            if !marked.iter().any(|taken| taken.abs_diff(column) < LABEL_ROOM) {
                self.label(area, column, &label, self.styles.dim, buffer);
            }
        }
        for (at, style) in [(self.onset, self.styles.onset), (self.cursor, self.styles.focus)] {
            let Some(at) = at else { continue };
            if let Some(column) = self.window.column(at, area.width) {
                self.label(area, column, &figure::second(at), style, buffer);
            }
        }
    }

    /// A time centred on its column, kept within the axis.
    fn label(&self, area: Rect, column: u16, label: &str, style: Style, buffer: &mut Buffer) {
        let text = format!(" {label} ");
        let width = paint::width(&text);
        let Some(most) = area.width.checked_sub(width) else { return };
        let start = column.saturating_sub(width / 2).min(most);
        paint::text(buffer, part(area, start, width), &text, style);
    }

    /// Lines through all charts: the onset and the time cursor, never over a dot.
    fn verticals(&self, area: Rect, buffer: &mut Buffer) {
        for (at, symbol, style) in
            [(self.onset, symbols::ONSET, self.styles.onset), (self.cursor, symbols::WALL, self.styles.focus)]
        {
            let Some(column) = at.and_then(|at| self.window.column(at, area.width)) else { continue };
            for y in area.top()..area.bottom() {
                let cell = &mut buffer[(area.x + column, y)];
                if [" ", symbols::THRESHOLD, symbols::ONSET].contains(&cell.symbol()) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
    }
}

fn split(area: Rect, gutter: u16) -> (Rect, Rect) {
    (Rect { width: gutter, ..area }, Rect { x: area.x + gutter, width: area.width - gutter, ..area })
}

fn indent(area: Rect) -> Rect {
    Rect { x: (area.x + 1).min(area.right()), width: area.width.saturating_sub(1), ..area }
}

fn right_of_wall(area: Rect) -> Rect {
    indent(area)
}

fn wall(area: Rect, buffer: &mut Buffer, styles: &Styles) {
    for y in area.top()..area.bottom() {
        buffer[(area.x, y)].set_symbol(symbols::WALL).set_style(styles.rule);
    }
}

/// A part of a row, never beyond its end.
fn part(area: Rect, x: u16, width: u16) -> Rect {
    let x = x.min(area.width);
    Rect { x: area.x + x, width: width.min(area.width - x), ..area }
}

/// The upper edge with its unit, and without it for where there is no room: the value below shows it too.
fn scale_labels(unit: Unit, top: f64) -> [String; 2] {
    let short = match unit {
        Unit::Ratio => figure::rate(top * 100.0),
        Unit::PerSecond => figure::rate(top),
        unit => figure::value(unit, top),
    };
    let whole = match unit {
        Unit::Ratio => format!("{short} %"),
        Unit::PerSecond => format!("{short}/s"),
        _ => short.clone(),
    };
    [whole, short]
}

/// Seconds between two labels, so that they do not touch.
fn tick(span_seconds: i64, columns: u16) -> i64 {
    const STEPS: [i64; 15] = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200];
    let most = i64::from(columns / 14).max(1);
    STEPS.into_iter().find(|step| span_seconds / step <= most).unwrap_or(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Grid;
    use crate::ui::widget::snapshot::styles;

    #[test]
    fn a_name_and_its_value_never_run_together() {
        let styles = styles();
        let at = Timestamp::from_second(1_700_000_000).expect("a time");
        let window = Window { from: at, to: at.checked_add(jiff::SignedDuration::from_secs(60)).expect("a time") };
        let grid = Grid { start: at, step_seconds: 30.0, steps: 3 };
        for (title, unit, newest, shown) in [
            ("errors", Unit::Ratio, 0.142, "errors 14.2 %"),
            ("requests", Unit::PerSecond, 345.0, "requests 345/s"),
            ("requests", Unit::PerSecond, 12_451.0, "requ… 12,451/s"),
        ] {
            let values = [Some(0.0), Some(0.0), Some(newest)];
            let curves = vec![Curve { name: "", values: &values, style: styles.chart(0) }];
            let charts = [Chart { title, unit, grid, curves, threshold: None }];
            let area = Rect::new(0, 0, 39, 2);
            let mut buffer = Buffer::empty(area);
            ChartStack { window, charts: &charts, marks: &[], alerts: &[], onset: None, cursor: None, styles: &styles }
                .render(area, &mut buffer);
            let line: String = buffer.content[..39].iter().map(ratatui::buffer::Cell::symbol).collect();
            let gutter = line.split(symbols::WALL).next().unwrap_or_default().trim();
            assert_eq!(gutter.split_whitespace().collect::<Vec<_>>().join(" "), shown);
        }
    }
}
