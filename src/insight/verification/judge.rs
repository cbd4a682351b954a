//! The checks, and the verdict they add up to.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::alert::{AlertEnd, AlertStanding, alert_end};
use super::interval::{Share, requests_needed};
use super::measured::{Measured, Measurement};
use super::pods::PodProgress;
use crate::domain::figure;
use crate::domain::plan::Expectation;
use crate::domain::text::CleanText;
use crate::kinds::pod::PodRow;
use crate::kinds::workload::{Progress, WorkloadRow};

/// All checks must hold for so long together.
const HOLD: SignedDuration = SignedDuration::from_secs(10);
/// So long after the rollout bad numbers are a result, and no longer its aftermath.
const AFTERMATH: SignedDuration = SignedDuration::from_secs(60);
/// So long after the rollout calm is a result too, even if it proves nothing.
const PATIENCE: SignedDuration = SignedDuration::from_secs(120);
/// Fewer requests than this do not show that nothing is better either.
const TELLING: f64 = 50.0;
/// Of the traffic before the onset, so much must be there again.
const TRAFFIC: f64 = 0.5;

/// All that is seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub now: Timestamp,
    /// When the server took the write.
    pub applied: Timestamp,
    pub expectation: &'a Expectation,
    pub workload: Option<&'a WorkloadRow>,
    /// All pods of the service.
    pub pods: &'a [&'a PodRow],
    /// The hash of the wanted template, as the pods carry it; without it, pods made after the write are the new ones.
    pub template_hash: Option<&'a str>,
    /// Counted since the write, see `PodCounts::since`.
    pub measurement: &'a Measurement,
    /// The error ratio that must not be exceeded.
    pub limit: f64,
    pub alert: &'a AlertStanding,
    /// The alert's value when the write was made.
    pub alert_value: Option<f64>,
    /// Who put something else in place of what was written.
    pub reverted_by: Option<&'a str>,
    /// Since when all checks hold, from the judgement before this one.
    pub good_since: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Verdict {
    InProgress,
    Proven,
    /// Nothing bad is seen, and too little to prove it.
    CalmNotProven {
        requests: u64,
    },
    NotBetter(CleanText),
    Stuck(CleanText),
    RevertedBy(CleanText),
}

impl Verdict {
    /// `~ calm, not proven (12 requests)`.
    #[must_use]
    pub fn words(&self) -> CleanText {
        CleanText::from(match self {
            Self::InProgress => "in progress".to_owned(),
            Self::Proven => "proven".to_owned(),
            Self::CalmNotProven { requests } => format!("calm, not proven ({} requests)", figure::count(*requests)),
            Self::NotBetter(why) => format!("not better: {why}"),
            Self::Stuck(why) => format!("stuck: {why}"),
            Self::RevertedBy(who) => format!("reverted by {who}"),
        })
    }

    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::InProgress => Mark::Working,
            Self::Proven => Mark::Done,
            Self::CalmNotProven { .. } => Mark::Unproven,
            Self::NotBetter(_) | Self::Stuck(_) | Self::RevertedBy(_) => Mark::Failed,
        }
    }
}

/// How a check stands: `✓ ↻ · ~ ✖ ▲` on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Done,
    Working,
    /// Not enough is known yet.
    Waiting,
    Unproven,
    Failed,
    /// An alert holds.
    Alerting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckKind {
    Applied,
    Rollout,
    Samples,
    Errors,
    Traffic,
    Alert,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    pub kind: CheckKind,
    pub mark: Mark,
    pub words: CleanText,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    pub verdict: Verdict,
    pub checks: Vec<Check>,
    /// The new ones first.
    pub pods: Vec<PodProgress>,
    /// Requests and failures of the pods that count.
    pub share: Share,
    pub good_since: Option<Timestamp>,
    /// When the alert can end; None when it has, or its rule is not known.
    pub alert_end: Option<AlertEnd>,
    /// When it can be proven at the earliest, as far as that is known.
    pub expected_end: Option<Timestamp>,
}

