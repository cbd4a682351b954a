//! Writes from outside, and what follows from them.

use serde_json::{Value, json};

use super::kinds::Kind;
use super::services::ServiceId;
use super::state::World;
use super::store::Key;
use super::timeline::ChangeKind;

impl World {
    /// Names the author of the writes that follow.
    pub fn set_author(&mut self, author: &str) {
        self.author = author.to_owned();
    }

    /// Replaces a Deployment; a changed `spec` raises the generation and moves the controller.
    pub fn write_deployment(&mut self, key: &Key, mut value: Value) {
        let Some(old) = self.store.value(Kind::Deployment, key).cloned() else { return };
        if old["spec"] != value["spec"] {
            value["metadata"]["generation"] = json!(old["metadata"]["generation"].as_i64().unwrap_or(0) + 1);
        }
        let (from, to) = (old["spec"]["replicas"].as_u64(), value["spec"]["replicas"].as_u64());
        self.put_if_changed(Kind::Deployment, key, value);
        let service = ServiceId::find(&key.namespace, &key.name);
        if let (Some(service), Some(from), Some(to)) = (service, from, to)
            && from != to
        {
            let by_autoscaler = self.author == "horizontal-pod-autoscaler";
            let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
            self.record(service, ChangeKind::Scale { from: number(from), to: number(to), by_autoscaler });
        }
        self.sync_deployment(key);
        if let Some(service) = service {
            self.plan_autoscaling(service);
        }
    }

    /// Replaces any other object; sets let their controller look.
    pub fn write(&mut self, kind: Kind, key: &Key, mut value: Value) {
        if kind == Kind::Deployment {
            return self.write_deployment(key, value);
        }
        if let Some(old) = self.store.value(kind, key)
            && old["spec"] != value["spec"]
            && let Some(generation) = old["metadata"]["generation"].as_i64()
        {
            value["metadata"]["generation"] = json!(generation + 1);
        }
        let exists = self.store.get(kind, key).is_some();
        if exists {
            self.put_if_changed(kind, key, value);
        } else {
            self.put_value(kind, key.clone(), value);
        }
        if matches!(kind, Kind::StatefulSet | Kind::DaemonSet) {
            self.sync_set(kind, key);
        }
    }

    /// Deletes as asked for by a user; `false` when there is nothing of that name.
    pub fn delete(&mut self, kind: Kind, key: &Key) -> bool {
        if self.store.get(kind, key).is_none() {
            return false;
        }
        match kind {
            Kind::Pod => self.begin_deletion(key, false),
            Kind::Deployment => self.delete_deployment(key),
            _ => {
                self.store.remove(kind, key);
            }
        }
        true
    }

    /// With everything that belongs to it, as the garbage collector does in the background.
    fn delete_deployment(&mut self, key: &Key) {
        let Some(deployment) = self.store.value(Kind::Deployment, key).cloned() else { return };
        let uid = &deployment["metadata"]["uid"];
        let sets: Vec<Key> = self
            .store
            .in_namespace(Kind::ReplicaSet, &key.namespace)
            .filter(|(set, _)| {
                self.store
                    .value(Kind::ReplicaSet, set)
                    .is_some_and(|value| value["metadata"]["ownerReferences"][0]["uid"] == *uid)
            })
            .map(|(set, _)| set.clone())
            .collect();
        let pods: Vec<Key> = self
            .store
            .pods_in(&key.namespace)
            .filter(|(_, pod)| sets.iter().any(|set| set.name == pod.controller.name))
            .map(|(pod, _)| pod.clone())
            .collect();
        self.store.remove(Kind::Deployment, key);
        for set in &sets {
            self.store.remove(Kind::ReplicaSet, set);
            self.templates.remove(set);
        }
        for pod in &pods {
            self.begin_deletion(pod, true);
        }
    }
}
