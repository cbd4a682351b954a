//! The widgets together, as screens will use them, with the numbers of the story: snapshots with styles at three sizes,
//! and pictures to look at (`WK_GALLERY=folder cargo test gallery` writes them as SVG).

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::chart::{Chart, Curve, Window};
use super::chart_stack::{AlertSpan, ChartStack, Mark};
use super::difference::{FieldDifferences, TextDifference};
use super::empty::Empty;
use super::footer::{Footer, Hint};
use super::header::{Header, alert_counts};
use super::input_line::InputLine;
use super::overlay::Overlay;
use super::rule::Rule;
use super::snapshot::{draw, stays_inside, styles, text};
use super::sparkline;
use super::split_bar::{Part, SplitBar};
use super::table::{Cell, Row, Table};
use super::text_lines::{Syntax, TextLines};
use super::too_small::TooSmall;
use crate::domain::access::Access;
use crate::domain::change::ChangeKind;
use crate::domain::freshness::Freshness;
use crate::domain::health::Grade;
use crate::domain::identity::Environment;
use crate::domain::metric::{Grid, Unit};
use crate::domain::plan::Difference;
use crate::domain::problem::{Cause, Problem};
use crate::domain::service::AlertCount;
use crate::domain::text::CleanText;
use crate::insight::text_difference::compare;
use crate::kinds::column::{Align, Heading};
use crate::ui::paint;
use crate::ui::picture::{Ground, svg};
use crate::ui::styles::Styles;
use crate::ui::symbols;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

fn now() -> Timestamp {
    "2026-11-21T03:02:12Z".parse().expect("a time")
}

fn before(seconds: i64) -> Timestamp {
    now().checked_sub(jiff::SignedDuration::from_secs(seconds)).expect("a time")
}

/// Draws at every size, compares with the snapshot and writes the picture when asked to.
fn show(name: &str, scene: impl Fn(Rect, &mut Buffer)) {
    for (width, height) in SIZES {
        let buffer = draw(Scene(&scene), width, height);
        if let Some(folder) = std::env::var_os("WK_GALLERY") {
            let path = std::path::Path::new(&folder).join(format!("{name}-{width}x{height}.svg"));
            std::fs::write(path, svg(&buffer, Ground::DARK)).expect("the folder can be written");
        }
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&buffer));
    }
}

struct Scene<'a, F>(&'a F);

impl<F: Fn(Rect, &mut Buffer)> Widget for Scene<'_, F> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        (self.0)(area, buffer);
    }
}

fn hints() -> (Vec<Hint>, Vec<Hint>) {
    let hints = [
        ("⏎", "open"),
        ("A", "alerts"),
        ("H", "history"),
        ("L", "errors"),
        ("D", "charts"),
        ("R", "roll back"),
        ("s", "scale"),
        ("r", "restart"),
        ("l", "logs"),
        ("y", "YAML"),
    ];
    let pinned = [("/", "filter"), (":", "go"), ("?", "help")];
    let read = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, words)| Hint::new(*key, *words)).collect();
    (read(&hints), read(&pinned))
}

fn chrome(area: Rect, buffer: &mut Buffer, place: &[&str], styles: &Styles) -> Rect {
    let place: Vec<String> = place.iter().map(ToString::to_string).collect();
    Header {
        environment: Environment::Production,
        context: "prod-eu",
        place: &place,
        user: "ann@corp",
        read_only: false,
        expires: Some(Duration::from_secs(22_320)),
        link: ("live", true),
        alerts: AlertCount { critical: 1, warning: 1, pending: 1, ..AlertCount::default() },
        verification: None,
        clock: "03:02",
        styles,
    }
    .render(area, buffer);
    let (hints, pinned) = hints();
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    Footer { hints: &hints, pinned: &pinned, message: None, styles }.render(last, buffer);
    Rect { y: area.y + 1, height: area.height - 2, ..area }
}

