//! The lives of pods: created, scheduled, pulled, started, ready; killed and started again; deleted and gone.

use std::sync::Arc;

use super::kinds::Kind;
use super::pod::{ControllerRef, Pod, Template, Termination, Waiting};
use super::random;
use super::services::{CART_WORKER, NODES, ServiceId};
use super::state::{PodStep, Task, World};
use super::store::{Body, Key};
use super::timeline::{BAD_VERSION, Interruption, PodSpan, pod_ip};
use crate::demo::objects::event::Occurrence;

const SCHEDULED_MILLIS: i64 = 100;
const STARTED_MILLIS: i64 = 1300;
/// What a pull adds on a node that does not hold the image.
const PULL_MILLIS: i64 = 800;
const GONE_MILLIS: i64 = 1200;
const DEFAULT_STARTUP_MILLIS: i64 = 4500;
/// What the kubelet needs to start a container again that need not wait.
const AT_ONCE_MILLIS: i64 = 1000;
/// After this time a program ends that has not found what it needs.
const GIVES_UP_MILLIS: i64 = 2000;

impl World {
    pub(super) fn create_pod(
        &mut self,
        namespace: &str,
        controller: ControllerRef,
        template: Arc<Template>,
        service: Option<ServiceId>,
        revision: u32,
        fixed_name: Option<String>,
    ) {
        self.births += 1;
        let birth = self.births.to_string();
        let name = fixed_name.clone().unwrap_or_else(|| {
            format!("{}-{}", controller.name, random::suffix(self.seed, &["birth", &controller.name, &birth], 5))
        });
        let version = template.version().to_owned();
        let spec_name = service.unwrap_or(ServiceId(0));
        let ip = pod_ip(self.seed, spec_name, &birth, u32::try_from(self.births).unwrap_or(0));
        let node = self.choose_node(namespace, &controller.name);
        let mut extra_labels = Vec::new();
        if controller.kind == "StatefulSet" {
            let ordinal = name.rsplit('-').next().unwrap_or("0").to_owned();
            extra_labels.push(("apps.kubernetes.io/pod-index".to_owned(), ordinal));
            extra_labels.push(("statefulset.kubernetes.io/pod-name".to_owned(), name.clone()));
        }
        if let Some(service) = service {
            let warming = self.timeline.pods_during(service, self.now.plus_millis(-1), self.now).any(|span| {
                span.version == version
                    && (span.end == Some(self.now) || (span.owner != controller.name && span.exists(self.now)))
            });
            let span = PodSpan {
                pod: name.clone(),
                ip: ip.clone(),
                node,
                owner: controller.name.clone(),
                version,
                revision,
                created: self.now,
                started: None,
                ready: None,
                end: None,
                warming,
                interruptions: Vec::new(),
            };
            Arc::make_mut(&mut self.timeline).open(service, span);
        }
        let uid = random::uid(self.seed, &["pod", namespace, &name, &birth]);
        let key = Key::new(namespace, name.clone());
        let pod = Pod {
            namespace: namespace.to_owned(),
            name: name.clone(),
            uid: uid.clone(),
            controller: controller.clone(),
            template,
            extra_labels,
            service,
            created: self.now,
            node: None,
            ip,
            waiting: None,
            running_since: None,
            last: None,
            restarts: 0,
            ready: false,
            ready_changed: self.now,
            deleted: None,
        };
        self.store.put(Kind::Pod, key.clone(), Body::Pod(Arc::new(pod)));
        if let Some(kind) = Kind::named(controller.kind) {
            self.tell(Occurrence {
                kind,
                namespace: namespace.to_owned(),
                name: controller.name,
                uid: controller.uid,
                field_path: None,
                warning: false,
                reason: "SuccessfulCreate",
                message: format!("Created pod: {name}"),
                component: if kind == Kind::ReplicaSet { "replicaset-controller" } else { "statefulset-controller" },
                host: None,
            });
        }
        self.schedule(self.now.plus_millis(SCHEDULED_MILLIS), Task::Pod { key, uid, step: PodStep::Scheduled });
    }

