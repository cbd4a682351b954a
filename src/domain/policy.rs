//! Limits that hold whatever the user's rights are. Config parses into it; the guard obeys it.

/// Read-only and later limits. The strictest wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Started with `--read-only`: no write, no shell.
    pub read_only: bool,
}
