//! How a built-in cluster starts.

use std::time::Duration;

use jiff::Timestamp;

/// Who uses the cluster; each has the rights of one of the five people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Role {
    Admin,
    /// Edits checkout and shop, views the rest.
    #[default]
    Oncall,
    /// Views checkout.
    Developer,
    /// Gets and lists pods in checkout and shop, reads their logs; no watch.
    Reader,
    Nobody,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Admin, Role::Oncall, Role::Developer, Role::Reader, Role::Nobody];

    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Oncall => "oncall",
            Role::Developer => "developer",
            Role::Reader => "reader",
            Role::Nobody => "nobody",
        }
    }

    /// The bearer token that this cluster takes for the role.
    pub fn token(self) -> String {
        format!("demo-{}", self.name())
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
            format!("unknown role “{text}”, expected one of {}", names.join(", "))
        })
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Where in the story it starts.
    pub at: Duration,
    pub speed: f64,
    pub seed: u64,
    /// At least so many pods in all.
    pub pods: Option<usize>,
    /// Who a request without a token comes from.
    pub role: Role,
    /// The wall-clock instant of the story's 0:00.
    pub epoch: Timestamp,
}