impl Verification {
    /// New pods that are ready, and others that still serve: the bar of versions.
    #[must_use]
    pub fn served_by(&self) -> (usize, usize) {
        let ready =
            |new: bool| self.pods.iter().filter(|pod| pod.new == new && !pod.leaving && pod.ready.is_some()).count();
        (ready(true), ready(false))
    }
}

/// Judges what is seen now.
#[must_use]
pub fn judge(facts: &Facts<'_>) -> Verification {
    let counts = match facts.measurement {
        Measurement::Known(measured) => Some(&measured.counts),
        Measurement::Absent(_) | Measurement::Waiting => None,
    };
    let mut pods: Vec<PodProgress> = facts
        .pods
        .iter()
        .filter(|pod| !pod.is_finished())
        .map(|pod| {
            let share = counts.and_then(|counts| counts.of(&pod.key.name));
            PodProgress::of(pod, facts.is_new(pod), share, facts.now)
        })
        .collect();
    pods.sort_by_key(|pod| !pod.new);
    let rollout = rollout(facts, &pods);
    let counted: Vec<&PodProgress> =
        pods.iter().filter(|pod| (pod.new || !facts.expectation.new_pods) && !pod.leaving).collect();
    let share = counts.map(|counts| counts.total(counted.iter().map(|pod| pod.key.name.as_str()))).unwrap_or_default();

    let relieved = relieved(facts, &rollout);
    let mut checks = vec![
        Check { kind: CheckKind::Applied, mark: Mark::Done, words: "applied".into() },
        Check { kind: CheckKind::Rollout, mark: rollout.mark(), words: rollout.words.clone() },
    ];
    match facts.measurement {
        Measurement::Absent(why) => checks.push(Check {
            kind: CheckKind::Errors,
            mark: Mark::Unproven,
            words: format!("errors not measured: {why}").into(),
        }),
        Measurement::Waiting => {
            checks.push(Check { kind: CheckKind::Errors, mark: Mark::Waiting, words: "errors: no answer yet".into() })
        }
        Measurement::Known(measured) => {
            checks.push(samples(facts, measured, &counted));
            checks.push(errors(facts, share));
            checks.push(traffic(measured));
        }
    }
    let alert_ends = match facts.alert {
        AlertStanding::Active(alert) => {
            alert.rule.as_ref().and_then(|rule| alert_end(rule, facts.alert_value.or(alert.value), &relieved))
        }
        _ => None,
    };
    checks.extend(alert_check(facts, alert_ends));

    let all_good = checks.iter().all(|check| check.mark == Mark::Done);
    let good_since = if all_good { Some(facts.good_since.unwrap_or(facts.now)) } else { None };
    let verdict = verdict(facts, &rollout, &checks, share, good_since, alert_ends);
    let expected_end = expected_end(facts, &rollout, good_since, alert_ends);
    Verification { verdict, checks, pods, share, good_since, alert_end: alert_ends, expected_end }
}

impl Facts<'_> {
    fn is_new(&self, pod: &PodRow) -> bool {
        if !self.expectation.new_pods {
            return false;
        }
        match self.template_hash {
            Some(hash) => pod.template_hash == hash,
            // Kubernetes keeps whole seconds.
            None => pod.created.is_some_and(|created| created >= self.applied - SignedDuration::from_secs(1)),
        }
    }
}

struct Rollout {
    done: bool,
    stuck: Option<CleanText>,
    /// When the last pod that counts was ready.
    settled: Timestamp,
    words: CleanText,
}

impl Rollout {
    fn mark(&self) -> Mark {
        match (self.done, &self.stuck) {
            (true, _) => Mark::Done,
            (false, Some(_)) => Mark::Failed,
            (false, None) => Mark::Working,
        }
    }
}

