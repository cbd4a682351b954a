//! Making a connection: kubeconfig or built-in cluster, who we are, and where Prometheus and Alertmanager are.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::message::Connected;
use crate::app::{LinkEvent, Message};
use crate::domain::endpoint::{Discovery, Monitor};
use crate::domain::identity::Generation;
use crate::domain::object::Scope;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::insight::dashboard::{MetricNames, NameProbe};
use crate::sources::alertmanager::AlertmanagerClient;
use crate::sources::http_get::HttpGet;
use crate::sources::kube::{self, Connection, Context, Places, Target};
use crate::sources::monitoring::{Search, discover};
use crate::sources::prometheus::PrometheusClient;
use crate::sources::task_scope::TaskScope;

use super::backend::{Backend, Monitoring, Transport};
use super::link::Link;

/// Names and label pairs that are kept of one probe.
const NAMES: usize = 10_000;

/// What connecting needs besides the backend.
pub(super) struct Connecting {
    pub generation: Generation,
    /// None is the one of the command line, or the current one.
    pub context: Option<CleanText>,
    pub scope: TaskScope,
    pub link: Link,
    pub messages: mpsc::Sender<Message>,
}

impl Connecting {
    /// Connects, and tells each step as it is known; then follows the link until the connection's scope ends.
    pub(super) async fn run(self, backend: Backend) {
        let (connection, contexts) = match self.open(&backend) {
            Ok(opened) => opened,
            Err(problem) => return self.tell(LinkEvent::Failed(problem)).await,
        };
        self.link.begin(connection.clone());
        let namespace = Some(connection.namespace().clone()).filter(|namespace| !namespace.is_empty());
        let identity = connection.identity().clone();
        self.tell(LinkEvent::Connected(Box::new(Connected { identity, namespace, contexts }))).await;
        tokio::join!(
            self.identify(&connection),
            self.find(&connection, Monitor::Prometheus, &backend.monitoring),
            self.find(&connection, Monitor::Alertmanager, &backend.monitoring),
            self.follow(&connection, &backend),
            self.follow_throttle(&connection),
        );
    }

    /// Tells when the server cannot be reached and when it can again; then finds out what could not be found before.
    async fn follow(&self, connection: &Connection, backend: &Backend) {
        let mut link = connection.link();
        let mut lost = false;
        loop {
            let problem = link.borrow_and_update().clone();
            match problem {
                Some(problem) => {
                    lost = true;
                    self.tell(LinkEvent::Lost { heard: connection.heard(), problem }).await;
                }
                None if std::mem::take(&mut lost) => {
                    self.tell(LinkEvent::Restored).await;
                    self.identify(connection).await;
                    let found = self.link.found();
                    for monitor in [Monitor::Prometheus, Monitor::Alertmanager] {
                        if !found.has(monitor) {
                            self.find(connection, monitor, &backend.monitoring).await;
                        }
                    }
                }
                None => {}
            }
            if link.changed().await.is_err() {
                return;
            }
        }
    }

    /// Tells when the server asks reads to wait, and when none waits any more.
    async fn follow_throttle(&self, connection: &Connection) {
        let mut throttle = connection.throttle();
        let mut told = None;
        while throttle.changed().await.is_ok() {
            let wait = throttle.borrow_and_update().wait();
            if wait != told {
                told = wait;
                self.tell(LinkEvent::Throttled(wait)).await;
            }
        }
    }

    async fn tell(&self, event: LinkEvent) {
        // Nobody listens any more when the program ends.
        let _ = self.messages.send(Message::Link(self.generation, event)).await;
    }

