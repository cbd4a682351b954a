//! Actions that mean the same on every screen.

use std::collections::BTreeSet;

use crate::action::guard::{Availability, Refusal};
use crate::action::plan::Act;
use crate::action::{Action, Asks, Risk, Write, later};
use crate::config::key::{Key, format_sequence};
use crate::config::keymap::{Context, Keymap};
use crate::domain::object::{Kind, Namespaces, ObjectKey};
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

use super::effect::Effect;
use super::logs::targets::{Choice, targets};
use super::model::Model;
use super::outbox::{Move, Outbox};
use super::overlay::{HelpOverlay, Overlay, PaletteOverlay, PickerOverlay, QuestionOverlay};
use super::screen::{
    AlertsScreen, BrowseScreen, ChartsScreen, HistoryScreen, LogsScreen, Screen, ShellPlace, ShellScreen, YamlScreen,
};
use super::service_charts::ServiceCharts;
use super::state::State;
use super::text_field::TextField;

pub(super) fn act(state: &mut State, action: Action, out: &mut Outbox) {
    let target = subject(action, state);
    let container = state.views.top().view().container();
    let availability = state.model.availability(action, target.as_ref());
    if let Availability::Refused(refusal) = &availability {
        // A right that is missing hides neither what can be looked at nor a plan: that one names the right and hands
        // over the command for somebody who has it.
        let shown_anyway = matches!(refusal, Refusal::Rbac(..)) && !matches!(action.spec().risk, Risk::Stream);
        if !shown_anyway {
            out.complain(refusal.problem(action.spec().title));
            return;
        }
    }
    if let Risk::Write(write) = &action.spec().risk {
        if let Some(key) = target {
            begin(write, action, key, &availability, &state.model, out);
        }
        return;
    }
    match action {
        Action::Back if state.views.top().view().filter().is_some_and(|text| !text.is_empty()) => {
            out.moves.push(Move::SetFilter(String::new()));
        }
        Action::Back if !state.views.is_home() => out.close(),
        Action::Back | Action::Quit if state.views.holds() => {
            out.overlay(Overlay::Question(QuestionOverlay::quit("A shell or a verification")));
        }
        Action::Back | Action::Quit => out.moves.push(Move::Quit),
        Action::Interrupt => {
            state.asked_to_quit = true;
            out.say("the same again quits");
        }
        Action::GoneBack => state.views.go_back(),
        Action::GoneForward => state.views.go_forward(),
        Action::LastView => state.views.swap(),
        Action::Redraw => out.effect(Effect::Redraw),
        Action::Help => {
            let view = state.views.top().view();
            out.overlay(Overlay::Help(HelpOverlay::new(view.context(), view.offers())));
        }
        Action::Palette => out.overlay(Overlay::Palette(PaletteOverlay::default())),
        Action::Filter => match state.views.top().view().filter() {
            Some(text) => out.overlay(Overlay::Filter(TextField::with_text(text))),
            None => out.complain(means_nothing(action)),
        },
        Action::GoHome => out.moves.push(Move::Home),
        Action::GoAlerts => {
            tell_sorting(state, out);
            out.open(Screen::Alerts(AlertsScreen::default()));
        }
        Action::GoPods => out.open(Screen::Browse(BrowseScreen::new(Kind::Pod))),
        Action::GoContexts => out.overlay(Overlay::Picker(PickerOverlay::contexts(&state.model))),
        Action::GoNamespaces => PickerOverlay::namespaces(&state.model, out),
        Action::AllNamespaces => out.moves.push(Move::LookAt(Namespaces::All)),
        Action::Namespace(number) => {
            let known = state.model.known_namespaces();
            match known.iter().nth(usize::from(number) - 1) {
                Some(name) => out.moves.push(Move::LookAt(Namespaces::one(name))),
                None => {
                    let what = format!("{number} is no namespace: {} are known", known.len());
                    out.complain(Problem::new(Cause::NotFound, what, "", ":namespaces lists them"));
                }
            }
        }
        Action::WarpNamespace => {
            if let Some(key) = target {
                out.moves.push(Move::LookAt(Namespaces::Some(BTreeSet::from([key.namespace]))));
            }
        }
        Action::GoHistory => {
            // What changed on a pod is what changed on its service.
            if let Some(key) = target.map(|key| state.model.service_of(&key).unwrap_or(key)) {
                let screen = HistoryScreen::open(key, out);
                out.open(Screen::History(Box::new(screen)));
            }
        }
        Action::GoVerification => {
            if !state.views.go_to_verification() {
                out.say("no verification runs: it begins with an act");
            }
        }
        Action::ToggleGuide => match &mut state.guide {
            Some(guide) => {
                guide.toggle();
                out.effect(Effect::RememberGuide { hidden: guide.is_hidden() });
            }
            None => out.say("only the built-in incident has hints: wk demo"),
        },
        Action::Record => {
            if let Some(guide) = &mut state.guide {
                guide.handed_over(state.views.top());
            }
            out.ask(|task| Effect::HandOverRecord { task });
        }
        Action::ShowYaml => {
            if let Some(key) = target {
                let screen = YamlScreen::open(key, out).at_container(container.as_deref());
                out.open(Screen::Yaml(screen));
            }
        }
        Action::GoEvents => {
            if let Some(key) = target {
                out.open(Screen::Browse(BrowseScreen::events_of(key)));
            }
        }
        Action::GoCharts => match target.as_ref().and_then(|key| state.model.service_of(key)) {
            Some(service) => {
                out.open(Screen::Charts(ChartsScreen { charts: ServiceCharts::new(service, &state.model) }));
            }
            None => out.say("charts belong to a service: choose one, or one of its pods"),
        },
        Action::GoLogs => open_logs(target, container, out, LogsScreen::new),
        Action::GoPreviousLogs => {
            match target.as_ref().and_then(|key| never_restarted(key, container.as_ref(), &state.model)) {
                Some(words) => out.say(words),
                None => open_logs(target, container, out, LogsScreen::previous),
            }
        }
        Action::GoErrors => open_logs(target, container, out, |key| LogsScreen::errors(key, &state.model)),
        Action::Shell => {
            if let Some(pod) = target {
                let place = ShellPlace { pod, container };
                if state.views.living_shell(Some(&place)).is_some() {
                    out.moves.push(Move::ReturnToShell(Some(place)));
                } else if let Some(screen) = ShellScreen::open(place, &state.model, state.size, out) {
                    out.open(Screen::Shell(screen));
                }
            }
        }
        Action::ReturnToShell => match state.views.living_shell(None) {
            Some(_) => out.moves.push(Move::ReturnToShell(None)),
            None => out.say("no shell lives"),
        },
        Action::Copy => {
            if let Some(key) = target {
                out.effect(Effect::CopyToClipboard(key.name.to_string()));
                out.say(format!("copied {}", key.name));
            }
        }
        Action::CopyNamespace => match target {
            Some(key) if !key.namespace.is_empty() => {
                out.say(format!("copied {}", key.namespace));
                out.effect(Effect::CopyToClipboard(key.namespace.to_string()));
            }
            Some(key) => out.say(format!("{} stands in no namespace", key.name)),
            None => {}
        },
        Action::CompareMarked => out.complain(Problem::new(
            Cause::Refused,
            "nothing to compare here",
            "",
            "Space marks rows of a table or a history",
        )),
        Action::Reload => out.say("nothing to reload: what is shown here follows the cluster by itself"),
        action if moves(action) => {}
        action => out.complain(means_nothing(action)),
    }
}

