//! The machine without a terminal: open a screen, wait until it has settled, report.

use std::time::Duration;

use crate::app::State;
use crate::app::model::Link;
use crate::report::{self, Report};

use super::backend::Backend;
use super::event_loop::Engine;

/// How long a headless command waits for its panes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it waits for metrics once everything else is there.
const METRICS_PATIENCE: Duration = Duration::from_secs(2);

/// Runs until the open screen has settled, and reports what it knows. A problem of the whole connection stands in the
/// report's problems.
pub async fn run(backend: Backend, state: State) -> Report {
    let mut engine = Engine::new(backend, state);
    engine.start();
    let settle = async {
        while !settled(&engine.state) {
            let Some(message) = engine.next().await else { break };
            engine.take(message);
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, settle).await.is_ok();
    if in_time && !metrics_settled(&engine.state) {
        let rest = async {
            while !metrics_settled(&engine.state) {
                let Some(message) = engine.next().await else { break };
                engine.take(message);
            }
        };
        // Late metrics are no failure: the report says that they are missing.
        let _ = tokio::time::timeout(METRICS_PATIENCE, rest).await;
    }
    let mut report = report::report(&engine.state);
    if let Link::Failed(problem) = &engine.state.model.link {
        report.problems = vec![problem.clone()];
    }
    engine.end().await;
    report
}

fn settled(state: &State) -> bool {
    matches!(state.model.link, Link::Failed(_)) || state.views.top().view().settled(&state.model)
}

fn metrics_settled(state: &State) -> bool {
    let found = !matches!(state.model.prometheus, None);
    found && state.model.metrics.values().all(|metrics| metrics.freshness.settled())
}