fn rollout(facts: &Facts<'_>, pods: &[PodProgress]) -> Rollout {
    let Some(workload) = facts.workload else {
        return Rollout { done: false, stuck: None, settled: facts.applied, words: "rollout: not seen yet".into() };
    };
    let desired = facts.expectation.replicas.unwrap_or(workload.counts.desired);
    let counts = |pod: &&PodProgress| (pod.new || !facts.expectation.new_pods) && !pod.leaving;
    let ready = pods.iter().filter(counts).filter(|pod| pod.ready.is_some() && pod.waiting.is_empty()).count();
    let others = pods.iter().filter(|pod| facts.expectation.new_pods && !pod.new && !pod.leaving).count();
    let enough = u32::try_from(ready).unwrap_or(u32::MAX) >= desired;
    let done = workload.is_rolled_out() && enough && others == 0;
    let settled = facts
        .pods
        .iter()
        .filter(|pod| facts.is_new(pod) || !facts.expectation.new_pods)
        .filter_map(|pod| pod.ready_since)
        .fold(facts.applied, Timestamp::max);
    let hopeless = pods.iter().filter(counts).find(|pod| pod.hopeless);
    let deadline = workload.progress.as_ref().filter(|progress| Progress::is_stuck(progress));
    let stuck = hopeless
        .map(|pod| format!("{} waits for {}", pod.key.name, pod.waiting))
        .or_else(|| deadline.map(|progress| format!("“{}”", progress.message)))
        .filter(|_| !done)
        .map(|why| match others {
            0 => why,
            1 => format!("{why}; 1 old pod serves on"),
            _ => format!("{why}; {others} old pods serve on"),
        });
    Rollout { done, stuck: stuck.map(CleanText::from), settled, words: format!("rollout {ready} of {desired}").into() }
}

/// When each place of a bad pod was taken by a new one that is ready; those not yet taken can be so now at the
/// earliest. An act that makes no new pods relieves everything at once.
fn relieved(facts: &Facts<'_>, rollout: &Rollout) -> Vec<Timestamp> {
    if !facts.expectation.new_pods {
        return vec![rollout.settled];
    }
    let new = facts.pods.iter().filter(|pod| facts.is_new(pod));
    let mut taken: Vec<Timestamp> = new.filter_map(|pod| pod.ready_since).map(|at| at.max(facts.applied)).collect();
    let places = facts.workload.map_or(1, |workload| workload.counts.desired.max(1)) as usize;
    taken.sort();
    taken.resize(places, facts.now);
    taken
}

/// Every pod that counts must have been scraped well just now: a pod nobody scrapes has no errors either.
fn samples(facts: &Facts<'_>, measured: &Measured, counted: &[&PodProgress]) -> Check {
    let ages: Vec<Option<f64>> = counted
        .iter()
        .map(|pod| measured.targets.get(&pod.key.name).map(|at| facts.now.duration_since(*at).as_secs_f64().max(0.0)))
        .collect();
    let fresh = ages.iter().flatten().filter(|age| **age <= measured.freshness_seconds()).count();
    let oldest = ages.iter().flatten().copied().fold(0.0, f64::max);
    let all = !counted.is_empty() && fresh == counted.len();
    let age = if ages.iter().flatten().next().is_some() { format!(", {oldest:.0} s ago") } else { String::new() };
    Check {
        kind: CheckKind::Samples,
        mark: if all { Mark::Done } else { Mark::Waiting },
        words: format!("samples {fresh} of {}{age}", counted.len()).into(),
    }
}

fn errors(facts: &Facts<'_>, share: Share) -> Check {
    let needed = requests_needed(facts.limit);
    let whose = if facts.expectation.new_pods { "new pods' errors" } else { "errors since" };
    let limit = figure::percent(facts.limit);
    let requests = figure::count(share.requests.max(0.0) as u64);
    let Some(ratio) = share.ratio() else {
        let words = format!("{whose}: no request yet ({} needed)", figure::count(needed));
        return Check { kind: CheckKind::Errors, mark: Mark::Waiting, words: words.into() };
    };
    let ratio = figure::percent(ratio);
    let (mark, words) = if share.requests >= TELLING && share.lower() > facts.limit {
        (Mark::Failed, format!("{whose} {ratio} % of {requests}, limit {limit} %"))
    } else if share.requests < needed as f64 {
        (Mark::Waiting, format!("{whose} {ratio} % of {requests} ({} needed)", figure::count(needed)))
    } else if share.upper() < facts.limit {
        (Mark::Done, format!("{whose} {ratio} % of {requests}"))
    } else {
        (Mark::Waiting, format!("{whose} {ratio} % of {requests}, not surely below {limit} %"))
    };
    Check { kind: CheckKind::Errors, mark, words: words.into() }
}