/// What an action is done to. The way back from what is wrong with a pod is its service's.
fn subject(action: Action, state: &State) -> Option<ObjectKey> {
    let target = state.views.target(&state.model)?;
    let service = (action == Action::RollBack && target.kind == Kind::Pod).then(|| state.model.service_of(&target));
    Some(service.flatten().unwrap_or(target))
}

/// A key that means nothing here: pressing it is never met by silence.
pub(super) fn unbound(key: Key, context: Context, keymap: &Keymap) -> Problem {
    let help = keymap.hint(context.chain(), Action::Help.spec().name).map(format_sequence).unwrap_or_default();
    let what = format!("“{key}” does nothing here");
    let hint = if help.is_empty() { String::new() } else { format!("{help} lists the keys") };
    Problem::new(Cause::Refused, what, "", hint)
}

/// A key whose action the catalogue does not hold yet.
pub(super) fn not_yet(name: &str) -> Problem {
    let what = later(name).unwrap_or(name);
    Problem::new(Cause::Absent, format!("not there yet: {what}"), "", "")
}

/// An action that this screen has no use for.
fn means_nothing(action: Action) -> Problem {
    Problem::new(Cause::Refused, format!("{}: not on this screen", action.spec().title), "", "")
}

/// At the end of what can be moved in, pressing on needs no words.
fn moves(action: Action) -> bool {
    use Action::{Bottom, Down, Left, PageDown, PageUp, Right, Top, Up};
    [Up, Down, Left, Right, PageUp, PageDown, Top, Bottom].contains(&action)
}

/// Elsewhere the key of the alerts sorts a table by age: said once, and only where there is a table to sort.
fn tell_sorting(state: &mut State, out: &mut Outbox) {
    if state.told_sorting || !matches!(state.views.top(), Screen::Services(_) | Screen::Browse(_)) {
        return;
    }
    state.told_sorting = true;
    let keys = state.model.keymap.hint(Context::Table.chain(), Action::SortByAge.spec().name);
    if let Some(keys) = keys {
        out.say(format!("alerts; {} sorts a table by age", format_sequence(keys)));
    }
}

fn open_logs(
    target: Option<ObjectKey>,
    container: Option<CleanText>,
    out: &mut Outbox,
    open: impl FnOnce(ObjectKey) -> LogsScreen,
) {
    if let Some(key) = target {
        let screen = open(key).of_container(container).apart(out);
        out.open(Screen::Logs(screen));
    }
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
