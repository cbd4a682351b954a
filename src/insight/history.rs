//! What changed on a service, from every record there is, in one list on time; each entry says whose word it is, and the
//! list says what it cannot know.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::helm_release::HelmRelease;
use super::revisions;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::figure;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::raw::RawObject;
use crate::domain::revision::{Revision, Soundness};
use crate::domain::text::CleanText;
use crate::kinds::config_map::ConfigMapRow;
use crate::kinds::decode;
use crate::kinds::event::EventRow;
use crate::kinds::horizontal_pod_autoscaler::HorizontalPodAutoscalerRow;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;
use crate::kinds::secret::SecretRow;

/// Scaling this soon after a release belongs to its rollout.
const ROLLOUT: SignedDuration = SignedDuration::from_mins(10);
/// A rollout moves two replica sets in turn, no further apart than this unless it is stuck.
const IN_TURN: SignedDuration = SignedDuration::from_mins(2);
/// The API server keeps events this long unless told otherwise.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// What could be read about a service. None where the right was missing or the read failed.
#[derive(Debug, Default)]
pub struct Records<'a> {
    pub workload: Option<&'a RawObject>,
    /// Newest first.
    pub revisions: Option<&'a [Revision]>,
    pub config_maps: Option<Vec<ConfigMapRow>>,
    pub autoscalers: Option<Vec<HorizontalPodAutoscalerRow>>,
    pub events: Option<Vec<EventRow>>,
    /// Events about nodes, which belong to no namespace and stand in `default`.
    pub node_events: Option<Vec<EventRow>>,
    /// Release records by their labels.
    pub releases: Option<Vec<SecretRow>>,
    /// Those of them that were decoded.
    pub decoded: &'a [HelmRelease],
    /// Nodes its pods run on.
    pub nodes: BTreeSet<CleanText>,
}

/// Turns whole objects into rows of one kind, leaving out what cannot be read.
macro_rules! rows_of {
    ($name:ident, $kind:ident, $row:ty) => {
        #[must_use]
        pub fn $name(objects: &[RawObject]) -> Vec<$row> {
            let mut interner = Interner::default();
            objects
                .iter()
                .filter_map(|object| match decode::row_of(Kind::$kind, object, &mut interner) {
                    Ok(Row::$kind(row)) => Some((*row).clone()),
                    _ => None,
                })
                .collect()
        }
    };
}

rows_of!(config_maps, ConfigMap, ConfigMapRow);
rows_of!(autoscalers, HorizontalPodAutoscaler, HorizontalPodAutoscalerRow);
rows_of!(events, Event, EventRow);
rows_of!(releases, Secret, SecretRow);

#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Newest first.
    pub changes: Vec<Change>,
    /// What cannot be known, for the end of the list.
    pub limits: Vec<CleanText>,
}

impl History {
    /// Where the onset is drawn: before the entry with this index, after all that is newer.
    #[must_use]
    pub fn position(&self, onset: Timestamp) -> usize {
        self.changes.partition_point(|change| change.at > onset)
    }

    /// The newest change that can have begun what had begun by then: the first to look at. Scaling follows load and is
    /// passed over.
    #[must_use]
    pub fn suspect(&self, begun_by: Timestamp) -> Option<usize> {
        let from = self.position(begun_by);
        let older = || self.changes.iter().enumerate().skip(from);
        older().find(|(_, change)| change.kind != ChangeKind::Scale).or_else(|| older().next()).map(|(index, _)| index)
    }
}

#[must_use]
pub fn history(service: &ObjectKey, records: &Records<'_>, now: Timestamp) -> History {
    let mut changes = Vec::new();
    changes.extend(releases_of_deployment(service, records));
    changes.extend(helm(records));
    changes.extend(configuration(records));
    changes.extend(scaling(service, records));
    changes.extend(node_events(records));
    changes.extend(lost_nodes(records));
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.kind.cmp(&b.kind)));
    History { changes, limits: limits(records, now) }
}

