//! What the runtime stands on: a way to connect and a clock. The real cluster and the built-in one differ here only.

use std::path::PathBuf;

use crate::config::settings::Contexts;
use crate::domain::endpoint::{Endpoint, Monitor};
use crate::domain::policy::Limits;
use crate::sources::clock::Clock;
use crate::sources::kube::{Dial, Impersonation};

#[derive(Clone)]
pub struct Backend {
    pub transport: Transport,
    pub clock: Clock,
    pub limits: Limits,
    pub monitoring: Monitoring,
    /// Where state is kept; None keeps none, as for the built-in cluster.
    pub state_folder: Option<PathBuf>,
}

/// How the API server is reached.
#[derive(Clone)]
pub enum Transport {
    Kubeconfig {
        path: Option<PathBuf>,
        context: Option<String>,
        impersonation: Impersonation,
        /// How careful to be where.
        marks: Contexts,
    },
    /// A cluster inside this process.
    InMemory { dial: Dial, context: String, user: String, namespace: Option<String>, token: String },
}

/// Endpoints the user named; the rest is looked for.
#[derive(Clone, Debug, Default)]
pub struct Monitoring {
    pub prometheus: Option<Endpoint>,
    pub alertmanager: Option<Endpoint>,
}

impl Monitoring {
    #[must_use]
    pub fn named(&self, monitor: Monitor) -> Option<&Endpoint> {
        match monitor {
            Monitor::Prometheus => self.prometheus.as_ref(),
            Monitor::Alertmanager => self.alertmanager.as_ref(),
        }
    }
}
