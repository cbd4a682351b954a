//! What the open screen knows, whichever it is.

use crate::app::State;
use crate::app::screen::Screen;
use crate::domain::freshness::Freshness;
use crate::domain::problem::{Cause, Problem};

use super::document::Report;
use super::{alerts, browse, containers, history, logs, plan, services, verify};

/// What the open screen knows.
#[must_use]
pub fn report(state: &State) -> Report {
    let mut report = screen(state);
    // What befell several lists at once is said once.
    let mut said: Vec<Problem> = Vec::new();
    report.problems.retain(|problem| {
        let new = !said.contains(problem);
        if new {
            said.push(problem.clone());
        }
        new
    });
    report
}

fn screen(state: &State) -> Report {
    match state.views.top() {
        Screen::Services(screen) => services::report(screen, &state.model),
        Screen::Alerts(screen) => alerts::report(screen, &state.model),
        Screen::Browse(screen) => browse::report(screen, &state.model),
        Screen::Containers(screen) => containers::report(screen, &state.model),
        // Lines are written as they come, by a `LogWriter`.
        Screen::Logs(screen) => logs::report(screen, &state.model),
        // Pages of one thing are for the eye; the lists they are opened from are for scripts.
        Screen::Alert(_) | Screen::Service(_) | Screen::Charts(_) => Report::new("Page", &[]),
        Screen::Shell(_) => Report::new("Shell", &[]),
        Screen::History(screen) => history::report(screen, &state.model),
        Screen::Plan(screen) => plan::report(screen, &state.model),
        Screen::Yaml(_) => Report::new("Yaml", &[]),
        Screen::Compare(_) => Report::new("Difference", &[]),
        Screen::Verify(screen) => verify::report(screen),
    }
}

/// What a pane could not show, as a problem of the report.
pub(super) fn problem_of(freshness: &Freshness) -> Option<Problem> {
    match freshness {
        Freshness::Failed(problem) | Freshness::Stale { problem, .. } => Some(problem.clone()),
        Freshness::Denied(access) => Some(Problem::denied(access.clone(), "")),
        Freshness::Loading | Freshness::Partial { .. } => {
            Some(Problem::new(Cause::NoConnection, "not everything arrived in time", "", "ask again"))
        }
        Freshness::Live | Freshness::Polled { .. } => None,
    }
}
