//! The real cluster as flows need it: who looks at it, and what is done to it behind the console's back.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use tempfile::TempDir;

use watchkeeper::config::settings::Contexts;
use watchkeeper::domain::policy::Limits;
use watchkeeper::runtime::backend::{Backend, Monitoring, Transport};
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::Impersonation;

use crate::console::{Said, run};
use crate::robot::Robot;

/// What `tests/cluster/up` made.
pub fn state() -> PathBuf {
    let folder = std::env::var_os("WK_TEST_CLUSTER").expect("WK_TEST_CLUSTER names the state of tests/cluster/up");
    PathBuf::from(folder)
}

pub fn kubeconfig(person: &str) -> PathBuf {
    state().join("kubeconfig").join(person)
}

/// A robot before the console as one of the five, with the folder its journal is kept in.
pub fn begin(person: &str, limits: Limits) -> (Robot, TempDir) {
    sit_down(kubeconfig(person), limits)
}

/// The same with any kubeconfig.
pub fn sit_down(kubeconfig: PathBuf, limits: Limits) -> (Robot, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let robot = Robot::sit(Backend {
        transport: Transport::Kubeconfig {
            path: Some(kubeconfig),
            context: None,
            impersonation: Impersonation::default(),
            marks: Contexts::default(),
        },
        clock: Clock::new(Timestamp::now),
        limits,
        monitoring: Monitoring::default(),
        state_folder: Some(folder.path().to_owned()),
    });
    (robot, folder)
}

/// A headless command as one of the five.
pub fn ask(person: &str, arguments: &[&str]) -> Said {
    ask_with(&kubeconfig(person), arguments)
}

/// The same with any kubeconfig.
pub fn ask_with(kubeconfig: &Path, arguments: &[&str]) -> Said {
    let home = tempfile::tempdir().expect("a folder");
    let file = kubeconfig.to_str().expect("a path");
    run(home.path(), &[&["--kubeconfig", file], arguments].concat())
}

/// One of the cluster's own commands; they wait for what they do.
pub fn order(script: &str, arguments: &[&str]) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster");
    let output = Command::new(scripts.join(script)).args(arguments).output().expect("the script runs");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Takes a daemon away and gives it back when dropped, even when the flow fails, for the flows after it.
pub struct Stopped(&'static str);

impl Stopped {
    pub fn daemon(name: &'static str) -> Self {
        order("daemon", &["stop", name]);
        Self(name)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        order("daemon", &["start", self.0]);
    }
}
