//! A question with a typed answer: how many pods, really quit.

use crate::action::Action;
use crate::action::plan::{Act, Wish};
use crate::config::key::Key;
use crate::domain::object::ObjectKey;
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;

use super::super::outbox::{Move, Outbox};
use super::super::text_field::TextField;

#[derive(Debug)]
pub struct QuestionOverlay {
    pub question: CleanText,
    pub field: TextField,
    pub about: About,
    /// What is wrong with the text typed so far.
    pub complaint: Option<CleanText>,
}

#[derive(Debug)]
pub enum About {
    /// How many pods a service should have, for this action.
    Replicas(Action, ObjectKey),
    /// Whether to quit although something lives.
    Quit,
}

impl QuestionOverlay {
    /// `refusal` is said before anything is typed: the plan that follows can only be handed to somebody else.
    #[must_use]
    pub fn replicas(action: Action, key: ObjectKey, now: u32, refusal: Option<&Problem>) -> Self {
        let question = CleanText::new(&format!("How many pods should {} have? {now} now", key.name));
        let complaint = refusal.map(|problem| CleanText::new(&format!("you may not: {}", problem.what)));
        Self { question, field: TextField::default(), about: About::Replicas(action, key), complaint }
    }

    #[must_use]
    pub fn quit(what_lives: &str) -> Self {
        let question = CleanText::new(&format!("{what_lives} would end. Enter quits, Esc stays"));
        Self { question, field: TextField::default(), about: About::Quit, complaint: None }
    }

    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.about {
            About::Replicas(..) => "Scale",
            About::Quit => "Quit",
        }
    }

    #[must_use]
    pub fn takes_text(&self) -> bool {
        matches!(self.about, About::Replicas(..))
    }

    pub(super) fn press(&mut self, key: Key) -> bool {
        self.complaint = None;
        self.takes_text() && self.field.press(key)
    }

    pub(super) fn act(&mut self, action: Action, out: &mut Outbox) -> bool {
        if action != Action::Confirm {
            return false;
        }
        match &self.about {
            About::Quit => out.moves.push(Move::Quit),
            About::Replicas(action, key) => match replicas(self.field.text()) {
                Some(replicas) => {
                    out.close_overlay();
                    out.moves.push(Move::Plan(key.clone(), Act { action: *action, wish: Wish::Replicas(replicas) }));
                }
                None => self.complaint = Some("a whole number is expected, 2147483647 at most".into()),
            },
        }
        true
    }
}

/// Kubernetes counts pods in 32 bits with a sign.
fn replicas(text: &str) -> Option<u32> {
    text.trim().parse::<i32>().ok().and_then(|number| u32::try_from(number).ok())
}
