//! The judgement on a service: the worst of what is known, in one grade and one line of words. Text from outside is quoted.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::change::{Change, ChangeKind};
use crate::domain::figure;
use crate::domain::health::{Grade, Health};
use crate::domain::service::{AlertCount, Restarts, Vitals};
use crate::domain::text::CleanText;
use crate::kinds::age::since;
use crate::kinds::pod::{Phase, PodRow};
use crate::kinds::pod_container::{ContainerRow, ContainerState, Termination};
use crate::kinds::workload::{Progress, WorkloadRow};

/// A share of failed requests from which a service counts as broken, and as at risk.
pub const ERRORS_BROKEN: f64 = 0.05;
pub const ERRORS_AT_RISK: f64 = 0.01;
/// A share of the memory limit from which the next kill is near.
pub const MEMORY_AT_RISK: f64 = 0.95;
/// Fewer requests a second than this say little about errors.
const REQUESTS_MEASURABLE: f64 = 0.05;
/// A restart stays a reason for concern this long; a kill for memory the whole day, because it comes again.
const RESTART_CONCERN: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A pod may take this long to become ready before it is called a failure.
const STARTING: Duration = Duration::from_secs(60);
/// A container that ended badly so often, and came back so lately, is crashing and not recovered.
const LOOPING: u32 = 3;
const LOOPING_FOR: Duration = Duration::from_secs(600);
/// Errors this soon after a release fit to it.
const FITS: SignedDuration = SignedDuration::from_mins(15);
/// Quotes longer than this are cut: the whole stands on the pod's own page.
const QUOTE: usize = 160;

/// Everything a judgement rests on.
pub struct Evidence<'a> {
    /// None for a bare pod, and where workloads may not be read.
    pub workload: Option<&'a WorkloadRow>,
    pub pods: &'a [Arc<PodRow>],
    pub ready: u32,
    pub desired: u32,
    pub restarts: &'a Restarts,
    pub alerts: AlertCount,
    pub vitals: &'a Vitals,
    /// When its errors began, once that was found in the series.
    pub onset: Option<Timestamp>,
    /// The newest thing that altered it.
    pub change: Option<&'a Change>,
}

/// The worst that can be said, and why. Grades are compared first, then the order of the list below.
#[must_use]
pub fn judge(evidence: &Evidence<'_>, now: Timestamp) -> Health {
    let findings = [
        stuck(evidence, now),
        failing(evidence, now),
        unscheduled(evidence),
        errors(evidence),
        alerts(evidence),
        restarted(evidence, now),
        memory(evidence),
        changing(evidence, now),
        not_ready(evidence, now),
    ];
    findings.into_iter().flatten().min_by_key(|finding| finding.grade).unwrap_or_else(|| calm(evidence))
}

fn broken_or_at_risk(evidence: &Evidence<'_>) -> Grade {
    if evidence.ready < evidence.desired { Grade::Broken } else { Grade::AtRisk }
}

fn stuck(evidence: &Evidence<'_>, now: Timestamp) -> Option<Health> {
    let workload = evidence.workload?;
    workload.progress.as_ref().filter(|progress| progress.is_stuck())?;
    let counts = workload.counts;
    let mut words = format!("rollout stuck at {} of {}", counts.updated.min(counts.desired), counts.desired);
    if let Some(why) = worst_container(evidence.pods, now).map(|worst| reason(worst.1)) {
        words.push_str(": ");
        words.push_str(&why);
    } else if let Some(message) = workload.progress.as_ref().map(|progress: &Progress| &progress.message) {
        words.push_str(&format!(": {}", quote(message)));
    }
    Some(Health::new(Grade::Broken, words))
}

