//! Rows and series of the story, as values widgets take.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::before;
use crate::domain::change::ChangeKind;
use crate::domain::health::Grade;
use crate::domain::metric::{Grid, Unit};
use crate::domain::service::AlertCount;
use crate::kinds::column::Heading;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::widget::chart::{Chart, Curve};
use crate::ui::widget::header::alert_counts;
use crate::ui::widget::sparkline;
use crate::ui::widget::table::{Cell, Row};

pub(super) const SERVICES: [Heading; 12] = [
    Heading::left("SERVICE", 32, 0),
    Heading::left("NAMESPACE", 10, 2),
    Heading::right("READY", 5, 0),
    Heading::left("RESTARTS", 12, 1),
    Heading::left("ALERTS", 7, 1),
    Heading::right("REQ/S", 5, 3),
    Heading::right("ERR %", 5, 1),
    Heading::right("P99", 5, 4),
    Heading::right("CPU %", 7, 5),
    Heading::right("MEM %", 7, 5),
    Heading::left("CHANGED", 14, 1),
    Heading::left("VERSION", 10, 6),
];

pub(super) struct Sample {
    grade: Grade,
    name: &'static str,
    namespace: &'static str,
    ready: &'static str,
    restarts: &'static str,
    alerts: AlertCount,
    numbers: [&'static str; 3],
    cpu: (&'static [f64], u8),
    memory: (&'static [f64], u8),
    changed: (&'static str, ChangeKind, &'static str),
    version: &'static str,
    note: Option<&'static str>,
}

pub(super) fn samples() -> Vec<Sample> {
    let none = AlertCount::default();
    let well = |name, namespace, ready, numbers, cpu, memory, changed, version| Sample {
        grade: Grade::Well,
        name,
        namespace,
        ready,
        restarts: "0",
        alerts: none,
        numbers,
        cpu: (&[0.4, 0.5, 0.4, 0.4], cpu),
        memory: (&[0.3, 0.3, 0.4, 0.4], memory),
        changed,
        version,
        note: None,
    };
    vec![
        Sample {
            grade: Grade::Broken,
            name: "pay-api",
            namespace: "checkout",
            ready: "4/4",
            restarts: "0",
            alerts: AlertCount { critical: 1, ..none },
            numbers: ["345", "14.2", "1.9s"],
            cpu: (&[0.2, 0.3, 0.6, 0.81], 81),
            memory: (&[0.4, 0.4, 0.4, 0.44], 44),
            changed: ("2m", ChangeKind::Release, "1.8.4"),
            version: "1.8.4",
            note: Some(
                "14 % of POST /v1/charge fails on all 4 pods since 03:00:26, 49/s and rising; began with 1.8.4's first ready pod",
            ),
        },
        Sample {
            grade: Grade::Broken,
            name: "cart-worker",
            namespace: "checkout",
            ready: "1/2",
            restarts: "37 Error",
            alerts: AlertCount { warning: 1, ..none },
            numbers: ["–", "–", "–"],
            cpu: (&[0.0, 0.0, 0.0, 0.02], 2),
            memory: (&[0.1, 0.2, 0.1, 0.11], 11),
            changed: ("2h", ChangeKind::Configuration, "config"),
            version: "0.9.1",
            note: Some("exits with 1 after 2 s: “cannot connect to redis:6379”"),
        },
        Sample {
            grade: Grade::AtRisk,
            name: "search",
            namespace: "shop",
            ready: "3/3",
            restarts: "2 OOMKilled",
            alerts: AlertCount { pending: 1, ..none },
            numbers: ["85", "0.1", "240ms"],
            cpu: (&[0.3, 0.3, 0.4, 0.35], 35),
            memory: (&[0.7, 0.8, 0.9, 0.97], 97),
            changed: ("6d", ChangeKind::Release, "2.1.0"),
            version: "2.1.0",
            note: Some("killed for memory 58 min ago, running again at 97 % of its limit"),
        },
        Sample {
            grade: Grade::Changing,
            name: "catalog",
            namespace: "shop",
            ready: "5/6",
            restarts: "0",
            alerts: none,
            numbers: ["640", "0.0", "38ms"],
            cpu: (&[0.2, 0.2, 0.2, 0.2], 20),
            memory: (&[0.4, 0.4, 0.4, 0.4], 40),
            changed: ("1m", ChangeKind::Release, "3 of 6"),
            version: "5.0.2",
            note: None,
        },
        well(
            "gateway",
            "platform",
            "6/6",
            ["2,400", "0.0", "21ms"],
            42,
            38,
            ("9d", ChangeKind::Release, "7.4.0"),
            "7.4.0",
        ),
        well("web", "shop", "8/8", ["1,204", "0.0", "64ms"], 40, 35, ("3d", ChangeKind::Scale, "6 → 8"), "12.1.3"),
        well(
            "orders",
            "checkout",
            "3/3",
            ["240", "0.1", "92ms"],
            33,
            51,
            ("14d", ChangeKind::Release, "3.3.0"),
            "3.3.0",
        ),
        Sample {
            grade: Grade::Ready,
            name: "mailer",
            namespace: "platform",
            ready: "1/1",
            restarts: "0",
            alerts: none,
            numbers: ["–", "–", "–"],
            cpu: (&[0.1, 0.1, 0.1, 0.1], 9),
            memory: (&[0.2, 0.2, 0.2, 0.2], 21),
            changed: ("31d", ChangeKind::Release, "1.0.7"),
            version: "1.0.7",
            note: None,
        },
    ]
}

pub(super) fn service_row<'a>(sample: &Sample, styles: &Styles) -> Row<'a> {
    let gauge = |(values, percent): (&[f64], u8)| {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let style = if percent > 90 { styles.broken } else { styles.dim };
        Line::from(vec![
            sparkline::span(&values, 4, Some(1.0), style),
            Span::styled(format!(" {percent:>2}"), if percent > 90 { styles.broken } else { Style::new() }),
        ])
    };
    let mut alerts = alert_counts(&sample.alerts, styles);
    if alerts.is_empty() && sample.alerts.pending > 0 {
        alerts.push(Span::styled(symbols::PENDING, styles.warning));
    }
    let errors = if sample.numbers[1] == "14.2" { styles.broken } else { Style::new() };
    let (age, kind, what) = sample.changed;
    let changed = Line::from(vec![
        Span::raw(format!("{age:>3} ")),
        Span::styled(symbols::change(kind), styles.change(kind)),
        Span::raw(format!(" {what}")),
    ]);
    let cells: Vec<Cell<'a>> = vec![
        Line::from(sample.name).into(),
        Line::from(Span::styled(sample.namespace, styles.dim)).into(),
        Line::from(sample.ready).into(),
        Line::from(Span::styled(sample.restarts, if sample.restarts == "0" { styles.dim } else { styles.warning }))
            .into(),
        Line::from(alerts).into(),
        Line::from(sample.numbers[0]).into(),
        Cell { content: Line::from(Span::styled(sample.numbers[1], errors)), glow: sample.name == "pay-api" },
        Line::from(sample.numbers[2]).into(),
        gauge(sample.cpu).into(),
        gauge(sample.memory).into(),
        changed.into(),
        Line::from(Span::styled(sample.version, styles.dim)).into(),
    ];
    Row {
        sign: Span::styled(symbols::grade(sample.grade), styles.grade(sample.grade)),
        cells,
        note: sample.note.map(Line::from),
        marked: sample.name == "web",
    }
}

/// A wave with a period and a step up at a share of its length.
pub(super) fn wave(steps: usize, low: f64, high: f64, onset: f64) -> Vec<Option<f64>> {
    (0..steps)
        .map(|step| {
            let share = step as f64 / steps as f64;
            let noise = ((step * 7919) % 13) as f64 / 13.0;
            let rise = ((share - onset) / 0.035).clamp(0.0, 1.0);
            (!(0.31..0.34).contains(&share)).then_some(low * (0.92 + 0.16 * noise) + (high - low) * rise)
        })
        .collect()
}

pub(super) struct Curves {
    pub(super) errors: Vec<Option<f64>>,
    pub(super) requests: Vec<Option<f64>>,
    pub(super) latency: Vec<Option<f64>>,
    pub(super) memory: [Vec<Option<f64>>; 2],
}

pub(super) fn curves() -> Curves {
    Curves {
        errors: wave(180, 0.001, 0.142, 0.955),
        requests: wave(180, 312.0, 345.0, 0.955),
        latency: wave(180, 0.12, 1.9, 0.96),
        memory: [wave(180, 2.1e8, 2.3e8, 0.9), wave(180, 1.6e8, 1.7e8, 0.5)],
    }
}

pub(super) fn charts<'a>(curves: &'a Curves, styles: &Styles) -> Vec<Chart<'a>> {
    let grid = Grid { start: before(2_700), step_seconds: 15.0, steps: 180 };
    let chart = |title, unit, line: usize, values: &'a [Option<f64>], threshold| Chart {
        title,
        unit,
        grid,
        curves: vec![Curve { name: "", values, style: styles.chart(line) }],
        threshold,
    };
    vec![
        chart("errors", Unit::Ratio, 0, &curves.errors, Some(0.02)),
        chart("requests", Unit::PerSecond, 0, &curves.requests, None),
        chart("p99", Unit::Seconds, 0, &curves.latency, None),
        Chart {
            title: "memory",
            unit: Unit::Bytes,
            grid,
            curves: vec![
                Curve { name: "1.8.4", values: &curves.memory[0], style: styles.chart(0) },
                Curve { name: "1.8.3", values: &curves.memory[1], style: styles.chart(2) },
            ],
            threshold: None,
        },
    ]
}
