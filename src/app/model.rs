//! What is known: the connection, the rows, the rights, the time. Screens read it; `update` and `settle` write it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::action::guard::{self, Asker, Availability};
use crate::action::{Action, ActionSpec};
use crate::config::keymap::Keymap;
use crate::domain::access::Grants;
use crate::domain::alert::Alert;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::domain::identity::{Generation, Identity};
use crate::domain::journal::JournalState;
use crate::domain::object::{Kind, Namespaces, ObjectKey};
use crate::domain::policy::Limits;
use crate::domain::problem::Problem;
use crate::domain::service::AlertCount;
use crate::domain::text::CleanText;
use crate::insight::dashboard::MetricNames;
use crate::insight::evidence::{self, Candidate, Fit};
use crate::insight::onset::{self, Onset};
use crate::insight::symptom::Symptom;
use crate::kinds::row::Row;

use super::alerts::{self, Alerts};
use super::effect::Selection;
use super::measures::Measures;
use super::message::{MetricAnswer, QueryName};
use super::services::{KINDS, Services};
use super::store::ObjectStore;
use super::subscription::{MetricsTopic, ObjectsTopic};

#[derive(Debug)]
pub struct Model {
    pub generation: Generation,
    pub link: Link,
    /// The server asks reads to wait: so long.
    pub throttled: Option<Duration>,
    /// The server has said who asks, or that it will not.
    pub identified: bool,
    pub now: Timestamp,
    pub namespaces: Namespaces,
    /// Looked at before on this connection, so that one finds back where namespaces cannot be listed.
    left_namespaces: BTreeSet<CleanText>,
    /// No namespace was asked for: the context's own, or all.
    pub namespaces_follow_context: bool,
    pub limits: Limits,
    pub journal: JournalState,
    pub grants: Grants,
    pub keymap: Keymap,
    /// How many contexts this session has connected to: after a switch the name alone confirms nothing.
    pub contexts_used: usize,
    /// Contexts one can switch to.
    pub contexts: Vec<CleanText>,
    pub objects: BTreeMap<ObjectsTopic, ObjectStore>,
    pub services: Services,
    pub alerts: Alerts,
    pub measures: Measures,
    pub metrics: BTreeMap<MetricsTopic, Metrics>,
    /// Where Prometheus and Alertmanager are, or why not; None while they are looked for.
    pub prometheus: Option<Result<CleanText, Problem>>,
    pub alertmanager: Option<Result<CleanText, Problem>>,
    /// Which metrics there are, found once for each connection.
    pub metric_names: Option<MetricNames>,
}

/// The connection as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    Connecting,
    Up(Box<Identity>),
    /// Requests fail; what is shown is as old as `since`.
    Lost {
        identity: Box<Identity>,
        since: Timestamp,
        problem: Problem,
    },
    Failed(Problem),
}

impl Link {
    /// A connection exists, even when its requests fail at the moment.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.identity().is_some()
    }

    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Up(identity) | Self::Lost { identity, .. } => Some(identity),
            Self::Connecting | Self::Failed(_) => None,
        }
    }
}

/// The last answers of one set of queries.
#[derive(Debug, Default)]
pub struct Metrics {
    pub answers: BTreeMap<QueryName, MetricAnswer>,
    pub at: Option<Timestamp>,
    pub freshness: Freshness,
    pub version: u64,
}

impl Model {
    #[must_use]
    pub fn new(now: Timestamp, keymap: Keymap, limits: Limits) -> Self {
        Self {
            generation: Generation::default(),
            link: Link::Connecting,
            throttled: None,
            identified: false,
            now,
            namespaces: Namespaces::All,
            left_namespaces: BTreeSet::new(),
            namespaces_follow_context: true,
            limits,
            journal: JournalState::default(),
            grants: Grants::default(),
            keymap,
            contexts_used: 1,
            contexts: Vec::new(),
            objects: BTreeMap::new(),
            services: Services::default(),
            alerts: Alerts::default(),
            measures: Measures::default(),
            metrics: BTreeMap::new(),
            prometheus: None,
            alertmanager: None,
            metric_names: None,
        }
    }

    /// The row of an object, from whichever store has it.
    #[must_use]
    pub fn row(&self, key: &ObjectKey) -> Option<&Row> {
        self.stores(key.kind).find_map(|store| store.get(key))
    }

    /// The stores that hold all objects of a kind in the chosen namespaces.
    pub fn stores(&self, kind: Kind) -> impl Iterator<Item = &ObjectStore> {
        self.objects
            .iter()
            .filter(move |(topic, _)| topic.kind == kind && topic.selection == Selection::Everything)
            .map(|(_, store)| store)
    }

    /// The least fresh of the stores of a kind: a pane is only as good as its worst part.
    #[must_use]
    pub fn freshness(&self, kind: Kind) -> Freshness {
        self.over_link(Freshness::worst(self.stores(kind).map(|store| &store.freshness)))
    }

    /// Since when nothing new has come of what the home screen lives on, where that should be live.
    #[must_use]
    pub fn silent_since(&self) -> Option<Timestamp> {
        match &self.link {
            Link::Lost { since, .. } => Some(*since),
            Link::Connecting | Link::Up(_) | Link::Failed(_) => KINDS
                .iter()
                .flat_map(|kind| self.stores(*kind))
                .filter_map(|store| match &store.freshness {
                    Freshness::Stale { since, .. } => Some(*since),
                    _ => None,
                })
                .min(),
        }
    }

