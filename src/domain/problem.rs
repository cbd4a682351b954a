//! What failed, why, and what to do: the only form in which a failure reaches a person.

use serde::Serialize;

use super::access::Access;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub cause: Cause,
    /// What failed, as a short sentence without a full stop.
    pub what: CleanText,
    /// Why, in the words of whoever refused, when known.
    pub why: CleanText,
    /// What the user can do now.
    pub hint: CleanText,
}

/// The class of a failure: behaviour and exit codes hang on it, never on words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Cause {
    /// The command line or a file of the user is wrong.
    Usage,
    /// No answer: refused, silent, unknown host, broken TLS.
    NoConnection,
    /// The credentials were not accepted, or a plugin could not give any.
    Unauthenticated,
    /// The server refused this right.
    Denied(Access),
    NotFound,
    /// Somebody else changed the object.
    Conflict,
    /// The server asks us to slow down.
    Throttled,
    /// The server has an inner failure.
    Server,
    /// Refused by us: read-only, policy, or a guard.
    Refused,
    /// An answer that cannot be read.
    Malformed,
    /// A service that is not there, such as a cluster without Prometheus.
    Absent,
}

impl Problem {
    #[must_use]
    pub fn new(
        cause: Cause,
        what: impl Into<CleanText>,
        why: impl Into<CleanText>,
        hint: impl Into<CleanText>,
    ) -> Self {
        Self { cause, what: what.into(), why: why.into(), hint: hint.into() }
    }

    #[must_use]
    pub fn denied(access: Access, why: impl Into<CleanText>) -> Self {
        let what = format!("needs {access}");
        Self::new(Cause::Denied(access), what, why, "ask for this right")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.what)?;
        if !self.why.is_empty() {
            write!(f, ": {}", self.why)?;
        }
        if !self.hint.is_empty() {
            write!(f, " · {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
