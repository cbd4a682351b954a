//! The Deployment controller: ReplicaSets and their revisions, rolling updates.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Value, json};

use super::birth::copy_annotations;
use super::kinds::Kind;
use super::pod::{ControllerRef, Pod, Template, image_tag};
use super::random;
use super::services::ServiceId;
use super::state::World;
use super::store::Key;
use super::timeline::{Change, ChangeKind};
use crate::demo::objects::event::Occurrence;
use crate::demo::objects::workload::{HASH_LABEL, REVISION, replica_set};

const HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// A ReplicaSet of the Deployment in hand.
struct Set {
    key: Key,
    value: Value,
    pods: Vec<Arc<Pod>>,
}

impl Set {
    fn replicas(&self) -> i64 {
        self.value["spec"]["replicas"].as_i64().unwrap_or(0)
    }

    fn available(&self) -> i64 {
        count(self.pods.iter().filter(|p| p.is_available()))
    }

    fn revision(&self) -> i64 {
        revision_of(&self.value)
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

pub(super) fn revision_of(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A template as it is compared: without the label that tells its revisions apart.
fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH_LABEL);
    }
    template
}

fn template_version(template: &Value) -> &str {
    image_tag(template["spec"]["containers"][0]["image"].as_str().unwrap_or_default())
}

/// A number or a share of the replicas.
fn resolve(value: &Value, replicas: i64, round_up: bool) -> i64 {
    if let Some(number) = value.as_i64() {
        return number;
    }
    let percent: i64 = value.as_str().and_then(|t| t.strip_suffix('%')?.parse().ok()).unwrap_or(25);
    let exact = replicas * percent;
    if round_up { (exact + 99) / 100 } else { exact / 100 }
}

impl World {
    /// One turn of the controller: called after every write to the Deployment and every change of its pods.
    pub(super) fn sync_deployment(&mut self, key: &Key) {
        if self.store.value(Kind::Deployment, key).is_none() {
            return;
        }
        self.choose_revision(key);
        // Deleting and creating change the counts that the next step is decided on; a turn settles in a few rounds.
        for _ in 0..8 {
            let scaled = self.scale_sets(key);
            let filled = self.fill_sets(key);
            if !scaled && !filled {
                break;
            }
        }
        self.refresh_status(key);
        self.trim_history(key);
    }

    fn sets_of(&self, key: &Key) -> Vec<Set> {
        let Some(deployment) = self.store.value(Kind::Deployment, key) else { return Vec::new() };
        let uid = &deployment["metadata"]["uid"];
        let mut sets: Vec<Set> = self
            .store
            .in_namespace(Kind::ReplicaSet, &key.namespace)
            .filter_map(|(set_key, _)| {
                let value = self.store.value(Kind::ReplicaSet, set_key)?;
                (value["metadata"]["ownerReferences"][0]["uid"] == *uid).then(|| Set {
                    key: set_key.clone(),
                    value: (**value).clone(),
                    pods: Vec::new(),
                })
            })
            .collect();
        sets.sort_by_key(Set::revision);
        for (_, pod) in self.store.pods_in(&key.namespace).filter(|(_, pod)| pod.is_active()) {
            if let Some(set) = sets.iter_mut().find(|set| set.key.name == pod.controller.name) {
                set.pods.push(Arc::clone(pod));
            }
        }
        sets
    }

    /// Finds or makes the ReplicaSet of the present template and numbers it.
    fn choose_revision(&mut self, key: &Key) {
        let Some(deployment) = self.store.value(Kind::Deployment, key).cloned() else { return };
        if deployment["spec"]["paused"] == json!(true) {
            return;
        }
        let sets = self.sets_of(key);
        let wanted = bare(&deployment["spec"]["template"]);
        let newest = sets.last().map_or(0, Set::revision);
        let before = sets.last().map(|set| set.value["spec"]["template"].clone());
        let found = sets.into_iter().find(|set| bare(&set.value["spec"]["template"]) == wanted);
        let (mut set, revision, fresh) = match found {
            Some(set) if set.revision() == newest => (set, newest, false),
            Some(set) => (set, newest + 1, true),
            None => (self.new_set(key, &deployment, &wanted), newest + 1, true),
        };
        let old = set.revision();
        if fresh && old > 0 {
            let history = set.value["metadata"]["annotations"][HISTORY].as_str().unwrap_or_default();
            let history = if history.is_empty() { old.to_string() } else { format!("{history},{old}") };
            set.value["metadata"]["annotations"][HISTORY] = json!(history);
        }
        copy_annotations(&deployment, &mut set.value);
        set.value["metadata"]["annotations"][REVISION] = json!(revision.to_string());
        self.put_if_changed(Kind::ReplicaSet, &set.key, set.value);
        let mut deployment = (*deployment).clone();
        deployment["metadata"]["annotations"][REVISION] = json!(revision.to_string());
        self.put_if_changed(Kind::Deployment, key, deployment);
        if fresh {
            self.progress.insert(key.clone(), self.now);
            self.schedule_deadline(key);
            if let (Some(service), Some(before)) = (ServiceId::find(&key.namespace, &key.name), before) {
                let change = ChangeKind::Release {
                    from: template_version(&before).to_owned(),
                    to: template_version(&wanted).to_owned(),
                    revision: u32::try_from(revision).unwrap_or(0),
                };
                self.record(service, change);
            }
        }
    }

