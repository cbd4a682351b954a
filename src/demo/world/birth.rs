//! What the cluster holds before anything goes wrong.

use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds::Kind;
use super::pod::{ControllerRef, Pod, Template};
use super::random;
use super::services::{NAMESPACES, NODES, Owner, SERVICES, ServiceId, WorkloadKind};
use super::state::World;
use super::store::{Body, Key};
use super::time::StoryTime;
use super::timeline::{self, PodSpan};
use crate::demo::objects::{cluster, config, helm, network, policy, workload};

impl World {
    pub(super) fn furnish(&mut self) {
        let (seed, calendar) = (self.seed, self.calendar);
        for name in NAMESPACES.iter().chain(&["default", "kube-system"]) {
            self.put_value(Kind::Namespace, Key::new("", *name), cluster::namespace(seed, name, calendar));
        }
        for name in NODES {
            self.put_value(Kind::Node, Key::new("", name), cluster::node(seed, name, calendar));
        }
        for index in 0..SERVICES.len() {
            self.furnish_service(ServiceId(index));
        }
        for (namespace, name, host) in
            [("shop", "web", "www.shop.example"), ("platform", "gateway", "api.shop.example")]
        {
            if let Some(service) = ServiceId::find(namespace, name) {
                let ingress = network::ingress(seed, service.spec(), host, calendar);
                self.put_value(Kind::Ingress, Key::new(namespace, name), ingress);
            }
        }
    }

    fn furnish_service(&mut self, service: ServiceId) {
        let spec = service.spec();
        let (seed, calendar) = (self.seed, self.calendar);
        let key = Key::new(spec.namespace, spec.name);
        self.put_value(Kind::Service, key.clone(), network::service(seed, spec, calendar));
        if workload::has_config(spec) {
            self.put_named(Kind::ConfigMap, config::config_map(seed, spec, calendar));
        }
        if workload::has_database(spec) {
            self.put_named(Kind::Secret, config::database_secret(seed, spec, calendar));
        }
        if let Owner::Helm { release, .. } = spec.owner {
            for record in helm::records(seed, spec, release, calendar) {
                self.put_named(Kind::Secret, record);
            }
        }
        if let Some(bounds) = policy::autoscaler_bounds(spec) {
            let autoscaler = policy::autoscaler(seed, spec, &bounds, calendar);
            self.put_value(Kind::HorizontalPodAutoscaler, key.clone(), autoscaler);
            self.put_value(Kind::PodDisruptionBudget, key.clone(), policy::disruption_budget(seed, spec, calendar));
        }
        match spec.kind {
            WorkloadKind::Deployment => self.furnish_deployment(service),
            kind => {
                let set = workload::set(seed, spec, calendar);
                let kind = if kind == WorkloadKind::DaemonSet { Kind::DaemonSet } else { Kind::StatefulSet };
                let template = Arc::new(Template::of(&set["spec"]["template"]));
                self.put_value(kind, key.clone(), set);
                self.put_named(Kind::ControllerRevision, workload::controller_revision(seed, spec, calendar));
                self.templates.insert(key, Arc::clone(&template));
                let controller = ControllerRef {
                    kind: kind.info().name,
                    name: spec.name.to_owned(),
                    uid: workload::workload_uid(seed, spec),
                };
                self.furnish_pods(service, &template, &controller);
            }
        }
    }

