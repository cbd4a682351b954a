//! The bad release: what others do to the shop, in order, and what had gone wrong before it. See the story's table;
//! consequences are the controllers'.

use std::sync::Arc;

use serde_json::json;

use super::kinds::Kind;
use super::pod::Pod;
use super::services::{CART_WORKER, PAY_API, SEARCH, ServiceId};
use super::state::{Task, World};
use super::store::Key;
use super::time::StoryTime;
use super::timeline::{BAD_VERSION, ChangeKind};
use crate::demo::objects::metadata::own;
use crate::demo::objects::workload::{CHANGE_CAUSE, cause, template};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A container of cart-worker ends; the next one reads a configuration that was written in between.
    CartWorkerEnds,
    /// ci-bot releases the bad version.
    BadRelease,
    /// A probe of an overloaded pod fails too often.
    LivenessKill,
    SearchRunsOutOfMemory,
    BobSilences,
    BobRollsBack,
}

const PLAYBILL: [(StoryTime, Scene); 7] = [
    (StoryTime::at(-115, -10), Scene::CartWorkerEnds),
    (StoryTime::at(-58, 0), Scene::SearchRunsOutOfMemory),
    (StoryTime::at(0, 20), Scene::BadRelease),
    (StoryTime::at(6, 0), Scene::LivenessKill),
    (StoryTime::at(7, 0), Scene::SearchRunsOutOfMemory),
    (StoryTime::at(10, 0), Scene::BobSilences),
    (StoryTime::at(12, 0), Scene::BobRollsBack),
];

impl World {
    pub(super) fn tell_story(&mut self) {
        for (at, scene) in PLAYBILL {
            self.schedule(at, Task::Scene(scene));
        }
    }

    pub(super) fn play(&mut self, scene: Scene) {
        match scene {
            Scene::BadRelease => self.release(PAY_API, BAD_VERSION, "ci-bot"),
            Scene::LivenessKill => {
                if let Some((key, pod)) = self.ready_pod(PAY_API, |pod| pod.template.version() == BAD_VERSION) {
                    let probe = "Liveness probe failed: Get \"http://".to_owned()
                        + &pod.ip
                        + ":8080/live\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
                    self.tell_of(&pod, "Unhealthy", probe, true, "kubelet", pod.node);
                    let killing = "Container app failed liveness probe, will be restarted".to_owned();
                    self.tell_of(&pod, "Killing", killing, false, "kubelet", pod.node);
                    self.end_container(&key, "Error", 137, "");
                }
            }
            Scene::CartWorkerEnds => {
                if let Some((key, _)) = self.ready_pod(CART_WORKER, |_| true) {
                    self.end_container(&key, "Error", 255, "");
                }
            }
            Scene::SearchRunsOutOfMemory => {
                // The one that leaks, once it has shown that it does.
                let leaky = |pod: &Pod| pod.restarts > 0 || self.now < StoryTime::START;
                if let Some((key, _)) = self.ready_pod(SEARCH, leaky) {
                    self.end_container(&key, "OOMKilled", 137, "");
                }
            }
            Scene::BobSilences => {
                if self.timeline.bad_share(self.now) > 0.0 {
                    self.set_author("bob@corp");
                    let silence = ChangeKind::Silence { by: "bob@corp", comment: "looking", minutes: 30 };
                    self.record(PAY_API, silence);
                }
            }
            Scene::BobRollsBack => {
                if self.timeline.bad_share(self.now) > 0.0 {
                    self.release(PAY_API, PAY_API.spec().version(), "bob@corp");
                }
            }
        }
    }

    /// What a pipeline does: the template and the word why.
    fn release(&mut self, service: ServiceId, version: &str, by: &str) {
        let spec = service.spec();
        let key = Key::new(spec.namespace, spec.name);
        let Some(deployment) = self.store.value(Kind::Deployment, &key) else { return };
        let mut value = (**deployment).clone();
        let mut next = template(spec, version);
        if version == BAD_VERSION
            && let Some(env) = next["spec"]["containers"][0]["env"].as_array_mut()
        {
            env.push(json!({"name": "FEATURE_X", "value": "on"}));
        }
        let why = match by {
            "ci-bot" => cause(spec, version),
            _ => format!("{by}: back to {version}"),
        };
        value["spec"]["template"] = next.clone();
        value["metadata"]["labels"]["app.kubernetes.io/version"] = json!(version);
        value["metadata"]["annotations"][CHANGE_CAUSE] = json!(why);
        let at = self.timestamp();
        let owned = json!({"metadata": {"annotations": {CHANGE_CAUSE: ""}}, "spec": {"template": next}});
        let manager = if by == "ci-bot" { "ci-bot" } else { "kubectl-rollout" };
        own(&mut value, manager, None, &at, &owned);
        self.set_author(by);
        self.write(Kind::Deployment, &key, value);
    }

    /// The first serving pod of a service, by name, that fits.
    fn ready_pod(&self, service: ServiceId, fits: impl Fn(&Pod) -> bool) -> Option<(Key, Arc<Pod>)> {
        self.store
            .pods_in(service.spec().namespace)
            .find(|(_, pod)| pod.service == Some(service) && pod.is_available() && fits(pod))
            .map(|(key, pod)| (key.clone(), Arc::clone(pod)))
    }
}