    /// What is waited for over a link that is lost has failed for the time being.
    #[must_use]
    pub fn over_link(&self, freshness: Freshness) -> Freshness {
        match (&self.link, freshness) {
            (Link::Lost { problem, .. }, Freshness::Loading) => Freshness::Failed(problem.clone()),
            (_, freshness) => freshness,
        }
    }

    /// The alerts that hit a service, the worst first.
    pub fn alerts_of(&self, service: &ObjectKey) -> impl Iterator<Item = &Alert> {
        let hits = move |alert: &&Alert| alert.matched.as_ref().is_some_and(|matched| matched.service == *service);
        self.alerts.list.iter().filter(hits)
    }

    /// The service an object belongs to: itself, or the owner of a pod.
    #[must_use]
    pub fn service_of(&self, key: &ObjectKey) -> Option<ObjectKey> {
        let itself = self.services.get(key).map(|service| service.key.clone());
        itself.or_else(|| self.services.assembled().of_pod(key).cloned())
    }

    /// When the symptom of a service began: as seen in its errors, else as far as its alerts tell.
    #[must_use]
    pub fn onset(&self, service: &ObjectKey) -> Option<Timestamp> {
        let seen = self.measures.onset(service).map(Onset::at);
        seen.or_else(|| self.alerts_of(service).filter_map(onset::estimate).map(|onset| onset.at()).min())
    }

    /// What began at the onset.
    #[must_use]
    pub fn symptom(&self, service: &ObjectKey) -> Symptom {
        if self.measures.onset(service).is_some() {
            return Symptom::Errors;
        }
        let first = self.alerts_of(service).find(|alert| onset::estimate(alert).is_some());
        first.map_or(Symptom::Errors, |alert| Symptom::Alert(alert.name.clone()))
    }

    /// `errors since 03:00:26, 6 s after ● 1.8.4`: what was seen of the onset, with the newest change when it fits.
    #[must_use]
    pub fn onset_words(&self, service: &ObjectKey) -> Option<String> {
        let onset = self.measures.onset(service)?;
        if let Onset::BeforeWindow { start } = onset {
            return Some(format!("errors since before {}", figure::minute(*start)));
        }
        let mut words = format!("errors since {}", figure::second(onset.at()));
        let change = self.services.get(service).and_then(|service| service.change.as_ref());
        if let Some(change) = change {
            let ranked = evidence::rank(&[Candidate { change, first_ready: None }], onset, "errors");
            let lag = onset.at().duration_since(change.at);
            match ranked.first().map(|nearness| nearness.fit) {
                Some(Fit::Fits) if lag.as_secs() > 0 => {
                    words.push_str(&format!(", {} after {}", figure::spell(lag.unsigned_abs()), change.title));
                }
                Some(Fit::Fits) => words.push_str(&format!(", with {}", change.title)),
                Some(Fit::After) => {
                    words.push_str(&format!(", {} BEFORE {}", figure::spell(lag.unsigned_abs()), change.title));
                }
                _ => {}
            }
        }
        Some(words)
    }

    /// Everything the home screen lives on has arrived and is watched, or is denied for good.
    #[must_use]
    pub fn knows_services(&self) -> bool {
        KINDS.iter().all(|kind| self.freshness(*kind).settled())
    }

    /// All alerts of the chosen namespaces by severity.
    #[must_use]
    pub fn alert_count(&self) -> AlertCount {
        alerts::count(self.alerts.list.iter().filter(|alert| alerts::is_within(alert, &self.namespaces)))
    }

    #[must_use]
    pub fn availability(&self, action: Action, target: Option<&ObjectKey>) -> Availability {
        guard::availability(action.spec(), target, &self.grants, self.limits)
    }

    /// Who asks for a permit; None without a connection.
    #[must_use]
    pub fn asker(&self) -> Option<Asker<'_>> {
        let identity = self.link.identity()?;
        Some(Asker { generation: self.generation, user: &identity.user, limits: self.limits, grants: &self.grants })
    }

    /// Looks at other namespaces. A choice made before the connection stands is not undone by it.
    pub fn look_at(&mut self, namespaces: Namespaces) {
        self.left_namespaces = self.known_namespaces();
        self.namespaces = namespaces;
        self.namespaces_follow_context = false;
    }

    /// The namespaces met so far.
    #[must_use]
    pub fn known_namespaces(&self) -> BTreeSet<CleanText> {
        let mut known = self.left_namespaces.clone();
        known.extend(self.services.ranked().map(|service| service.key.namespace.clone()));
        if let Namespaces::Some(chosen) = &self.namespaces {
            known.extend(chosen.iter().cloned());
        }
        known
    }

    /// Forgets everything that belongs to a connection.
    pub fn begin_generation(&mut self) {
        self.generation = self.generation.next();
        self.link = Link::Connecting;
        self.throttled = None;
        self.identified = false;
        self.contexts_used += 1;
        self.namespaces_follow_context = true;
        self.grants.clear();
        self.left_namespaces.clear();
        self.objects.clear();
        self.services = Services::default();
        self.alerts = Alerts::default();
        self.measures = Measures::default();
        self.metrics.clear();
        self.prometheus = None;
        self.alertmanager = None;
        self.metric_names = None;
    }

    /// Whether an action is worth a place in the footer now.
    #[must_use]
    pub fn offers(&self, spec: &ActionSpec, target: Option<&ObjectKey>) -> bool {
        !matches!(self.availability(spec.action, target), Availability::Refused(guard::Refusal::NotApplicable))
    }
}
