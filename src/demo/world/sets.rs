//! StatefulSets and DaemonSets: lost pods come back under their rules; a new template rolls one pod at a time.

use std::sync::Arc;

use serde_json::json;

use super::kinds::Kind;
use super::pod::{ControllerRef, Pod, Template};
use super::services::ServiceId;
use super::state::World;
use super::store::Key;

impl World {
    pub(super) fn sync_set(&mut self, kind: Kind, key: &Key) {
        let Some(set) = self.store.value(kind, key).cloned() else { return };
        let pods: Vec<Arc<Pod>> = self
            .store
            .pods_in(&key.namespace)
            .filter(|(_, pod)| pod.controller.name == key.name && pod.controller.kind == kind.info().name)
            .map(|(_, pod)| Arc::clone(pod))
            .collect();
        let service = ServiceId::find(&key.namespace, &key.name);
        let desired = match kind {
            Kind::DaemonSet => self.store.all(Kind::Node).len(),
            _ => usize::try_from(set["spec"]["replicas"].as_u64().unwrap_or(1)).unwrap_or(usize::MAX),
        };
        let wanted = self.template_of_set(key, &set["spec"]["template"]);
        let active = pods.iter().filter(|pod| pod.is_active()).count();
        let controller = ControllerRef {
            kind: kind.info().name,
            name: key.name.clone(),
            uid: set["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        };
        if kind == Kind::StatefulSet {
            // A name is free again only when its pod is gone; the next ordinal waits for the one before.
            let free =
                (0..desired).map(|n| format!("{}-{n}", key.name)).find(|name| !pods.iter().any(|p| p.name == *name));
            let settled = pods.iter().all(|pod| pod.is_available());
            if let Some(name) = free.filter(|_| settled) {
                self.create_pod(&key.namespace, controller, Arc::clone(&wanted), service, 1, Some(name));
            } else if active > desired && settled {
                let last = format!("{}-{}", key.name, active - 1);
                self.begin_deletion(&Key::new(key.namespace.clone(), last), true);
            }
        } else if active < desired {
            for _ in active..desired {
                self.create_pod(&key.namespace, controller.clone(), Arc::clone(&wanted), service, 1, None);
            }
        }
        let all_serve = active == desired && pods.iter().all(|pod| pod.is_available());
        let outdated = pods.iter().rev().find(|pod| {
            pod.is_active() && pod.template.spec != wanted.spec || {
                pod.is_active() && pod.template.annotations != wanted.annotations
            }
        });
        if let Some(pod) = outdated.filter(|_| all_serve) {
            self.begin_deletion(&Key::new(pod.namespace.clone(), pod.name.clone()), true);
        }
        self.refresh_set(kind, key, desired, &wanted);
    }

    fn template_of_set(&mut self, key: &Key, template: &serde_json::Value) -> Arc<Template> {
        let current = Template::of(template);
        if let Some(known) = self.templates.get(key)
            && known.spec == current.spec
            && known.annotations == current.annotations
        {
            return Arc::clone(known);
        }
        let shared = Arc::new(current);
        self.templates.insert(key.clone(), Arc::clone(&shared));
        shared
    }

    fn refresh_set(&mut self, kind: Kind, key: &Key, desired: usize, wanted: &Arc<Template>) {
        let Some(set) = self.store.value(kind, key).cloned() else { return };
        let mut value = (*set).clone();
        let active: Vec<Arc<Pod>> = self
            .store
            .pods_in(&key.namespace)
            .filter(|(_, pod)| pod.controller.name == key.name && pod.is_active())
            .map(|(_, pod)| Arc::clone(pod))
            .collect();
        let ready = active.iter().filter(|pod| pod.is_available()).count();
        let updated = active
            .iter()
            .filter(|p| p.template.spec == wanted.spec && p.template.annotations == wanted.annotations)
            .count();
        let generation = value["metadata"]["generation"].clone();
        let status = &mut value["status"];
        status["observedGeneration"] = generation;
        if kind == Kind::DaemonSet {
            status["desiredNumberScheduled"] = json!(desired);
            status["currentNumberScheduled"] = json!(active.len());
            status["numberReady"] = json!(ready);
            status["numberAvailable"] = json!(ready);
            status["updatedNumberScheduled"] = json!(updated);
        } else {
            status["replicas"] = json!(active.len());
            status["readyReplicas"] = json!(ready);
            status["availableReplicas"] = json!(ready);
            status["updatedReplicas"] = json!(updated);
        }
        self.put_if_changed(kind, key, value);
    }
}
