//! Argo CD with self-heal, for the service it tracks: what differs from its repository is put back a little later.

use serde_json::{Value, json};

use super::kinds::Kind;
use super::services::{Owner, ServiceId};
use super::state::{Task, World};
use super::store::Key;
use crate::demo::objects::metadata::{changed, own};
use crate::demo::objects::workload::{manager, template};

/// Its default.
const HEALS_AFTER_MILLIS: i64 = 5000;

impl World {
    /// Called after each write to a Deployment.
    pub(super) fn plan_healing(&mut self, service: ServiceId, deployment: &Value) {
        let spec = service.spec();
        if matches!(spec.owner, Owner::Argo { .. }) && deployment["spec"]["template"] != template(spec, spec.version())
        {
            self.schedule(self.now.plus_millis(HEALS_AFTER_MILLIS), Task::Heal { service });
        }
    }

    pub(super) fn heal(&mut self, service: ServiceId) {
        let spec = service.spec();
        let key = Key::new(spec.namespace, spec.name);
        let Some(old) = self.store.value(Kind::Deployment, &key).cloned() else { return };
        let mut new = (*old).clone();
        new["spec"]["template"] = template(spec, spec.version());
        new["metadata"]["labels"]["app.kubernetes.io/version"] = json!(spec.version());
        if *old == new {
            return;
        }
        let difference = changed(&old, &new);
        own(&mut new, manager(spec.owner), None, &self.timestamp(), &difference);
        self.set_author("argocd");
        self.write(Kind::Deployment, &key, new);
    }
}
