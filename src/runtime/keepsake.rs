//! Keeps what would be lost: before an act ends pods, their status, newest lines of logs and events are read and written
//! into a folder that only the user can read. Bounded in time, number and size; what cannot be read is said, and nothing
//! here stops an act.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::domain::keepsake::{Endangered, Kept};
use crate::domain::log::LogSource;
use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::{history, masking, yaml};
use crate::sources::kube::{Connection, Selectors};

use super::{hand_over, private_file};

/// An act waits no longer than this for what it will end.
const PATIENCE: Duration = Duration::from_secs(4);
const AT_ONCE: usize = 8;
/// Of each container.
const LINES: u32 = 500;
const LOG_BYTES: usize = 256 << 10;
const EVENTS: usize = 500;
/// So many keepsakes stay, and so many bytes of them; the oldest go first.
const FOLDERS: usize = 100;
const ALL_BYTES: u64 = 256 << 20;

/// One thing that was read.
enum Piece {
    Status(ObjectKey, Result<RawObject, Problem>),
    Log(LogSource, Result<Vec<CleanText>, Problem>),
    Events(Result<Vec<RawObject>, Problem>),
}

/// Reads and writes; `target` names the folder.
pub(super) async fn keep(
    connection: &Connection,
    records: Option<PathBuf>,
    target: &ObjectKey,
    endangered: Endangered,
    at: Timestamp,
) -> Kept {
    if endangered.pods.is_empty() {
        return Kept::default();
    }
    let Some(records) = records else {
        let why = "there is no folder for it: $HOME and $XDG_STATE_HOME are not set";
        let problems = vec![Problem::new(Cause::Refused, "nothing of the ending pods was kept", why, "")];
        return Kept { pods: endangered.of, problems, ..Kept::default() };
    };
    let wanted = 1 + endangered.pods.len() + endangered.logs.len();
    let mut problems = Vec::new();
    let pieces = read(connection, target, endangered.clone()).await;
    if pieces.len() < wanted {
        let seconds = PATIENCE.as_secs();
        let what =
            format!("{} of {wanted} logs, events and states were not read within {seconds} s", wanted - pieces.len());
        problems.push(Problem::new(Cause::NoConnection, what, "the act did not wait longer", ""));
    }
    let folder = records.join(hand_over::stamped(&target.name, at));
    let written = tokio::task::spawn_blocking({
        let kept = Kept { pods: endangered.of, problems: problems.clone(), ..Kept::default() };
        let own = endangered.pods.clone();
        let target = target.clone();
        move || {
            let kept = write(&folder, &target, &own, pieces, kept);
            prune(&records, &folder);
            kept
        }
    });
    written.await.unwrap_or_else(|error| Kept {
        pods: endangered.of,
        problems: vec![Problem::new(Cause::Refused, "nothing of the ending pods was kept", error.to_string(), "")],
        ..Kept::default()
    })
}

/// Whatever arrives in time.
async fn read(connection: &Connection, target: &ObjectKey, endangered: Endangered) -> Vec<Piece> {
    let deadline = Instant::now() + PATIENCE;
    let namespace = target.namespace.clone();
    let mut asked: Vec<BoxFuture<'_, Piece>> = Vec::new();
    asked.push(Box::pin(async move {
        let scope = Scope::Namespace(namespace);
        Piece::Events(connection.list(Kind::Event, &scope, &Selectors::default(), EVENTS).await)
    }));
    for pod in endangered.pods {
        asked.push(Box::pin(async move {
            let status = connection.fetch(&pod).await;
            Piece::Status(pod, status)
        }));
    }
    for source in endangered.logs {
        asked.push(Box::pin(async move {
            let lines = connection.recent_log(&source, LINES, LOG_BYTES).await;
            Piece::Log(source, lines)
        }));
    }
    let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut pieces = Vec::new();
    while let Ok(Some(piece)) = timeout_at(deadline, answers.next()).await {
        pieces.push(piece);
    }
    pieces
}

fn write(folder: &Path, target: &ObjectKey, pods: &[ObjectKey], pieces: Vec<Piece>, mut kept: Kept) -> Kept {
    if let Err(error) = private_file::folder(folder) {
        let what = "nothing of the ending pods was kept";
        kept.problems.push(Problem::new(Cause::Refused, what, error.to_string(), folder.display().to_string()));
        return kept;
    }
    kept.folder = Some(CleanText::new(&folder.display().to_string()));
    for piece in pieces {
        let written = match piece {
            Piece::Status(pod, Ok(object)) => {
                kept.statuses += 1;
                file(folder, &[&pod.name], "yaml", &joined(yaml::lines(&object).iter()))
            }
            Piece::Log(source, Ok(lines)) => {
                kept.logs += 1;
                kept.lines += lines.len();
                let masked: Vec<String> = lines.iter().map(|line| masking::masked_line(line).into_owned()).collect();
                let life = if source.previous { "previous.log" } else { "log" };
                file(folder, &[&source.pod, &source.container], life, &joined(masked.iter()))
            }
            Piece::Events(Ok(objects)) => {
                let lines = events(&objects, target, pods);
                kept.events = lines.len();
                file(folder, &[&"events".into()], "txt", &joined(lines.iter()))
            }
            Piece::Status(_, Err(problem)) | Piece::Log(_, Err(problem)) | Piece::Events(Err(problem)) => {
                // Once is enough: a missing right is missing for all of them.
                if !kept.problems.iter().any(|known| known.why == problem.why && known.cause == problem.cause) {
                    kept.problems.push(problem);
                }
                Ok(())
            }
        };
        if let Err(error) = written {
            kept.problems.push(Problem::new(Cause::Refused, "cannot write what is kept", error.to_string(), ""));
            break;
        }
    }
    kept
}

