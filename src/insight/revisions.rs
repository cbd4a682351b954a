//! The revisions of a Deployment, read from its ReplicaSets: what each ran, since when, how it fared, and to which one
//! a rollback goes when nobody says.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::raw::RawObject;
use crate::domain::revision::{Revision, Soundness};
use crate::domain::text::CleanText;
use crate::kinds::image;
use crate::kinds::workload::{CHANGE_CAUSE, RESTARTED_AT, REVISION, REVISION_HISTORY, TEMPLATE_HASH};

/// All revisions of this Deployment among these ReplicaSets, newest first.
#[must_use]
pub fn revisions(deployment: &RawObject, replica_sets: &[RawObject]) -> Vec<Revision> {
    let mut held: Vec<Held<'_>> = replica_sets
        .iter()
        .filter(|replica_set| is_owned(replica_set, deployment))
        .filter_map(|replica_set| {
            let number = annotation(replica_set, REVISION)?.parse().ok()?;
            let history = annotation(replica_set, REVISION_HISTORY).unwrap_or_default();
            let earlier = history.split(',').filter_map(|number| number.trim().parse().ok()).collect();
            Some(Held { number, replica_set, earlier })
        })
        .collect();
    held.sort_by_key(|held| std::cmp::Reverse(held.number));
    let mut revisions: Vec<Revision> = (held.iter().enumerate())
        .map(|(index, current)| revision(deployment, current, held.get(index + 1), index == 0))
        .collect();
    put_in_order(&mut revisions);
    revisions
}

/// What is about when a revision was used again may be long before: it came after all that have a lower number.
fn put_in_order(revisions: &mut [Revision]) {
    for index in (0..revisions.len()).rev() {
        let number = revisions[index].number;
        let before = rollouts(revisions).into_iter().filter(|rollout| rollout.number < number);
        if let Some(latest) = before.filter_map(|rollout| rollout.at).max() {
            let revision = &mut revisions[index];
            if revision.about {
                revision.at = revision.at.max(latest);
            }
        }
    }
}

/// A ReplicaSet with its newest number.
struct Held<'a> {
    number: u64,
    replica_set: &'a RawObject,
    /// Numbers it had before a rollback took it up again: its creation tells nothing of its last rollout.
    earlier: Vec<u64>,
}

impl Held<'_> {
    fn used_again(&self) -> bool {
        !self.earlier.is_empty()
    }
}

fn revision(deployment: &RawObject, held: &Held<'_>, before: Option<&Held<'_>>, newest: bool) -> Revision {
    let template = template(held.replica_set);
    let images: Vec<CleanText> = containers(&template)
        .filter_map(|container| container.get("image").and_then(Value::as_str))
        .map(CleanText::new)
        .collect();
    let created = time(held.replica_set, "/metadata/creationTimestamp").unwrap_or_default();
    let again = match held.used_again() {
        false => None,
        // The newest one is what the Deployment's template says now: when was that written?
        true if newest => written(deployment, "template"),
        // It took the place of the one before, which was scaled down at that time, if it is that one.
        true => (before.filter(|before| !before.used_again() && before.number + 1 == held.number))
            .and_then(|before| written(before.replica_set, "replicas")),
    };
    let count = |pointer: &str| {
        held.replica_set.value().pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok())
    };
    let (ready, replicas) =
        (count("/status/readyReplicas").unwrap_or_default(), count("/spec/replicas").unwrap_or_default());
    Revision {
        number: held.number,
        earlier: held.earlier.clone(),
        first: created,
        holder: CleanText::new(held.replica_set.text("/metadata/name").unwrap_or_default()),
        at: again.unwrap_or(created),
        about: held.used_again(),
        version: version(&template),
        images,
        change_cause: CleanText::new(annotation(held.replica_set, CHANGE_CAUSE).unwrap_or_default()),
        soundness: soundness(deployment, newest, ready, replicas),
        template: RawObject::new(template),
        ready,
        replicas,
    }
}

/// What the objects alone tell of how it fares; measurements know more.
fn soundness(deployment: &RawObject, newest: bool, ready: u32, replicas: u32) -> Soundness {
    let stuck = newest && progress(deployment).is_some_and(|reason| reason == "ProgressDeadlineExceeded");
    if stuck {
        Soundness::Failed("its rollout did not finish in time".into())
    } else if replicas > 0 && ready >= replicas {
        Soundness::RanReady
    } else {
        Soundness::Unknown
    }
}

fn progress(deployment: &RawObject) -> Option<&str> {
    deployment
        .value()
        .pointer("/status/conditions")?
        .as_array()?
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some("Progressing"))?
        .get("reason")?
        .as_str()
}

/// The revision the Deployment asks for now: equal template first, because a number may lag behind.
#[must_use]
pub fn current<'a>(deployment: &RawObject, revisions: &'a [Revision]) -> Option<&'a Revision> {
    let wanted = template(deployment);
    let number = annotation(deployment, REVISION).and_then(|number| number.parse::<u64>().ok());
    revisions
        .iter()
        .find(|revision| *revision.template.value() == wanted)
        .or_else(|| revisions.iter().find(|revision| Some(revision.number) == number))
}

