//! An alert as Prometheus and Alertmanager know it together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

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
