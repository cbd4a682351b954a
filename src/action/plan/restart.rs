//! A rolling restart: the annotation that kubectl uses, so that other tools recognise it.

use serde_json::json;

use super::facts::Facts;
use super::warnings;
use crate::action::spec::Write;
use crate::domain::mutation::Mutation;
use crate::domain::plan::{Difference, Expectation, Plan};
use crate::domain::problem::Problem;
use crate::domain::text::CleanText;

const ANNOTATION: &str = "kubectl.kubernetes.io/restartedAt";
const PARENT: &str = "/spec/template/metadata/annotations";

pub const RESTART: Write =
    Write { asks: None, measured: false, intent: |name, _| format!("restart {name}"), plan: |facts, _| restart(facts) };

/// # Errors
/// When the live object is incomplete.
fn restart(facts: &Facts<'_>) -> Result<Plan, Problem> {
    let name = &facts.key.name;
    let now = facts.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let before = facts.live.part(PARENT).and_then(|annotations| annotations.value().get(ANNOTATION).cloned());
    let mut operations = vec![facts.same_object()?];
    if let Some(before) = &before {
        let path = format!("{PARENT}/kubectl.kubernetes.io~1restartedAt");
        operations.push(json!({"op": "test", "path": path, "value": before}));
    }
    if facts.live.part("/spec/template/metadata").is_none() {
        operations.push(json!({"op": "add", "path": "/spec/template/metadata", "value": {}}));
    }
    operations.extend(facts.annotate(PARENT, ANNOTATION, &now));
    let call = facts.patch("", operations, "a new annotation on its pod template", "restarts again");

    let mut warnings = warnings::about_pause(facts);
    warnings.extend(warnings::about_image_pulls(facts.live));
    warnings.push(warnings::about_what_is_kept());
    warnings.sort_by_key(|warning| warning.weight);
    Ok(Plan {
        action: "restart",
        heading: CleanText::new(&format!("restart all pods of {name}, one after another")),
        target: facts.key.clone(),
        mutation: Mutation { target: facts.key.clone(), calls: vec![call] },
        differences: vec![Difference {
            field: CleanText::new(&format!("template › annotation {ANNOTATION}")),
            before: before.and_then(|value| value.as_str().map(CleanText::new)).unwrap_or_else(|| "(none)".into()),
            after: CleanText::new(&now),
        }],
        warnings,
        confirmation: facts.light_confirmation(),
        kubectl: facts.kubectl(&format!("rollout restart {}", facts.typed_target())),
        wk: facts.wk(&format!("restart {} --apply", facts.typed_target())),
        ends_pods: true,
        way_out: None,
        expectation: Expectation { version: None, previous_version: None, replicas: None, new_pods: true },
    })
}
