//! A shell in a container: its terminal, which container, and how it ended. All keys go inside but the ways out.

use bytes::Bytes;

use crate::action::Action;
use crate::config::key::{Code, Key, format_sequence};
use crate::config::keymap::Context;
use crate::domain::mutation::ExecTarget;
use crate::domain::object::ObjectKey;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::insight::container::state;
use crate::kinds::pod_container::{ContainerRole, ContainerState};
use crate::kinds::row::Row;

use super::super::effect::{Effect, SessionId};
use super::super::layout;
use super::super::message::ShellEvent;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::shell::{Emulator, keys};
use super::super::state::Size;
use super::super::subscription::{Params, Topic};
use super::view::{View, path};

/// What is tried in turn: the better shell where there is `sh` to find it, then those that images have without it.
const COMMANDS: [&[&str]; 3] =
    [&["sh", "-c", "command -v bash >/dev/null && exec bash || exec sh"], &["bash"], &["ash"]];

#[derive(Debug)]
pub struct ShellScreen {
    pub pod: ObjectKey,
    pub stage: Stage,
}

/// Where a shell runs; any container of the pod when none is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub pod: ObjectKey,
    pub container: Option<CleanText>,
}

#[derive(Debug)]
pub enum Stage {
    /// Several containers run.
    Choosing {
        containers: Vec<CleanText>,
        cursor: usize,
    },
    Open(Session),
}

#[derive(Debug)]
pub struct Session {
    pub id: SessionId,
    /// Empty means the default one of the server.
    pub container: CleanText,
    pub emulator: Emulator,
    /// Which of the commands runs.
    pub tried: usize,
    pub life: Life,
    /// Keys were lost because the program does not read.
    pub input_lost: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// Nothing has come from inside yet.
    Opening,
    /// The image does not have what was tried; the next is about to be.
    Missing,
    Running,
    Ended {
        code: Option<i32>,
        reason: CleanText,
    },
    Failed(Problem),
}

impl Life {
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Ended { .. } | Self::Failed(_))
    }
}

impl ShellScreen {
    /// Opens a shell, or asks in which container; None when there is nothing to open, which is said.
    pub fn open(place: Place, model: &Model, size: Size, out: &mut Outbox) -> Option<Self> {
        let Place { pod, container } = place;
        let mut containers = match running_containers(&pod, container.as_ref(), model) {
            Ok(containers) => containers,
            Err(problem) => {
                out.complain(problem);
                return None;
            }
        };
        if containers.len() > 1 {
            return Some(Self { pod, stage: Stage::Choosing { containers, cursor: 0 } });
        }
        let container = containers.pop().unwrap_or_default();
        let session = begin(&pod, container, 0, model, terminal(size), out)?;
        Some(Self { pod, stage: Stage::Open(session) })
    }

    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.stage {
            Stage::Open(session) => Some(session),
            Stage::Choosing { .. } => None,
        }
    }

    /// A session goes on there, or anywhere.
    #[must_use]
    pub fn lives_at(&self, place: Option<&Place>) -> bool {
        self.living().is_some_and(|session| {
            place.is_none_or(|place| {
                let here = place.container.as_ref().is_none_or(|container| session.container == *container);
                here && self.pod == place.pod
            })
        })
    }

    /// The session that goes on when nobody looks.
    #[must_use]
    pub fn living(&self) -> Option<&Session> {
        self.session().filter(|session| !session.life.is_over())
    }

    fn send(&mut self, bytes: Vec<u8>, out: &mut Outbox) {
        if let Stage::Open(session) = &mut self.stage
            && !bytes.is_empty()
        {
            session.emulator.scroll_to_end();
            out.effect(Effect::ShellInput { session: session.id, input: Bytes::from(bytes) });
        }
    }

    /// A key that means a way out, for the program inside: the way out pressed twice.
    pub fn send_key(&mut self, key: Key, out: &mut Outbox) {
        if let Some(session) = self.living() {
            let bytes = keys::encode(key, session.emulator.modes());
            self.send(bytes, out);
        }
    }
}

