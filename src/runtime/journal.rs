//! The record of writes: JSON lines in a file only the user can read, told before the call and completed after it. A line
//! is appended by one write, so that several consoles may share the file. A journal that cannot be written never stops
//! an act at night, and is said wherever one acts.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::action::guard::Authorized;
use crate::app::effect::JournalNote;
use crate::domain::identity::Identity;
use crate::domain::journal::Unfinished;
use crate::domain::keepsake::Kept;
use crate::domain::mutation::Mutation;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;

use super::private_file;

/// So much of the end of the file is looked through for what was left unfinished.
const LOOKED_THROUGH: u64 = 1 << 20;
/// What is older is history.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A write is not under way for longer than this, even when a process of that number lives.
const LONGEST_WRITE: SignedDuration = SignedDuration::from_mins(10);
/// At most so many are told.
const TOLD: usize = 5;

#[derive(Clone, Debug)]
pub(super) struct Journal {
    /// None keeps no journal.
    path: Option<PathBuf>,
}

/// An entry that was begun; it must be completed.
pub(super) struct Entry(String);

/// What became of an act.
pub(super) enum Outcome<'a> {
    Known(&'a Result<Vec<RawObject>, Problem>),
    /// The program was ended before the server's answer.
    Unknown(&'a Problem),
}

/// Numbers the entries of this process.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Journal {
    pub(super) fn new(state_folder: Option<&Path>) -> Self {
        Self { path: state_folder.map(|folder| folder.join("journal.jsonl")) }
    }

    /// There is a journal at all.
    pub(super) fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Tells what is about to be sent, on disk before it is sent.
    pub(super) async fn begin(
        &self,
        note: &JournalNote,
        permit: &Authorized<Mutation>,
        kept: &Kept,
        identity: &Identity,
        now: Timestamp,
    ) -> (Entry, Result<(), Problem>) {
        let id = format!("{}-{}-{}", now.as_millisecond(), std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Bodies stay out: a pod template may carry secrets.
        let calls: Vec<Value> = permit
            .value()
            .calls
            .iter()
            .map(|call| json!({"method": call.method, "path": call.path, "purpose": call.purpose}))
            .collect();
        let line = json!({
            "entry": id,
            "state": "begun",
            "at": now,
            "process": std::process::id(),
            "osUser": std::env::var("USER").unwrap_or_default(),
            "user": identity.user,
            "context": identity.context,
            "server": identity.server,
            "action": note.action,
            "target": note.target,
            "summary": note.summary,
            "calls": calls,
            "kept": kept.folder,
        });
        (Entry(id), self.append(line).await)
    }

    pub(super) async fn complete(&self, entry: Entry, outcome: Outcome<'_>, now: Timestamp) -> Result<(), Problem> {
        let (done, outcome) = match outcome {
            Outcome::Known(Ok(objects)) => {
                let versions: Vec<_> = objects.iter().map(|object| object.text("/metadata/resourceVersion")).collect();
                (Some(true), json!({"resourceVersions": versions}))
            }
            Outcome::Known(Err(problem)) => (Some(false), json!({"problem": problem})),
            Outcome::Unknown(problem) => (None, json!({"problem": problem})),
        };
        self.append(json!({"entry": entry.0, "state": "ended", "at": now, "done": done, "outcome": outcome})).await
    }

    /// Appends one line and waits until it is on disk.
    async fn append(&self, line: Value) -> Result<(), Problem> {
        self.on_disk(move |path| {
            let mut file = open(path)?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        })
        .await
    }

    /// Whether a line could be written now. Nothing is written.
    pub(super) async fn check(&self) -> Result<(), Problem> {
        self.on_disk(|path| open(path).map(drop)).await
    }

    /// The same for a journal that may not have been begun: nothing is made for it.
    pub(super) async fn check_existing(&self) -> Result<(), Problem> {
        self.on_disk(|path| if path.exists() { open(path).map(drop) } else { Ok(()) }).await
    }

    /// What was begun and never completed, oldest first; `all` tells what was told before too.
    pub(super) async fn unfinished(&self, now: Timestamp, all: bool) -> Vec<Unfinished> {
        let Some(path) = self.path.clone() else { return Vec::new() };
        let read = tokio::task::spawn_blocking(move || end_of(&path).map(|text| unfinished(&text, now, all)));
        match read.await {
            Ok(Ok(unfinished)) => unfinished,
            // A journal that is not there, or cannot be read, tells nothing.
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }

    /// The user was told of these: they are not told again at every start.
    pub(super) async fn told(&self, unfinished: &[Unfinished], now: Timestamp) {
        for entry in unfinished {
            // What cannot be written down is told once more.
            let _ = self.append(json!({"entry": entry.entry, "state": "told", "at": now})).await;
        }
    }

    async fn on_disk(&self, work: impl FnOnce(&Path) -> std::io::Result<()> + Send + 'static) -> Result<(), Problem> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let shown = path.display().to_string();
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        let why = match done {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(path = shown, error = why, "the journal cannot be written");
        Err(unwritable(&shown, &why))
    }
}

/// Acts go on, and nobody can read later what was done.
#[must_use]
pub fn unwritable(path: &str, why: &str) -> Problem {
    Problem::new(Cause::Refused, "acts cannot be written down", format!("{path}: {why}"), "make the file writable")
}

fn open(path: &Path) -> std::io::Result<File> {
    private_file::open(path, OpenOptions::new().append(true).create(true))
}

fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_THROUGH)))?;
    let mut bytes = Vec::new();
    file.take(LOOKED_THROUGH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn unfinished(text: &str, now: Timestamp, all: bool) -> Vec<Unfinished> {
    let mut begun: BTreeMap<String, Unfinished> = BTreeMap::new();
    for line in text.lines() {
        // The first line may be half a line, and the last one cut off by a full disk.
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        let Some(entry) = line.get("entry").and_then(Value::as_str) else { continue };
        match line.get("state").and_then(Value::as_str) {
            Some("begun") => {
                if let Some(read) = read(entry, &line).filter(|read| !under_way(read, &line, now)) {
                    begun.insert(entry.to_owned(), read);
                }
            }
            Some("told") if all => {}
            Some("ended") if line.get("done").is_some_and(Value::is_null) => {
                if let Some(entry) = begun.get_mut(entry) {
                    entry.ended = true;
                }
            }
            Some(_) => {
                begun.remove(entry);
            }
            None => {}
        }
    }
    let mut left: Vec<Unfinished> =
        begun.into_values().filter(|entry| now.duration_since(entry.at) < REMEMBERED).collect();
    left.sort_by_key(|entry| entry.at);
    left.split_off(left.len().saturating_sub(TOLD))
}

fn read(entry: &str, line: &Value) -> Option<Unfinished> {
    let text = |pointer: &str| CleanText::new(line.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    Some(Unfinished {
        entry: CleanText::new(entry),
        at: line.get("at")?.as_str()?.parse().ok()?,
        user: text("/user"),
        context: text("/context"),
        namespace: text("/target/namespace"),
        name: text("/target/name"),
        summary: text("/summary"),
        calls: line.get("calls").and_then(Value::as_array).map_or(1, Vec::len),
        kept: line.get("kept").and_then(Value::as_str).map(CleanText::new),
        ended: false,
    })
}

/// Another console may be sending it at this moment.
fn under_way(entry: &Unfinished, line: &Value, now: Timestamp) -> bool {
    let process = line.get("process").and_then(Value::as_u64);
    let lives = process.is_some_and(|process| Path::new("/proc").join(process.to_string()).exists());
    lives && now.duration_since(entry.at).abs() < LONGEST_WRITE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T03:30:00Z".parse().unwrap()
    }

    fn begun(entry: &str, at: &str, process: u32) -> String {
        json!({"entry": entry, "state": "begun", "at": at, "process": process, "user": "ann@corp", "context": "prod-eu",
            "target": {"kind": "Deployment", "namespace": "checkout", "name": "pay-api"},
            "summary": "roll pay-api back: 1.8.4 → 1.8.3\u{1b}[31m", "calls": [{}], "kept": "/state/records/x"})
        .to_string()
    }

    /// No process has this number.
    const NOBODY: u32 = u32::MAX;

    #[test]
    fn what_was_begun_and_not_ended_is_told_with_what_to_look_at() {
        let lines = [
            "half a li".to_owned(),
            begun("1", "2026-11-21T03:00:00Z", NOBODY),
            begun("2", "2026-11-21T03:01:00Z", NOBODY),
            json!({"entry": "1", "state": "ended", "done": true}).to_string(),
            begun("3", "2026-11-21T03:29:59Z", std::process::id()),
            begun("4", "2026-09-01T00:00:00Z", NOBODY),
        ];
        let left = unfinished(&lines.join("\n"), now(), false);
        assert_eq!(left.iter().map(|entry| entry.entry.as_str()).collect::<Vec<_>>(), ["2"]);
        assert_eq!(
            left[0].problem().to_string(),
            "unfinished act on pay-api since 2026-11-21 03:01:00: its end was never written down, it may be done or not: \
             look at its history · “roll pay-api back: 1.8.4 → 1.8.3”, 1 call as ann@corp in prod-eu / checkout; what its \
             pods knew lies in /state/records/x"
        );
    }

    #[tokio::test]
    async fn what_was_told_is_not_told_again_and_the_doctor_still_knows_it() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::new(Some(state.path()));
        assert_eq!(journal.unfinished(now(), false).await, []);
        journal.append(serde_json::from_str(&begun("1", "2026-11-21T03:00:00Z", NOBODY)).unwrap()).await.unwrap();
        let left = journal.unfinished(now(), false).await;
        assert_eq!(left.len(), 1);
        journal.told(&left, now()).await;
        assert_eq!(journal.unfinished(now(), false).await, []);
        assert_eq!(journal.unfinished(now(), true).await, left);
    }

    #[tokio::test]
    async fn a_journal_that_cannot_be_written_is_a_problem_and_looking_makes_nothing() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("watchkeeper");
        let journal = Journal::new(Some(&folder));
        assert_eq!(journal.check_existing().await, Ok(()));
        assert!(!folder.exists());
        std::fs::write(&folder, "a file in the way").unwrap();
        let problem = journal.check().await.unwrap_err();
        assert_eq!(problem.what, "acts cannot be written down");
        assert!(problem.why.contains("journal.jsonl"), "{problem}");
    }
}
