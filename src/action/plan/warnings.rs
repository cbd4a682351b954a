//! What to know before a write, shared by the plans.

use serde_json::Value;

use super::facts::Facts;
use crate::domain::plan::{Warning, WarningWeight};
use crate::domain::raw::RawObject;
use crate::domain::service::Owner;
use crate::domain::text::CleanText;

fn warning(weight: WarningWeight, text: &str) -> Warning {
    Warning { weight, text: CleanText::new(text) }
}

/// Who else writes this object, and what that means for the change.
pub(super) fn about_owner(facts: &Facts<'_>) -> Vec<Warning> {
    match facts.owner {
        Owner::Nobody => Vec::new(),
        Owner::Helm { release, .. } => vec![warning(
            WarningWeight::Caution,
            &format!("Helm release {release} owns it: its record will disagree until the next upgrade"),
        )],
        Owner::ArgoCd { application } => vec![warning(
            WarningWeight::WillNotHold,
            &format!("Argo CD application {application} owns it: with self-heal it undoes this within seconds"),
        )],
        Owner::Flux { name } => vec![warning(
            WarningWeight::WillNotHold,
            &format!("Flux {name} owns it: the next reconciliation undoes this"),
        )],
    }
}

pub(super) fn about_pause(facts: &Facts<'_>) -> Vec<Warning> {
    let paused = facts.live.value().pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false);
    let text = "it is paused: nothing rolls out until somebody resumes it";
    if paused { vec![warning(WarningWeight::WillNotHold, text)] } else { Vec::new() }
}

pub(super) fn about_replicas_kept(facts: &Facts<'_>) -> Vec<Warning> {
    let Some(autoscaler) = &facts.autoscaler else { return Vec::new() };
    let replicas = facts.live.value().pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let text = format!("HPA {} decides the number of pods: {replicas} now, stays as it is", autoscaler.name);
    vec![warning(WarningWeight::Note, &text)]
}

/// A pull policy that needs the registry for each new pod.
pub(super) fn about_image_pulls(template: &RawObject) -> Vec<Warning> {
    let containers =
        template.value().pointer("/spec/template/spec/containers").or(template.value().pointer("/spec/containers"));
    let always = containers.and_then(Value::as_array).is_some_and(|containers| {
        containers.iter().any(|container| container.get("imagePullPolicy").and_then(Value::as_str) == Some("Always"))
    });
    let text = "imagePullPolicy Always: each new pod needs the registry to answer";
    if always { vec![warning(WarningWeight::Note, text)] } else { Vec::new() }
}

/// The act ends pods, and with them what only they know.
pub(super) fn about_what_is_kept() -> Warning {
    warning(WarningWeight::Note, "recent logs, events and status of its pods are kept in a file of yours first")
}
