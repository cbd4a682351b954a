//! What is done to the object under the cursor, whichever screen shows it.

use std::collections::BTreeSet;

use crate::action::guard::Availability;
use crate::action::plan::Act;
use crate::action::{Action, Asks, Risk, Write};
use crate::domain::object::{Namespaces, ObjectKey};
use crate::domain::text::CleanText;

use super::super::effect::Effect;
use super::super::logs::targets::{Choice, targets};
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::overlay::{Overlay, QuestionOverlay};
use super::super::screen::{
    BrowseScreen, ChartsScreen, HistoryScreen, LogsScreen, Screen, ShellPlace, ShellScreen, YamlScreen,
};
use super::super::service_charts::ServiceCharts;
use super::super::state::State;

/// False when the action is none that is done to an object.
pub(super) fn act(
    state: &State,
    action: Action,
    key: ObjectKey,
    container: Option<CleanText>,
    availability: &Availability,
    out: &mut Outbox,
) -> bool {
    if let Risk::Write(write) = &action.spec().risk {
        begin(write, action, key, availability, &state.model, out);
        return true;
    }
    match action {
        Action::WarpNamespace => out.moves.push(Move::LookAt(Namespaces::Some(BTreeSet::from([key.namespace])))),
        Action::GoHistory => {
            // What changed on a pod is what changed on its service.
            let key = state.model.service_of(&key).unwrap_or(key);
            let screen = HistoryScreen::open(key, out);
            out.open(Screen::History(Box::new(screen)));
        }
        Action::ShowYaml => {
            let screen = YamlScreen::open(key, out).at_container(container.as_deref());
            out.open(Screen::Yaml(screen));
        }
        Action::GoEvents => out.open(Screen::Browse(BrowseScreen::events_of(key))),
        Action::GoCharts => match state.model.service_of(&key) {
            Some(service) => {
                out.open(Screen::Charts(ChartsScreen { charts: ServiceCharts::new(service, &state.model) }));
            }
            None => out.say("charts belong to a service: choose one, or one of its pods"),
        },
        Action::GoLogs => open_logs(LogsScreen::new(key), container, out),
        Action::GoPreviousLogs => match never_restarted(&key, container.as_ref(), &state.model) {
            Some(words) => out.say(words),
            None => open_logs(LogsScreen::previous(key), container, out),
        },
        Action::GoErrors => open_logs(LogsScreen::errors(key, &state.model), container, out),
        Action::Shell => {
            let place = ShellPlace { pod: key, container };
            if state.views.living_shell(Some(&place)).is_some() {
                out.moves.push(Move::ReturnToShell(Some(place)));
            } else if let Some(screen) = ShellScreen::open(place, &state.model, state.size, out) {
                out.open(Screen::Shell(screen));
            }
        }
        Action::Copy => {
            out.effect(Effect::CopyToClipboard(key.name.to_string()));
            out.say(format!("copied {}", key.name));
        }
        Action::CopyNamespace if key.namespace.is_empty() => out.say(format!("{} stands in no namespace", key.name)),
        Action::CopyNamespace => {
            out.say(format!("copied {}", key.namespace));
            out.effect(Effect::CopyToClipboard(key.namespace.to_string()));
        }
        _ => return false,
    }
    true
}

fn open_logs(screen: LogsScreen, container: Option<CleanText>, out: &mut Outbox) {
    let screen = screen.of_container(container).apart(out);
    out.open(Screen::Logs(screen));
}

/// Why there is no log of a life before, where that is known.
fn never_restarted(key: &ObjectKey, container: Option<&CleanText>, model: &Model) -> Option<String> {
    let choice = Choice { container: container.cloned(), all_containers: container.is_none(), previous: true };
    let targets = targets(model, key, &choice);
    let name = container.unwrap_or(&key.name);
    (targets.pods > 0 && targets.list.is_empty()).then(|| format!("{name} never restarted: no earlier log"))
}

/// A write begins with its plan, or with what has to be said for it.
fn begin(write: &Write, action: Action, key: ObjectKey, availability: &Availability, model: &Model, out: &mut Outbox) {
    match write.asks {
        None => out.moves.push(Move::Plan(key, Act::plain(action))),
        Some(Asks::Replicas) => {
            let Some(service) = model.services.get(&key) else { return };
            let problem = match availability {
                Availability::Refused(refusal) => Some(refusal.problem(action.spec().title)),
                Availability::Ready | Availability::Checking => None,
            };
            let question = QuestionOverlay::replicas(action, key, service.desired, problem.as_ref());
            out.overlay(Overlay::Question(question));
        }
    }
}
