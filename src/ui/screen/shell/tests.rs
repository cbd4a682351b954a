use jiff::Timestamp;

use super::*;
use crate::app::effect::SessionId;
use crate::app::shell::Emulator;
use crate::config::keymap_file;
use crate::domain::access::Access;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::policy::Limits;
use crate::domain::problem::Problem;
use crate::ui::widget::snapshot;

fn drawn(written: &str, life: ShellLife) -> (String, Option<Position>) {
    let names = crate::action::names();
    let (keymap, _) = keymap_file::build("default", None, &names);
    let model = Model::new(Timestamp::UNIX_EPOCH, keymap, Limits::default());
    let mut emulator = Emulator::new(80, 5);
    let _ = emulator.write(written.as_bytes());
    let session = ShellSession {
        id: SessionId(1),
        container: CleanText::new("app"),
        emulator,
        tried: 0,
        life,
        input_lost: false,
    };
    let pod = ObjectKey::new(Kind::Pod, "checkout", "pay-api-7d9c-x2k");
    let screen = ShellScreen { pod, stage: ShellStage::Open(session) };
    let look = Look { styles: snapshot::styles(), unicode: true };
    let area = Rect::new(0, 0, 80, 6);
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, look.styles.base);
    draw(&screen, &model, &look, area, &mut buffer);
    (snapshot::text(&buffer), cursor(&screen, area))
}

#[test]
fn the_banner_stays_above_whatever_the_program_draws() {
    let (text, cursor) = drawn("\x1b[2J\x1b[H\x1b[1;31mred\x1b[0m plain 日本\r\n/app $ ", ShellLife::Running);
    insta::assert_snapshot!("running", text);
    assert_eq!(cursor, Some(Position::new(7, 2)));
}

#[test]
fn an_end_and_a_refusal_are_said() {
    let ended = ShellLife::Ended { code: Some(0), reason: CleanText::default() };
    let (text, cursor) = drawn("$ exit\r\n", ended);
    insta::assert_snapshot!("ended", text);
    assert_eq!(cursor, None);
    let refused = Problem::denied(Access::new("create", "", "pods/exec", "checkout"), "RBAC says no");
    insta::assert_snapshot!("refused", drawn("", ShellLife::Failed(refused)).0);
}

#[test]
fn nothing_hostile_reaches_a_cell() {
    let (text, _) = drawn("a\u{202e}b\u{200b}c\x1b]0;title\x07d\x1b]52;c;aGk=\x07e", ShellLife::Running);
    let line = text.lines().nth(1).unwrap_or_default();
    assert_eq!(line, "abcde");
    assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)));
}
