//! The only judge of whether a user may act, and the only maker of permits.

use crate::domain::identity::Generation;
use crate::domain::text::CleanText;

/// A permit to do one thing once. It cannot be cloned or made elsewhere; performing consumes it.
#[derive(Debug, PartialEq)]
pub struct Authorized<T> {
    generation: Generation,
    user: CleanText,
    value: T,
}

impl<T> Authorized<T> {
    /// The connection this permit was given for; another one's client refuses it.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    #[must_use]
    pub fn user(&self) -> &CleanText {
        &self.user
    }

    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}