    fn furnish_deployment(&mut self, service: ServiceId) {
        let spec = service.spec();
        let (seed, calendar) = (self.seed, self.calendar);
        let key = Key::new(spec.namespace, spec.name);
        let deployment = workload::deployment(seed, spec, calendar);
        let count = spec.history.len();
        let mut settled = StoryTime::START;
        for (index, release) in spec.history.iter().enumerate() {
            let name = timeline::owner_name(seed, service, release.version);
            let hash = name.rsplit('-').next().unwrap_or_default().to_owned();
            let uid = random::uid(seed, &["replicaset", spec.namespace, &name]);
            let at = workload::released(release);
            let template = workload::template(spec, release.version);
            let mut set = workload::replica_set(&name, &hash, &deployment, &template, &calendar.second(at), &uid);
            set["metadata"]["annotations"] = json!({
                "deployment.kubernetes.io/desired-replicas": spec.replicas.to_string(),
                "deployment.kubernetes.io/max-replicas": (spec.replicas + 1).to_string(),
                workload::REVISION: (index + 1).to_string(),
            });
            copy_annotations(&deployment, &mut set);
            if spec.owner == Owner::Pipeline {
                set["metadata"]["annotations"][workload::CHANGE_CAUSE] = json!(workload::cause(spec, release.version));
            }
            let set_key = Key::new(spec.namespace, name.clone());
            if index + 1 == count {
                settled = at.plus_millis(i64::from(spec.replicas) * spec.startup_millis);
                set["spec"]["replicas"] = json!(spec.replicas);
                let shared = Arc::new(Template::of(&set["spec"]["template"]));
                self.templates.insert(set_key.clone(), Arc::clone(&shared));
                let controller = ControllerRef { kind: "ReplicaSet", name, uid };
                self.furnish_pods(service, &shared, &controller);
            }
            self.put_value(Kind::ReplicaSet, set_key, set);
        }
        self.put_value(Kind::Deployment, key.clone(), deployment);
        // The statuses are the controller's own words, at the time when the last rollout had ended.
        let now = std::mem::replace(&mut self.now, settled);
        self.refresh_status(&key);
        self.now = now;
    }

    fn furnish_pods(&mut self, service: ServiceId, template: &Arc<Template>, controller: &ControllerRef) {
        let spans: Vec<PodSpan> = self.timeline.pods_at(service, StoryTime::START).cloned().collect();
        for span in spans {
            let mut pod = self.pod_of_span(service, &span, template, controller);
            if controller.kind == "StatefulSet" {
                let ordinal = span.pod.rsplit('-').next().unwrap_or("0").to_owned();
                pod.extra_labels = vec![
                    ("apps.kubernetes.io/pod-index".to_owned(), ordinal),
                    ("statefulset.kubernetes.io/pod-name".to_owned(), span.pod.clone()),
                ];
            }
            let key = Key::new(service.spec().namespace, span.pod);
            self.store.put(Kind::Pod, key, Body::Pod(Arc::new(pod)));
        }
    }

    fn pod_of_span(
        &self,
        service: ServiceId,
        span: &PodSpan,
        template: &Arc<Template>,
        controller: &ControllerRef,
    ) -> Pod {
        let started = span.started.unwrap_or(span.created);
        Pod {
            namespace: service.spec().namespace.to_owned(),
            name: span.pod.clone(),
            uid: random::uid(self.seed, &["pod", service.spec().namespace, &span.pod]),
            controller: controller.clone(),
            template: Arc::clone(template),
            extra_labels: Vec::new(),
            service: Some(service),
            created: span.created,
            node: Some(span.node),
            ip: span.ip.clone(),
            waiting: None,
            running_since: Some(started),
            last: None,
            restarts: 0,
            ready: true,
            ready_changed: span.ready.unwrap_or(started),
            deleted: None,
        }
    }

    fn put_named(&mut self, kind: Kind, value: Value) {
        let text = |field: &str| value["metadata"][field].as_str().unwrap_or_default().to_owned();
        let key = Key::new(text("namespace"), text("name"));
        self.put_value(kind, key, value);
    }
}

/// The annotations of a Deployment go to its newest ReplicaSet, those of the machinery excepted.
pub(super) fn copy_annotations(deployment: &Value, set: &mut Value) {
    const KEPT: [&str; 5] = [
        "kubectl.kubernetes.io/last-applied-configuration",
        workload::REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
    ];
    let Some(annotations) = deployment["metadata"]["annotations"].as_object() else { return };
    for (name, value) in annotations.iter().filter(|(name, _)| !KEPT.contains(&name.as_str())) {
        set["metadata"]["annotations"][name] = value.clone();
    }
}