fn joined<T: std::fmt::Display>(lines: impl Iterator<Item = T>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

/// The events of the pods and of what owns them, oldest first.
fn events(objects: &[RawObject], target: &ObjectKey, pods: &[ObjectKey]) -> Vec<String> {
    let mut rows = history::events(objects);
    rows.retain(|event| event.about.key().is_some_and(|about| about == *target || pods.contains(&about)));
    rows.sort_by_key(|event| event.last);
    rows.iter()
        .map(|event| {
            let at = event.last.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let about = format!("{} {}", event.about.kind, event.about.name);
            format!("{at}  {about}  {}  {}", event.reason, masking::masked_line(&event.message))
        })
        .collect()
}

fn file(folder: &Path, parts: &[&CleanText], extension: &str, text: &str) -> std::io::Result<()> {
    let name: Vec<String> = parts.iter().map(|part| hand_over::plain(part)).collect();
    let path = folder.join(format!("{}.{extension}", name.join(".")));
    private_file::open(&path, OpenOptions::new().write(true).create(true).truncate(true))?.write_all(text.as_bytes())
}

/// Removes the oldest keepsakes beyond the bounds. Folders that others made stay.
fn prune(records: &Path, newest: &Path) {
    let Ok(entries) = std::fs::read_dir(records) else { return };
    let mut folders: Vec<(PathBuf, u64)> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| hand_over::is_stamped(&entry.file_name().to_string_lossy()))
        .map(|entry| (entry.path(), size(&entry.path())))
        .collect();
    // Names begin with their time.
    folders.sort_by(|a, b| b.0.cmp(&a.0));
    let mut bytes = 0;
    for (index, (folder, size)) in folders.iter().enumerate() {
        bytes += size;
        if (index >= FOLDERS || bytes > ALL_BYTES) && folder != newest {
            // One that cannot be removed now is tried at the next act.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    fn pod() -> ObjectKey {
        ObjectKey::new(Kind::Pod, "checkout", "pay-api-1")
    }

    fn service() -> ObjectKey {
        ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
    }

    fn pieces() -> Vec<Piece> {
        let source = LogSource {
            namespace: "checkout".into(),
            pod: "../pay-api-1".into(),
            container: "app".into(),
            previous: false,
        };
        let status = json!({"kind": "Pod", "metadata": {"name": "pay-api-1"},
            "spec": {"containers": [{"name": "app", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
            "status": {"phase": "Running"}});
        let denied = Problem::new(Cause::Server, "cannot list events in checkout", "forbidden", "");
        vec![
            Piece::Status(pod(), Ok(RawObject::new(status))),
            Piece::Log(source, Ok(vec!["connecting with password=hunter2".into(), "amount is undefined".into()])),
            Piece::Events(Err(denied.clone())),
            Piece::Status(pod(), Err(denied)),
        ]
    }

    #[test]
    fn what_is_kept_is_masked_for_its_owner_only_and_stays_in_its_folder() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("records").join("20261121T030200Z-pay-api");
        let kept = write(&folder, &service(), &[pod()], pieces(), Kept { pods: 2, ..Kept::default() });
        assert_eq!(kept.words(), "status of 1 of 2 pods, 2 lines of 1 log, 0 events");
        assert_eq!(kept.problems.len(), 1, "the same refusal is said once: {:?}", kept.problems);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let mut all = String::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
        assert!(all.contains("amount is undefined") && all.contains("phase: Running"), "{all}");
        assert!(!all.contains("hunter2"), "{all}");
        assert_eq!(std::fs::read_dir(state.path().join("records")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join("records"), "a file in the way").unwrap();
        let kept = write(&state.path().join("records").join("x"), &service(), &[pod()], pieces(), Kept::default());
        assert!(kept.folder.is_none() && kept.problems.len() == 1, "{kept:?}");
    }

    #[test]
    fn the_oldest_go_first_and_only_our_own() {
        let records = tempfile::tempdir().unwrap();
        for number in 0..FOLDERS + 3 {
            let name = format!("202611{:02}T{:02}0000Z-pay-api", 1 + number / 24, number % 24);
            std::fs::create_dir(records.path().join(name)).unwrap();
        }
        std::fs::create_dir(records.path().join("mine")).unwrap();
        prune(records.path(), &records.path().join("20261101T000000Z-pay-api"));
        let left: Vec<String> = std::fs::read_dir(records.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        // The one that was just written stays whatever its name.
        assert_eq!(left.len(), FOLDERS + 2);
        assert!(left.contains(&"mine".to_owned()) && left.contains(&"20261101T000000Z-pay-api".to_owned()));
        assert!(!left.contains(&"20261101T010000Z-pay-api".to_owned()));
    }
}
