//! Actions that mean the same on every screen: those done to the console itself, and in `object` those done to what the
//! cursor stands on.

mod object;

use crate::action::guard::{Availability, Refusal};
use crate::action::{Action, Risk, later};
use crate::config::key::{Key, format_sequence};
use crate::config::keymap::{Context, Keymap};
use crate::domain::object::{Kind, Namespaces, ObjectKey};
use crate::domain::problem::{Cause, Problem};

use super::effect::Effect;
use super::outbox::{Move, Outbox};
use super::overlay::{HelpOverlay, Overlay, PaletteOverlay, PickerOverlay, QuestionOverlay};
use super::screen::{AlertsScreen, BrowseScreen, Screen};
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
    let done = target.is_some_and(|key| object::act(state, action, key, container, &availability, out));
    if !done {
        console(state, action, out);
    }
}

/// What is done to the console itself.
fn console(state: &mut State, action: Action, out: &mut Outbox) {
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
        // Where the cursor stands on nothing there is no namespace either.
        Action::WarpNamespace => {}
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
        Action::ReturnToShell => match state.views.living_shell(None) {
            Some(_) => out.moves.push(Move::ReturnToShell(None)),
            None => out.say("no shell lives"),
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
