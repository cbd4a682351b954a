//! An alert as Prometheus and Alertmanager know it together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::figure;
use super::object::ObjectKey;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    pub name: CleanText,
    pub severity: Severity,
    pub state: AlertState,
    pub labels: BTreeMap<CleanText, CleanText>,
    pub annotations: BTreeMap<CleanText, CleanText>,
    /// Start of pending, by Prometheus.
    pub active_at: Option<Timestamp>,
    /// Start of firing, by Alertmanager.
    pub starts_at: Option<Timestamp>,
    pub value: Option<f64>,
    pub rule: Option<AlertRule>,
    /// Receivers Alertmanager routes it to.
    pub routed_to: Vec<CleanText>,
    pub suppressed_by: Vec<Suppression>,
    /// Which service it hits and why we think so.
    pub matched: Option<AlertMatch>,
}

impl Alert {
    /// Names it among all alerts, from one reading to the next.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        format!("{}{{{}}}", self.name, labels.join(","))
    }

    #[must_use]
    pub fn label(&self, name: &str) -> Option<&CleanText> {
        self.labels.get(name)
    }

    /// Since when it is in its state, as far as anybody says: firing since Alertmanager's start, pending since its own.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        match self.state {
            AlertState::Pending => self.active_at,
            AlertState::Firing | AlertState::Suppressed => {
                self.starts_at.or_else(|| self.fires_at()).or(self.active_at)
            }
        }
    }

    /// When pending ends, or ended, by its own rule.
    #[must_use]
    pub fn fires_at(&self) -> Option<Timestamp> {
        let hold = self.rule.as_ref()?.hold_seconds;
        self.active_at?.checked_add(jiff::SignedDuration::from_secs_f64(hold.clamp(0.0, 1e9))).ok()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertRule {
    pub expression: CleanText,
    /// How long the expression must hold before it fires.
    pub hold_seconds: f64,
    /// How long it goes on firing after the expression no longer holds.
    pub keep_firing_seconds: f64,
    pub evaluated_at: Option<Timestamp>,
    pub interval_seconds: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    Warning,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    Firing,
    Pending,
    Suppressed,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Suppression {
    Silence {
        id: CleanText,
        by: CleanText,
        comment: CleanText,
        until: Timestamp,
    },
    Inhibited {
        by: CleanText,
    },
    /// A mute time interval of Alertmanager's routes.
    Muted {
        interval: CleanText,
    },
}

impl Suppression {
    /// `silenced by bob until 04:00 “migration”`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Silence { by, comment, until, .. } => {
                let mut words = "silenced".to_owned();
                if !by.is_empty() {
                    words.push_str(&format!(" by {by}"));
                }
                if *until < Timestamp::MAX {
                    words.push_str(&format!(" until {}", figure::minute(*until)));
                }
                if !comment.is_empty() {
                    words.push_str(&format!(" “{comment}”"));
                }
                words
            }
            Self::Inhibited { by } => format!("inhibited by {by}"),
            Self::Muted { interval } => format!("muted in {interval}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertMatch {
    pub service: ObjectKey,
    /// `label service=pay-api`, `pod pay-api-7d9f-x2k is owned by it`.
    pub reason: CleanText,
}

/// A rule as Prometheus evaluates it, with what it found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertingRule {
    pub name: CleanText,
    pub rule: AlertRule,
    pub labels: BTreeMap<CleanText, CleanText>,
    pub annotations: BTreeMap<CleanText, CleanText>,
    /// Why the last evaluation failed; empty when it did not.
    pub last_error: CleanText,
    pub active: Vec<ActiveAlert>,
}

/// One alert of a rule, as Prometheus sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActiveAlert {
    pub labels: BTreeMap<CleanText, CleanText>,
    pub annotations: BTreeMap<CleanText, CleanText>,
    pub firing: bool,
    /// Start of pending.
    pub active_at: Option<Timestamp>,
    pub value: Option<f64>,
}

/// One alert as Alertmanager holds it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutedAlert {
    pub fingerprint: CleanText,
    pub labels: BTreeMap<CleanText, CleanText>,
    pub annotations: BTreeMap<CleanText, CleanText>,
    /// Start of firing.
    pub starts_at: Option<Timestamp>,
    /// When it counts as resolved unless it is sent again.
    pub ends_at: Option<Timestamp>,
    pub receivers: Vec<CleanText>,
    /// Ids of silences.
    pub silenced_by: Vec<CleanText>,
    /// Fingerprints of other alerts.
    pub inhibited_by: Vec<CleanText>,
    /// Names of time intervals.
    pub muted_by: Vec<CleanText>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Silence {
    pub id: CleanText,
    pub created_by: CleanText,
    pub comment: CleanText,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub active: bool,
    pub matchers: Vec<SilenceMatcher>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilenceMatcher {
    pub name: CleanText,
    pub value: CleanText,
    pub regex: bool,
    /// False for `!=` and `!~`.
    pub equal: bool,
}