    /// Spreads the pods of one owner; the emptiest node by name.
    fn choose_node(&self, namespace: &str, owner: &str) -> &'static str {
        let load = |node: &str| {
            self.store
                .pods_in(namespace)
                .filter(|(_, p)| p.is_active() && p.controller.name == owner && self.planned_node(p) == Some(node))
                .count()
        };
        let first = random::hash(self.seed, &["node", owner]) as usize;
        (0..NODES.len()).map(|n| NODES[(first + n) % NODES.len()]).min_by_key(|node| load(node)).unwrap_or(NODES[0])
    }

    /// Where the timeline says it goes, until the scheduler has said so.
    fn planned_node(&self, pod: &Pod) -> Option<&'static str> {
        pod.node.or_else(|| self.timeline.pods_at(pod.service?, self.now).find(|s| s.pod == pod.name).map(|s| s.node))
    }

    pub(super) fn step_pod(&mut self, key: &Key, uid: &str, step: PodStep) {
        let Some(pod) = self.store.pod(key).filter(|pod| pod.uid == uid).cloned() else { return };
        if pod.deleted.is_some() && step != PodStep::Gone {
            return;
        }
        match step {
            PodStep::Scheduled => self.pod_scheduled(key, &pod),
            PodStep::Pulled => self.pod_pulled(key, &pod),
            PodStep::PullFailed { attempt } => self.pull_failed(key, &pod, attempt),
            PodStep::PullBackOff { attempt } => self.pull_backs_off(key, &pod, attempt),
            PodStep::Ready => self.pod_ready(key, &pod),
            PodStep::Restarted => self.pod_restarted(key, &pod),
            PodStep::Crashed => self.end_container(key, "Error", 1, "cannot connect to redis:6379"),
            PodStep::Gone => {
                self.store.remove(Kind::Pod, key);
                self.sync_owner(&pod);
            }
        }
    }

    fn next(&mut self, key: &Key, pod: &Pod, after_millis: i64, step: PodStep) {
        let task = Task::Pod { key: key.clone(), uid: pod.uid.clone(), step };
        self.schedule(self.now.plus_millis(after_millis), task);
    }

    fn pod_scheduled(&mut self, key: &Key, pod: &Pod) {
        let node = self.planned_node(pod).unwrap_or_else(|| self.choose_node(&pod.namespace, &pod.controller.name));
        self.with_pod(key, |pod| pod.node = Some(node));
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace, pod.name);
        self.tell_of(pod, "Scheduled", message, false, "default-scheduler", None);
        let image = pod.template.image().to_owned();
        let pull = if self.is_cached(pod, node) { 0 } else { PULL_MILLIS };
        if pull > 0 || !self.is_pullable(pod) {
            self.tell_of(pod, "Pulling", format!("Pulling image \"{image}\""), false, "kubelet", Some(node));
        }
        let after = STARTED_MILLIS - SCHEDULED_MILLIS + pull;
        if self.is_pullable(pod) {
            self.next(key, pod, after, PodStep::Pulled);
        } else {
            self.next(key, pod, after, PodStep::PullFailed { attempt: 1 });
        }
    }

    fn pod_pulled(&mut self, key: &Key, pod: &Pod) {
        let Some(node) = pod.node else { return };
        let image = pod.template.image();
        let pulled = if self.is_cached(pod, node) {
            format!("Container image \"{image}\" already present on machine")
        } else {
            format!(
                "Successfully pulled image \"{image}\" in 1.984s (1.984s including waiting). Image size: 48211733 bytes."
            )
        };
        let startup = pod.service.map_or(DEFAULT_STARTUP_MILLIS, |s| s.spec().startup_millis);
        let now = self.now;
        self.with_pod(key, |pod| pod.running_since = Some(now));
        self.with_span(pod.service, &pod.name, |span| span.started = Some(now));
        self.tell_of(pod, "Pulled", pulled, false, "kubelet", Some(node));
        self.tell_of(pod, "Created", "Container created".to_owned(), false, "kubelet", Some(node));
        self.tell_of(pod, "Started", "Container started".to_owned(), false, "kubelet", Some(node));
        self.settle_down(key, pod, startup - STARTED_MILLIS);
        self.sync_owner(pod);
    }

    fn pull_failed(&mut self, key: &Key, pod: &Pod, attempt: u32) {
        let image = pod.template.image();
        let whole = format!("registry.shop.example/{image}");
        let why = format!(
            "failed to pull and unpack image \"{whole}\": failed to resolve reference \"{whole}\": {whole}: not found"
        );
        let message = format!("rpc error: code = NotFound desc = {why}");
        self.with_pod(key, |pod| {
            pod.waiting = Some(Waiting { reason: "ErrImagePull", message: message.clone() });
        });
        let text = format!("Failed to pull image \"{image}\": {message}");
        self.tell_of(pod, "Failed", text, true, "kubelet", pod.node);
        self.tell_of(pod, "Failed", "Error: ErrImagePull".to_owned(), true, "kubelet", pod.node);
        self.next(key, pod, 2000, PodStep::PullBackOff { attempt });
        self.sync_owner(pod);
    }

    fn pull_backs_off(&mut self, key: &Key, pod: &Pod, attempt: u32) {
        let image = pod.template.image();
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: not found");
        self.with_pod(key, |pod| {
            pod.waiting = Some(Waiting { reason: "ImagePullBackOff", message: message.clone() });
        });
        self.tell_of(pod, "BackOff", format!("Back-off pulling image \"{image}\""), false, "kubelet", pod.node);
        self.tell_of(pod, "Failed", "Error: ImagePullBackOff".to_owned(), true, "kubelet", pod.node);
        let seconds = (10i64 << attempt.min(5).saturating_sub(1)).min(300);
        self.next(key, pod, seconds * 1000, PodStep::PullFailed { attempt: attempt + 1 });
    }

    fn pod_ready(&mut self, key: &Key, pod: &Pod) {
        let now = self.now;
        self.with_pod(key, |pod| {
            pod.ready = true;
            pod.ready_changed = now;
        });
        self.with_span(pod.service, &pod.name, |span| match span.interruptions.last_mut() {
            Some(interruption) => interruption.ready_again = Some(now),
            None => span.ready = Some(now),
        });
        self.sync_owner(pod);
        if let Some(service) = pod.service {
            self.plan_autoscaling(service);
        }
    }

    /// The container ends; it starts again in its pod when the kubelet lets it.
    pub(super) fn end_container(&mut self, key: &Key, reason: &'static str, exit_code: i32, message: &'static str) {
        let Some(pod) = self.store.pod(key).cloned() else { return };
        let now = self.now;
        let back_off = self.with_span(pod.service, &pod.name, |span| {
            span.interruptions.push(Interruption { at: now, restarted: None, ready_again: None, reason, exit_code });
            span.back_off(now)
        });
        let back_off = back_off.flatten();
        let waiting = match back_off {
            Some(wait) => Waiting {
                reason: "CrashLoopBackOff",
                message: format!(
                    "back-off {} restarting failed container=app pod={}_{}({})",
                    go_duration(wait.as_secs()),
                    pod.name,
                    pod.namespace,
                    pod.uid
                ),
            },
            None => Waiting { reason: "ContainerCreating", message: String::new() },
        };
        self.with_pod(key, |pod| {
            let started = pod.running_since.unwrap_or(pod.created);
            pod.last = Some(Termination { reason, exit_code, message, started, finished: now });
            pod.running_since = None;
            pod.waiting = Some(waiting);
            if pod.ready {
                pod.ready = false;
                pod.ready_changed = now;
            }
        });
        if back_off.is_some() {
            let words =
                format!("Back-off restarting failed container app in pod {}_{}({})", pod.name, pod.namespace, pod.uid);
            self.tell_of(&pod, "BackOff", words, true, "kubelet", pod.node);
        }
        let wait = back_off.and_then(|wait| i64::try_from(wait.as_millis()).ok()).unwrap_or(AT_ONCE_MILLIS);
        self.next(key, &pod, wait, PodStep::Restarted);
        self.sync_owner(&pod);
    }

    fn pod_restarted(&mut self, key: &Key, pod: &Pod) {
        let now = self.now;
        self.with_pod(key, |pod| {
            pod.waiting = None;
            pod.running_since = Some(now);
            pod.restarts += 1;
        });
        self.with_span(pod.service, &pod.name, |span| {
            if let Some(interruption) = span.interruptions.last_mut() {
                interruption.restarted = Some(now);
            }
        });
        let startup = pod.service.map_or(DEFAULT_STARTUP_MILLIS, |s| s.spec().startup_millis);
        // A service that drowns in retries takes its time.
        let slow = pod.service.is_some() && pod.template.version() == BAD_VERSION;
        let startup = if slow { startup * 6 } else { startup };
        self.tell_of(pod, "Started", "Container started".to_owned(), false, "kubelet", pod.node);
        self.settle_down(key, pod, startup);
    }

    /// A started program serves after a while, or finds that it cannot.
    fn settle_down(&mut self, key: &Key, pod: &Pod, startup_millis: i64) {
        if self.finds_its_redis(pod) {
            self.next(key, pod, startup_millis, PodStep::Ready);
        } else {
            self.next(key, pod, GIVES_UP_MILLIS, PodStep::Crashed);
        }
    }

    /// cart-worker reads at its start where its redis is, and looks for a Service of that name.
    fn finds_its_redis(&self, pod: &Pod) -> bool {
        if pod.service != Some(CART_WORKER) {
            return true;
        }
        let key = Key::new(pod.namespace.clone(), "cart-worker-config");
        let address = self.store.value(Kind::ConfigMap, &key).and_then(|map| map["data"]["REDIS_ADDRESS"].as_str());
        let host = address.unwrap_or_default().split(':').next().unwrap_or_default();
        let mut labels = host.split('.');
        let name = labels.next().unwrap_or_default();
        let namespace = labels.next().unwrap_or(&pod.namespace);
        self.store.get(Kind::Service, &Key::new(namespace, name)).is_some()
    }

    /// Deletes as a user's or a controller's DELETE does: it serves no more, it is gone a little later.
    pub(super) fn begin_deletion(&mut self, key: &Key, by_controller: bool) {
        let Some(pod) = self.store.pod(key).filter(|pod| pod.deleted.is_none()).cloned() else { return };
        let now = self.now;
        self.with_pod(key, |pod| {
            pod.deleted = Some(now);
            pod.ready = false;
            pod.ready_changed = now;
        });
        self.with_span(pod.service, &pod.name, |span| span.end = Some(now));
        self.tell_of(&pod, "Killing", "Stopping container app".to_owned(), false, "kubelet", pod.node);
        if by_controller && let Some(kind) = Kind::named(pod.controller.kind) {
            self.tell(Occurrence {
                kind,
                namespace: pod.namespace.clone(),
                name: pod.controller.name.clone(),
                uid: pod.controller.uid.clone(),
                field_path: None,
                warning: false,
                reason: "SuccessfulDelete",
                message: format!("Deleted pod: {}", pod.name),
                component: "replicaset-controller",
                host: None,
            });
        }
        self.next(key, &pod, GONE_MILLIS, PodStep::Gone);
        if !by_controller {
            self.sync_owner(&pod);
        }
    }

    /// Lets the controller above a pod look again.
    fn sync_owner(&mut self, pod: &Pod) {
        let owner = Key::new(pod.namespace.clone(), pod.controller.name.clone());
        match pod.controller.kind {
            "ReplicaSet" => {
                let deployment = self
                    .store
                    .value(Kind::ReplicaSet, &owner)
                    .and_then(|set| Some(set["metadata"]["ownerReferences"][0]["name"].as_str()?.to_owned()));
                if let Some(name) = deployment {
                    self.sync_deployment(&Key::new(pod.namespace.clone(), name));
                }
            }
            "StatefulSet" => self.sync_set(Kind::StatefulSet, &owner),
            "DaemonSet" => self.sync_set(Kind::DaemonSet, &owner),
            _ => {}
        }
    }

    /// Whether a node holds the image already: some pod there runs or ran it.
    fn is_cached(&self, pod: &Pod, node: &str) -> bool {
        let Some(service) = pod.service else { return true };
        let version = pod.template.version();
        service.spec().history.iter().any(|release| release.version == version)
            || self.timeline.pods_during(service, super::StoryTime::START, self.now).any(|span| {
                span.node == node && span.version == version && span.started.is_some_and(|at| at < self.now)
            })
    }

    /// The registry holds what was released, but for one version that was cleaned away.
    fn is_pullable(&self, pod: &Pod) -> bool {
        let Some(service) = pod.service else { return true };
        let (spec, image) = (service.spec(), pod.template.image());
        let Some(version) = image.strip_prefix(spec.image).and_then(|rest| rest.strip_prefix(':')) else {
            return false;
        };
        let released = spec.history.iter().any(|release| release.version == version);
        match spec.name {
            "pay-api" => version == BAD_VERSION || (released && version != "1.8.2"),
            _ => released,
        }
    }

    pub(super) fn tell_of(
        &mut self,
        pod: &Pod,
        reason: &'static str,
        message: String,
        warning: bool,
        component: &'static str,
        host: Option<&'static str>,
    ) {
        let container = component == "kubelet";
        self.tell(Occurrence {
            kind: Kind::Pod,
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            field_path: container.then_some("spec.containers{app}"),
            warning,
            reason,
            message,
            component,
            host,
        });
    }
}

/// As Go writes whole seconds.
fn go_duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
