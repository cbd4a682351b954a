//! Connecting step by step, for `wk doctor`: the API server first, then Prometheus and Alertmanager.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::domain::endpoint::{Monitor, StepOutcome};
use crate::domain::identity::Generation;
use crate::domain::object::Scope;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::http_get::HttpGet;
use crate::sources::kube::{self, Connection, Context, Places, Target};
use crate::sources::monitoring::{Search, discover};
use crate::sources::task_scope::TaskScope;

pub use crate::sources::kube::{Finding, Step};

use super::backend::{Backend, Transport};
use super::journal::{Journal, unwritable};

/// Takes every step and tells each as it is done.
pub async fn examine(backend: &Backend, steps: mpsc::Sender<Step>) {
    journal(backend, &steps).await;
    let scope = TaskScope::new();
    let target = match &backend.transport {
        Transport::InMemory { dial, context, user, namespace, token } => {
            let namespace = namespace.as_deref().unwrap_or_default();
            Some(Target::in_memory(context, user, namespace, Some(token), dial.clone()))
        }
        Transport::Kubeconfig { path, context, impersonation, .. } => {
            let places = Places::of_process(path.clone());
            kube::examine_kubeconfig(&places, context.as_deref(), impersonation.clone(), &backend.clock, &steps).await
        }
    };
    if let Some(target) = target {
        let context = Context {
            generation: Generation::default(),
            limits: backend.limits,
            clock: backend.clock.clone(),
            scope: scope.clone(),
        };
        if let Some(connection) = kube::examine_connection(target, context, &steps).await {
            for monitor in [Monitor::Prometheus, Monitor::Alertmanager] {
                monitoring(backend, &connection, monitor, &steps).await;
            }
        }
    }
    scope.ended().await;
}

/// Can acts be written down, and was one of them left in the middle?
async fn journal(backend: &Backend, steps: &mpsc::Sender<Step>) {
    let began = Instant::now();
    let Some(folder) = backend.state_folder.as_deref() else {
        let problem = unwritable("no folder for it", "$HOME and $XDG_STATE_HOME are not set");
        return tell(steps, "journal", began.elapsed(), Finding::Warning(problem)).await;
    };
    let journal = Journal::new(Some(folder));
    let finding = match journal.check_existing().await {
        Ok(()) => Finding::Good(CleanText::new(&folder.display().to_string())),
        Err(problem) => Finding::Warning(problem),
    };
    tell(steps, "journal", began.elapsed(), finding).await;
    for entry in journal.unfinished(backend.clock.now(), true).await {
        tell(steps, "  unfinished", Duration::ZERO, Finding::Warning(entry.problem())).await;
    }
}

async fn monitoring(backend: &Backend, connection: &Connection, monitor: Monitor, steps: &mpsc::Sender<Step>) {
    let began = Instant::now();
    let cluster: Arc<dyn HttpGet> = Arc::new(connection.clone());
    let pinned = backend.monitoring.named(monitor);
    let discovery = discover(&cluster, &Search { monitor, pinned, scopes: &[Scope::Cluster] }).await;
    let finding = match &discovery.found {
        Some(endpoint) => Finding::Good(CleanText::new(&format!("{endpoint}, version {}", discovery.version))),
        None => {
            let hint = format!("name it with {}", monitor.flag());
            let what = format!("no {monitor}: charts and alerts stay empty");
            Finding::Warning(Problem::new(Cause::Absent, what, discovery.absence(), hint))
        }
    };
    tell(steps, monitor.name(), began.elapsed(), finding).await;
    if discovery.found.is_none() {
        for step in &discovery.steps {
            let why = match &step.outcome {
                StepOutcome::Denied(why) | StepOutcome::Failed(why) => why.clone(),
                _ => continue,
            };
            let problem = Problem::new(Cause::Absent, step.tried.clone(), why, "");
            tell(steps, "  tried", Duration::ZERO, Finding::Warning(problem)).await;
        }
    }
}

async fn tell(steps: &mpsc::Sender<Step>, name: &'static str, took: Duration, finding: Finding) {
    // Nobody listens any more when the program ends.
    let _ = steps.send(Step { name, took, finding }).await;
}