/// Containers that cannot start or do not stay up.
fn failing(evidence: &Evidence<'_>, now: Timestamp) -> Option<Health> {
    if let Some(pod) = evidence.pods.iter().find(|pod| pod.phase == Phase::Failed && pod.deleted.is_none()) {
        // A pod that was evicted leaves its body; only one that nobody replaced is news.
        if evidence.ready < evidence.desired || evidence.workload.is_none() {
            let mut words = format!("failed: {}", pod.status);
            if !pod.message.is_empty() {
                words.push_str(&format!(" {}", quote(&pod.message)));
            }
            return Some(Health::new(Grade::Broken, words));
        }
    }
    let (pod, container) = worst_container(evidence.pods, now)?;
    let failing = evidence.pods.iter().filter(|pod| worst_container(std::slice::from_ref(*pod), now).is_some()).count();
    let mut words = reason(container);
    if evidence.pods.len() > 1 {
        words.push_str(&match failing == evidence.pods.len() {
            true => format!(" · all {failing} pods"),
            false => format!(" · {failing} of {} pods", evidence.pods.len()),
        });
    }
    // Just ended for the first time: it may come back at once.
    let fresh = container.restarts == 0
        && container
            .newest_end()
            .and_then(|end| end.finished)
            .is_some_and(|at| since(at, now) < Duration::from_secs(5))
        && pod.created.is_some_and(|created| since(created, now) < STARTING);
    let grade = if fresh { Grade::Changing } else { broken_or_at_risk(evidence) };
    Some(Health::new(grade, words))
}

/// The container with the most restarts among those that fail now.
fn worst_container(pods: &[Arc<PodRow>], now: Timestamp) -> Option<(&Arc<PodRow>, &ContainerRow)> {
    pods.iter()
        .filter(|pod| pod.deleted.is_none() && !pod.is_finished())
        .flat_map(|pod| pod.containers.iter().map(move |container| (pod, container)))
        .filter(|(_, container)| fails(container, now))
        .max_by_key(|(_, container)| container.restarts)
}

/// It cannot run, ended badly, or runs only until the next crash.
fn fails(container: &ContainerRow, now: Timestamp) -> bool {
    match &container.state {
        ContainerState::Waiting { .. } => container.failing().is_some(),
        ContainerState::Terminated(end) => end.exit_code != 0,
        ContainerState::Running { since: Some(started) } if container.restarts >= LOOPING => {
            let ended = container.last.as_deref().filter(|end| end.exit_code != 0).and_then(|end| end.finished);
            ended.is_some() && since(*started, now) < LOOPING_FOR
        }
        ContainerState::Running { .. } | ContainerState::Unknown => false,
    }
}

/// Why a container does not run, in words.
fn reason(container: &ContainerRow) -> String {
    match &container.state {
        ContainerState::Waiting { reason, message } => match reason.as_str() {
            "CrashLoopBackOff" => {
                container.last.as_deref().map_or_else(|| "crashes again and again".to_owned(), ending)
            }
            "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" => {
                format!("cannot pull {}: {}", container.image, quote(pull_message(message)))
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                format!("cannot start: {}", quote(message))
            }
            _ if message.is_empty() => reason.to_string(),
            _ => format!("{reason}: {}", quote(message)),
        },
        ContainerState::Terminated(end) => ending(end),
        ContainerState::Running { .. } | ContainerState::Unknown => {
            container.last.as_deref().map_or_else(|| "not ready".to_owned(), ending)
        }
    }
}

/// `exits with 1 after 2 s: “cannot connect to redis:6379”`
fn ending(end: &Termination) -> String {
    let mut words = match end.reason.as_str() {
        "OOMKilled" => "killed for memory".to_owned(),
        _ if end.signal != 0 => format!("ends by signal {}", end.signal),
        // A program that a signal ended, as the shell reports it.
        _ if end.exit_code > 128 => format!("exits with {} (signal {})", end.exit_code, end.exit_code - 128),
        "" | "Error" | "Completed" => format!("exits with {}", end.exit_code),
        reason => format!("{reason}, exits with {}", end.exit_code),
    };
    if let (Some(started), Some(finished)) = (end.started, end.finished) {
        words.push_str(&format!(" after {}", figure::spell(since(started, finished))));
    }
    if !end.message.is_empty() {
        words.push_str(&format!(": {}", quote(&end.message)));
    }
    words
}

/// The part of a pull error that says something new.
fn pull_message(message: &str) -> &str {
    ["ErrImagePull: ", "rpc error: code = NotFound desc = ", "rpc error: code = Unknown desc = "]
        .into_iter()
        .fold(message, |rest, prefix| rest.split_once(prefix).map_or(rest, |(_, after)| after))
}

