//! Rolling a Deployment back: its pod template becomes the one of an earlier revision.

use serde_json::json;

use super::act::Wish;
use super::facts::Facts;
use super::warnings;
use crate::action::spec::Write;
use crate::domain::change::ChangeKind;
use crate::domain::mutation::Mutation;
use crate::domain::plan::{Expectation, Plan, Warning, WarningWeight, WayOut};
use crate::domain::problem::{Cause, Problem};
use crate::domain::revision::{Revision, Soundness};
use crate::domain::text::CleanText;
use crate::insight::{differences, revisions};
use crate::kinds::age;

pub const ROLL_BACK: Write = Write {
    asks: None,
    measured: true,
    intent: |name, wish| match wish {
        Wish::Revision(number) => format!("roll {name} back to revision {number}"),
        Wish::Nothing | Wish::Replicas(_) => format!("roll {name} back"),
    },
    plan: rollback,
};

/// # Errors
/// When there is nothing to go back to, the target is what runs already, or the live object is incomplete.
fn rollback(facts: &Facts<'_>, wish: Wish) -> Result<Plan, Problem> {
    let name = &facts.key.name;
    let current = revisions::current(facts.live, facts.revisions).ok_or_else(|| no_revisions(facts))?;
    let target = target(facts, current, wish)?;
    if current.number == target.number {
        return Err(Problem::new(
            Cause::Refused,
            format!("{name} already runs revision {}", target.number),
            "",
            "choose an earlier one in the history",
        ));
    }
    let template = facts.live.part("/spec/template").ok_or_else(|| {
        Problem::new(
            Cause::Malformed,
            format!("{name} has no pod template"),
            "the server's answer is incomplete",
            "reload",
        )
    })?;
    let change_cause = format!(
        "{} with wk: roll back {} → {}",
        facts.identity.user,
        names(current, target).0,
        names(current, target).1
    );
    let mut operations = vec![
        facts.same_object()?,
        // Somebody else's newer template must never be overwritten.
        json!({"op": "test", "path": "/spec/template", "value": template.value()}),
        json!({"op": "replace", "path": "/spec/template", "value": target.template.value()}),
    ];
    operations.extend(facts.annotate("/metadata/annotations", "kubernetes.io/change-cause", &change_cause));
    let purpose = "only if its template is still the one that was read";
    let call = facts.patch("", operations, purpose, "safe");

    let mut warnings = warnings::about_owner(facts);
    warnings.extend(warnings::about_pause(facts));
    warnings.extend(about_soundness(target, facts));
    for configuration in newer_configuration(facts, target) {
        let text = format!("{} never ran with today's {configuration}, which is read at start", target.version);
        warnings.push(Warning { weight: WarningWeight::Caution, text: CleanText::new(&text) });
    }
    warnings.extend(warnings::about_replicas_kept(facts));
    warnings.extend(warnings::about_image_pulls(&target.template));
    warnings.push(warnings::about_what_is_kept());
    warnings.sort_by_key(|warning| warning.weight);

    let (from, to) = names(current, target);
    Ok(Plan {
        action: "roll-back",
        heading: CleanText::new(&format!("roll {name} back: {from} → {to}, {}", soundness_in_words(target))),
        target: facts.key.clone(),
        mutation: Mutation { target: facts.key.clone(), calls: vec![call] },
        differences: differences::templates(template.value(), target.template.value()),
        warnings,
        confirmation: facts.typed_name(),
        kubectl: facts.kubectl(&format!("rollout undo {} --to-revision={}", facts.typed_target(), target.number)),
        wk: facts.wk(&format!("rollback {} --to {} --apply", facts.typed_target(), target.number)),
        ends_pods: true,
        way_out: way_out(facts, target),
        expectation: Expectation {
            version: Some(target.version.clone()),
            previous_version: Some(current.version.clone()),
            replicas: None,
            new_pods: true,
        },
    })
}

fn target<'a>(facts: &Facts<'a>, current: &Revision, wish: Wish) -> Result<&'a Revision, Problem> {
    let name = &facts.key.name;
    match wish {
        Wish::Revision(number) => facts.revisions.iter().find(|revision| revision.number == number).ok_or_else(|| {
            let kept: Vec<String> = facts.revisions.iter().map(|revision| revision.number.to_string()).collect();
            let hint = format!("kept are {}", kept.join(", "));
            Problem::new(Cause::NotFound, format!("{name} has no revision {number}"), "", hint)
        }),
        Wish::Nothing | Wish::Replicas(_) => revisions::rollback_target(facts.revisions, Some(current), facts.onset)
            .ok_or_else(|| {
                let what = format!("{name} has no revision to go back to");
                Problem::new(Cause::NotFound, what, "no earlier ReplicaSet is kept", "see its history")
            }),
    }
}

fn no_revisions(facts: &Facts<'_>) -> Problem {
    facts.revisions_problem.cloned().unwrap_or_else(|| {
        let what = format!("{} has no revisions", facts.key.name);
        Problem::new(Cause::NotFound, what, "no ReplicaSet of it is kept", "")
    })
}

/// Where else one could go, when this does not help.
fn way_out(facts: &Facts<'_>, target: &Revision) -> Option<WayOut> {
    let other = revisions::rollback_target(facts.revisions, Some(target), facts.onset)?;
    Some(WayOut { revision: other.number, version: other.version.clone() })
}

/// Configuration written after the target was last replaced: its pods never read it.
fn newer_configuration(facts: &Facts<'_>, target: &Revision) -> Vec<CleanText> {
    let replaced = facts.revisions.iter().filter(|other| other.number > target.number).map(|other| other.at).min();
    facts
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Configuration)
        .filter(|change| replaced.is_some_and(|replaced| change.at > replaced))
        .map(|change| change.object.name.clone())
        .collect()
}

/// The two ends of the way, by version where versions differ, else by revision.
fn names(current: &Revision, target: &Revision) -> (String, String) {
    if current.version == target.version || target.version.is_empty() {
        (format!("revision {}", current.number), format!("revision {}", target.number))
    } else {
        (current.version.to_string(), target.version.to_string())
    }
}

fn soundness_in_words(revision: &Revision) -> String {
    match &revision.soundness {
        Soundness::Failed(why) => format!("which FAILED: {why}"),
        soundness => soundness.words(),
    }
}

fn about_soundness(target: &Revision, facts: &Facts<'_>) -> Option<Warning> {
    let why = facts.unmeasured.get(&target.number).map(|why| format!(": {why}")).unwrap_or_default();
    let (weight, text) = match &target.soundness {
        Soundness::Measured { .. } => return None,
        Soundness::Failed(why) => (WarningWeight::WillNotHold, format!("{} failed when it ran: {why}", target.version)),
        Soundness::RanReady => {
            (WarningWeight::Note, format!("{} ran Ready, but its answers were not measured{why}", target.version))
        }
        Soundness::RecordedOnly | Soundness::Unknown => {
            let age = age::age(target.at, facts.now);
            (WarningWeight::Caution, format!("nothing is known of how {} ran {age} ago{why}", target.version))
        }
    };
    Some(Warning { weight, text: CleanText::new(&text) })
}
