//! The HorizontalPodAutoscalers. They look when something has changed, not on a timer.

use serde_json::json;

use super::kinds::Kind;
use super::services::{PAY_API, ServiceId};
use super::state::{Task, World};
use super::store::Key;
use super::time::StoryTime;
use super::timeline::ChangeKind;
use crate::demo::objects::event::Occurrence;
use crate::demo::objects::metadata::own;

/// The author it writes as.
pub(super) const NAME: &str = "horizontal-pod-autoscaler";
/// The metrics of the retries take this long to move the average over the target.
const RISE_MILLIS: i64 = 64_000;
const SYNC_MILLIS: i64 = 15_000;
/// `behavior.scaleDown.stabilizationWindowSeconds`.
const WINDOW_MILLIS: i64 = 120_000;

impl World {
    /// Puts the autoscaler's next decision on the agenda, if it would decide anything.
    pub(super) fn plan_autoscaling(&mut self, service: ServiceId) {
        let Some((current, _)) = self.scales(service) else { return };
        let now = self.now;
        let rise = self.retries_since().filter(|_| service == PAY_API).map(|since| since.plus_millis(RISE_MILLIS));
        if let Some(at) = rise.filter(|at| *at > now) {
            self.schedule(at, Task::Autoscale { service });
        }
        let recommended = self.recommended(service);
        if recommended > current {
            self.schedule(now.plus_millis(SYNC_MILLIS), Task::Autoscale { service });
        } else if recommended < current {
            self.schedule(now.plus_millis(WINDOW_MILLIS), Task::Autoscale { service });
        }
    }

    pub(super) fn autoscale(&mut self, service: ServiceId) {
        let Some((current, key)) = self.scales(service) else { return };
        let recommended = self.recommended(service);
        if recommended == current {
            return;
        }
        if recommended < current && !self.window_passed(service, recommended) {
            self.schedule(self.now.plus_millis(SYNC_MILLIS), Task::Autoscale { service });
            return;
        }
        let reason = if recommended > current {
            "cpu resource utilization (percentage of request) above target"
        } else {
            "All metrics below target"
        };
        self.set_author(NAME);
        self.scale_deployment(&key, i64::from(recommended));
        let Some(autoscaler) = self.store.value(Kind::HorizontalPodAutoscaler, &key).cloned() else { return };
        let mut value = (*autoscaler).clone();
        value["status"]["lastScaleTime"] = json!(self.timestamp());
        value["status"]["currentReplicas"] = json!(current);
        value["status"]["desiredReplicas"] = json!(recommended);
        self.put_value(Kind::HorizontalPodAutoscaler, key.clone(), value);
        self.tell(Occurrence {
            kind: Kind::HorizontalPodAutoscaler,
            namespace: key.namespace,
            name: key.name,
            uid: autoscaler["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
            field_path: None,
            warning: false,
            reason: "SuccessfulRescale",
            message: format!("New size: {recommended}; reason: {reason}"),
            component: NAME,
            host: None,
        });
    }

    fn scale_deployment(&mut self, key: &Key, replicas: i64) {
        let Some(deployment) = self.store.value(Kind::Deployment, key) else { return };
        let mut value = (**deployment).clone();
        value["spec"]["replicas"] = json!(replicas);
        let owned = json!({"spec": {"replicas": replicas}});
        own(&mut value, "kube-controller-manager", Some("scale"), &self.timestamp(), &owned);
        self.write(Kind::Deployment, key, value);
    }

    fn scales(&self, service: ServiceId) -> Option<(u32, Key)> {
        let key = Key::new(service.spec().namespace, service.spec().name);
        self.store.value(Kind::HorizontalPodAutoscaler, &key)?;
        let deployment = self.store.value(Kind::Deployment, &key)?;
        let replicas = u32::try_from(deployment["spec"]["replicas"].as_u64()?).ok()?;
        // Zero replicas switch the autoscaler off.
        (replicas > 0).then_some((replicas, key))
    }

    fn recommended(&self, service: ServiceId) -> u32 {
        let base = service.spec().replicas;
        let loaded =
            service == PAY_API && self.retries_since().is_some_and(|since| since.plus_millis(RISE_MILLIS) <= self.now);
        if loaded { base + 1 } else { base }
    }

    /// Since when a bad pod has served without a break.
    fn retries_since(&self) -> Option<StoryTime> {
        if self.timeline.bad_share(self.now) == 0.0 {
            return None;
        }
        let points = self.timeline.breakpoints(PAY_API, StoryTime::START, self.now);
        points.iter().rev().take_while(|at| self.timeline.bad_share(**at) > 0.0).last().copied()
    }

    /// Whether nothing within the window asked for more than this.
    fn window_passed(&self, service: ServiceId, recommended: u32) -> bool {
        let since = self.now.plus_millis(-WINDOW_MILLIS);
        let scaled = self
            .timeline
            .changes_of(service)
            .any(|change| matches!(change.kind, ChangeKind::Scale { .. }) && change.at > since);
        let loaded = service == PAY_API
            && recommended <= service.spec().replicas
            && self.timeline.breakpoints(PAY_API, since, self.now).iter().any(|at| self.timeline.bad_share(*at) > 0.0);
        !scaled && !loaded
    }
}
