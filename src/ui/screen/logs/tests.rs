use jiff::Timestamp;

use super::*;
use crate::action::Action;
use crate::app::logs::tests::{chunk_of, marked};
use crate::app::outbox::Outbox;
use crate::app::screen::{AskedLogs, LogChoice, LogsWindow, View};
use crate::config::keymap_file;
use crate::domain::access::Access;
use crate::domain::log::LogChunk;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::policy::Limits;
use crate::domain::text::CleanText;
use crate::ui::widget::snapshot;

const BEGIN: i64 = 1_795_230_126;

fn model() -> Model {
    let names = crate::action::names();
    let (keymap, _) = keymap_file::build("default", None, &names);
    Model::new(Timestamp::from_second(BEGIN + 60).expect("a time"), keymap, Limits::default())
}

fn screen(filter: &str) -> LogsScreen {
    let key = ObjectKey::new(Kind::Deployment, "checkout", "pay-api");
    let window = LogsWindow::Since {
        at: Timestamp::from_second(BEGIN - 6).expect("a time"),
        why: CleanText::new("1.8.3 → 1.8.4"),
    };
    let asked =
        AskedLogs { window, choice: LogChoice::default(), level: None, follow: true, filter: filter.to_owned() };
    let mut screen = LogsScreen::asked(key, asked);
    screen.freshness = Freshness::Live;
    screen
}

fn incident() -> LogChunk {
    let error = r#"level=error route="POST /v1/charge" status=500 msg="TypeError: amount is undefined" trace=9f2c"#;
    let lines = [
        ("pay-api-7d9c-x2k", Level::Info, "level=info route=/v1/charge status=200 dur=41ms trace=77aa"),
        ("pay-api-7d9c-9qz", Level::Warning, r#"{"level":"warn","msg":"bank timeout, retry 1 of 3","bank":"north"}"#),
        ("pay-api-7d9c-x2k", Level::Error, error),
        ("pay-api-7d9c-x2k", Level::Unknown, "    at charge (/app/src/charge.js:31)"),
        ("pay-api-7d9c-x2k", Level::Unknown, "    at handle (/app/src/server.js:12)"),
        ("pay-api-7d9c-9qz", Level::Debug, "2026-11-21T03:00:31Z DEBUG pool: 3 idle"),
        ("pay-api-7d9c-m4d", Level::Unknown, "plain words of a library"),
    ];
    marked(chunk_of(BEGIN, &lines), 5, "03:00:31–03:00:43 the API server was away; resumed at the exact line")
}

fn drawn(screen: &mut LogsScreen, model: &Model, width: u16, height: u16) -> String {
    let look = Look { styles: snapshot::styles(), unicode: true };
    screen.settle(model, Size { columns: width, rows: height });
    let frame = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(frame);
    buffer.set_style(frame, look.styles.base);
    draw(screen, model, &look, Rect { y: 1, height: height - 2, ..frame }, &mut buffer);
    snapshot::text(&buffer)
}

fn act(screen: &mut LogsScreen, model: &mut Model, actions: &[Action]) {
    for action in actions {
        assert!(screen.act(*action, model, Size { columns: 80, rows: 24 }, &mut Outbox::new(0)));
    }
}

#[test]
fn lines_of_an_incident() {
    let model = model();
    for (width, height) in [(80, 24), (120, 40)] {
        let mut screen = screen("");
        screen.index.push(incident());
        insta::assert_snapshot!(format!("lines_{width}x{height}"), drawn(&mut screen, &model, width, height));
    }
}

#[test]
fn held_with_an_opened_line_and_found_words() {
    let mut model = model();
    let mut screen = screen("amount");
    screen.index.push(incident());
    drawn(&mut screen, &model, 80, 24);
    act(&mut screen, &mut model, &[Action::Top, Action::Down, Action::Open]);
    screen.index.push(chunk_of(BEGIN + 20, &[("pay-api-7d9c-x2k", Level::Error, "amount is undefined")]));
    insta::assert_snapshot!("held", drawn(&mut screen, &model, 80, 24));
}

#[test]
fn wrapped_lines_keep_their_column() {
    let mut model = model();
    let mut screen = screen("");
    screen.index.push(incident());
    act(&mut screen, &mut model, &[Action::ToggleWrap, Action::ToggleTimestamps]);
    insta::assert_snapshot!("wrapped", drawn(&mut screen, &model, 60, 24));
}

/// The words on the screen without their styles.
fn words(screen: &mut LogsScreen, model: &Model) -> String {
    let text = drawn(screen, model, 80, 14);
    text.lines().take(14).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_to_show_always_says_why() {
    let model = model();
    let mut filtered = screen("nowhere");
    filtered.index.push(incident());
    let quiet = screen("");
    let mut loading = screen("");
    loading.freshness = Freshness::Loading;
    let mut denied = screen("");
    denied.freshness = Freshness::Denied(Access::new("get", "", "pods/log", "checkout"));
    let all: Vec<String> = [filtered, quiet, loading, denied].iter_mut().map(|screen| words(screen, &model)).collect();
    insta::assert_snapshot!("nothing", all.join("\n\n"));
}