/// Containers that a shell can be opened in, the default one first. A pod that nobody lists has one without a name.
fn running_containers(pod: &ObjectKey, only: Option<&CleanText>, model: &Model) -> Result<Vec<CleanText>, Problem> {
    let Some(Row::Pod(row)) = model.row(pod) else { return Ok(vec![only.cloned().unwrap_or_default()]) };
    if let Some(container) = only.and_then(|only| row.containers.iter().find(|container| container.name == *only)) {
        return match container.state {
            ContainerState::Running { .. } => Ok(vec![container.name.clone()]),
            _ => {
                let what = format!("{} does not run", container.name);
                let why = format!("it is {}", state(container));
                Err(Problem::new(Cause::Refused, what, why, "l shows its log, p that before its last restart"))
            }
        };
    }
    let running: Vec<CleanText> = row
        .containers
        .iter()
        .filter(|container| container.role != ContainerRole::Init)
        .filter(|container| matches!(container.state, ContainerState::Running { .. }))
        .map(|container| container.name.clone())
        .collect();
    if running.is_empty() {
        let why = format!("it is {}", row.status);
        let what = format!("no container of {} runs", pod.name);
        return Err(Problem::new(Cause::Refused, what, why, "l shows its logs, p those before its last restart"));
    }
    Ok(running)
}

/// The size of the terminal inside.
fn terminal(size: Size) -> Size {
    let area = layout::shell(size);
    Size { columns: area.width, rows: area.height }
}

/// The runtime's words for a program that the image does not have.
fn is_missing(reason: &str) -> bool {
    ["executable file not found", "no such file or directory"].iter().any(|words| reason.contains(words))
}

/// An image of a program alone has nothing to look around with; something can be put beside it.
fn no_shell(pod: &ObjectKey, container: &str) -> Problem {
    let what = if container.is_empty() { "there is no shell".to_owned() } else { format!("{container} has no shell") };
    let why = "its image has none of sh, bash and ash";
    let target = if container.is_empty() { String::new() } else { format!(" --target={container}") };
    let debug = format!("kubectl debug -it -n {} {} --image=busybox{target}", pod.namespace, pod.name);
    Problem::new(Cause::Absent, what, why, format!("put one beside it: {debug}"))
}

fn begin(
    pod: &ObjectKey,
    container: CleanText,
    tried: usize,
    model: &Model,
    area: Size,
    out: &mut Outbox,
) -> Option<Session> {
    let target = ExecTarget {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container: container.clone(),
        command: COMMANDS.get(tried)?.iter().copied().map(str::to_owned).collect(),
        columns: area.columns,
        rows: area.rows,
    };
    let spec = Action::Shell.spec();
    match model.asker()?.authorize_exec(spec, pod, target) {
        Ok(permit) => {
            let id = out.session();
            out.effect(Effect::OpenShell { session: id, permit });
            let emulator = Emulator::new(area.columns, area.rows);
            Some(Session { id, container, emulator, tried, life: Life::Opening, input_lost: false })
        }
        Err(refusal) => {
            out.complain(refusal.problem(spec.title));
            None
        }
    }
}

impl View for ShellScreen {
    fn context(&self) -> Context {
        match self.stage {
            Stage::Choosing { .. } => Context::Everywhere,
            Stage::Open(_) => Context::Shell,
        }
    }

