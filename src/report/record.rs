//! What is handed over as Markdown: a plan for somebody who may, the record of an act, or what a screen knows.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::app::screen::{PlanScreen, Planned, Screen, Stage, VerifyScreen};
use crate::app::state::State;
use crate::domain::figure;
use crate::domain::identity::Identity;
use crate::domain::keepsake::Kept;
use crate::domain::object::ObjectKey;
use crate::domain::plan::Difference;
use crate::kinds::info::info;

use super::document::{Report, table};
use super::{page, reading};

/// The name of the file and its text.
#[must_use]
pub fn record(state: &State) -> (String, String) {
    let identity = state.model.link.identity();
    let mut text = String::new();
    let name = match state.views.top() {
        Screen::Plan(screen) => {
            plan(screen, state, &mut text);
            format!("plan-{}", screen.key.name)
        }
        Screen::Verify(screen) => {
            verification(screen, state, &mut text);
            format!("record-{}", screen.key.name)
        }
        Screen::Service(screen) => {
            about("Service", screen.key(), state, &mut text);
            page::service(screen, &state.model, &mut text);
            format!("service-{}", screen.key().name)
        }
        Screen::Charts(screen) => {
            about("Charts", &screen.charts.service, state, &mut text);
            page::charts(screen, &state.model, &mut text);
            format!("charts-{}", screen.charts.service.name)
        }
        Screen::Alert(screen) => {
            let _ = writeln!(text, "# Alert {}\n", screen.alert.name);
            header(identity, state, &mut text);
            page::alert(screen, &mut text);
            format!("alert-{}", screen.alert.name)
        }
        Screen::Yaml(screen) => {
            about("YAML", &screen.key, state, &mut text);
            reading::yaml(screen, &mut text);
            format!("yaml-{}", screen.key.name)
        }
        Screen::Compare(screen) => {
            about("Difference", &screen.key, state, &mut text);
            reading::difference(screen, &mut text);
            format!("difference-{}", screen.key.name)
        }
        Screen::Logs(screen) => {
            about("Logs", &screen.key, state, &mut text);
            reading::logs(screen, &state.model, &mut text);
            format!("logs-{}", screen.key.name)
        }
        Screen::Shell(screen) => {
            about("Shell", &screen.pod, state, &mut text);
            reading::shell(screen, &mut text);
            format!("shell-{}", screen.pod.name)
        }
        _ => {
            let report = super::report(state);
            listing(&report, identity, state, &mut text);
            report.kind.to_lowercase()
        }
    };
    (name, text)
}

/// What a page is about, and who looked.
fn about(title: &str, key: &ObjectKey, state: &State, text: &mut String) {
    let _ = writeln!(text, "# {title} {}\n", key.name);
    let _ = writeln!(text, "- object: {} {}/{}", info(key.kind).name, key.namespace, key.name);
    header(state.model.link.identity(), state, text);
}

/// Who looked, where, when. Writing to a String cannot fail.
fn header(identity: Option<&Identity>, state: &State, text: &mut String) {
    if let Some(identity) = identity {
        let _ = writeln!(text, "- cluster: {} ({})", identity.context, identity.server);
        let _ = writeln!(text, "- by: {}", identity.user);
    }
    let _ = writeln!(text, "- written: {} UTC\n", figure::stamp(state.model.now));
}

fn plan(screen: &PlanScreen, state: &State, text: &mut String) {
    let Stage::Planned(planned) = &screen.stage else {
        let _ = writeln!(text, "# No plan for {}\n", screen.key);
        return;
    };
    let _ = writeln!(text, "# Plan: {}\n", planned.plan.heading);
    commands(planned, text);
    header(state.model.link.identity(), state, text);
    if let Some(refusal) = planned.refusal() {
        let _ = writeln!(text, "Not done here: {}\n", refusal.problem(planned.plan.action));
    }
    if let Some(withdrawn) = &planned.withdrawn {
        let _ = writeln!(text, "Not done: {}\n", withdrawn.problem());
        if let Some(other) = withdrawn.interference() {
            let _ = writeln!(text, "## What somebody else did meanwhile\n");
            differences(&other.differences, text);
        }
    }
    let (changes, by_server) = planned.differences();
    let whose = if by_server { "the server's own answer" } else { "computed here, not the server's answer" };
    let _ = writeln!(text, "## What changes ({whose})\n");
    differences(changes, text);
    calls_and_warnings(&planned.plan, text);
}

