//! A verification as text: each check with how it stands, and each pod.

use serde_json::json;

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
    let kept = &screen.applied.kept;
    if let Some(folder) = &kept.folder {
        report.notes.push(format!("kept first: {}, in {folder}", kept.words()));
    }
    if !kept.is_empty() {
        report.notes.extend(kept.problems.iter().map(|problem| format!("not kept: {problem}")));
        report.items.push(json!({ "kept": kept }));
    }
    let stuck = verification.checks.iter().any(|check| check.mark == Mark::Failed);
    if stuck || matches!(verification.verdict, Verdict::NotBetter(_) | Verdict::Stuck(_) | Verdict::RevertedBy(_)) {
        report.problems.push(Problem::new(Cause::Server, "the verification failed", verification.verdict.words(), ""));
    }
    report
}
