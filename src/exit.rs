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
    VerificationFailed = 8,
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
        Self::of_problems(&report.problems, !report.items.is_empty())
    }

    pub fn of_problems(problems: &[Problem], something: bool) -> Self {
        match problems.iter().find(|problem| problem.cause != Cause::Absent) {
            None => Self::Done,
            Some(problem) if !something => Self::of(problem),
            Some(_) => Self::Partial,
        }
    }

    /// After an act: whether it was sent at all, and whether its rollout went well.
    pub fn of_act(report: &Report) -> Self {
        match (report.kind, report.problems.first()) {
            ("Verification", None) => Self::Done,
            ("Verification", Some(_)) => Self::VerificationFailed,
            (_, Some(problem)) => Self::of(problem),
            (_, None) => Self::Refused,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
