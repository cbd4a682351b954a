//! Which overlays there are, and who of them answers what.

use crate::action::Action;
use crate::config::key::{Code, Key};
use crate::config::keymap::Context;

use super::super::effect::TaskId;
use super::super::message::Answer;
use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::text_field::TextField;
use super::{HelpOverlay, PaletteOverlay, PickerOverlay, QuestionOverlay};

#[derive(Debug)]
pub enum Overlay {
    /// The filter of the screen below, applied while one types.
    Filter(TextField),
    Palette(PaletteOverlay),
    Help(HelpOverlay),
    Picker(PickerOverlay),
    Question(QuestionOverlay),
}

impl Overlay {
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Filter(_) | Self::Question(_) => Context::Text,
            Self::Palette(_) | Self::Picker(_) => Context::Palette,
            Self::Help(_) => Context::Document,
        }
    }

    /// The actions worth a place in the footer.
    #[must_use]
    pub fn offers(&self) -> &'static [Action] {
        match self {
            Self::Filter(_) | Self::Question(_) => &[Action::Confirm, Action::Back],
            Self::Palette(_) | Self::Picker(_) => {
                &[Action::Confirm, Action::Up, Action::Down, Action::NextPane, Action::Back]
            }
            Self::Help(_) => &[Action::Up, Action::Down, Action::Back],
        }
    }

    /// A key the keymap does not know.
    pub(in crate::app) fn press(&mut self, key: Key, out: &mut Outbox) -> bool {
        match self {
            Self::Filter(field) => {
                let taken = field.press(key);
                if taken {
                    out.moves.push(Move::SetFilter(field.text().to_owned()));
                }
                taken
            }
            Self::Palette(palette) => palette.press(key),
            Self::Picker(picker) => picker.press(key),
            Self::Question(question) => question.press(key),
            Self::Help(_) => {
                // Any key that means nothing here closes the help.
                if key.code() != Code::Escape {
                    out.close_overlay();
                }
                true
            }
        }
    }

    pub(in crate::app) fn paste(&mut self, text: &str, out: &mut Outbox) {
        match self {
            Self::Filter(field) => {
                field.paste(text);
                out.moves.push(Move::SetFilter(field.text().to_owned()));
            }
            Self::Palette(palette) => palette.field.paste(text),
            Self::Picker(picker) => picker.field.paste(text),
            Self::Question(question) => question.field.paste(text),
            Self::Help(_) => {}
        }
    }

    /// Does an action; false when this overlay does not know it.
    pub(in crate::app) fn act(&mut self, action: Action, out: &mut Outbox) -> bool {
        match self {
            Self::Filter(_) => match action {
                Action::Confirm => {
                    out.close_overlay();
                    true
                }
                Action::Back => {
                    out.moves.push(Move::SetFilter(String::new()));
                    out.close_overlay();
                    true
                }
                _ => false,
            },
            Self::Palette(palette) => palette.act(action, out),
            Self::Picker(picker) => picker.act(action, out),
            Self::Question(question) => question.act(action, out),
            Self::Help(help) => help.act(action),
        }
    }

    pub(in crate::app) fn answer(&mut self, task: TaskId, answer: Answer) -> Option<Answer> {
        match self {
            Self::Picker(picker) => picker.answer(task, answer),
            _ => Some(answer),
        }
    }

    pub(in crate::app) fn settle(&mut self, model: &Model) {
        match self {
            Self::Palette(palette) => palette.settle(model),
            Self::Picker(picker) => picker.settle(),
            _ => {}
        }
    }
}
