//! A service: a workload with everything that belongs to it, assembled for one row.

use jiff::Timestamp;
use serde::Serialize;

use super::change::Change;
use super::health::Health;
use super::metric::Vital;
use super::object::ObjectKey;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// The workload: a Deployment, StatefulSet, DaemonSet or a pod without an owner.
    pub key: ObjectKey,
    pub health: Health,
    pub ready: u32,
    pub desired: u32,
    pub restarts: Restarts,
    pub alerts: AlertCount,
    /// The newest thing that altered it.
    pub change: Option<Change>,
    /// Tag of the first container's image, or its version label.
    pub version: CleanText,
    pub owner: Owner,
    pub vitals: Vitals,
}

/// Restarts within the last 24 hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restarts {
    pub count: u32,
    /// False when only a lower bound is known.
    pub exact: bool,
    /// Why the last one happened (OOMKilled, Error), even when it is Ready now.
    pub reason: CleanText,
    pub last: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AlertCount {
    pub critical: u32,
    pub warning: u32,
    pub other: u32,
    pub pending: u32,
    pub silenced: u32,
}

impl std::ops::Add for AlertCount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            critical: self.critical + other.critical,
            warning: self.warning + other.warning,
            other: self.other + other.other,
            pending: self.pending + other.pending,
            silenced: self.silenced + other.silenced,
        }
    }
}

/// Numbers of the moment; None without metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Vitals {
    /// Requests per second.
    pub requests: Vital,
    /// Share of failed requests, 0 to 1.
    pub errors: Vital,
    /// 99th percentile in seconds.
    pub latency: Vital,
    /// Share of the limit, 0 to 1.
    pub cpu: Vital,
    pub memory: Vital,
}

/// Who else writes this object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Owner {
    #[default]
    Nobody,
    Helm {
        release: CleanText,
        namespace: CleanText,
    },
    ArgoCd {
        application: CleanText,
    },
    Flux {
        name: CleanText,
    },
}
