//! The program on a terminal of its own: it paints, follows the size, and leaves the terminal as it found it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use watchkeeper::app::state::Size;
use watchkeeper::domain::policy::Limits;
use watchkeeper::runtime::backend::{Backend, Monitoring, Transport};
use watchkeeper::runtime::event_loop;
use watchkeeper::sources::clock::Clock;

use crate::console::{Console, command, run, said};
use crate::robot::first_state;

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
fn a_redraw_paints_everything_and_asks_the_terminal_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut console = demo(home.path(), 100, 30);
    // Something else has written over the console.
    console.scribble("written over");
    assert!(console.text().contains("written over"));
    console.press("\x0c");
    console.until("the scribble gone", |screen| !screen.contents().contains("written over"));
    console.sees("pay-api");
    console.press("q");
    assert_eq!(console.ended(), 0, "{}", console.text());
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

/// Run by the test below on a terminal of its own: the real loop over a connection whose task panics.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "panics on purpose, for `a_panic_in_a_task_gives_the_terminal_back_and_ends`"]
async fn a_console_whose_task_panics() {
    let backend = Backend {
        transport: Transport::InMemory {
            dial: Arc::new(|| panic!("as ordered")),
            context: "demo".to_owned(),
            user: "ann".to_owned(),
            namespace: None,
            token: "t".to_owned(),
        },
        clock: Clock::new(Timestamp::now),
        limits: Limits::default(),
        monitoring: Monitoring::default(),
        state_folder: None,
    };
    let (state, look) = first_state(&backend, Size { columns: 100, rows: 30 });
    let failure = event_loop::run(backend, state, &look).await.expect_err("it ends with a failure");
    assert!(failure.to_string().contains("stands above"), "{failure}");
}

#[test]
fn a_panic_in_a_task_gives_the_terminal_back_and_ends() {
    let home = tempfile::tempdir().expect("a folder");
    let mut console = Console::start_test(home.path(), "terminal::a_console_whose_task_panics", 100, 30);
    assert_eq!(console.ended(), 0, "{}", console.text());
    console.assert_restored();
    let text = console.text();
    assert!(text.contains("as ordered") && text.contains("1 passed"), "{text}");
}

#[test]
fn broken_themes_and_keymaps_are_named_by_line_and_stop_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let theme = file("mine.toml", "[colors]\nbroken = \"#ff0000\"\nwarning = \"reddish\"\n");
    let keymap = file("keys.toml", "[everywhere]\nctrl-h = \"go-alerts\"\n");
    for (flag, path, place) in [("--theme", &theme, "mine.toml, line 3"), ("--keymap", &keymap, "keys.toml, line 2")] {
        let mut console = Console::start(home.path(), &["demo", flag, path], 120, 30);
        console.sees(place);
        console.sees("pay-api");
        console.press("q");
        assert_eq!(console.ended(), 0);
        let answer = run(home.path(), &["--demo", flag, path, "doctor"]);
        assert!(answer.out.contains(place), "{}", answer.out);
    }
}

#[test]
fn a_dumb_terminal_is_pointed_to_the_headless_twin() {
    let home = tempfile::tempdir().expect("a folder");
    let mut console = Console::start_in(home, &["demo"], &[("TERM", "dumb")], 100, 30);
    assert_eq!(console.ended(), 2);
    assert!(console.text().contains("wk services -o json"), "{}", console.text());
    console.assert_restored();
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
