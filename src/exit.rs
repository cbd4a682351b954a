//! Exit codes; scripts rely on them.

use std::process::ExitCode;

use watchkeeper::domain::problem::{Cause, Problem};
use watchkeeper::report::Report;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NoConnection = 3,
    Denied = 4,
    NotFound = 5,
    Partial = 6,
    Refused = 7,
}

impl Exit {
    pub fn of(problem: &Problem) -> Self {
        match problem.cause {
            Cause::Usage => Self::Usage,
            Cause::NoConnection | Cause::Unauthenticated => Self::NoConnection,
            Cause::Denied(_) => Self::Denied,
            Cause::NotFound | Cause::Absent => Self::NotFound,
            Cause::Refused | Cause::Conflict => Self::Refused,
            Cause::Throttled | Cause::Server | Cause::Malformed => Self::Failed,
        }
    }

    /// Nothing at all, a part, or everything. What is only absent, such as Prometheus, is said and is no failure.
    pub fn of_report(report: &Report) -> Self {
        match report.problems.iter().find(|problem| problem.cause != Cause::Absent) {
            None => Self::Done,
            Some(problem) if report.items.is_empty() => Self::of(problem),
            Some(_) => Self::Partial,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
