//! Assembles services from rows of workloads and pods, and keeps them up to date: only what was touched is judged again.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::health::{self, Evidence};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey, Scope};
use crate::domain::revision::Soundness;
use crate::domain::service::{AlertCount, Restarts, Service, Vitals};
use crate::domain::text::CleanText;
use crate::kinds::pod::{Phase, PodRow};
use crate::kinds::row::Row;
use crate::kinds::workload::WorkloadRow;

/// The services of one connection.
#[derive(Debug, Default)]
pub struct Services {
    parts: BTreeMap<ObjectKey, Parts>,
    homes: HashMap<ObjectKey, Home>,
    services: BTreeMap<ObjectKey, Arc<Service>>,
    touched: BTreeSet<ObjectKey>,
    reordered: bool,
}

/// Which service a pod belongs to, and where it stands among its pods: one workload may have thousands.
#[derive(Debug)]
struct Home {
    service: ObjectKey,
    index: usize,
}

/// What one service is made of.
#[derive(Debug, Default)]
struct Parts {
    workload: Option<Arc<WorkloadRow>>,
    pods: Vec<Arc<PodRow>>,
    vitals: Vitals,
    alerts: AlertCount,
    onset: Option<Timestamp>,
}

impl Parts {
    fn is_empty(&self) -> bool {
        self.workload.is_none() && self.pods.is_empty()
    }
}

impl Services {
    /// New or changed rows; kinds that make no service are passed over.
    pub fn apply(&mut self, rows: &[Row]) {
        for row in rows {
            match row {
                Row::Deployment(row) | Row::StatefulSet(row) | Row::DaemonSet(row) => {
                    self.parts.entry(row.key.clone()).or_default().workload = Some(Arc::clone(row));
                    self.touched.insert(row.key.clone());
                }
                Row::Pod(pod) => self.place(pod),
                _ => {}
            }
        }
    }

    /// All rows of a kind in a scope: what is not among them is gone.
    pub fn replace(&mut self, kind: Kind, scope: &Scope, rows: &[Row]) {
        let kept: BTreeSet<&ObjectKey> = rows.iter().map(Row::key).collect();
        let within = |key: &ObjectKey| match scope {
            Scope::Cluster => true,
            Scope::Namespace(namespace) => key.namespace == *namespace,
        };
        let gone: Vec<ObjectKey> = match kind {
            Kind::Pod => self.homes.keys().filter(|key| within(key) && !kept.contains(key)).cloned().collect(),
            _ => (self.parts.iter())
                .filter(|(key, parts)| key.kind == kind && parts.workload.is_some())
                .map(|(key, _)| key)
                .filter(|key| within(key) && !kept.contains(key))
                .cloned()
                .collect(),
        };
        self.remove(&gone);
        self.apply(rows);
    }

    pub fn remove(&mut self, keys: &[ObjectKey]) {
        for key in keys {
            if key.kind == Kind::Pod {
                self.displace(key);
            } else if let Some(parts) = self.parts.get_mut(key) {
                parts.workload = None;
                self.touched.insert(key.clone());
            }
        }
    }

    /// The numbers of the moment, for services that exist.
    pub fn set_vitals(&mut self, key: &ObjectKey, vitals: Vitals) {
        self.set(key, |parts| std::mem::replace(&mut parts.vitals, vitals.clone()) != vitals);
    }

    pub fn set_alerts(&mut self, key: &ObjectKey, alerts: AlertCount) {
        self.set(key, |parts| std::mem::replace(&mut parts.alerts, alerts) != alerts);
    }

    /// When its errors began, None when they did not or are over.
    pub fn set_onset(&mut self, key: &ObjectKey, onset: Option<Timestamp>) {
        self.set(key, |parts| std::mem::replace(&mut parts.onset, onset) != onset);
    }