fn quote(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("“{}…”", text.get(..end).unwrap_or_default()),
        None => format!("“{text}”"),
    }
}

fn unscheduled(evidence: &Evidence<'_>) -> Option<Health> {
    let mut waiting = evidence.pods.iter().filter(|pod| is_unscheduled(pod));
    let first = waiting.next()?;
    let words = match waiting.count() {
        0 => format!("1 pod finds no node: {}", quote(&first.message)),
        more => format!("{} pods find no node: {}", more + 1, quote(&first.message)),
    };
    Some(Health::new(broken_or_at_risk(evidence), words))
}

fn is_unscheduled(pod: &PodRow) -> bool {
    pod.phase == Phase::Pending && pod.scheduled.is_none() && pod.deleted.is_none() && !pod.message.is_empty()
}

fn errors(evidence: &Evidence<'_>) -> Option<Health> {
    let ratio = evidence.vitals.errors.now.filter(|ratio| *ratio >= ERRORS_AT_RISK)?;
    let rate = evidence.vitals.requests.now.unwrap_or_default();
    if rate < REQUESTS_MEASURABLE {
        return None;
    }
    let percent = if ratio < 0.0995 { figure::percent(ratio) } else { figure::whole_percent(ratio) };
    let mut words = format!("{percent} % of requests fail");
    if let Some(onset) = evidence.onset {
        words.push_str(&format!(" since {}", figure::second(onset)));
    }
    words.push_str(&format!(", {}/s", figure::rate(rate * ratio)));
    if let Some(trend) = trend(&evidence.vitals.errors.recent, ratio) {
        words.push_str(trend);
    }
    if let Some(after) = evidence.onset.and_then(|onset| began_after(onset, evidence.change?)) {
        words.push_str(&after);
    }
    Some(Health::new(if ratio >= ERRORS_BROKEN { Grade::Broken } else { Grade::AtRisk }, words))
}

/// Which way it goes: now against the newest stretch of what is known.
fn trend(recent: &[Option<f64>], now: f64) -> Option<&'static str> {
    let earlier = recent.iter().rev().flatten().next().copied()?;
    match now {
        now if now > earlier * 1.2 => Some(" and rising"),
        now if now < earlier * 0.8 => Some(" and falling"),
        _ => None,
    }
}

/// Nearness in time is told, and no more than that.
fn began_after(onset: Timestamp, change: &Change) -> Option<String> {
    let lag = onset.duration_since(change.at);
    let fits = change.kind != ChangeKind::Scale && lag >= SignedDuration::ZERO && lag < FITS;
    let what = match change.kind {
        ChangeKind::Restart => "the restart".to_owned(),
        ChangeKind::Configuration => format!("a write of {}", change.title),
        _ => change.title.to_string(),
    };
    fits.then(|| format!("; began {} after {what}", figure::spell(since(change.at, onset))))
}

fn alerts(evidence: &Evidence<'_>) -> Option<Health> {
    let AlertCount { critical, warning, .. } = evidence.alerts;
    match (critical, warning) {
        (0, 0) => None,
        (0, 1) => Some(Health::new(Grade::AtRisk, "a warning alert fires")),
        (0, several) => Some(Health::new(Grade::AtRisk, format!("{several} warning alerts fire"))),
        (1, _) => Some(Health::new(Grade::Broken, "a critical alert fires")),
        (several, _) => Some(Health::new(Grade::Broken, format!("{several} critical alerts fire"))),
    }
}

/// Restarts that are over, but not forgotten: Ready now says nothing about the next hour.
fn restarted(evidence: &Evidence<'_>, now: Timestamp) -> Option<Health> {
    if evidence.restarts.count == 0 {
        return None;
    }
    let last = evidence.restarts.last?;
    let ago = since(last, now);
    let killed = evidence.restarts.reason == "OOMKilled";
    if ago > if killed { DAY } else { RESTART_CONCERN } {
        return None;
    }
    let ago = figure::spell(ago);
    let end = evidence
        .pods
        .iter()
        .flat_map(|pod| pod.containers.iter())
        .filter(|container| container.restarts > 0)
        .filter_map(ContainerRow::newest_end)
        .max_by_key(|end| end.finished);
    let words = match (killed, evidence.vitals.memory.now) {
        (true, Some(memory)) => {
            format!("killed for memory {ago} ago, running again at {} % of its limit", figure::whole_percent(memory))
        }
        (true, None) => format!("killed for memory {ago} ago, running again"),
        (false, _) => match end {
            Some(end) => format!("restarted {ago} ago: {}", ending(end)),
            None => format!("restarted {ago} ago"),
        },
    };
    Some(Health::new(Grade::AtRisk, words))
}

