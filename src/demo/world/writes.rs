//! Writes from outside, and what follows from them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds::Kind;
use super::pod::Pod;
use super::services::ServiceId;
use super::state::World;
use super::store::Key;
use super::timeline::ChangeKind;

impl World {
    /// Names the author of the writes that follow.
    pub fn set_author(&mut self, author: &str) {
        author.clone_into(&mut self.author);
    }

    /// Creates or replaces an object and lets its controller look. What was written is returned, as it was before any
    /// controller answered to it.
    pub fn write(&mut self, kind: Kind, key: &Key, value: Value) -> Arc<Value> {
        let old = self.store.value(kind, key).cloned();
        let value = with_generation(value, old.as_deref());
        match &old {
            Some(_) => self.put_if_changed(kind, key, value.clone()),
            None => {
                self.put_value(kind, key.clone(), value.clone());
            }
        }
        let written = self.store.value(kind, key).cloned().unwrap_or_else(|| Arc::new(value));
        match kind {
            Kind::Deployment => self.deployment_written(key, old.as_deref(), &written),
            Kind::StatefulSet | Kind::DaemonSet => self.sync_set(kind, key),
            _ => {}
        }
        written
    }

    fn deployment_written(&mut self, key: &Key, old: Option<&Value>, new: &Value) {
        let service = ServiceId::find(&key.namespace, &key.name);
        let replicas = |deployment: &Value| deployment["spec"]["replicas"].as_u64();
        if let (Some(service), Some(from), Some(to)) = (service, old.and_then(replicas), replicas(new))
            && from != to
        {
            let by_autoscaler = self.author == super::autoscaler::NAME;
            let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
            self.record(service, ChangeKind::Scale { from: number(from), to: number(to), by_autoscaler });
        }
        self.sync_deployment(key);
        if let Some(service) = service {
            self.plan_autoscaling(service);
            self.plan_healing(service, new);
        }
    }

    /// Deletes as a user asks for it; `false` when there is nothing of that name.
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

    /// What keeps a pod from being evicted: the name of its budget, what it needs and what it has.
    pub fn budget_against(&self, pod: &Pod) -> Option<(String, u64, u64)> {
        let name = pod.label("app.kubernetes.io/name")?;
        let budget = self.store.value(Kind::PodDisruptionBudget, &Key::new(pod.namespace.clone(), name))?;
        let number = |field: &str| budget["status"][field].as_u64().unwrap_or(0);
        let spent = number("disruptionsAllowed") == 0;
        spent.then(|| (name.to_owned(), number("desiredHealthy"), number("currentHealthy")))
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

/// A changed `spec` raises the generation of the kinds that have one.
pub fn with_generation(mut value: Value, old: Option<&Value>) -> Value {
    let before = old.and_then(|old| old["metadata"]["generation"].as_i64());
    match (old, before) {
        (Some(old), Some(generation)) => {
            let changed = old["spec"] != value["spec"];
            value["metadata"]["generation"] = json!(generation + i64::from(changed));
        }
        (None, _) if value["spec"].is_object() => value["metadata"]["generation"] = json!(1),
        _ => {}
    }
    value
}