    fn set(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Parts) -> bool) {
        if self.parts.get_mut(key).is_some_and(change) {
            self.touched.insert(key.clone());
        }
    }

    /// Judges again what was touched. True when a service came, went or changed.
    pub fn settle(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for key in std::mem::take(&mut self.touched) {
            changed |= self.assemble(key, now);
        }
        changed
    }

    /// Judges again what ages with the clock, too: words such as "58 min ago", and restarts that leave the day.
    pub fn settle_all(&mut self, now: Timestamp) -> bool {
        let ages = |service: &Service| !service.health.reason.is_empty() || service.restarts.count > 0;
        self.touched.extend(self.services.values().filter(|service| ages(service)).map(|service| service.key.clone()));
        self.settle(now)
    }

    /// Whether the rank may be another one since this was last asked.
    pub fn take_reordered(&mut self) -> bool {
        std::mem::take(&mut self.reordered)
    }

    fn assemble(&mut self, key: ObjectKey, now: Timestamp) -> bool {
        let Some(parts) = self.parts.get(&key).filter(|parts| !parts.is_empty()) else {
            self.parts.remove(&key);
            let known = self.services.remove(&key).is_some();
            self.reordered |= known;
            return known;
        };
        let service = service(&key, parts, now);
        match self.services.get(&key) {
            Some(old) if **old == service => return false,
            Some(old) => self.reordered |= order(old, &service).is_ne(),
            None => self.reordered = true,
        }
        self.services.insert(key, Arc::new(service));
        true
    }

    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<&Arc<Service>> {
        self.services.get(key)
    }

    /// By key; `rank` gives the order of the screen.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.services.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// Worst first, then the most traffic, then by name.
    #[must_use]
    pub fn rank(&self) -> Vec<ObjectKey> {
        let mut ranked: Vec<&Arc<Service>> = self.services.values().collect();
        ranked.sort_by(|a, b| order(a, b));
        ranked.into_iter().map(|service| service.key.clone()).collect()
    }

    #[must_use]
    pub fn workload(&self, key: &ObjectKey) -> Option<&Arc<WorkloadRow>> {
        self.parts.get(key)?.workload.as_ref()
    }

    /// The pods of a service, in no order.
    #[must_use]
    pub fn pods(&self, key: &ObjectKey) -> &[Arc<PodRow>] {
        self.parts.get(key).map(|parts| parts.pods.as_slice()).unwrap_or_default()
    }

    /// The service a pod belongs to.
    #[must_use]
    pub fn of_pod(&self, pod: &ObjectKey) -> Option<&ObjectKey> {
        self.homes.get(pod).map(|home| &home.service)
    }

    fn place(&mut self, pod: &Arc<PodRow>) {
        let service = home(pod);
        if let Some(home) = self.homes.get(&pod.key) {
            if Some(&home.service) == service.as_ref() {
                let parts = self.parts.entry(home.service.clone()).or_default();
                if let Some(known) = parts.pods.get_mut(home.index) {
                    *known = Arc::clone(pod);
                }
                self.touched.insert(home.service.clone());
                return;
            }
            self.displace(&pod.key);
        }
        let Some(service) = service else { return };
        let parts = self.parts.entry(service.clone()).or_default();
        self.homes.insert(pod.key.clone(), Home { service: service.clone(), index: parts.pods.len() });
        parts.pods.push(Arc::clone(pod));
        self.touched.insert(service);
    }

    fn displace(&mut self, pod: &ObjectKey) {
        let Some(Home { service, index }) = self.homes.remove(pod) else { return };
        if let Some(parts) = self.parts.get_mut(&service)
            && index < parts.pods.len()
        {
            parts.pods.swap_remove(index);
            if let Some(moved) = parts.pods.get(index)
                && let Some(home) = self.homes.get_mut(&moved.key)
            {
                home.index = index;
            }
        }
        self.touched.insert(service);
    }
}

/// The service a pod belongs to: its workload, or itself when it is bare. A pod of a Job is no service, and a bare pod
/// that completed is over.
fn home(pod: &PodRow) -> Option<ObjectKey> {
    let Some(owner) = &pod.owner else {
        return (pod.phase != Phase::Succeeded).then(|| pod.key.clone());
    };
    match pod.workload() {
        Some(workload) => match workload.kind {
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::ReplicaSet => Some(workload),
            // A static pod belongs to its node.
            _ => Some(pod.key.clone()),
        },
        None if owner.kind == "Job" => None,
        None => Some(pod.key.clone()),
    }
}

