//! Alerts as Alertmanager holds them: routed, muted or not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::routes;
use super::silences::Silences;
use crate::demo::prometheus::rules::Alert;
use crate::demo::prometheus::{Labels, Milliseconds};

/// How long an alert is believed in when Prometheus says no more of it: four times its resend delay.
const BELIEVED: Milliseconds = 4 * 60 * 1000;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutedAlert {
    pub annotations: BTreeMap<&'static str, String>,
    pub ends_at: Timestamp,
    pub fingerprint: String,
    pub receivers: Vec<Receiver>,
    pub starts_at: Timestamp,
    pub status: Status,
    pub updated_at: Timestamp,
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    pub labels: Labels,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receiver {
    pub name: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub inhibited_by: Vec<String>,
    pub muted_by: Vec<String>,
    pub silenced_by: Vec<String>,
    pub state: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Group {
    pub alerts: Vec<RoutedAlert>,
    pub labels: Labels,
    pub receiver: Receiver,
}

/// The firing alerts of Prometheus, which it has sent at its last evaluation.
pub fn route(alerts: &[Alert], silences: &Silences, sent: Milliseconds, now: Timestamp) -> Vec<RoutedAlert> {
    let firing = alerts.iter().filter_map(|alert| Some((alert, alert.fired_at?)));
    let mut routed: Vec<RoutedAlert> = firing
        .map(|(alert, fired_at)| {
            let silenced_by = silences.muting(&alert.labels, now);
            let sources = alerts
                .iter()
                .filter(|source| source.fired_at.is_some() && routes::inhibits(&source.labels, &alert.labels));
            let inhibited_by: Vec<String> = sources.map(|source| fingerprint(&source.labels)).collect();
            let muted = !silenced_by.is_empty() || !inhibited_by.is_empty();
            RoutedAlert {
                annotations: alert.annotations.iter().cloned().collect(),
                ends_at: timestamp(sent + BELIEVED),
                fingerprint: fingerprint(&alert.labels),
                receivers: routes::receivers(&alert.labels).into_iter().map(|name| Receiver { name }).collect(),
                starts_at: timestamp(fired_at),
                status: Status {
                    inhibited_by,
                    muted_by: Vec::new(),
                    silenced_by,
                    state: if muted { "suppressed" } else { "active" },
                },
                updated_at: timestamp(sent),
                generator_url: "http://prometheus-0:9090/alerts".to_owned(),
                labels: alert.labels.clone(),
            }
        })
        .collect();
    routed.sort_by(|left, right| left.fingerprint.cmp(&right.fingerprint));
    routed
}

/// What each receiver is told together.
pub fn groups(alerts: &[RoutedAlert]) -> Vec<Group> {
    let mut groups: BTreeMap<(&'static str, Labels), Vec<RoutedAlert>> = BTreeMap::new();
    for alert in alerts {
        let labels = alert.labels.only(&routes::GROUP_BY.map(str::to_owned));
        for receiver in &alert.receivers {
            groups.entry((receiver.name, labels.clone())).or_default().push(alert.clone());
        }
    }
    groups.into_iter().map(|((name, labels), alerts)| Group { alerts, labels, receiver: Receiver { name } }).collect()
}

/// FNV-1a over the sorted labels, as Prometheus's common library has it.
fn fingerprint(labels: &Labels) -> String {
    const SEPARATOR: &[u8] = &[255];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (name, value) in labels.iter() {
        for byte in [name.as_bytes(), SEPARATOR, value.as_bytes(), SEPARATOR].into_iter().flatten() {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

fn timestamp(time: Milliseconds) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_alertmanagers_own() {
        // The hash of no label is the offset basis.
        assert_eq!(fingerprint(&Labels::default()), "cbf29ce484222325");
        let labels = Labels::new([("alertname", "Watchdog")]);
        assert_ne!(fingerprint(&labels), fingerprint(&labels.with("severity", "none")));
    }
}
