use super::super::buffer::{Limits, ORIGIN};
use super::super::query::Query;
use super::super::tests::{chunk, chunk_of};
use super::*;

fn index(lines: &[(&str, Level, &str)]) -> LogIndex {
    let mut index = LogIndex::default();
    index.push(chunk_of(0, lines));
    while index.work(&Query::default()) {}
    index
}

fn shape(lines: usize) -> Shape {
    Shape { columns: 10, wrap: false, lines }
}

fn spot(entry: u64, part: usize) -> Spot {
    Spot { entry: ORIGIN + entry, part }
}

const TRACE: [(&str, Level, &str); 4] = [
    ("x", Level::Info, "before"),
    ("x", Level::Error, "msg=boom trace=9f2c"),
    ("x", Level::Unknown, "  at a"),
    ("x", Level::Info, "after"),
];

#[test]
fn a_folded_trace_is_one_row_and_an_unfolded_one_shows_all_its_lines() {
    let index = index(&TRACE);
    let mut unfolded = Unfolded::default();
    let pages = Pages { index: &index, unfolded: &unfolded, shape: shape(10), begins: false };
    assert_eq!(pages.last(), Some(spot(2, 0)));
    assert_eq!(pages.step(spot(0, 0), 2), spot(2, 0));
    assert!(matches!(pages.rows(ORIGIN + 1)[..], [Row::Line { folded: 1, .. }]));
    unfolded.entries.insert(ORIGIN + 1);
    let pages = Pages { index: &index, unfolded: &unfolded, shape: shape(10), begins: false };
    assert!(matches!(pages.rows(ORIGIN + 1)[..], [Row::Line { folded: 0, .. }, Row::Field(..), Row::More(_)]));
    assert_eq!(pages.step(spot(0, 0), 2), spot(1, 1));
    assert_eq!(pages.step(spot(2, 0), -1), spot(1, 2));
    assert_eq!(pages.page(spot(1, 1)).len(), 3);
}

#[test]
fn the_page_moves_as_little_as_needed() {
    let lines: Vec<(&str, Level, &str)> = vec![("x", Level::Info, "line"); 20];
    let index = index(&lines);
    let unfolded = Unfolded::default();
    let pages = Pages { index: &index, unfolded: &unfolded, shape: shape(5), begins: false };
    assert_eq!(pages.top(spot(0, 0), spot(4, 0)), spot(0, 0));
    assert_eq!(pages.top(spot(0, 0), spot(5, 0)), spot(1, 0));
    assert_eq!(pages.top(spot(9, 0), spot(3, 0)), spot(3, 0));
    assert_eq!(pages.top(spot(19, 0), spot(19, 0)), spot(15, 0));
}

#[test]
fn wrapped_lines_take_their_room() {
    let index = index(&[("x", Level::Info, "0123456789abcdef"), ("x", Level::Info, "short")]);
    let unfolded = Unfolded::default();
    let shape = Shape { columns: 10, wrap: true, lines: 2 };
    let pages = Pages { index: &index, unfolded: &unfolded, shape, begins: false };
    assert_eq!(pages.height(&pages.rows(ORIGIN)[0]), 2);
    assert_eq!(pages.top(spot(0, 0), spot(1, 0)), spot(1, 0));
    assert_eq!(pages.page(spot(0, 0)).len(), 1);
    assert_eq!(wrap("日本語", 4), [0..6, 6..9]);
    assert_eq!(wrap("", 4), vec![0..0]);
}

#[test]
fn where_what_is_held_begins_is_said_before_the_first_row() {
    let mut index = LogIndex::new(Limits { lines: 2, bytes: usize::MAX });
    for text in ["a", "b", "c"] {
        index.push(chunk(&[text]));
    }
    while index.work(&Query::default()) {}
    let unfolded = Unfolded::default();
    let pages = Pages { index: &index, unfolded: &unfolded, shape: shape(9), begins: true };
    let first = pages.first().expect("a row");
    let page = pages.page(first);
    assert!(matches!(page[0].1, Row::Begins));
    assert_eq!(page.len(), 3);
    assert_eq!(pages.step(first, 2), pages.last().expect("a row"));
}