fn memory(evidence: &Evidence<'_>) -> Option<Health> {
    let share = evidence.vitals.memory.now.filter(|share| *share >= MEMORY_AT_RISK)?;
    Some(Health::new(Grade::AtRisk, format!("memory at {} % of its limit", figure::whole_percent(share))))
}

/// Fewer pods ready than wanted, without a louder reason.
fn not_ready(evidence: &Evidence<'_>, now: Timestamp) -> Option<Health> {
    if evidence.ready >= evidence.desired {
        return None;
    }
    let missing = evidence.desired - evidence.ready;
    let unready: Vec<&Arc<PodRow>> =
        evidence.pods.iter().filter(|pod| !pod.is_ready() && !pod.is_finished() && pod.deleted.is_none()).collect();
    let longest = unready.iter().filter_map(|pod| pod.created).min().map(|created| since(created, now));
    let starting = longest.is_some_and(|longest| longest < STARTING);
    let words = match (unready.first(), longest) {
        (None, _) if evidence.pods.is_empty() => format!("{missing} of {} pods not ready", evidence.desired),
        (None, _) => format!("{missing} of {} pods missing", evidence.desired),
        (Some(_), Some(longest)) if starting => {
            format!("{} of {} starting, for {}", unready.len(), evidence.desired, figure::spell(longest))
        }
        (Some(pod), _) => {
            let waits = match pod.status.as_str() {
                "Running" => "running, but not ready".to_owned(),
                "Pending" => "pending".to_owned(),
                other => other.to_owned(),
            };
            format!("{missing} of {} not ready: {waits}", evidence.desired)
        }
    };
    let grade = match (evidence.ready, starting) {
        (_, true) => Grade::Changing,
        (0, false) => Grade::Broken,
        (_, false) => Grade::AtRisk,
    };
    Some(Health::new(grade, words))
}

fn changing(evidence: &Evidence<'_>, now: Timestamp) -> Option<Health> {
    if let Some(workload) = evidence.workload {
        let counts = workload.counts;
        let words = if workload.deleted.is_some() {
            "being deleted".to_owned()
        } else if workload.is_rolled_out() {
            return None;
        } else if workload.paused {
            format!("paused at {} of {}", counts.updated, counts.desired)
        } else if workload.observed_generation < workload.generation {
            "change not yet taken up".to_owned()
        } else if counts.updated < counts.desired {
            format!("rolling out, {} of {}", counts.updated, counts.desired)
        } else if counts.total > counts.updated {
            format!("rolling out, {} old to end", counts.total - counts.updated)
        } else {
            return None;
        };
        return Some(Health::new(Grade::Changing, words));
    }
    let ending = evidence.pods.iter().filter_map(|pod| pod.deleted).min()?;
    let all = evidence.pods.iter().all(|pod| pod.deleted.is_some());
    all.then(|| Health::new(Grade::Changing, format!("ending for {}", figure::spell(since(ending, now)))))
}

/// Nothing is wrong: measured well, or merely ready.
fn calm(evidence: &Evidence<'_>) -> Health {
    let word = match evidence.workload {
        Some(workload) if workload.paused => "paused",
        Some(_) if evidence.desired == 0 => "scaled to 0",
        _ => "",
    };
    if evidence.pods.iter().any(|pod| pod.phase == Phase::Unknown) {
        return Health::new(Grade::Unknown, "a node does not report");
    }
    let measured = evidence.vitals.errors.now.is_some_and(|ratio| ratio < ERRORS_AT_RISK)
        && evidence.vitals.requests.now.is_some_and(|rate| rate >= REQUESTS_MEASURABLE);
    let grade = if measured { Grade::Well } else { Grade::Ready };
    Health { grade, reason: CleanText::new(word) }
}

#[cfg(test)]
mod tests;
