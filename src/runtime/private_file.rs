//! Files that only the user can read, in folders that only the user can enter.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder, and those above it that are missing.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file as `options` say, in a folder that is made when it is missing.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        folder(parent)?;
    }
    options.mode(0o600).open(path)
}

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    open(path, OpenOptions::new().write(true).create_new(true))?.write_all(text.as_bytes())
}
