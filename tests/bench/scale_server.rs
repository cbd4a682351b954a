//! The API server that `tests/cluster/scale-server` fills with pods, for as long as it is measured on.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/scale-server");

pub struct ScaleServer;

impl ScaleServer {
    /// None where it cannot run: it needs root on Debian.
    pub fn start(pods: &str) -> io::Result<Option<Self>> {
        let id = Command::new("id").arg("-u").output()?;
        if id.stdout.trim_ascii() != b"0" || !Path::new("/etc/debian_version").exists() {
            return Ok(None);
        }
        let started = Command::new(SCRIPT).args(["up", pods]).stdout(Stdio::null()).status()?;
        if !started.success() {
            return Err(io::Error::other("the scale server did not start"));
        }
        Ok(Some(Self))
    }

    pub fn kubeconfig(&self) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("scale/kubeconfig/admin")
    }
}

impl Drop for ScaleServer {
    fn drop(&mut self) {
        // What it leaves behind, it says itself.
        let _ = Command::new(SCRIPT).arg("down").stdout(Stdio::null()).status();
    }
}

/// The kubectl that was built with the server.
pub fn kubectl() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?.join("watchkeeper-cluster");
    let folders = std::fs::read_dir(cache).ok()?.flatten().map(|entry| entry.path().join("bin/kubectl"));
    folders.into_iter().find(|file| file.is_file())
}