    fn open(&self, backend: &Backend) -> Result<(Connection, Vec<CleanText>), Problem> {
        let (target, contexts) = match &backend.transport {
            Transport::InMemory { dial, context, user, namespace, token } => {
                let namespace = namespace.as_deref().unwrap_or_default();
                let target = Target::in_memory(context, user, namespace, Some(token), dial.clone());
                (target, vec![CleanText::new(context)])
            }
            Transport::Kubeconfig { path, context, impersonation, marks } => {
                let kubeconfig = kube::read(&Places::of_process(path.clone()))?;
                let contexts = kubeconfig.contexts().into_iter().map(|row| row.name).collect();
                let context = self.context.as_ref().map(CleanText::as_str).or(context.as_deref());
                let mut target = kubeconfig.target(context, impersonation.clone(), &backend.clock)?;
                target.environment = marks.environment(&target.context);
                (target, contexts)
            }
        };
        let context = Context {
            generation: self.generation,
            limits: backend.limits,
            clock: backend.clock.clone(),
            scope: self.scope.clone(),
        };
        Ok((Connection::new(target, context)?, contexts))
    }

    async fn identify(&self, connection: &Connection) {
        match connection.whoami().await {
            Ok(identity) => self.tell(LinkEvent::Identified(Box::new(identity))).await,
            // What concerns the whole connection is told by whoever follows it; without the rest one can work, under the
            // name that the kubeconfig gives.
            Err(problem) => {
                tracing::debug!(%problem, "the server does not say who we are");
                self.tell(LinkEvent::Identified(Box::new(connection.identity().clone()))).await;
            }
        }
    }

    async fn find(&self, connection: &Connection, monitor: Monitor, named: &Monitoring) {
        let cluster: Arc<dyn HttpGet> = Arc::new(connection.clone());
        let search = Search { monitor, pinned: named.named(monitor), scopes: &[Scope::Cluster] };
        let discovery = discover(&cluster, &search).await;
        if discovery.found.is_none() && connection.link().borrow().is_some() {
            // Nothing is known of what stands behind a server that is away: it is looked for when the link is back.
            return;
        }
        let found = self.take_up(&discovery, &cluster);
        match &found {
            Ok(_) if monitor == Monitor::Prometheus => self.name_metrics().await,
            Ok(_) => {}
            Err(problem) => {
                let problem = problem.clone();
                self.link.add(self.generation, |found| {
                    found.absent.insert(monitor, problem);
                });
            }
        }
        self.tell(match monitor {
            Monitor::Prometheus => LinkEvent::Prometheus(found),
            Monitor::Alertmanager => LinkEvent::Alertmanager(found),
        })
        .await;
    }

    /// Finds out which metrics there are, so that every later question fits.
    async fn name_metrics(&self) {
        let Some(prometheus) = self.link.found().prometheus else { return };
        let asked = NameProbe::ALL.map(async |probe| {
            let samples = prometheus.instant(&probe.expression(), NAMES).await.map(|answer| answer.samples);
            // A probe that fails finds nothing; the others still count.
            (probe, samples.unwrap_or_default())
        });
        let answers = futures::future::join_all(asked).await;
        let of = |wanted: NameProbe| {
            answers.iter().find(|(probe, _)| *probe == wanted).map_or(&[][..], |(_, samples)| samples.as_slice())
        };
        self.tell(LinkEvent::MetricNames(Box::new(MetricNames::read(of)))).await;
    }

    /// Makes a client of what was found, and says its name.
    fn take_up(&self, discovery: &Discovery, cluster: &Arc<dyn HttpGet>) -> Result<CleanText, Problem> {
        let endpoint = discovery.found.as_ref().ok_or_else(|| {
            Problem::new(
                Cause::Absent,
                format!("no {}", discovery.monitor),
                discovery.absence(),
                format!("name it with {}", discovery.monitor.flag()),
            )
        })?;
        match discovery.monitor {
            Monitor::Prometheus => {
                let client = Arc::new(PrometheusClient::new(endpoint, cluster)?);
                self.link.add(self.generation, |found| found.prometheus = Some(client));
            }
            Monitor::Alertmanager => {
                let client = Arc::new(AlertmanagerClient::new(endpoint, cluster)?);
                self.link.add(self.generation, |found| found.alertmanager = Some(client));
            }
        }
        Ok(CleanText::new(&endpoint.to_string()))
    }
}
