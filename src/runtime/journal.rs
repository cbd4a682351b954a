//! The record of writes: JSON lines in a file only the user can read, told before the call and completed after it.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::action::guard::Authorized;
use crate::app::effect::JournalNote;
use crate::domain::identity::Identity;
use crate::domain::keepsake::Kept;
use crate::domain::mutation::Mutation;
use crate::domain::problem::Problem;
use crate::domain::raw::RawObject;

pub(super) struct Journal {
    /// None keeps no journal, as for the built-in cluster.
    path: Option<PathBuf>,
    next: AtomicU64,
}

/// An entry that was begun; it must be completed.
pub(super) struct Entry(String);

impl Journal {
    pub(super) fn new(state_folder: Option<PathBuf>) -> Self {
        Self { path: state_folder.map(|folder| folder.join("journal.jsonl")), next: AtomicU64::new(1) }
    }

    /// Tells what is about to be sent, on disk before it is sent.
    pub(super) async fn begin(
        &self,
        note: &JournalNote,
        permit: &Authorized<Mutation>,
        kept: &Kept,
        identity: &Identity,
        now: Timestamp,
    ) -> Entry {
        let id =
            format!("{}-{}-{}", now.as_millisecond(), std::process::id(), self.next.fetch_add(1, Ordering::Relaxed));
        // Bodies stay out: a pod template may carry secrets.
        let calls: Vec<Value> = permit
            .value()
            .calls
            .iter()
            .map(|call| json!({"method": call.method, "path": call.path, "purpose": call.purpose}))
            .collect();
        self.append(json!({
            "entry": id,
            "state": "begun",
            "at": now,
            "osUser": std::env::var("USER").unwrap_or_default(),
            "user": identity.user,
            "context": identity.context,
            "server": identity.server,
            "action": note.action,
            "target": note.target,
            "summary": note.summary,
            "calls": calls,
            "kept": kept.folder,
        }))
        .await;
        Entry(id)
    }

    pub(super) async fn complete(&self, entry: Entry, result: &Result<Vec<RawObject>, Problem>, now: Timestamp) {
        let outcome = match result {
            Ok(objects) => {
                let versions: Vec<_> = objects.iter().map(|object| object.text("/metadata/resourceVersion")).collect();
                json!({"resourceVersions": versions})
            }
            Err(problem) => json!({"problem": problem}),
        };
        self.append(json!({"entry": entry.0, "state": "ended", "at": now, "done": result.is_ok(), "outcome": outcome}))
            .await;
    }

    /// Appends one line and waits until it is on disk. A journal that cannot be written never stops an act at night.
    async fn append(&self, line: Value) {
        let Some(path) = self.path.clone() else { return };
        let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the journal cannot be written"),
            Err(error) => tracing::error!(%error, "the journal cannot be written"),
        }
    }
}
