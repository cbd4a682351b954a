//! A verification as text: each check with how it stands, and each pod.

use crate::app::screen::VerifyScreen;
use crate::domain::problem::{Cause, Problem};
use crate::insight::verification::{Mark, Verdict};

use super::document::Report;

pub(super) fn report(screen: &VerifyScreen) -> Report {
    let mut report = Report::new("Verification", &["CHECK", "STATE", "WORDS"]);
    report.title = Some(screen.applied.plan.heading.to_string());
    let Some(verification) = &screen.verification else { return report };
    for check in &verification.checks {
        let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        report.rows.push(vec![word(&check.kind), word(&check.mark), check.words.to_string()]);
        report.items.push(serde_json::to_value(check).unwrap_or_default());
    }
    report.notes.push(format!("verdict: {}", verification.verdict.words()));
    let stuck = verification.checks.iter().any(|check| check.mark == Mark::Failed);
    if stuck || matches!(verification.verdict, Verdict::NotBetter(_) | Verdict::Stuck(_) | Verdict::RevertedBy(_)) {
        report.problems.push(Problem::new(Cause::Server, "the verification failed", verification.verdict.words(), ""));
    }
    report
}
