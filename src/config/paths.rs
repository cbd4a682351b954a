//! Where the program's own files stand, by the platform's custom and the XDG variables. Creates nothing.

use std::path::PathBuf;

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

    /// A theme of the user's own, by name.
    #[must_use]
    pub fn theme(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }
}
