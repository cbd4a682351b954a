//! Another number of pods, through the scale subresource.

use serde_json::json;

use super::act::Wish;
use super::facts::Facts;
use super::warnings;
use crate::action::spec::{Asks, Write};
use crate::domain::mutation::Mutation;
use crate::domain::plan::{Difference, Expectation, Plan, Warning, WarningWeight};
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;

pub const SCALE: Write = Write {
    asks: Some(Asks::Replicas),
    measured: false,
    intent: |name, wish| match wish {
        Wish::Replicas(replicas) => format!("scale {name} to {}", pods(u64::from(replicas))),
        Wish::Nothing | Wish::Revision(_) => format!("scale {name}"),
    },
    plan: |facts, wish| match wish {
        Wish::Replicas(replicas) => scale(facts, replicas),
        Wish::Nothing | Wish::Revision(_) => {
            let what = format!("nobody said how many pods {} should have", facts.key.name);
            Err(Problem::new(Cause::Usage, what, "", "name a number"))
        }
    },
};

/// # Errors
/// When it already has this number, or the live object is incomplete.
fn scale(facts: &Facts<'_>, replicas: u32) -> Result<Plan, Problem> {
    let name = &facts.key.name;
    // Left out by the server when it is 1 by default.
    let now = facts.live.value().pointer("/spec/replicas").and_then(serde_json::Value::as_u64).unwrap_or(1);
    if now == u64::from(replicas) {
        return Err(Problem::new(
            Cause::Refused,
            format!("already {replicas}: nothing to do"),
            format!("{name} is set to {} by now", pods(now)),
            "Esc leaves",
        ));
    }
    let mut operations = vec![facts.same_object()?];
    // The scale subresource leaves a zero out, so there is nothing to test then.
    if now > 0 {
        operations.push(json!({"op": "test", "path": "/spec/replicas", "value": now}));
    }
    operations.push(json!({"op": "add", "path": "/spec/replicas", "value": replicas}));
    let call = facts.patch("/scale", operations, &format!("only if it still has {}", pods(now)), "safe");

    let mut warnings = warnings::about_owner(facts);
    warnings.extend(about_autoscaler(facts, replicas));
    warnings.extend(warnings::about_pause(facts));
    if replicas == 0 {
        let text = format!("no pod of {name} will serve");
        warnings.push(Warning { weight: WarningWeight::Caution, text: CleanText::new(&text) });
    }
    let fewer = u64::from(replicas) < now;
    if fewer {
        warnings.push(warnings::about_what_is_kept());
    }
    warnings.sort_by_key(|warning| warning.weight);

    Ok(Plan {
        action: "scale",
        heading: CleanText::new(&format!("scale {name}: {now} → {}", pods(u64::from(replicas)))),
        target: facts.key.clone(),
        mutation: Mutation { target: facts.key.clone(), calls: vec![call] },
        differences: vec![Difference {
            field: CleanText::new("replicas"),
            before: CleanText::new(&now.to_string()),
            after: CleanText::new(&replicas.to_string()),
        }],
        warnings,
        confirmation: if fewer { facts.light_confirmation() } else { crate::domain::plan::Confirmation::Enter },
        kubectl: facts
            .kubectl(&format!("scale {} --current-replicas={now} --replicas={replicas}", facts.typed_target())),
        wk: facts.wk(&format!("scale {} --replicas {replicas} --apply", facts.typed_target())),
        ends_pods: fewer,
        way_out: None,
        expectation: Expectation { version: None, previous_version: None, replicas: Some(replicas), new_pods: false },
    })
}

fn pods(number: u64) -> String {
    format!("{number} {}", if number == 1 { "pod" } else { "pods" })
}

fn about_autoscaler(facts: &Facts<'_>, replicas: u32) -> Option<Warning> {
    let autoscaler = facts.autoscaler.as_ref()?;
    let (weight, text) = if replicas == 0 {
        (WarningWeight::Caution, format!("0 pods switch HPA {} off until the number is set again", autoscaler.name))
    } else {
        let bounds = format!("{}–{}", autoscaler.minimum, autoscaler.maximum);
        (WarningWeight::WillNotHold, format!("HPA {} ({bounds}) sets the number of pods again", autoscaler.name))
    };
    Some(Warning { weight, text: CleanText::new(&text) })
}