    pub(super) fn record(&mut self, service: ServiceId, kind: ChangeKind) {
        let change = Change { at: self.now, service, by: self.author.clone(), kind };
        Arc::make_mut(&mut self.timeline).changes.push(change);
    }

    fn new_set(&mut self, key: &Key, deployment: &Value, template: &Value) -> Set {
        let text = template.to_string();
        let mut collisions = 0;
        loop {
            let hash = random::suffix(self.seed, &["template", &key.name, &text, &collisions.to_string()], 9);
            let name = format!("{}-{hash}", key.name);
            let set_key = Key::new(key.namespace.clone(), name.clone());
            if self.store.get(Kind::ReplicaSet, &set_key).is_none() {
                self.births += 1;
                let uid = random::uid(self.seed, &["replicaset", &name, &self.births.to_string()]);
                let value = replica_set(&name, &hash, deployment, template, &self.timestamp(), &uid);
                return Set { key: set_key, value, pods: Vec::new() };
            }
            collisions += 1;
        }
    }

    /// Decides how many replicas each ReplicaSet should have now; tells whether it changed any.
    fn scale_sets(&mut self, key: &Key) -> bool {
        let Some(deployment) = self.store.value(Kind::Deployment, key).cloned() else { return false };
        let desired = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let mut sets = self.sets_of(key);
        let before: Vec<i64> = sets.iter().map(Set::replicas).collect();
        let mut wanted = before.clone();
        let Some(newest) = sets.len().checked_sub(1) else { return false };
        if deployment["spec"]["paused"] == json!(true) {
            // A paused Deployment only scales what serves.
            let others: i64 = wanted[..newest].iter().sum();
            wanted[newest] = (desired - others).max(0);
        } else if deployment["spec"]["strategy"]["type"] == "Recreate" {
            wanted[..newest].fill(0);
            let leaving = self
                .store
                .pods_in(&key.namespace)
                .any(|(_, pod)| sets[..newest].iter().any(|set| set.key.name == pod.controller.name));
            wanted[newest] = if leaving { 0 } else { desired };
        } else {
            let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
            let surge = resolve(&rolling["maxSurge"], desired, true);
            let mut unavailable = resolve(&rolling["maxUnavailable"], desired, false);
            if surge == 0 && unavailable == 0 {
                unavailable = 1;
            }
            let total: i64 = wanted.iter().sum();
            wanted[newest] = if wanted[newest] > desired {
                desired
            } else {
                wanted[newest] + (desired + surge - total).clamp(0, desired - wanted[newest])
            };
            let least = desired - unavailable;
            let new_missing = wanted[newest] - sets[newest].available();
            let total: i64 = wanted.iter().sum();
            let mut spare = total - least - new_missing;
            // First what does not serve anyway, then what can be spared; the oldest revision first.
            for (index, set) in sets[..newest].iter().enumerate() {
                let broken = (wanted[index] - set.available()).clamp(0, spare.max(0));
                wanted[index] -= broken;
                spare -= broken;
            }
            let available: i64 = sets.iter().map(Set::available).sum();
            let mut spare = available - least;
            for count in &mut wanted[..newest] {
                let fewer = (*count).clamp(0, spare.max(0));
                *count -= fewer;
                spare -= fewer;
            }
        }
        let mut changed = false;
        for (index, set) in sets.iter_mut().enumerate() {
            if wanted[index] == before[index] {
                continue;
            }
            changed = true;
            let direction = if wanted[index] > before[index] { "up" } else { "down" };
            let generation = set.value["metadata"]["generation"].as_i64().unwrap_or(1);
            set.value["spec"]["replicas"] = json!(wanted[index]);
            set.value["metadata"]["generation"] = json!(generation + 1);
            let message =
                format!("Scaled {direction} replica set {} from {} to {}", set.key.name, before[index], wanted[index]);
            self.put_value(Kind::ReplicaSet, set.key.clone(), set.value.clone());
            self.tell(Occurrence {
                kind: Kind::Deployment,
                namespace: key.namespace.clone(),
                name: key.name.clone(),
                uid: deployment["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
                field_path: None,
                warning: false,
                reason: "ScalingReplicaSet",
                message,
                component: "deployment-controller",
                host: None,
            });
        }
        changed
    }

    /// Creates and deletes pods until each ReplicaSet has its number; tells whether it did any.
    fn fill_sets(&mut self, key: &Key) -> bool {
        let mut changed = false;
        for mut set in self.sets_of(key) {
            let wanted = set.replicas();
            let have = count(set.pods.iter());
            for _ in have..wanted {
                let shared = self
                    .templates
                    .entry(set.key.clone())
                    .or_insert_with(|| Arc::new(Template::of(&set.value["spec"]["template"])))
                    .clone();
                let controller = ControllerRef {
                    kind: "ReplicaSet",
                    name: set.key.name.clone(),
                    uid: set.value["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
                };
                let service = ServiceId::find(&key.namespace, &key.name);
                let revision = u32::try_from(set.revision()).unwrap_or(0);
                self.create_pod(&key.namespace, controller, shared, service, revision, None);
                changed = true;
            }
            set.pods.sort_by_key(|pod| (pod.ready, Reverse(pod.ready_changed)));
            for pod in set.pods.iter().take(usize::try_from(have - wanted).unwrap_or(0)) {
                self.begin_deletion(&Key::new(pod.namespace.clone(), pod.name.clone()), true);
                changed = true;
            }
        }
        changed
    }

    /// Writes the statuses of the Deployment and its ReplicaSets from what the pods are.
    pub(super) fn refresh_status(&mut self, key: &Key) {
        let Some(deployment) = self.store.value(Kind::Deployment, key).cloned() else { return };
        let sets = self.sets_of(key);
        let desired = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let surge = resolve(&deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"], desired, true);
        for set in &sets {
            let mut value = set.value.clone();
            let (replicas, available) = (count(set.pods.iter()), set.available());
            let mut status = json!({"replicas": replicas, "fullyLabeledReplicas": replicas, "readyReplicas": available,
                "availableReplicas": available, "observedGeneration": value["metadata"]["generation"]});
            if let Some(map) = status.as_object_mut() {
                map.retain(|name, number| name == "replicas" || *number != json!(0));
            }
            value["status"] = status;
            if set.replicas() > 0 {
                value["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"] =
                    json!(desired.to_string());
                value["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] =
                    json!((desired + surge).to_string());
            }
            self.put_if_changed(Kind::ReplicaSet, &set.key, value);
        }
        let total: i64 = sets.iter().map(|set| count(set.pods.iter())).sum();
        let available: i64 = sets.iter().map(Set::available).sum();
        let wanted = bare(&deployment["spec"]["template"]);
        let newest = sets.iter().find(|set| bare(&set.value["spec"]["template"]) == wanted);
        let updated = newest.map_or(0, |set| count(set.pods.iter()));
        let complete = updated == desired && total == desired && available == desired;

        let mut status = json!({
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": available,
            "availableReplicas": available,
            "unavailableReplicas": (total.max(desired) - available).max(0),
        });
        let progressed = ["updatedReplicas", "readyReplicas", "availableReplicas"]
            .iter()
            .any(|name| status[*name].as_i64() > deployment["status"][*name].as_i64());
        if let Some(map) = status.as_object_mut() {
            map.retain(|_, number| *number != json!(0));
        }
        if complete {
            self.progress.remove(key);
        } else if progressed && self.progress.contains_key(key) {
            self.progress.insert(key.clone(), self.now);
            self.schedule_deadline(key);
        }
        self.refresh_budget(key, desired, available);
        self.refresh_autoscaler(key, desired);
        let name = newest.map_or("", |set| set.key.name.as_str());
        status["conditions"] = self.conditions(key, &deployment, available, complete, name);
        let mut value = (*deployment).clone();
        value["status"] = status;
        self.put_if_changed(Kind::Deployment, key, value);
    }

    fn refresh_budget(&mut self, key: &Key, desired: i64, available: i64) {
        let Some(budget) = self.store.value(Kind::PodDisruptionBudget, key) else { return };
        let mut value = (**budget).clone();
        let needed = (desired - resolve(&value["spec"]["maxUnavailable"], desired, true)).max(0);
        value["status"]["expectedPods"] = json!(desired);
        value["status"]["desiredHealthy"] = json!(needed);
        value["status"]["currentHealthy"] = json!(available);
        value["status"]["disruptionsAllowed"] = json!((available - needed).max(0));
        self.put_if_changed(Kind::PodDisruptionBudget, key, value);
    }

    fn refresh_autoscaler(&mut self, key: &Key, desired: i64) {
        let Some(autoscaler) = self.store.value(Kind::HorizontalPodAutoscaler, key) else { return };
        let mut value = (**autoscaler).clone();
        value["status"]["currentReplicas"] = json!(desired);
        self.put_if_changed(Kind::HorizontalPodAutoscaler, key, value);
    }

    fn conditions(&self, key: &Key, deployment: &Value, available: i64, complete: bool, set: &str) -> Value {
        let desired = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let unavailable = resolve(&deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], desired, false);
        let old = |kind: &str| {
            deployment["status"]["conditions"].as_array().and_then(|c| c.iter().find(|c| c["type"] == kind)).cloned()
        };
        let condition = |kind: &str, status: &str, reason: &str, message: String| {
            let now = json!(self.timestamp());
            let before = old(kind);
            let same_status = before.as_ref().filter(|c| c["status"] == status);
            let unchanged = same_status.filter(|c| c["reason"] == reason && c["message"] == message.as_str());
            json!({"type": kind, "status": status,
                "lastUpdateTime": unchanged.map_or(now.clone(), |c| c["lastUpdateTime"].clone()),
                "lastTransitionTime": same_status.map_or(now, |c| c["lastTransitionTime"].clone()),
                "reason": reason, "message": message})
        };
        let availability = if available >= desired - unavailable {
            condition(
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.".to_owned(),
            )
        } else {
            let message = "Deployment does not have minimum availability.".to_owned();
            condition("Available", "False", "MinimumReplicasUnavailable", message)
        };
        let late = self.progress.get(key).is_some_and(|since| *since + deadline(deployment) <= self.now);
        let progress = if deployment["spec"]["paused"] == json!(true) {
            condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused".to_owned())
        } else if complete {
            let message = format!("ReplicaSet \"{set}\" has successfully progressed.");
            condition("Progressing", "True", "NewReplicaSetAvailable", message)
        } else if late {
            let message = format!("ReplicaSet \"{set}\" has timed out progressing.");
            condition("Progressing", "False", "ProgressDeadlineExceeded", message)
        } else if self.progress.contains_key(key) {
            condition("Progressing", "True", "ReplicaSetUpdated", format!("ReplicaSet \"{set}\" is progressing."))
        } else {
            old("Progressing").unwrap_or_else(|| {
                let message = format!("ReplicaSet \"{set}\" is progressing.");
                condition("Progressing", "True", "ReplicaSetUpdated", message)
            })
        };
        json!([availability, progress])
    }

    fn schedule_deadline(&mut self, key: &Key) {
        let Some(deployment) = self.store.value(Kind::Deployment, key) else { return };
        let at = self.now + deadline(deployment);
        self.schedule(at, super::state::Task::Deadline { key: key.clone() });
    }

    /// Keeps `revisionHistoryLimit` idle ReplicaSets.
    fn trim_history(&mut self, key: &Key) {
        let Some(deployment) = self.store.value(Kind::Deployment, key) else { return };
        let limit = deployment["spec"]["revisionHistoryLimit"].as_u64().unwrap_or(10);
        let wanted = bare(&deployment["spec"]["template"]);
        let idle: Vec<Key> = self
            .sets_of(key)
            .into_iter()
            .filter(|s| s.replicas() == 0 && s.pods.is_empty() && bare(&s.value["spec"]["template"]) != wanted)
            .map(|s| s.key)
            .collect();
        let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        for key in idle.iter().take(surplus) {
            self.store.remove(Kind::ReplicaSet, key);
            self.templates.remove(key);
        }
    }
}

fn deadline(deployment: &Value) -> std::time::Duration {
    std::time::Duration::from_secs(deployment["spec"]["progressDeadlineSeconds"].as_u64().unwrap_or(600))
}
