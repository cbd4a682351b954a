//! Actions that mean the same on every screen.

use std::collections::BTreeSet;

use crate::action::guard::Availability;
use crate::action::{Action, Risk};
use crate::domain::object::{Kind, Namespaces};

use super::effect::Effect;
use super::outbox::{Move, Outbox};
use super::overlay::{HelpOverlay, Overlay, PaletteOverlay, PickerOverlay, QuestionOverlay};
use super::screen::{BrowseScreen, Screen, YamlScreen};
use super::state::State;
use super::text_field::TextField;

pub(super) fn act(state: &mut State, action: Action, out: &mut Outbox) {
    let target = state.views.target(&state.model);
    let availability = state.model.availability(action, target.as_ref());
    if let Availability::Refused(refusal) = &availability {
        // A refused right does not hide what can be looked at; only acts stop here.
        if action.spec().risk != Risk::Look || target.is_none() {
            out.complain(refusal.problem(action.spec().title));
            return;
        }
    }
    match action {
        Action::Back if !state.views.is_home() => out.close(),
        Action::Back | Action::Quit if state.views.holds(&state.model) => {
            out.overlay(Overlay::Question(QuestionOverlay::quit("A shell or a verification")));
        }
        Action::Back | Action::Quit => out.moves.push(Move::Quit),
        Action::GoneBack => state.views.go_back(),
        Action::GoneForward => state.views.go_forward(),
        Action::LastView => state.views.swap(),
        Action::Redraw => out.effect(Effect::Redraw),
        Action::Help => out.overlay(Overlay::Help(HelpOverlay::new(state.views.top().view().context()))),
        Action::Palette => out.overlay(Overlay::Palette(PaletteOverlay::default())),
        Action::Filter => {
            if let Some(text) = state.views.top().view().filter() {
                out.overlay(Overlay::Filter(TextField::with_text(text)));
            }
        }
        Action::GoHome => out.moves.push(Move::Home),
        Action::GoPods => out.open(Screen::Browse(BrowseScreen::new(Kind::Pod))),
        Action::GoContexts => out.overlay(Overlay::Picker(PickerOverlay::contexts(&state.model))),
        Action::GoNamespaces => PickerOverlay::namespaces(&state.model, out),
        Action::AllNamespaces => out.moves.push(Move::LookAt(Namespaces::All)),
        Action::WarpNamespace => {
            if let Some(key) = target {
                out.moves.push(Move::LookAt(Namespaces::Some(BTreeSet::from([key.namespace]))));
            }
        }
        Action::ShowYaml => {
            if let Some(key) = target {
                let screen = YamlScreen::open(key, out);
                out.open(Screen::Yaml(screen));
            }
        }
        Action::GoEvents => {
            if let Some(key) = target {
                out.open(Screen::Browse(BrowseScreen::events_of(key)));
            }
        }
        Action::Copy => {
            if let Some(key) = target {
                out.effect(Effect::CopyToClipboard(key.name.to_string()));
                out.say(format!("copied {}", key.name));
            }
        }
        _ => {}
    }
}
