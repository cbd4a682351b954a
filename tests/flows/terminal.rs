//! The program on a terminal of its own: it paints, follows the size, and leaves the terminal as it found it.

use std::path::Path;

use crate::console::{Console, command, run, said};

fn demo(home: &Path, columns: u16, rows: u16) -> Console {
    let mut console = Console::start(home, &["demo", "--at", "2m"], columns, rows);
    console.sees("pay-api");
    console
}

#[test]
fn the_console_appears_follows_the_size_and_q_leaves_no_trace() {
    let home = tempfile::tempdir().expect("a folder");
    let mut console = demo(home.path(), 100, 30);
    assert!(console.screen().alternate_screen());
    let footer = |screen: &vt100::Screen, columns: u16| screen.rows(0, columns).last().unwrap_or_default();
    console.until("a footer in the last row", |screen| footer(screen, 100).contains("help"));
    console.resize(140, 45);
    console.until("the footer at its new place", |screen| footer(screen, 140).contains("help"));
    console.sees("gateway");
    console.resize(30, 8);
    console.sees("too small");
    console.resize(100, 30);
    console.sees("pay-api");
    console.press("q");
    assert_eq!(console.ended(), 0);
    console.assert_restored();
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for signal in ["TERM", "HUP"] {
        let home = tempfile::tempdir().expect("a folder");
        let mut console = demo(home.path(), 100, 30);
        console.signal(signal);
        console.ended();
        console.assert_restored();
    }
}

#[test]
fn a_terminal_too_small_is_told_so() {
    let home = tempfile::tempdir().expect("a folder");
    let mut console = Console::start(home.path(), &["demo"], 39, 9);
    console.sees("too small");
    console.press("q");
    console.ended();
    console.assert_restored();
}

#[test]
fn output_that_is_no_terminal_points_to_the_headless_twin() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = run(home.path(), &["demo"]);
    assert_eq!(answer.code, 2);
    assert!(answer.complaints.contains("wk services -o json"), "{}", answer.complaints);
    assert_eq!(answer.out, "");
    let answer = said(command(home.path(), &["demo"]).env("TERM", "dumb"));
    assert_eq!(answer.code, 2);
    assert!(answer.complaints.contains("wk services -o json"), "{}", answer.complaints);
}

#[test]
fn services_as_json_keep_their_shape() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = run(home.path(), &["--demo", "--at", "2m", "services", "-o", "json"]);
    assert_eq!(answer.code, 0, "{}", answer.complaints);
    let value: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    assert_eq!(value["apiVersion"], "wk/v1");
    assert_eq!(value["kind"], "Services");
    assert!(value["items"].as_array().is_some_and(|items| items.len() >= 15), "{}", answer.out);
}

#[test]
fn nobody_is_told_which_right_is_missing() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = run(home.path(), &["--demo", "--role", "nobody", "services"]);
    assert_eq!(answer.code, 4, "{}{}", answer.out, answer.complaints);
    assert!(answer.complaints.contains("needs list"), "{}", answer.complaints);
}
