//! The connection that effects and streams share, and what was found behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::endpoint::Monitor;
use crate::domain::identity::Generation;
use crate::domain::problem::Problem;
use crate::sources::alertmanager::AlertmanagerClient;
use crate::sources::kube::Connection;
use crate::sources::prometheus::PrometheusClient;

/// Where streams and effects find the newest connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link(Arc<watch::Sender<Found>>);

#[derive(Clone, Default)]
pub(super) struct Found {
    pub connection: Option<Connection>,
    pub prometheus: Option<Arc<PrometheusClient>>,
    pub alertmanager: Option<Arc<AlertmanagerClient>>,
    /// What was looked for and is not there.
    pub absent: BTreeMap<Monitor, Problem>,
}

impl Found {
    pub(super) fn has(&self, monitor: Monitor) -> bool {
        match monitor {
            Monitor::Prometheus => self.prometheus.is_some(),
            Monitor::Alertmanager => self.alertmanager.is_some(),
        }
    }

    /// Both were found, or are known not to be there.
    pub(super) fn is_settled(&self) -> bool {
        [Monitor::Prometheus, Monitor::Alertmanager]
            .into_iter()
            .all(|monitor| self.has(monitor) || self.absent.contains_key(&monitor))
    }
}

impl Default for Link {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Found::default())))
    }
}

impl Link {
    /// Forgets the connection before: its permits and answers are nobody's.
    pub(super) fn begin(&self, connection: Connection) {
        self.0.send_replace(Found { connection: Some(connection), ..Found::default() });
    }

    /// Adds what was found, when it was found through the connection that still stands.
    pub(super) fn add(&self, generation: Generation, change: impl FnOnce(&mut Found)) {
        self.0.send_if_modified(|found| {
            let current = found.connection.as_ref().is_some_and(|connection| connection.generation() == generation);
            if current {
                change(found);
            }
            current
        });
    }

    pub(super) fn connection(&self, generation: Generation) -> Option<Connection> {
        self.0.borrow().connection.clone().filter(|connection| connection.generation() == generation)
    }

    pub(super) fn found(&self) -> Found {
        self.0.borrow().clone()
    }

    /// Waits until something is there that was looked for.
    pub(super) async fn wait<T>(&self, pick: impl Fn(&Found) -> Option<T>) -> Option<T> {
        let mut receiver = self.0.subscribe();
        loop {
            if let Some(picked) = pick(&receiver.borrow_and_update()) {
                return Some(picked);
            }
            receiver.changed().await.ok()?;
        }
    }
}
