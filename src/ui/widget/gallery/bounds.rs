//! No widget draws outside its area or panics, at any size and with any text.

use super::*;
use crate::domain::text::CleanText;

#[test]
fn nothing_leaves_its_area_at_any_size() {
    let styles = styles();
    let hostile = CleanText::new("a\u{1b}[31mb\u{202e}c\u{e0041}d\u{200b}e支払い\u{7}");
    let curves = curves();
    let charts = charts(&curves, &styles);
    let differences = [Difference { field: hostile.clone(), before: hostile.clone(), after: hostile.clone() }];
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