/// One time that a revision was rolled out.
#[derive(Debug)]
pub struct Rollout<'a> {
    /// The number the revision had then.
    pub number: u64,
    /// None when nothing tells it any more.
    pub at: Option<Timestamp>,
    pub about: bool,
    pub revision: &'a Revision,
}

impl Rollout<'_> {
    /// The revision was taken up again since, under another number.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.number != self.revision.number
    }
}

/// Every rollout that can be told, newest first. A rollback gives an old revision a new number; that it ran before is
/// kept here, so that going back does not change what happened.
#[must_use]
pub fn rollouts(revisions: &[Revision]) -> Vec<Rollout<'_>> {
    let mut rollouts = Vec::new();
    for revision in revisions {
        let now = Rollout { number: revision.number, at: Some(revision.at), about: revision.about, revision };
        rollouts.push(now);
        rollouts.extend(revision.earlier.iter().enumerate().map(|(index, &number)| Rollout {
            number,
            at: (index == 0).then_some(revision.first),
            about: false,
            revision,
        }));
    }
    rollouts.sort_by_key(|rollout| std::cmp::Reverse(rollout.number));
    rollouts
}

/// Where a rollback goes when nobody says: of the revisions that were there before the symptom began, the newest that
/// was measured healthy, else the newest that is not known to have failed. Where none was there before it, or the
/// measurements do not reach back so far, the newest older one.
#[must_use]
pub fn rollback_target<'a>(
    revisions: &'a [Revision],
    current: Option<&Revision>,
    onset: Option<Timestamp>,
) -> Option<&'a Revision> {
    let possible: Vec<&Revision> = revisions
        .iter()
        .filter(|revision| current.is_none_or(|current| revision.number != current.number))
        .filter(|revision| !matches!(revision.soundness, Soundness::Failed(_)))
        .collect();
    let before = |revision: &&&Revision| onset.is_none_or(|onset| revision.at < onset);
    let older = |revision: &&&Revision| current.is_none_or(|current| revision.number < current.number);
    let measured = |revision: &&&Revision| matches!(revision.soundness, Soundness::Measured { .. });
    let newest =
        |revisions: &mut dyn Iterator<Item = &&'a Revision>| revisions.max_by_key(|revision| revision.number).copied();
    newest(&mut possible.iter().filter(before).filter(measured))
        .or_else(|| newest(&mut possible.iter().filter(before)))
        .or_else(|| newest(&mut possible.iter().filter(older)))
}

/// Whether a rollout from one to the other only starts the same pods again.
#[must_use]
pub fn is_restart(before: &Revision, after: &Revision) -> bool {
    let without_mark = |template: &Value| {
        let mut copy = template.clone();
        if let Some(Value::Object(annotations)) = copy.pointer_mut("/metadata/annotations") {
            annotations.shift_remove(RESTARTED_AT);
            if annotations.is_empty()
                && let Some(Value::Object(metadata)) = copy.pointer_mut("/metadata")
            {
                metadata.shift_remove("annotations");
            }
        }
        copy
    };
    without_mark(before.template.value()) == without_mark(after.template.value())
}

/// The pod template of a workload without the hash that a controller adds, as it is written back.
#[must_use]
pub fn template(workload: &RawObject) -> Value {
    let mut template = workload.value().pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(Value::Object(labels)) = template.pointer_mut("/metadata/labels") {
        labels.shift_remove(TEMPLATE_HASH);
    }
    template
}

fn version(template: &Value) -> CleanText {
    let tag = containers(template)
        .next()
        .and_then(|container| container.get("image"))
        .and_then(Value::as_str)
        .map(image::version)
        .unwrap_or_default();
    if !tag.is_empty() && tag != "latest" {
        return tag;
    }
    let label = |key: &str| template.pointer("/metadata/labels")?.get(key)?.as_str();
    label("app.kubernetes.io/version").or_else(|| label("version")).map_or(tag, CleanText::new)
}

fn containers(template: &Value) -> impl Iterator<Item = &Value> {
    template.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten()
}

fn is_owned(object: &RawObject, owner: &RawObject) -> bool {
    let uid = owner.text("/metadata/uid").unwrap_or_default();
    let owners = object.value().pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|reference| {
        reference.get("controller") == Some(&Value::Bool(true))
            && reference.get("uid").and_then(Value::as_str) == Some(uid)
    })
}

fn annotation<'a>(object: &'a RawObject, key: &str) -> Option<&'a str> {
    object.value().pointer("/metadata/annotations")?.get(key)?.as_str()
}

fn time(object: &RawObject, pointer: &str) -> Option<Timestamp> {
    object.text(pointer)?.parse().ok()
}

/// The newest time anybody wrote a field of the spec.
fn written(object: &RawObject, field: &str) -> Option<Timestamp> {
    let name = format!("f:{field}");
    let entries = object.value().pointer("/metadata/managedFields")?.as_array()?;
    entries
        .iter()
        .filter(|entry| entry.get("subresource").and_then(Value::as_str).unwrap_or_default().is_empty())
        .filter(|entry| entry.pointer("/fieldsV1/f:spec").is_some_and(|spec| spec.get(&name).is_some()))
        .filter_map(|entry| entry.get("time")?.as_str()?.parse().ok())
        .max()
}

#[cfg(test)]
pub(in crate::insight) mod tests;