fn releases_of_deployment(service: &ObjectKey, records: &Records<'_>) -> Vec<Change> {
    let rollouts = revisions::rollouts(records.revisions.unwrap_or_default());
    (rollouts.iter().enumerate())
        .filter_map(|(index, rollout)| {
            let revision = rollout.revision;
            let before = rollouts.get(index + 1).map(|before| before.revision);
            let restart = before.is_some_and(|before| revisions::is_restart(before, revision));
            let name = |revision: &Revision| match revision.version.is_empty() {
                true => format!("r{}", revision.number),
                false => revision.version.to_string(),
            };
            let title = match before {
                Some(_) if restart => "restarted".to_owned(),
                Some(before) if before.version == revision.version => format!("{}, other settings", name(revision)),
                Some(before) => format!("{} → {}", name(before), name(revision)),
                None => name(revision),
            };
            let source = if revision.change_cause.is_empty() {
                writer(records.workload).filter(|_| index == 0).unwrap_or_else(|| "ReplicaSet".to_owned())
            } else {
                format!("annotation: {}", revision.change_cause)
            };
            let note = match before {
                _ if rollout.is_past() => format!("rolled out again as revision {}", revision.number).into(),
                None => "the oldest that is kept".into(),
                Some(_) => CleanText::default(),
            };
            let scaled_up = rollout.about.then(|| scaled_up(&revision.holder, records)).flatten();
            Some(Change {
                at: scaled_up.or(rollout.at)?,
                about: rollout.about && scaled_up.is_none(),
                kind: if restart { ChangeKind::Restart } else { ChangeKind::Release },
                object: ObjectKey {
                    kind: Kind::ReplicaSet,
                    namespace: service.namespace.clone(),
                    name: revision.holder.clone(),
                },
                title: title.into(),
                source: source.into(),
                note,
                revision: Some(rollout.number),
                // Its numbers are of all times it ran; what its objects tell holds for the last one.
                soundness: match &revision.soundness {
                    measured @ Soundness::Measured { .. } => measured.clone(),
                    _ if rollout.is_past() => Soundness::Unknown,
                    soundness => soundness.clone(),
                },
            })
        })
        .collect()
}

/// When this ReplicaSet was last taken up from nothing.
fn scaled_up(replica_set: &CleanText, records: &Records<'_>) -> Option<Timestamp> {
    let taken_up = format!("Scaled up replica set {replica_set} from 0 to ");
    let events = records.events.iter().flatten();
    events.filter(|event| event.message.starts_with(&taken_up)).filter_map(|event| event.last).max()
}

/// Who wrote the template last.
fn writer(workload: Option<&RawObject>) -> Option<String> {
    let fields = workload?.value().pointer("/metadata/managedFields")?.as_array()?;
    let newest = fields
        .iter()
        .filter(|field| field.pointer("/fieldsV1/f:spec/f:template").is_some())
        .max_by_key(|field| field.get("time").and_then(Value::as_str).unwrap_or_default())?;
    Some(format!("managedFields: {}", newest.get("manager")?.as_str()?))
}

fn helm(records: &Records<'_>) -> Vec<Change> {
    let release = records.workload.and_then(|workload| {
        workload.value().pointer("/metadata/annotations")?.get("meta.helm.sh/release-name")?.as_str()
    });
    let Some(release) = release else { return Vec::new() };
    (records.releases.iter().flatten())
        .filter_map(|secret| {
            let record = secret.helm.as_ref().filter(|record| record.release == release)?;
            let decoded = records
                .decoded
                .iter()
                .find(|decoded| decoded.name == record.release && decoded.revision == record.revision);
            let title = match decoded {
                Some(decoded) => {
                    format!("{release} {}: {} {}", record.revision, decoded.chart, decoded.chart_version)
                }
                None => format!("{release} {}", record.revision),
            };
            let note = match decoded {
                Some(decoded) if !decoded.description.is_empty() => decoded.description.clone(),
                _ => record.status.clone(),
            };
            Some(Change {
                at: decoded.and_then(|decoded| decoded.last_deployed).or(record.at)?,
                about: false,
                kind: ChangeKind::Helm,
                object: secret.key.clone(),
                title: title.into(),
                source: "Helm record".into(),
                note,
                revision: Some(record.revision),
                soundness: match record.status.as_str() {
                    "failed" => Soundness::Failed("Helm says that it failed".into()),
                    "deployed" | "superseded" => Soundness::RecordedOnly,
                    _ => Soundness::Unknown,
                },
            })
        })
        .collect()
}

