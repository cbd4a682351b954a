//! Pods beyond the story, for size: Deployments of fifty in namespaces of their own.

use std::sync::Arc;

use serde_json::json;

use super::kinds::Kind;
use super::pod::{ControllerRef, Pod, Template};
use super::random;
use super::services::{NODES, Release, SERVICES, ServiceSpec, Traffic, WorkloadKind};
use super::state::World;
use super::store::{Body, Key};
use super::time::StoryTime;
use crate::demo::objects::{cluster, workload};

const PODS_PER_DEPLOYMENT: usize = 50;
const DEPLOYMENTS_PER_NAMESPACE: usize = 20;
const HISTORY: &[Release] = &[Release { version: "1.0.0", hours_ago: 24 * 14, by: "ci-bot" }];

impl World {
    /// Adds pods until there are `wanted` in all.
    pub(super) fn fill(&mut self, wanted: usize) {
        let mut missing = wanted.saturating_sub(self.store.all(Kind::Pod).len());
        let mut number = 0;
        while missing > 0 {
            let replicas = missing.min(PODS_PER_DEPLOYMENT);
            self.fill_deployment(number, replicas);
            missing -= replicas;
            number += 1;
        }
    }

    fn fill_deployment(&mut self, number: usize, replicas: usize) {
        let namespace = format!("fleet-{:02}", number / DEPLOYMENTS_PER_NAMESPACE + 1);
        let name = format!("unit-{number:03}");
        if number.is_multiple_of(DEPLOYMENTS_PER_NAMESPACE) {
            let value = cluster::namespace(self.seed, &namespace, self.calendar);
            self.put_value(Kind::Namespace, Key::new("", namespace.clone()), value);
        }
        let model = ServiceSpec {
            namespace: "fleet",
            name: "unit",
            kind: WorkloadKind::Deployment,
            image: "fleet/unit",
            replicas: u32::try_from(replicas).unwrap_or(u32::MAX),
            history: HISTORY,
            traffic: None::<Traffic>,
            ..SERVICES[0]
        };
        let mut deployment = workload::deployment(self.seed, &model, self.calendar);
        let uid = random::uid(self.seed, &["workload", &namespace, &name]);
        deployment["metadata"]["name"] = json!(name);
        deployment["metadata"]["namespace"] = json!(namespace);
        deployment["metadata"]["uid"] = json!(uid);
        for labels in ["/metadata/labels", "/spec/selector/matchLabels", "/spec/template/metadata/labels"] {
            if let Some(labels) = deployment.pointer_mut(labels) {
                labels["app.kubernetes.io/name"] = json!(name);
            }
        }
        let created = StoryTime::from_secs(-HISTORY[0].hours_ago * 3600);
        let hash = random::suffix(self.seed, &["template", &namespace, &name], 9);
        let set_name = format!("{name}-{hash}");
        let set_uid = random::uid(self.seed, &["replicaset", &namespace, &set_name]);
        let template = deployment["spec"]["template"].clone();
        let mut set =
            workload::replica_set(&set_name, &hash, &deployment, &template, &self.calendar.second(created), &set_uid);
        set["spec"]["replicas"] = json!(replicas);
        set["metadata"]["annotations"] = json!({workload::REVISION: "1",
            "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
            "deployment.kubernetes.io/max-replicas": (replicas + 1).to_string()});
        let set_key = Key::new(namespace.clone(), set_name.clone());
        let shared = Arc::new(Template::of(&set["spec"]["template"]));
        self.templates.insert(set_key.clone(), Arc::clone(&shared));
        self.put_value(Kind::ReplicaSet, set_key, set);
        let key = Key::new(namespace.clone(), name);
        self.put_value(Kind::Deployment, key.clone(), deployment);
        let controller = ControllerRef { kind: "ReplicaSet", name: set_name.clone(), uid: set_uid };
        for ordinal in 0..replicas {
            let suffix = random::suffix(self.seed, &["pod", &set_name, &ordinal.to_string()], 5);
            let pod_name = format!("{set_name}-{suffix}");
            let place = number * PODS_PER_DEPLOYMENT + ordinal;
            let started = created.plus_millis(1300);
            let pod = Pod {
                namespace: namespace.clone(),
                uid: random::uid(self.seed, &["pod", &namespace, &pod_name]),
                controller: controller.clone(),
                template: Arc::clone(&shared),
                extra_labels: Vec::new(),
                service: None,
                created,
                node: Some(NODES[place % NODES.len()]),
                ip: format!("10.{}.{}.{}", 245 + place / 65_536, place / 256 % 256, place % 256),
                waiting: None,
                running_since: Some(started),
                last: None,
                restarts: 0,
                ready: true,
                ready_changed: created.plus_millis(5000),
                deleted: None,
                name: pod_name.clone(),
            };
            self.store.put(Kind::Pod, Key::new(namespace.clone(), pod_name), Body::Pod(Arc::new(pod)));
        }
        let now = std::mem::replace(&mut self.now, created);
        self.refresh_status(&key);
        self.now = now;
    }
}