fn traffic(measured: &Measured) -> Check {
    let (mark, words) = match (measured.traffic_now, measured.traffic_before) {
        (Some(now), Some(before)) if before > 0.0 => {
            let part = now / before;
            let mark = if part >= TRAFFIC { Mark::Done } else { Mark::Waiting };
            (mark, format!("traffic {} % of before", figure::whole_percent(part)))
        }
        (Some(now), _) if now > 0.0 => (Mark::Done, format!("traffic {}/s, before not known", figure::rate(now))),
        (Some(_), _) => (Mark::Waiting, "no traffic".to_owned()),
        (None, _) => (Mark::Waiting, "traffic not known".to_owned()),
    };
    Check { kind: CheckKind::Traffic, mark, words: words.into() }
}

fn alert_check(facts: &Facts<'_>, end: Option<AlertEnd>) -> Option<Check> {
    let earliest = end.map(|end| end.earliest).filter(|at| *at > facts.now);
    let earliest = earliest.map(|at| at.strftime("%H:%M:%S").to_string());
    let (mark, words) = match facts.alert {
        AlertStanding::NotTied => return None,
        AlertStanding::Unknown(why) => (Mark::Waiting, format!("alert not known: {why}").into()),
        AlertStanding::Active(alert) => (Mark::Alerting, AlertStanding::words(alert, earliest.as_deref())),
        AlertStanding::Ended => (Mark::Done, "alert ended".into()),
    };
    Some(Check { kind: CheckKind::Alert, mark, words })
}

fn verdict(
    facts: &Facts<'_>,
    rollout: &Rollout,
    checks: &[Check],
    share: Share,
    good_since: Option<Timestamp>,
    alert_end: Option<AlertEnd>,
) -> Verdict {
    if let Some(who) = facts.reverted_by {
        return Verdict::RevertedBy(who.into());
    }
    if !rollout.done {
        return rollout.stuck.clone().map_or(Verdict::InProgress, Verdict::Stuck);
    }
    if good_since.is_some_and(|since| facts.now.duration_since(since) >= HOLD) && has_proof(checks) {
        return Verdict::Proven;
    }
    let since = facts.now.duration_since(rollout.settled);
    let after = figure::spell(since.unsigned_abs());
    let errors = checks.iter().find(|check| check.kind == CheckKind::Errors);
    if let Some(errors) = errors.filter(|check| check.mark == Mark::Failed && since >= AFTERMATH) {
        return Verdict::NotBetter(format!("{} after {after}", errors.words).into());
    }
    let overdue = alert_end.is_some_and(|end| facts.now.duration_since(end.likely) >= AFTERMATH);
    if facts.alert.is_active() && overdue && since >= AFTERMATH {
        return Verdict::NotBetter(format!("the alert goes on {after} after the rollout").into());
    }
    let unmeasured = matches!(facts.measurement, Measurement::Absent(_));
    let quiet = errors.is_none_or(|check| check.mark != Mark::Failed) && !facts.alert.is_active();
    if quiet && (since >= PATIENCE || (unmeasured && since >= HOLD)) {
        return Verdict::CalmNotProven { requests: share.requests.max(0.0) as u64 };
    }
    Verdict::InProgress
}

/// The numbers were looked at: without them nothing is proven, however long all is quiet.
fn has_proof(checks: &[Check]) -> bool {
    let done = |kind| checks.iter().any(|check| check.kind == kind && check.mark == Mark::Done);
    done(CheckKind::Samples) && done(CheckKind::Errors) && done(CheckKind::Traffic)
}

fn expected_end(
    facts: &Facts<'_>,
    rollout: &Rollout,
    good_since: Option<Timestamp>,
    alert_end: Option<AlertEnd>,
) -> Option<Timestamp> {
    let earliest = match (good_since, alert_end) {
        (Some(since), _) => since,
        (None, Some(end)) => end.likely.max(facts.now),
        (None, None) if rollout.done => facts.now,
        (None, None) => return None,
    };
    earliest.checked_add(Duration::try_from(HOLD).ok()?).ok()
}

#[cfg(test)]
mod tests;
