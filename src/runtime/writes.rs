//! Writes under way. They outlive the screen and the connection that asked for them, and the end of the program by a few
//! seconds: what was begun in the journal is closed there, whatever ends the program.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::action::guard::Authorized;
use crate::app::effect::JournalNote;
use crate::app::{Answer, JournalNews, Message, TaskId};
use crate::domain::keepsake::Endangered;
use crate::domain::mutation::Mutation;
use crate::domain::problem::{Cause, Problem};
use crate::sources::clock::Clock;
use crate::sources::kube::{self, Connection};
use crate::sources::task_scope::TaskScope;

use super::journal::{Journal, Outcome};
use super::keepsake;

/// So long the server's answer is waited for when the program ends.
const LAST_WORD: Duration = Duration::from_secs(2);
/// And so long until it is written down.
const CLOSED: Duration = Duration::from_secs(4);

/// A confirmed act.
pub(super) struct Write {
    pub task: TaskId,
    pub permit: Authorized<Mutation>,
    pub note: JournalNote,
    pub endangered: Endangered,
    pub connection: Connection,
    /// Where the last words of ending pods are kept.
    pub records: Option<PathBuf>,
}

pub(super) struct Writes {
    journal: Journal,
    clock: Clock,
    messages: mpsc::Sender<Message>,
    scope: TaskScope,
    ending: CancellationToken,
}

impl Writes {
    pub(super) fn new(journal: Journal, clock: Clock, messages: mpsc::Sender<Message>) -> Self {
        Self { journal, clock, messages, scope: TaskScope::new(), ending: CancellationToken::new() }
    }

    /// Keeps what the ending pods alone know, and writes; the journal is told before and after.
    pub(super) fn begin(&self, write: Write) {
        let Write { task, permit, note, endangered, connection, records } = write;
        let (journal, clock, messages, ending) =
            (self.journal.clone(), self.clock.clone(), self.messages.clone(), self.ending.clone());
        self.scope.spawn(async move {
            let kept = keepsake::keep(&connection, records, &note.target, endangered, clock.now());
            // Nothing is sent yet, and nothing will be.
            let Some(kept) = ending.run_until_cancelled(kept).await else { return };
            let (entry, begun) = journal.begin(&note, &permit, &kept, connection.identity(), clock.now()).await;
            let result = tokio::select! {
                biased;
                result = kube::perform(&connection, permit, &ending) => Some(result),
                () = last_word(&ending) => None,
            };
            let ended = match &result {
                Some(result) => journal.complete(entry, Outcome::Known(result), clock.now()).await,
                None => journal.complete(entry, Outcome::Unknown(&cut_off()), clock.now()).await,
            };
            let result = result.unwrap_or_else(|| Err(cut_off()));
            // Nobody listens any more when the program ends.
            if journal.is_kept() {
                let _ = messages.send(Message::Journal(JournalNews::Writable(begun.and(ended)))).await;
            }
            let _ = messages.send(Message::Answer(task, Answer::Performed { result, kept: Box::new(kept) })).await;
        });
    }

    /// Lets no further step begin; what was sent is waited for a little longer.
    pub(super) fn stop(&self) {
        self.ending.cancel();
    }

    /// The same, until every entry is closed.
    pub(super) async fn closed(&self) {
        self.stop();
        // A disk that hangs must not keep the program.
        let _ = timeout(CLOSED, self.scope.done()).await;
        self.scope.end();
    }
}

async fn last_word(ending: &CancellationToken) {
    ending.cancelled().await;
    tokio::time::sleep(LAST_WORD).await;
}

fn cut_off() -> Problem {
    Problem::new(
        Cause::Server,
        "it is not known what became of the write",
        "the program was ended before the server answered, it may have been done",
        "look at the object before trying again",
    )
}