/// Writes of the ConfigMaps that its pods read.
fn configuration(records: &Records<'_>) -> Vec<Change> {
    let Some(workload) = records.workload else { return Vec::new() };
    let names = configured_by(workload);
    let maps = records.config_maps.iter().flatten().filter(|map| names.contains(map.key.name.as_str()));
    maps.flat_map(|map| {
        map.writes.iter().filter(|write| write.data).map(|write| {
            let created = map.created == Some(write.at);
            Change {
                at: write.at,
                about: false,
                kind: ChangeKind::Configuration,
                object: map.key.clone(),
                title: map.key.name.clone(),
                source: format!("managedFields: {}", write.manager).into(),
                note: if created { "created" } else { "values before are not recorded" }.into(),
                revision: None,
                soundness: Soundness::Unknown,
            }
        })
    })
    .collect()
}

/// Names of the ConfigMaps a pod template refers to: volumes, whole environments and single settings.
#[must_use]
pub fn configured_by(workload: &RawObject) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if matches!(name.as_str(), "configMap" | "configMapRef" | "configMapKeyRef")
                        && let Some(name) = value.get("name").and_then(Value::as_str)
                    {
                        found.insert(name.to_owned());
                    }
                    collect(value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    if let Some(spec) = workload.value().pointer("/spec/template/spec") {
        collect(spec, &mut found);
    }
    found
}

fn scaling(service: &ObjectKey, records: &Records<'_>) -> Vec<Change> {
    let own: Vec<&HorizontalPodAutoscalerRow> = (records.autoscalers.iter().flatten())
        .filter(|autoscaler| autoscaler.target().is_some_and(|target| target == *service))
        .collect();
    let events = || records.events.iter().flatten();
    let about = |event: &EventRow, key: &ObjectKey| event.about.key().is_some_and(|about| about == *key);
    let mut changes = Vec::new();
    for event in events().filter(|event| event.reason == "SuccessfulRescale") {
        let Some(at) = event.last.filter(|_| own.iter().any(|autoscaler| about(event, &autoscaler.key))) else {
            continue;
        };
        let to = number_after(&event.message, "New size: ");
        let from = to.and_then(|to| {
            events()
                .filter(|event| about(event, service))
                .filter(|event| {
                    event.last.is_some_and(|scaled| scaled.duration_since(at).abs() < SignedDuration::from_secs(15))
                })
                .filter_map(|event| scaled(&event.message))
                .find_map(|(from, size)| from.filter(|_| size == to))
        });
        let why = event.message.split_once("reason: ").map_or("", |(_, why)| why);
        changes.push(scale(&event.about.key().unwrap_or_else(|| service.clone()), at, "HPA ", from, to, "event", why));
    }
    for autoscaler in own {
        let Some(at) = autoscaler.last_scale else { continue };
        let told =
            changes.iter().any(|change: &Change| change.at.duration_since(at).abs() < SignedDuration::from_mins(1));
        if !told {
            changes.push(scale(&autoscaler.key, at, "HPA ", None, Some(autoscaler.desired), "HPA status", ""));
        }
    }
    let rollouts: Vec<Timestamp> = records.revisions.unwrap_or_default().iter().map(|revision| revision.at).collect();
    let moves = || events().filter(|event| event.reason == "ScalingReplicaSet" && about(event, service));
    for event in moves() {
        let (Some(at), Some((from, to))) = (event.last, scaled(&event.message)) else { continue };
        // The times of older rollouts to a revision that was used again are not known otherwise.
        let in_turn = moves().any(|other| {
            replica_set(&other.message) != replica_set(&event.message)
                && other.last.is_some_and(|last| last.duration_since(at).abs() < IN_TURN)
        });
        let near = |other: Timestamp, within| (SignedDuration::ZERO..within).contains(&at.duration_since(other));
        let rolling = rollouts.iter().any(|begin| near(*begin, ROLLOUT));
        let told = changes.iter().any(|change| change.at.duration_since(at).abs() < SignedDuration::from_secs(15));
        // From or to nothing is a revision that comes or goes.
        if !rolling && !in_turn && !told && from != Some(0) && to != 0 {
            changes.push(scale(service, at, "", from, Some(to), "event", ""));
        }
    }
    changes
}

fn scale(
    object: &ObjectKey,
    at: Timestamp,
    who: &str,
    from: Option<u32>,
    to: Option<u32>,
    source: &str,
    why: &str,
) -> Change {
    let size = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let title = match from {
        Some(_) => format!("{who}{} → {}", size(from), size(to)),
        None => format!("{who}→ {}", size(to)),
    };
    Change {
        at,
        about: false,
        kind: ChangeKind::Scale,
        object: object.clone(),
        title: title.into(),
        source: source.into(),
        note: why.into(),
        revision: None,
        soundness: Soundness::Unknown,
    }
}