const SERVICES: [Heading; 12] = [
    Heading { title: "SERVICE", align: Align::Left, width: 28, priority: 0 },
    Heading { title: "NAMESPACE", align: Align::Left, width: 12, priority: 3 },
    Heading { title: "READY", align: Align::Right, width: 5, priority: 0 },
    Heading { title: "RESTARTS", align: Align::Left, width: 13, priority: 0 },
    Heading { title: "ALERTS", align: Align::Left, width: 7, priority: 0 },
    Heading { title: "REQ/S", align: Align::Right, width: 6, priority: 2 },
    Heading { title: "ERR %", align: Align::Right, width: 5, priority: 0 },
    Heading { title: "P99", align: Align::Right, width: 5, priority: 2 },
    Heading { title: "CPU %", align: Align::Right, width: 8, priority: 4 },
    Heading { title: "MEM %", align: Align::Right, width: 8, priority: 4 },
    Heading { title: "CHANGED", align: Align::Left, width: 18, priority: 0 },
    Heading { title: "VERSION", align: Align::Left, width: 10, priority: 5 },
];

struct Sample {
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

fn samples() -> Vec<Sample> {
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

fn service_row<'a>(sample: &Sample, styles: &Styles) -> Row<'a> {
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

#[test]
fn services() {
    let styles = styles();
    show("services", |area, buffer| {
        let body = chrome(area, buffer, &["checkout, shop"], &styles);
        let rows = samples().iter().map(|sample| service_row(sample, &styles)).collect();
        Table { columns: &SERVICES, rows, cursor: Some(1), sorted: None, styles: &styles }.render(body, buffer);
    });
}

/// A wave with a period and a step up at a share of its length.
fn wave(steps: usize, low: f64, high: f64, onset: f64) -> Vec<Option<f64>> {
    (0..steps)
        .map(|step| {
            let share = step as f64 / steps as f64;
            let noise = ((step * 7919) % 13) as f64 / 13.0;
            let rise = ((share - onset) / 0.035).clamp(0.0, 1.0);
            (!(0.31..0.34).contains(&share)).then_some(low * (0.92 + 0.16 * noise) + (high - low) * rise)
        })
        .collect()
}

struct Curves {
    errors: Vec<Option<f64>>,
    requests: Vec<Option<f64>>,
    latency: Vec<Option<f64>>,
    memory: [Vec<Option<f64>>; 2],
}

fn curves() -> Curves {
    Curves {
        errors: wave(180, 0.001, 0.142, 0.955),
        requests: wave(180, 312.0, 345.0, 0.955),
        latency: wave(180, 0.12, 1.9, 0.96),
        memory: [wave(180, 2.1e8, 2.3e8, 0.9), wave(180, 1.6e8, 1.7e8, 0.5)],
    }
}

fn charts<'a>(curves: &'a Curves, styles: &Styles) -> Vec<Chart<'a>> {
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

fn stack<'a>(charts: &'a [Chart<'a>], cursor: Option<Timestamp>, styles: &'a Styles) -> ChartStack<'a> {
    ChartStack {
        window: Window { from: before(2_700), to: now() },
        charts,
        marks: const { &[] },
        alerts: const { &[] },
        onset: Some(before(106)),
        cursor,
        styles,
    }
}

fn service_page(area: Rect, buffer: &mut Buffer, cursor: Option<Timestamp>, styles: &Styles) {
    let body = chrome(area, buffer, &["checkout", "pay-api"], styles);
    let title = Rect { height: 1, ..body };
    let detail = Line::from(vec![Span::raw("4/4   1.8.4   "), Span::styled("45 minutes", styles.dim)]);
    Rule { title: "pay-api", detail, freshness: Some((&Freshness::Live, now())), focused: true, styles }
        .render(title, buffer);
    let marks = [
        Mark { at: before(2_540), kind: ChangeKind::Configuration, label: "config" },
        Mark { at: before(112), kind: ChangeKind::Release, label: "1.8.4" },
        Mark { at: before(42), kind: ChangeKind::Scale, label: "4 → 5" },
    ];
    let alerts = [AlertSpan { pending: before(88), firing: Some(before(57)), ended: None }];
    let curves = curves();
    let charts = charts(&curves, styles);
    let plot = Rect { y: body.y + 1, height: body.height * 3 / 5, ..body };
    ChartStack { marks: &marks, alerts: &alerts, ..stack(&charts, cursor, styles) }.render(plot, buffer);
    let rest = Rect { y: plot.bottom(), height: body.bottom() - plot.bottom(), ..body };
    let bar = SplitBar {
        parts: vec![
            Part { label: "1.8.4", ready: 3, total: 4, style: styles.chart(0) },
            Part { label: "1.8.3", ready: 1, total: 1, style: styles.chart(2) },
        ],
        styles,
    };
    let partial = Freshness::Partial { loaded: 3_000, remaining: Some(9_000) };
    Rule { title: "PODS", detail: bar.line(40), freshness: Some((&partial, now())), focused: false, styles }
        .render(rest, buffer);
    const PODS: [Heading; 5] = [
        Heading { title: "POD", align: Align::Left, width: 24, priority: 0 },
        Heading { title: "NODE", align: Align::Left, width: 10, priority: 2 },
        Heading { title: "AGE", align: Align::Right, width: 4, priority: 1 },
        Heading { title: "RESTARTS", align: Align::Right, width: 8, priority: 1 },
        Heading { title: "ERR %", align: Align::Right, width: 5, priority: 0 },
    ];
    let rows = ["x2k", "9qz", "m4d", "k7w"].iter().map(|pod| Row {
        sign: Span::styled(symbols::BROKEN, styles.broken),
        cells: vec![
            Line::from(format!("pay-api-7d9f-{pod}")).into(),
            "node-3".into(),
            "2m".into(),
            "0".into(),
            Line::from(Span::styled("14.1", styles.broken)).into(),
        ],
        ..Row::default()
    });
    let table = Rect { y: rest.y + 1, height: rest.height.saturating_sub(1), ..rest };
    Table { columns: &PODS, rows: rows.collect(), cursor: Some(0), sorted: Some((4, true)), styles }
        .render(table, buffer);
}

#[test]
fn page_of_a_service() {
    let styles = styles();
    show("service", |area, buffer| service_page(area, buffer, None, &styles));
}

#[test]
fn time_cursor() {
    let styles = styles();
    show("cursor", |area, buffer| service_page(area, buffer, Some(before(1_200)), &styles));
}

fn differences() -> Vec<Difference> {
    [
        ("template › app › image", "shop/pay:1.8.4", "shop/pay:1.8.3"),
        ("template › app › env FEATURE_X", "on", ""),
        ("replicas", "4", "5"),
    ]
    .map(|(field, before, after)| Difference { field: field.into(), before: before.into(), after: after.into() })
    .to_vec()
}

const BEFORE: &str = "spec:\n  replicas: 4\n  template:\n    spec:\n      containers:\n      - name: app\n        image: shop/pay:1.8.4\n        env:\n        - name: FEATURE_X\n          value: \"on\"\n";
const AFTER: &str = "spec:\n  replicas: 4\n  template:\n    spec:\n      containers:\n      - name: app\n        image: shop/pay:1.8.3\n        env: []\n";

#[test]
fn plan_with_field() {
    let styles = styles();
    let differences = differences();
    let lines = compare(BEFORE, AFTER);
    show("plan", |area, buffer| {
        let body = chrome(area, buffer, &["checkout", "pay-api"], &styles);
        Rule {
            title: "WHAT CHANGES",
            detail: Line::from("the server's own answer"),
            freshness: None,
            focused: true,
            styles: &styles,
        }
        .render(body, buffer);
        let at = |y: u16, height: u16| Rect { x: body.x + 1, y: body.y + y, width: body.width - 2, height };
        FieldDifferences { differences: &differences, top: 0, styles: &styles }.render(at(1, 5), buffer);
        TextDifference { lines: &lines, styles: &styles }.render(at(7, body.height - 8), buffer);
        let overlay = Overlay {
            title: "roll pay-api back: 1.8.4 → 1.8.3",
            badge: Some(Environment::Production),
            size: (72, 6),
            styles: &styles,
        };
        let inner = overlay.inner(body);
        overlay.render(body, buffer);
        InputLine {
            prompt: Line::from("On PROD prod-eu / checkout as ann@corp, type pay-api"),
            text: "pay-",
            cursor: 4,
            placeholder: "",
            styles: &styles,
        }
        .render(paint::row(inner, 1), buffer);
    });
}

#[test]
fn states_of_a_pane() {
    let styles = styles();
    let problem = Problem::new(
        Cause::NoConnection,
        "The API server is away",
        "connection refused by 10.0.0.1:6443",
        "it is tried again in 8 s; ctrl-r tries now",
    );
    show("states", |area, buffer| {
        let states = [
            Freshness::Loading,
            Freshness::Live,
            Freshness::Denied(Access::new("list", "", "pods", "checkout")),
            Freshness::Stale { since: before(12), problem: problem.clone() },
        ];
        let height = area.height / 4;
        for (index, state) in states.iter().enumerate() {
            let pane = Rect { y: area.y + height * index as u16, height, ..area };
            Rule {
                title: "PODS",
                detail: Line::default(),
                freshness: Some((state, now())),
                focused: index == 0,
                styles: &styles,
            }
            .render(pane, buffer);
            let body = Rect { y: pane.y + 1, height: height - 1, ..pane };
            Empty::of(state, "No pods here. All namespaces: 0", &styles).render(body, buffer);
        }
    });
}

#[test]
fn text_to_read() {
    let styles = styles();
    let yaml: Vec<&str> = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: pay-api\n  # written by ci-bot\n  labels:\n    app: pay-api\nspec:\n  replicas: 4\n  paused: false\n  template:\n    spec:\n      containers:\n      - name: app\n        image: shop/pay:1.8.4"
        .split('\n')
        .collect();
    show("yaml", |area, buffer| {
        let body = chrome(area, buffer, &["checkout", "pay-api"], &styles);
        TextLines { lines: &yaml, syntax: Syntax::Yaml, left: 0, wrapped: false, found: Some("pay"), styles: &styles }
            .render(body, buffer);
    });
}

#[test]
fn without_signs_or_colours() {
    let styles = Styles::new(&crate::config::theme_file::built_in("mono").expect("mono"));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
    service_page(buffer.area, &mut buffer, None, &styles);
    symbols::to_ascii(&mut buffer);
    assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    insta::assert_snapshot!("ascii", text(&buffer));
}

#[test]
fn a_narrow_services_table_keeps_what_matters() {
    let styles = styles();
    let rows = samples().iter().map(|sample| service_row(sample, &styles)).collect();
    let buffer = draw(Table { columns: &SERVICES, rows, cursor: None, sorted: None, styles: &styles }, 80, 4);
    let head: String = buffer.content[..80].iter().map(ratatui::buffer::Cell::symbol).collect();
    for title in ["SERVICE", "READY", "RESTARTS", "ALERTS", "ERR %", "CHANGED"] {
        assert!(head.contains(title), "{title}: {head}");
    }
}

#[test]
fn a_narrow_header_keeps_what_must_be_seen() {
    let styles = styles();
    for width in [44, 60, 80, 100, 120] {
        let header = Header {
            environment: Environment::Production,
            context: "prod-eu",
            place: &["checkout".to_owned()],
            user: "ann",
            read_only: true,
            expires: Some(Duration::from_secs(60)),
            link: ("live", true),
            alerts: AlertCount { critical: 1, pending: 3, ..AlertCount::default() },
            verification: None,
            clock: "03:02",
            styles: &styles,
        };
        let buffer = draw(header, width, 1);
        let line: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        for must in ["PROD", "prod-eu", "ann", "READ-ONLY"] {
            assert!(line.contains(must), "{must} at {width}: {line}");
        }
        assert_eq!(line.contains("pending"), width >= 120, "{line}");
    }
}

#[test]
fn nothing_leaves_its_area_at_any_size() {
    let styles = styles();
    let hostile = CleanText::new("a\u{1b}[31mb\u{202e}c\u{e0041}d\u{200b}e支払い\u{7}");
    let curves = curves();
    let charts = charts(&curves, &styles);
    let differences = [Difference { field: hostile.clone(), before: hostile.clone(), after: hostile.clone() }];
    let lines = compare(BEFORE, AFTER);
    let problem = Problem::new(Cause::Server, hostile.clone(), hostile.clone(), hostile.clone());
    let marks = [
        Mark { at: before(2_540), kind: ChangeKind::Configuration, label: &hostile },
        Mark { at: before(1), kind: ChangeKind::Release, label: &hostile },
        Mark { at: before(9_999), kind: ChangeKind::Node, label: "outside" },
    ];
    let alerts = [
        AlertSpan { pending: before(9_999), firing: None, ended: Some(before(2_000)) },
        AlertSpan { pending: before(88), firing: Some(before(57)), ended: None },
    ];
    let widths = [0, 1, 2, 3, 5, 8, 11, 12, 13, 20, 39, 40, 79, 80, 120, 200];
    for width in widths {
        for height in [0, 1, 2, 3, 4, 5, 7, 10, 24, 30] {
            let rows: Vec<Row<'_>> = samples().iter().map(|sample| service_row(sample, &styles)).collect();
            let table = Table { columns: &SERVICES, rows, cursor: Some(0), sorted: Some((6, true)), styles: &styles };
            stays_inside(table, width, height);
            let named =
                Row { cells: vec![hostile.as_str().into()], note: Some(hostile.as_str().into()), ..Row::default() };
            let table = Table { columns: &SERVICES, rows: vec![named], cursor: Some(0), sorted: None, styles: &styles };
            stays_inside(table, width, height);
            for cursor in [None, Some(now()), Some(before(99_999))] {
                let stack = ChartStack { marks: &marks, alerts: &alerts, ..stack(&charts, cursor, &styles) };
                stays_inside(stack, width, height);
            }
            stays_inside(Empty::problem(&problem, &styles), width, height);
            stays_inside(FieldDifferences { differences: &differences, top: 0, styles: &styles }, width, height);
            stays_inside(TextDifference { lines: &lines, styles: &styles }, width, height);
            stays_inside(TooSmall { styles: &styles }, width, height);
            stays_inside(
                Overlay { title: &hostile, badge: Some(Environment::Production), size: (60, 9), styles: &styles },
                width,
                height,
            );
            for wrapped in [true, false] {
                let lines = [hostile.as_str(), "key: value", "支払い支払い支払い"];
                stays_inside(
                    TextLines {
                        lines: &lines,
                        syntax: Syntax::Yaml,
                        left: 1,
                        wrapped,
                        found: Some("a"),
                        styles: &styles,
                    },
                    width,
                    height,
                );
            }
            for cursor in [0, 3, 99] {
                stays_inside(
                    InputLine {
                        prompt: hostile.as_str().into(),
                        text: "支払いabc",
                        cursor,
                        placeholder: "p",
                        styles: &styles,
                    },
                    width,
                    height,
                );
            }
            stays_inside(
                Scene(&|area: Rect, buffer: &mut Buffer| {
                    if area.height > 2 {
                        chrome(area, buffer, &[hostile.as_str(), "x"], &styles);
                    }
                }),
                width,
                height,
            );
            let stale = Freshness::Stale { since: before(5), problem: problem.clone() };
            stays_inside(
                Rule {
                    title: &hostile,
                    detail: hostile.as_str().into(),
                    freshness: Some((&stale, now())),
                    focused: true,
                    styles: &styles,
                },
                width,
                height,
            );
            let part = Part { label: &hostile, ready: 1, total: 40, style: Style::new() };
            stays_inside(SplitBar { parts: vec![part.clone(), part], styles: &styles }, width, height);
        }
    }
}
