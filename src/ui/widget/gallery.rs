//! The widgets together, as screens will use them, with the numbers of the story: snapshots with styles at three sizes,
//! and pictures to look at (`WK_GALLERY=folder cargo test gallery` writes them as SVG).

mod bounds;
mod samples;

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use self::samples::{SERVICES, charts, curves, samples, service_row};
use super::chart::{Chart, Window};
use super::chart_stack::{AlertSpan, ChartStack, Mark};
use super::difference::FieldDifferences;
use super::empty::Empty;
use super::footer::{Footer, Hint};
use super::header::Header;
use super::input_line::InputLine;
use super::overlay::Overlay;
use super::rule::Rule;
use super::snapshot::{draw, stays_inside, styles, text};
use super::split_bar::{Part, SplitBar};
use super::table::{Row, Table};
use super::text_lines::{Syntax, TextLines};
use super::too_small::TooSmall;
use crate::domain::access::Access;
use crate::domain::change::ChangeKind;
use crate::domain::freshness::Freshness;
use crate::domain::identity::Environment;
use crate::domain::plan::Difference;
use crate::domain::problem::{Cause, Problem};
use crate::domain::service::AlertCount;
use crate::kinds::column::Heading;
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
        alarms: &[],
        expires: Some(Duration::from_secs(22_320)),
        link: ("live", true),
        alerts: AlertCount { critical: 1, warning: 1, pending: 1, ..AlertCount::default() },
        background: &[],
        clock: "03:02",
        styles,
    }
    .render(area, buffer);
    let (hints, pinned) = hints();
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    Footer { hints: &hints, pinned: &pinned, message: None, styles }.render(last, buffer);
    Rect { y: area.y + 1, height: area.height - 2, ..area }
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
        Heading::left("POD", 24, 0),
        Heading::left("NODE", 10, 2),
        Heading::right("AGE", 4, 1),
        Heading::right("RESTARTS", 8, 1),
        Heading::right("ERR %", 5, 0),
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

#[test]
fn plan_with_field() {
    let styles = styles();
    let differences = differences();
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
fn themes() {
    for (name, ground) in [("light", Ground::LIGHT), ("sixteen", Ground::DARK), ("high-contrast", Ground::DARK)] {
        let styles = Styles::new(&crate::config::theme_file::built_in(name).expect(name));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
        buffer.set_style(buffer.area, styles.base);
        service_page(buffer.area, &mut buffer, Some(before(600)), &styles);
        if let Some(folder) = std::env::var_os("WK_GALLERY") {
            let path = std::path::Path::new(&folder).join(format!("theme-{name}.svg"));
            std::fs::write(path, svg(&buffer, ground)).expect("the folder can be written");
        }
        insta::assert_snapshot!(format!("theme_{name}"), text(&buffer));
    }
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
            alarms: &[],
            expires: Some(Duration::from_secs(60)),
            link: ("live", true),
            alerts: AlertCount { critical: 1, pending: 3, ..AlertCount::default() },
            background: &[],
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
