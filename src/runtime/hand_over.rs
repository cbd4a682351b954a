//! Text that leaves the console: to the clipboard through the terminal, and into a file only the user can read.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

use super::private_file;

/// Below the state folder.
pub(super) const RECORDS: &str = "records";
/// How the time is written at the beginning of names: they sort by it.
const STAMP: &str = "%Y%m%dT%H%M%SZ";
/// Terminals drop longer sequences.
const CLIPBOARD_BYTES: usize = 74_000;

/// The sequence that asks the terminal, even behind SSH, to put text on the clipboard. Inside tmux it is wrapped so
/// that tmux passes it on.
pub(super) fn clipboard(text: &str) -> Bytes {
    let mut end = text.len().min(CLIPBOARD_BYTES * 3 / 4);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let encoded = STANDARD.encode(&text[..end]);
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    Bytes::from(match std::env::var_os("TMUX") {
        Some(_) => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        None => sequence,
    })
}

/// Writes a file of mode 0600 below the state folder; answers with its path.
pub(super) async fn save(
    folder: Option<PathBuf>,
    name: &str,
    extension: &str,
    at: Timestamp,
    text: String,
) -> Result<CleanText, Problem> {
    let Some(folder) = folder else {
        return Err(problem("there is no folder for it: $HOME and $XDG_STATE_HOME are not set"));
    };
    let path = folder.join(RECORDS).join(format!("{}.{extension}", stamped(name, at)));
    let written = tokio::task::spawn_blocking({
        let path = path.clone();
        move || private_file::write_new(&path, &text)
    });
    match written.await {
        Ok(Ok(())) => Ok(CleanText::new(&path.display().to_string())),
        Ok(Err(error)) => Err(problem(&error.to_string())),
        Err(error) => Err(problem(&error.to_string())),
    }
}

fn problem(why: &str) -> Problem {
    Problem::new(Cause::Refused, "cannot write the record", why, "its text is on the clipboard")
}

/// A name that begins with its time.
pub(super) fn stamped(name: &str, at: Timestamp) -> String {
    format!("{}-{}", at.strftime(STAMP), plain(name))
}

/// Whether a name is one of `stamped`.
pub(super) fn is_stamped(name: &str) -> bool {
    name.split_once('-').is_some_and(|(stamp, _)| jiff::civil::DateTime::strptime(STAMP, stamp).is_ok())
}

/// Only letters, digits and dashes of a name, so that it cannot lead elsewhere.
pub(super) fn plain(name: &str) -> String {
    name.chars().take(80).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_in_its_folder() {
        let name = stamped("../../etc/passwd", Timestamp::UNIX_EPOCH);
        assert_eq!(name, "19700101T000000Z-------etc-passwd");
        assert!(is_stamped(&name) && !is_stamped("notes-of-mine"));
    }

    #[tokio::test]
    async fn files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = save(Some(folder.path().to_owned()), "pay-api", "md", Timestamp::UNIX_EPOCH, "record".into())
            .await
            .unwrap();
        let mode = std::fs::metadata(path.as_str()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
