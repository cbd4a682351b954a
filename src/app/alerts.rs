//! What fires: the alerts as last read, each matched to the service it hits.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::{Alert, AlertState, Severity};
use crate::domain::freshness::Freshness;
use crate::domain::object::{Kind, Namespaces, ObjectKey};
use crate::domain::problem::Problem;
use crate::domain::service::AlertCount;
use crate::domain::text::CleanText;
use crate::insight::alerts::{Topology, Watchdog, match_service};
use crate::insight::services::Services;

use super::message::AlertsRead;
use super::model::Model;
use super::subscription::{Params, Topic};

/// Prometheus evaluates its rules about as often.
const EVERY: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub struct Alerts {
    /// Firing before pending before suppressed, the most severe first.
    pub list: Vec<Alert>,
    /// Whether alerting itself is alive; None before the first reading.
    pub watchdog: Option<Watchdog>,
    /// Rules that cannot be evaluated: what they would say is not known.
    pub broken_rules: Vec<CleanText>,
    /// Which of the two sources could not be asked.
    pub missing: Vec<Problem>,
    pub freshness: Freshness,
    /// When the last reading came.
    pub at: Option<Timestamp>,
    /// Grows with each reading.
    pub version: u64,
    /// The readings of alerts and services the matches were made for.
    matched_for: Option<(u64, u64)>,
    counted: BTreeMap<ObjectKey, AlertCount>,
}

impl Alerts {
    pub(super) fn take(&mut self, read: AlertsRead, now: Timestamp) {
        self.list = read.board.alerts;
        self.watchdog = Some(read.board.watchdog);
        self.broken_rules = read.board.broken_rules;
        self.missing = read.missing;
        self.at = Some(now);
        self.version += 1;
    }

    #[must_use]
    pub fn get(&self, fingerprint: &str) -> Option<&Alert> {
        self.list.iter().find(|alert| alert.fingerprint() == fingerprint)
    }
}

/// Alerts are read as long as the connection is up: the header counts them everywhere.
pub(super) fn want() -> (Topic, Params) {
    (Topic::Alerts, Params::Every(EVERY))
}

/// How many of each severity and state.
pub(super) fn count<'a>(alerts: impl Iterator<Item = &'a Alert>) -> AlertCount {
    let mut count = AlertCount::default();
    for alert in alerts {
        let place = match (alert.state, alert.severity) {
            (AlertState::Firing, Severity::Critical) => &mut count.critical,
            (AlertState::Firing, Severity::Warning) => &mut count.warning,
            (AlertState::Firing, Severity::Other) => &mut count.other,
            (AlertState::Pending, _) => &mut count.pending,
            (AlertState::Suppressed, _) => &mut count.silenced,
        };
        *place += 1;
    }
    count
}

/// It concerns one of these namespaces, or no namespace at all.
#[must_use]
pub fn is_within(alert: &Alert, namespaces: &Namespaces) -> bool {
    let matched = alert.matched.as_ref().map(|matched| &matched.service.namespace);
    matched.or_else(|| alert.label("namespace")).is_none_or(|namespace| namespaces.contains(namespace))
}

/// Matches alerts to services and counts them there. A new reading is matched whole; a change of services only brings
/// new chances to those that found none.
pub(super) fn settle(model: &mut Model) {
    let alerts = &mut model.alerts;
    let now = (alerts.version, model.services.version());
    if alerts.matched_for == Some(now) {
        return;
    }
    let fresh = alerts.matched_for.is_none_or(|before| before.0 != now.0);
    alerts.matched_for = Some(now);
    let topology = Cluster(model.services.assembled());
    let mut found = fresh;
    for alert in alerts.list.iter_mut().filter(|alert| fresh || alert.matched.is_none()) {
        alert.matched = match_service(&alert.labels, &topology);
        found |= alert.matched.is_some();
    }
    if !found {
        return;
    }
    let mut by_service: BTreeMap<ObjectKey, Vec<&Alert>> = BTreeMap::new();
    for alert in &alerts.list {
        if let Some(matched) = &alert.matched {
            by_service.entry(matched.service.clone()).or_default().push(alert);
        }
    }
    let counted: BTreeMap<ObjectKey, AlertCount> =
        by_service.into_iter().map(|(service, alerts)| (service, count(alerts.into_iter()))).collect();
    let services = model.services.assembled_mut();
    for service in alerts.counted.keys().filter(|service| !counted.contains_key(*service)) {
        services.set_alerts(service, AlertCount::default());
    }
    for (service, count) in &counted {
        services.set_alerts(service, *count);
    }
    alerts.counted = counted;
    model.services.settle(model.now);
}

/// The workloads as the home watches know them.
struct Cluster<'a>(&'a Services);

impl Topology for Cluster<'_> {
    fn workload(&self, key: &ObjectKey) -> bool {
        self.0.workload(key).is_some()
    }

    fn workload_named(&self, namespace: &str, name: &str) -> Option<ObjectKey> {
        let mut named = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet]
            .into_iter()
            .map(|kind| ObjectKey::new(kind, namespace, name))
            .filter(|key| self.workload(key));
        let only = named.next()?;
        // Two of one name: nobody can say which is meant.
        named.next().is_none().then_some(only)
    }

    fn owner_of_pod(&self, namespace: &str, pod: &str) -> Option<ObjectKey> {
        self.0.of_pod(&ObjectKey::new(Kind::Pod, namespace, pod)).cloned()
    }

    fn target_of_autoscaler(&self, _namespace: &str, _name: &str) -> Option<ObjectKey> {
        // Autoscalers are read for the open service only.
        None
    }

    fn behind_kubernetes_service(&self, _namespace: &str, _name: &str) -> Option<ObjectKey> {
        // Kubernetes services are not watched; a service mostly bears their name.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::AlertMatch;

    fn alert(state: AlertState, severity: Severity, namespace: &str) -> Alert {
        let labels = [("namespace", namespace)].into_iter().filter(|(_, value)| !value.is_empty());
        Alert {
            name: "A".into(),
            severity,
            state,
            labels: labels.map(|(name, value)| (name.into(), value.into())).collect(),
            annotations: BTreeMap::new(),
            active_at: None,
            starts_at: None,
            value: None,
            rule: None,
            routed_to: Vec::new(),
            suppressed_by: Vec::new(),
            matched: None,
        }
    }

    #[test]
    fn firing_is_counted_by_severity_and_what_is_silenced_does_not_fire() {
        let alerts = [
            alert(AlertState::Firing, Severity::Critical, "shop"),
            alert(AlertState::Firing, Severity::Other, "shop"),
            alert(AlertState::Pending, Severity::Critical, "shop"),
            alert(AlertState::Suppressed, Severity::Critical, "shop"),
        ];
        let counted = AlertCount { critical: 1, warning: 0, other: 1, pending: 1, silenced: 1 };
        assert_eq!(count(alerts.iter()), counted);
    }

    #[test]
    fn an_alert_without_a_namespace_concerns_everybody() {
        let shop = Namespaces::one("shop");
        let mut elsewhere = alert(AlertState::Firing, Severity::Warning, "data");
        assert!(!is_within(&elsewhere, &shop));
        assert!(is_within(&alert(AlertState::Firing, Severity::Warning, ""), &shop));
        // Whom it hits counts more than who reported it.
        let service = ObjectKey::new(Kind::Deployment, "shop", "web");
        elsewhere.matched = Some(AlertMatch { service, reason: "label service=web".into() });
        assert!(is_within(&elsewhere, &shop));
    }
}
