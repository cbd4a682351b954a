//! A plan as text: its calls with the rights they need, and what they change.

use serde_json::json;

use crate::app::model::Model;
use crate::app::screen::{DryRun, PlanScreen, Stage, Withdrawal};
use crate::domain::plan::Difference;

use super::document::Report;

pub(super) fn report(screen: &PlanScreen, model: &Model) -> Report {
    let mut report = Report::new("Plan", &["WHAT", "BEFORE", "AFTER"]);
    match &screen.stage {
        Stage::Reading => {}
        Stage::Refused(problem) => {
            report.headings.clear();
            report.problems.push(problem.clone());
        }
        Stage::Planned(planned) => {
            let (differences, by_server) = planned.differences();
            report.title = Some(planned.plan.heading.to_string());
            for difference in differences {
                let cell = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
                report.rows.push(vec![difference.field.to_string(), cell(&difference.before), cell(&difference.after)]);
            }
            for call in &planned.plan.mutation.calls {
                report.notes.push(format!(
                    "{} {} ({}); needs {}: {}",
                    call.method.as_str(),
                    call.path,
                    call.purpose,
                    call.access,
                    model.grants.get(&call.access)
                ));
            }
            report.notes.extend(planned.plan.warnings.iter().map(|warning| warning.text.to_string()));
            if let Some(problem) = &model.journal.problem {
                report.notes.push(format!("NO JOURNAL: {problem}"));
            }
            let whose = if by_server { "the server's own answer" } else { "computed here, not the server's answer" };
            report.notes.push(format!("difference: {whose}"));
            report.notes.push(planned.plan.kubectl.to_string());
            report.items.push(json!({
                "heading": planned.plan.heading,
                "target": planned.plan.target,
                "calls": planned.plan.mutation.calls.iter().map(|call| json!({
                    "method": call.method,
                    "path": call.path,
                    "access": call.access,
                    "grant": model.grants.get(&call.access),
                    "purpose": call.purpose,
                })).collect::<Vec<_>>(),
                "differences": differences,
                "differencesByServer": by_server,
                "warnings": planned.plan.warnings,
                "confirmation": planned.plan.confirmation,
                "kubectl": planned.plan.kubectl,
                "journal": model.journal.problem,
                "withdrawn": planned.withdrawn.as_ref().and_then(Withdrawal::interference),
            }));
            match (&planned.withdrawn, &planned.dry_run, &planned.complaint) {
                (Some(withdrawn), ..) => {
                    let others = withdrawn.interference().map_or(&[][..], |other| &other.differences);
                    for Difference { field, before, after } in others {
                        report.notes.push(format!("changed meanwhile: {field}: {before} → {after}"));
                    }
                    report.problems.push(withdrawn.problem());
                }
                (None, DryRun::NotAllowed(refusal), _) => report.problems.push(refusal.problem(planned.plan.action)),
                (None, DryRun::Failed(problem), _) => report.problems.push(problem.clone()),
                (None, _, complaint) => report.problems.extend(complaint.clone()),
            }
        }
    }
    report
}