/// The kubectl line first, because everybody has it.
fn commands(planned: &Planned, text: &mut String) {
    let _ = writeln!(text, "```sh\n{}\n{}\n```\n", planned.plan.kubectl, planned.plan.wk);
}

fn differences(changes: &[Difference], text: &mut String) {
    for change in changes {
        let or_gone = |value: &str| if value.is_empty() { "(none)".to_owned() } else { format!("`{value}`") };
        let _ = writeln!(text, "- {}: {} → {}", change.field, or_gone(&change.before), or_gone(&change.after));
    }
    text.push('\n');
}

fn calls_and_warnings(plan: &crate::domain::plan::Plan, text: &mut String) {
    let _ = writeln!(text, "## Calls\n");
    for call in &plan.mutation.calls {
        let _ = writeln!(text, "- `{} {}` ({}); needs {}", call.method.as_str(), call.path, call.purpose, call.access);
    }
    if !plan.warnings.is_empty() {
        let _ = writeln!(text, "\n## What to know\n");
        for warning in &plan.warnings {
            let _ = writeln!(text, "- {}", warning.text);
        }
    }
}

fn verification(screen: &VerifyScreen, state: &State, text: &mut String) {
    let applied = &screen.applied;
    let _ = writeln!(text, "# Record: {}\n", applied.plan.heading);
    header(state.model.link.identity(), state, text);
    let _ = writeln!(text, "## Timeline (UTC)\n");
    for (at, what) in timeline(screen) {
        let _ = writeln!(text, "- {} {what}", figure::stamp(at));
    }
    text.push('\n');
    if let Some(verification) = &screen.verification {
        let _ = writeln!(text, "## Verification: {}\n", verification.verdict.words());
        for check in &verification.checks {
            let _ = writeln!(text, "- {:?}: {}", check.mark, check.words);
        }
        text.push('\n');
    }
    kept(&applied.kept, text);
    let _ = writeln!(text, "## What changes (as planned)\n");
    differences(&applied.plan.differences, text);
    calls_and_warnings(&applied.plan, text);
}

/// What led to the act and what came of it, oldest first.
fn timeline(screen: &VerifyScreen) -> Vec<(Timestamp, String)> {
    let applied = &screen.applied;
    let mut all: Vec<(Timestamp, String)> = applied
        .changes
        .iter()
        .map(|change| (change.at, format!("{} ({})", change.title, change.source)))
        .chain(applied.onset.map(|onset| (onset, format!("{} (about)", applied.symptom.began()))))
        .chain([(applied.at, format!("applied: {}", applied.plan.heading))])
        .chain(screen.ended.map(|ended| (ended, format!("verdict: {}", screen.verdict().words()))))
        .collect();
    if let Some(alert) = &applied.alert {
        all.extend(alert.active_at.map(|at| (at, format!("alert {} pending", alert.name))));
        all.extend(alert.starts_at.map(|at| (at, format!("alert {} firing", alert.name))));
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

/// What the pods that ended knew, and what of it could not be kept.
fn kept(kept: &Kept, text: &mut String) {
    if kept.is_empty() {
        return;
    }
    let _ = writeln!(text, "## Kept before the act\n");
    if let Some(folder) = &kept.folder {
        let _ = writeln!(text, "- {}\n- in `{folder}` (secrets masked, readable by its owner only)", kept.words());
    }
    for problem in &kept.problems {
        let _ = writeln!(text, "- not kept: {problem}");
    }
    text.push('\n');
}

fn listing(report: &Report, identity: Option<&Identity>, state: &State, text: &mut String) {
    let _ = writeln!(text, "# {}\n", report.kind);
    header(identity, state, text);
    let _ = writeln!(text, "```\n{}```", table(report));
    for problem in &report.problems {
        let _ = writeln!(text, "- {problem}");
        if let crate::domain::problem::Cause::Denied(access) = &problem.cause {
            let namespace = if access.namespace.is_empty() {
                "--all-namespaces".to_owned()
            } else {
                format!("-n {}", access.namespace)
            };
            let _ = writeln!(text, "  `kubectl auth can-i {} {} {namespace}`", access.verb, access.resource);
        }
    }
}