/// `Scaled up replica set pay-api-7d9f8 from 4 to 8`, or without its `from` in older clusters.
fn scaled(message: &str) -> Option<(Option<u32>, u32)> {
    let (_, rest) = message.split_once("replica set ")?;
    Some((number_after(rest, " from "), number_after(rest, " to ")?))
}

fn replica_set(message: &str) -> &str {
    let (_, rest) = message.split_once("replica set ").unwrap_or_default();
    rest.split(' ').next().unwrap_or_default()
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    let (_, rest) = text.split_once(mark)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

fn node_events(records: &Records<'_>) -> Vec<Change> {
    const TELLING: [&str; 8] = [
        "NodeNotReady",
        "NodeReady",
        "Rebooted",
        "NodeHasDiskPressure",
        "NodeHasInsufficientMemory",
        "NodeHasInsufficientPID",
        "NodeNotSchedulable",
        "SystemOOM",
    ];
    (records.node_events.iter().flatten())
        .filter(|event| event.about.kind == "Node" && records.nodes.contains(&event.about.name))
        .filter(|event| TELLING.contains(&event.reason.as_str()))
        .filter_map(of_node)
        .collect()
}

/// Where events about nodes may not be read: what was done to the pods for their node's sake, told where the pods are.
fn lost_nodes(records: &Records<'_>) -> Vec<Change> {
    const TELLING: [&str; 3] = ["NodeNotReady", "TaintManagerEviction", "Evicted"];
    if records.node_events.is_some() {
        return Vec::new();
    }
    let holders = records.revisions.unwrap_or_default();
    let is_ours = |pod: &str| holders.iter().any(|set| pod.strip_prefix(set.holder.as_str()).is_some_and(is_pod_of));
    (records.events.iter().flatten())
        .filter(|event| event.about.kind == "Pod" && TELLING.contains(&event.reason.as_str()))
        .filter(|event| is_ours(&event.about.name))
        .filter_map(of_node)
        .collect()
}

/// What an event tells of a node.
fn of_node(event: &EventRow) -> Option<Change> {
    Some(Change {
        at: event.last?,
        about: false,
        kind: ChangeKind::Node,
        object: event.about.key()?,
        title: format!("{} {}", event.about.name, event.reason).into(),
        source: "event".into(),
        note: event.message.clone(),
        revision: None,
        soundness: Soundness::Unknown,
    })
}

/// What follows the name of a ReplicaSet in the name of its pod.
fn is_pod_of(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|suffix| !suffix.contains('-'))
}

fn limits(records: &Records<'_>, now: Timestamp) -> Vec<CleanText> {
    let mut limits = Vec::new();
    match &records.events {
        Some(events) => {
            let kept = now.checked_sub(EVENTS_KEPT).unwrap_or(now);
            let oldest = events.iter().filter_map(|event| event.first.min(event.last)).min();
            // A cluster that keeps them longer shows it by holding older ones.
            let (from, kept) = match oldest {
                Some(oldest) if oldest < kept => (oldest, "older events are not kept"),
                _ => (kept, "events are kept 1 h"),
            };
            limits.push(format!("before {} only revisions are known ({kept})", when(from, now)).into());
        }
        None => limits.push("events could not be read: scaling is not known".into()),
    }
    if records.node_events.is_none() {
        limits.push(
            "events in namespace default could not be read: what happened to nodes is known from pods alone".into(),
        );
    }
    if records.revisions.is_none() {
        limits.push("revisions could not be read: releases are not known".into());
    }
    if records.config_maps.is_none() {
        limits.push("ConfigMaps could not be read: writes of configuration are not known".into());
    }
    let helm = records
        .workload
        .is_some_and(|workload| workload.value().pointer("/metadata/annotations/meta.helm.sh~1release-name").is_some());
    if helm && records.releases.is_none() {
        limits.push("Helm's records could not be read: its revisions are not known".into());
    }
    limits
}

fn when(at: Timestamp, now: Timestamp) -> String {
    if now.duration_since(at) < SignedDuration::from_hours(24) { figure::minute(at) } else { figure::stamp(at) }
}

#[cfg(test)]
mod tests;
