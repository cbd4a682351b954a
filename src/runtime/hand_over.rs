//! Text that leaves the console: to the clipboard through the terminal, and into a file only the user can read.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

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
    let path = folder.join("records").join(file_name(name, extension, at));
    let written = tokio::task::spawn_blocking({
        let path = path.clone();
        move || write(&path, &text)
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

/// Only letters, digits and dashes of the name, so that it cannot lead elsewhere.
fn file_name(name: &str, extension: &str, at: Timestamp) -> String {
    let mut out = at.strftime("%Y%m%dT%H%M%SZ-").to_string();
    for c in name.chars().take(80) {
        let _ = write!(out, "{}", if c.is_ascii_alphanumeric() { c } else { '-' });
    }
    let _ = write!(out, ".{extension}");
    out
}

pub(super) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_in_its_folder() {
        let name = file_name("../../etc/passwd", "md", Timestamp::UNIX_EPOCH);
        assert_eq!(name, "19700101T000000Z-------etc-passwd.md");
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