fn service(key: &ObjectKey, parts: &Parts, now: Timestamp) -> Service {
    let workload = parts.workload.as_deref();
    let living = || parts.pods.iter().filter(|pod| pod.deleted.is_none() && !pod.is_finished());
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (ready, desired) = match workload {
        Some(workload) => (workload.counts.ready, workload.counts.desired),
        // Nobody says how many there should be: those that are.
        None => (count(living().filter(|pod| pod.is_ready()).count()), count(living().count()).max(1)),
    };
    let restarts = restarts(&parts.pods, now);
    let change = workload.and_then(rollout);
    let health = health::judge(
        &Evidence {
            workload,
            pods: &parts.pods,
            ready,
            desired,
            restarts: &restarts,
            alerts: parts.alerts,
            vitals: &parts.vitals,
            onset: parts.onset,
            change: change.as_ref(),
        },
        now,
    );
    let newest = || parts.pods.iter().max_by_key(|pod| pod.created);
    Service {
        key: key.clone(),
        health,
        ready,
        desired,
        restarts,
        alerts: parts.alerts,
        change,
        version: match workload {
            Some(workload) => workload.template.version.clone(),
            None => newest().map(|pod| pod.version()).unwrap_or_default(),
        },
        owner: workload.map(|workload| workload.owner.clone()).unwrap_or_default(),
        vitals: parts.vitals.clone(),
    }
}

fn order(a: &Service, b: &Service) -> Ordering {
    let traffic = |service: &Service| service.vitals.requests.now.unwrap_or_default();
    // Whether a service is measured makes it no worse: traffic decides among those without trouble.
    let trouble = |service: &Service| service.health.grade.min(Grade::Ready);
    (trouble(a).cmp(&trouble(b)))
        .then_with(|| traffic(b).total_cmp(&traffic(a)))
        .then_with(|| (&a.key.name, &a.key).cmp(&(&b.key.name, &b.key)))
}

fn restarts(pods: &[Arc<PodRow>], now: Timestamp) -> Restarts {
    let mut total = Restarts { exact: true, ..Restarts::default() };
    for pod in pods {
        if pod.restarts == 0 {
            continue;
        }
        let own = pod.restarts_within_day(now);
        total.count += own.count;
        total.exact &= own.exact;
        if own.last >= total.last {
            total.last = own.last;
            total.reason = own.reason;
        }
    }
    total
}

/// The last rollout, as near as the workload itself tells.
fn rollout(workload: &WorkloadRow) -> Option<Change> {
    let at = workload.rolled_out?;
    let counts = workload.counts;
    // A restart writes the template too: the newer of both is what happened last.
    let restarted = workload
        .template
        .restarted_at
        .filter(|restarted| restarted.duration_since(at).abs() < jiff::SignedDuration::from_mins(5));
    let rolling = !workload.is_rolled_out() && counts.updated < counts.desired;
    let title = match (rolling, restarted) {
        (true, _) => format!("{} of {}", counts.updated, counts.desired).into(),
        (false, Some(_)) => CleanText::new("restarted"),
        (false, None) => workload.template.version.clone(),
    };
    let created = workload.created == Some(at);
    Some(Change {
        at: restarted.unwrap_or(at),
        about: restarted.is_none() && !created,
        kind: if restarted.is_some() { ChangeKind::Restart } else { ChangeKind::Release },
        object: workload.key.clone(),
        title,
        source: match (workload.change_cause.is_empty(), created) {
            (false, _) => format!("annotation: {}", workload.change_cause).into(),
            (true, true) => "creation".into(),
            (true, false) => "managedFields".into(),
        },
        note: CleanText::default(),
        revision: workload.revision,
        soundness: Soundness::Unknown,
    })
}

#[cfg(test)]
pub(in crate::insight) mod tests;