    fn offers(&self) -> &'static [Action] {
        match &self.stage {
            Stage::Choosing { .. } => &[Action::Open, Action::Back],
            Stage::Open(_) => &[Action::Back, Action::PageUp, Action::PageDown],
        }
    }

    fn target(&self, _model: &Model) -> Option<ObjectKey> {
        Some(self.pod.clone())
    }

    fn act(&mut self, action: Action, model: &mut Model, size: Size, out: &mut Outbox) -> bool {
        let page = isize::try_from(layout::shell(size).height / 2).unwrap_or(1).max(1);
        match (&mut self.stage, action) {
            (Stage::Choosing { cursor, .. }, Action::Up) => *cursor = cursor.saturating_sub(1),
            (Stage::Choosing { containers, cursor }, Action::Down) => {
                *cursor = (*cursor + 1).min(containers.len().saturating_sub(1));
            }
            (Stage::Choosing { containers, cursor }, Action::Open) => {
                let container = containers.get(*cursor).cloned().unwrap_or_default();
                if let Some(session) = begin(&self.pod, container, 0, model, terminal(size), out) {
                    self.stage = Stage::Open(session);
                }
            }
            (Stage::Open(session), Action::Back) => {
                if !session.life.is_over() {
                    let keys = model.keymap.hint(Context::Everywhere.chain(), Action::ReturnToShell.spec().name);
                    let keys = keys.map(format_sequence).unwrap_or_default();
                    out.say(format!("the shell lives on: {keys} returns to it"));
                }
                out.close();
            }
            (Stage::Open(session), Action::PageUp) => session.emulator.scroll(page),
            (Stage::Open(session), Action::PageDown) => session.emulator.scroll(-page),
            _ => return false,
        }
        true
    }

    fn press(&mut self, key: Key, _model: &mut Model, out: &mut Outbox) -> bool {
        let Stage::Open(session) = &mut self.stage else { return false };
        if !session.life.is_over() {
            let bytes = keys::encode(key, session.emulator.modes());
            self.send(bytes, out);
            return true;
        }
        // An ended shell takes every key, so that what was typed for the program does nothing to the console.
        match key.code() {
            Code::Enter => out.close(),
            _ if key.typed() == Some('Y') => out.moves.push(Move::Act(Action::Record)),
            Code::Up => session.emulator.scroll(1),
            Code::Down => session.emulator.scroll(-1),
            Code::PageUp => session.emulator.scroll(10),
            Code::PageDown => session.emulator.scroll(-10),
            _ => {}
        }
        true
    }

    fn paste(&mut self, text: &str, _model: &mut Model, out: &mut Outbox) {
        if let Some(session) = self.living() {
            let bytes = keys::paste(text, session.emulator.modes());
            self.send(bytes, out);
        }
    }

    fn deliver_shell(&mut self, id: SessionId, event: ShellEvent, out: &mut Outbox) -> Option<ShellEvent> {
        let Stage::Open(session) = &mut self.stage else { return Some(event) };
        if session.id != id {
            return Some(event);
        }
        match event {
            ShellEvent::Output(bytes) => {
                session.life = Life::Running;
                session.input_lost = false;
                let reply = session.emulator.write(&bytes);
                if !reply.is_empty() {
                    out.effect(Effect::ShellInput { session: id, input: Bytes::from(reply) });
                }
            }
            ShellEvent::InputLost => session.input_lost = true,
            ShellEvent::Ended { code: None, reason } if session.life == Life::Opening && is_missing(&reason) => {
                session.life = Life::Missing;
            }
            ShellEvent::Ended { code, reason } => session.life = Life::Ended { code, reason },
            ShellEvent::Failed(problem) => session.life = Life::Failed(problem),
        }
        None
    }

    fn follow(&mut self, model: &mut Model, out: &mut Outbox) {
        let Stage::Open(session) = &mut self.stage else { return };
        if session.life != Life::Missing {
            return;
        }
        let (rows, columns) = session.emulator.screen().size();
        let area = Size { columns: columns.get(), rows: rows.get() };
        match begin(&self.pod, session.container.clone(), session.tried + 1, model, area, out) {
            Some(next) => *session = next,
            None => session.life = Life::Failed(no_shell(&self.pod, &session.container)),
        }
    }

    fn resize(&mut self, size: Size, out: &mut Outbox) {
        let Stage::Open(session) = &mut self.stage else { return };
        let area = layout::shell(size);
        session.emulator.resize(area.width, area.height);
        if !session.life.is_over() {
            out.effect(Effect::ShellResize { session: session.id, columns: area.width, rows: area.height });
        }
    }

    fn lives(&self) -> bool {
        self.living().is_some()
    }

    fn lasting_wants(&self, _model: &Model) -> Vec<(Topic, Params)> {
        self.living().map(|session| (Topic::Hold(session.id), Params::None)).into_iter().collect()
    }

    fn settled(&self, _model: &Model) -> bool {
        !matches!(self.session(), Some(Session { life: Life::Opening, .. }))
    }

    fn place(&self, _model: &Model) -> Vec<String> {
        path(&self.pod).into_iter().chain(["shell".to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests;
