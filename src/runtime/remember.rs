//! Small wishes kept for the next start, as files that are there or not.

use std::io;
use std::path::PathBuf;

use crate::config::paths;

use super::private_file;

/// Whether hints are wanted on the built-in cluster. Without a folder, or where nothing can be written, the wish holds
/// for this session: a hint is not worth a complaint.
pub(super) async fn guide(folder: Option<PathBuf>, hidden: bool) {
    let Some(path) = folder.map(|folder| paths::guide_hidden(&folder)) else { return };
    let kept = tokio::task::spawn_blocking(move || match hidden {
        true => private_file::write_new(&path, ""),
        false => std::fs::remove_file(&path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }),
    });
    if let Ok(Err(error)) = kept.await {
        tracing::warn!(%error, "the wish for hints cannot be kept");
    }
}
