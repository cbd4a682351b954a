use jiff::Timestamp;

use super::*;
use crate::app::model::Link;
use crate::app::outbox::Move;
use crate::config::keymap::Keymap;
use crate::domain::identity::{Environment, Identity};
use crate::domain::object::Kind;
use crate::domain::policy::Limits;

fn pod() -> ObjectKey {
    ObjectKey::new(Kind::Pod, "checkout", "pay-api-x2k")
}

const SIZE: Size = Size { columns: 80, rows: 24 };
const ID: SessionId = SessionId(1);

fn shell(life: Life) -> ShellScreen {
    let session = Session {
        id: ID,
        container: CleanText::new("app"),
        emulator: Emulator::new(80, 21),
        tried: 0,
        life,
        input_lost: false,
    };
    ShellScreen { pod: pod(), stage: Stage::Open(session) }
}

fn model() -> Model {
    Model::new(Timestamp::UNIX_EPOCH, Keymap::default(), Limits::default())
}

fn inputs(out: &Outbox) -> Vec<&[u8]> {
    out.effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::ShellInput { session: ID, input } => Some(&input[..]),
            _ => None,
        })
        .collect()
}

#[test]
fn questions_of_the_program_are_answered_and_its_death_is_kept() {
    let mut screen = shell(Life::Opening);
    let mut out = Outbox::new(0);
    let mut tell = |event| screen.deliver_shell(ID, event, &mut out);
    assert!(tell(ShellEvent::Output(Bytes::from_static(b"$ \x1b[6n"))).is_none());
    assert!(tell(ShellEvent::Ended { code: Some(0), reason: CleanText::default() }).is_none());
    assert_eq!(inputs(&out), [b"\x1b[1;3R"]);
    assert!(screen.session().is_some_and(|session| session.life.is_over()));
    assert!(!screen.lives());
}

#[test]
fn an_image_without_a_shell_is_asked_for_three_and_then_it_is_said() {
    let mut model = model();
    let name = || CleanText::new("ann");
    model.link = Link::Up(Box::new(Identity {
        context: name(),
        cluster: name(),
        server: name(),
        user: name(),
        groups: Vec::new(),
        impersonator: None,
        expires: None,
        server_version: name(),
        environment: Environment::Demo,
    }));
    let mut screen = shell(Life::Opening);
    let mut tried = Vec::new();
    for _ in 0..3 {
        let mut out = Outbox::new(7 + tried.len() as u64);
        let id = screen.session().map(|session| session.id).expect("a session");
        let reason = CleanText::new("exec: \"sh\": executable file not found in $PATH");
        assert!(screen.deliver_shell(id, ShellEvent::Ended { code: None, reason }, &mut out).is_none());
        screen.follow(&mut model, &mut out);
        tried.extend(out.effects.iter().filter_map(|effect| match effect {
            Effect::OpenShell { permit, .. } => Some(permit.value().command.join(" ")),
            _ => None,
        }));
    }
    assert_eq!(tried, ["bash", "ash"]);
    let Some(Life::Failed(problem)) = screen.session().map(|session| &session.life) else { panic!("{screen:?}") };
    assert_eq!(problem.what, "app has no shell");
    assert!(problem.hint.contains("kubectl debug -it -n checkout pay-api-x2k --image=busybox --target=app"));
}

#[test]
fn another_shells_words_are_handed_back() {
    let mut out = Outbox::new(0);
    let event = ShellEvent::Output(Bytes::from_static(b"x"));
    assert!(shell(Life::Running).deliver_shell(SessionId(2), event, &mut out).is_some());
}

#[test]
fn an_ended_shell_swallows_every_key_but_enter() {
    let mut screen = shell(Life::Ended { code: Some(0), reason: CleanText::default() });
    let mut model = model();
    let mut out = Outbox::new(0);
    for key in ["ctrl-d", "ctrl-c", "q", "esc", "x"] {
        assert!(screen.press(key.parse().expect(key), &mut model, &mut out), "{key}");
    }
    assert!(out.effects.is_empty() && out.moves.is_empty());
    assert!(screen.press(Key::plain(Code::Enter), &mut model, &mut out));
    assert!(matches!(out.moves[..], [Move::Close]));
}

#[test]
fn a_new_size_reaches_the_program_as_long_as_it_lives() {
    let mut out = Outbox::new(0);
    let mut screen = shell(Life::Running);
    screen.resize(SIZE, &mut out);
    assert!(matches!(out.effects[..], [Effect::ShellResize { session: ID, columns: 80, rows: 21 }]));
    assert_eq!(screen.lasting_wants(&model()).len(), 1);
}
