//! Shells: each runs as long as the machine holds it. Keys go in without waiting, output comes back under a limit.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::action::guard::Authorized;
use crate::app::Message;
use crate::app::effect::SessionId;
use crate::app::message::ShellEvent;
use crate::domain::mutation::ExecTarget;
use crate::sources::kube::{Connection, ShellInput, ShellOutput, exec};
use crate::sources::task_scope::{ScopeGuard, TaskScope};

/// Keys, pastes and replies that wait for a program which does not read.
const INPUT: usize = 1_024;
/// Output that waits for its turn on the way from the connection.
const OUTPUT: usize = 8;
/// Output of all shells that waits to be taken up; a program that writes faster waits.
const OUTPUT_BYTES: usize = 256 << 10;

/// All shells of the console. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shells {
    open: Arc<Mutex<BTreeMap<SessionId, Running>>>,
    room: Arc<Semaphore>,
}

struct Running {
    input: mpsc::Sender<ShellInput>,
    /// Ends the shell with the hold that takes it.
    guard: Option<ScopeGuard>,
}

/// Output that keeps its room until the machine has taken it up.
struct Held {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Shells {
    pub(super) fn new() -> Self {
        Self { open: Arc::default(), room: Arc::new(Semaphore::new(OUTPUT_BYTES)) }
    }

    /// Opens a shell; it ends with `scope`, or with the hold that the machine wants from now on.
    pub(super) fn open(
        &self,
        session: SessionId,
        permit: Authorized<ExecTarget>,
        connection: Connection,
        scope: TaskScope,
        messages: mpsc::Sender<Message>,
    ) {
        let (input, inside) = mpsc::channel(INPUT);
        let (outside, output) = mpsc::channel(OUTPUT);
        let running = Running { input, guard: Some(scope.guard()) };
        self.with(|open| open.insert(session, running));
        let room = self.room.clone();
        scope.spawn(async move {
            tokio::join!(exec(connection, permit, inside, outside), forward(session, output, room, messages),)
        });
    }

    /// False when the shell has no room for it.
    pub(super) fn send(&self, session: SessionId, input: ShellInput) -> bool {
        self.with(|open| match open.get(&session) {
            Some(running) => !matches!(running.input.try_send(input), Err(mpsc::error::TrySendError::Full(_))),
            // It has ended, which is said elsewhere.
            None => true,
        })
    }

    /// Keeps a shell alive until it is dropped.
    pub(super) async fn hold(self, session: SessionId) {
        let guard = self.with(|open| open.get_mut(&session).and_then(|running| running.guard.take()));
        let _released = Released { shells: self, session, _guard: guard };
        pending::<()>().await;
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<SessionId, Running>) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Released {
    shells: Shells,
    session: SessionId,
    _guard: Option<ScopeGuard>,
}

impl Drop for Released {
    fn drop(&mut self) {
        self.shells.with(|open| open.remove(&self.session));
    }
}

async fn forward(
    session: SessionId,
    mut output: mpsc::Receiver<ShellOutput>,
    room: Arc<Semaphore>,
    messages: mpsc::Sender<Message>,
) {
    while let Some(output) = output.recv().await {
        let event = match output {
            ShellOutput::Bytes(bytes) => {
                let wanted = bytes.len().min(OUTPUT_BYTES);
                let Ok(wanted) = u32::try_from(wanted) else { return };
                let Ok(permit) = room.clone().acquire_many_owned(wanted).await else { return };
                ShellEvent::Output(Bytes::from_owner(Held { bytes, _room: permit }))
            }
            ShellOutput::Ended { code, reason } => ShellEvent::Ended { code, reason },
            ShellOutput::Failed(problem) => ShellEvent::Failed(problem),
        };
        if messages.send(Message::Shell(session, event)).await.is_err() {
            return;
        }
    }
}
