//! Where the program's own files stand, by the platform's custom and the XDG variables. Creates nothing.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub config: PathBuf,
    /// The journal and the records.
    pub state: PathBuf,
    pub cache: PathBuf,
}

impl Paths {
    /// None for a user without a home directory.
    #[must_use]
    pub fn find() -> Option<Self> {
        let folders = ProjectDirs::from("", "", "watchkeeper")?;
        Some(Self {
            config: folders.config_dir().to_owned(),
            // Only Linux knows a folder for state.
            state: folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned(),
            cache: folders.cache_dir().to_owned(),
        })
    }

    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    #[must_use]
    pub fn keymap(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// Stands there when hints are not wanted on the built-in cluster.
    #[must_use]
    pub fn guide_hidden(&self) -> PathBuf {
        guide_hidden(&self.demo_state())
    }

    /// What the built-in cluster leaves behind stands apart.
    #[must_use]
    pub fn demo_state(&self) -> PathBuf {
        self.state.join("demo")
    }

    /// A theme of the user's own, by name.
    #[must_use]
    pub fn theme(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }
}

/// The same below the folder for state that a backend was given.
#[must_use]
pub fn guide_hidden(state: &Path) -> PathBuf {
    state.join("hints-hidden")
}
