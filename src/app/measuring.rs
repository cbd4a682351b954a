//! How the revisions of one service fared, asked for once its revisions are known. A Prometheus that is missing or silent
//! leaves a reason in place of numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::metric::{InstantSample, RangeAnswer};
use crate::domain::problem::Problem;
use crate::domain::revision::{Revision, Soundness};
use crate::domain::text::CleanText;
use crate::insight::dashboard::{self, Reign, RevisionQuery, query_name};
use crate::insight::evidence::ENOUGH_REQUESTS;
use crate::insight::revisions;
use crate::insight::soundness::{self, Counters, Fare};

use super::effect::{Effect, MetricQuery, TaskId};
use super::message::{MetricAnswer, QueryName};
use super::model::Model;
use super::outbox::Outbox;

#[derive(Debug, Default)]
pub enum Measuring {
    /// The revisions or the metrics are not known yet.
    #[default]
    Later,
    Asked {
        questions: Vec<(TaskId, QueryName, Option<MetricAnswer>)>,
        /// The error ratio that counts as bad.
        limit: f64,
        at: Timestamp,
    },
    /// By the number of the revision.
    Known(BTreeMap<u64, Measured>),
    /// Why nothing is measured.
    Absent(CleanText),
}

/// What is known of one revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    fare: Fare,
    grade: Option<Soundness>,
}

impl Measuring {
    /// Asks as soon as it is known what to ask.
    pub fn ask(&mut self, namespace: &str, revisions: &[Revision], limit: f64, model: &Model, out: &mut Outbox) {
        if !matches!(self, Self::Later) {
            return;
        }
        let names = match (&model.prometheus, &model.metric_names) {
            (Some(Err(problem)), _) => {
                *self = Self::Absent(CleanText::new(&problem.what));
                return;
            }
            (_, Some(names)) => names,
            (_, None) => return,
        };
        if !names.tells_pods() {
            *self = Self::Absent("no metric counts requests pod by pod".into());
            return;
        }
        let queries = dashboard::revisions(names, namespace, &reigns(revisions), model.now);
        if queries.is_empty() {
            *self = Self::Known(BTreeMap::new());
            return;
        }
        let mut ask = |RevisionQuery { name, expression, grid }| {
            let query = match grid {
                Some(grid) => MetricQuery::Range { expression, grid },
                None => MetricQuery::Instant { expression },
            };
            (out.ask(|task| Effect::Query { task, query }), name, None)
        };
        *self = Self::Asked { questions: queries.into_iter().map(&mut ask).collect(), limit, at: model.now };
    }

    /// Takes an answer that is one of ours; hands it back otherwise.
    pub fn answer(&mut self, task: TaskId, answer: MetricAnswer, revisions: &[Revision]) -> Option<MetricAnswer> {
        let Self::Asked { questions, limit, at } = self else { return Some(answer) };
        let Some((_, _, place)) = questions.iter_mut().find(|(asked, _, _)| *asked == task) else {
            return Some(answer);
        };
        *place = Some(answer);
        if questions.iter().all(|(_, _, answer)| answer.is_some()) {
            *self = match read(questions, revisions, *limit, *at) {
                Ok(measured) => Self::Known(measured),
                Err(problem) => Self::Absent(CleanText::new(&problem.to_string())),
            };
        }
        None
    }

    /// Gives up waiting.
    pub fn give_up(&mut self, why: impl Into<CleanText>) {
        if !self.settled() {
            *self = Self::Absent(why.into());
        }
    }

    #[must_use]
    pub fn settled(&self) -> bool {
        matches!(self, Self::Known(_) | Self::Absent(_))
    }

    /// What was measured of a revision goes before what its objects tell; a rollout that never finished stays failed.
    #[must_use]
    pub fn grade(&self, revision: &Revision) -> Option<Soundness> {
        let Self::Known(measured) = self else { return None };
        measured.get(&revision.number)?.grade.clone().filter(|_| !matches!(revision.soundness, Soundness::Failed(_)))
    }

    /// Why nothing is measured.
    #[must_use]
    pub fn absence(&self) -> Option<&CleanText> {
        match self {
            Self::Absent(why) => Some(why),
            Self::Later | Self::Asked { .. } | Self::Known(_) => None,
        }
    }

    /// Why a revision has no measured grade.
    #[must_use]
    pub fn missing(&self, number: u64) -> Option<CleanText> {
        match self {
            Self::Later | Self::Asked { .. } => None,
            Self::Absent(why) => Some(why.clone()),
            Self::Known(measured) => match measured.get(&number) {
                Some(Measured { grade: Some(_), .. }) => None,
                Some(Measured { fare, .. }) if fare.requests > 0.0 => {
                    let words =
                        format!("only {} of its requests were measured, {ENOUGH_REQUESTS} tell", fare.requests.round());
                    Some(words.into())
                }
                _ => Some("Prometheus has no requests of its pods in the last 7 d".into()),
            },
        }
    }
}

/// When each revision ran: from its first rollout until the one after its last.
fn reigns(revisions: &[Revision]) -> Vec<Reign<'_>> {
    // Newest first.
    let rollouts = revisions::rollouts(revisions);
    let next = |number: u64| rollouts.iter().rev().find(|rollout| rollout.number > number).and_then(|next| next.at);
    revisions
        .iter()
        .map(|revision| Reign {
            holder: &revision.holder,
            from: revision.first.min(revision.at),
            until: next(revision.number),
        })
        .collect()
}

fn read(
    questions: &[(TaskId, QueryName, Option<MetricAnswer>)],
    revisions: &[Revision],
    limit: f64,
    at: Timestamp,
) -> Result<BTreeMap<u64, Measured>, Problem> {
    let answer = |name: QueryName| {
        questions.iter().find(|(_, asked, _)| *asked == name).and_then(|(_, _, answer)| answer.as_ref())
    };
    let range = |name: QueryName| -> Result<Option<&RangeAnswer>, Problem> {
        match answer(name) {
            Some(MetricAnswer::Range(answer)) => Ok(Some(answer)),
            Some(MetricAnswer::Failed(problem)) => Err(problem.clone()),
            Some(MetricAnswer::Instant(_)) | None => Ok(None),
        }
    };
    // Without the ends, only the last stretch of each revision is missing; requests without failures would flatter it.
    let ends: (&[InstantSample], &[InstantSample]) =
        match (answer(query_name::COUNTED_AT_END), answer(query_name::FAILED_AT_END)) {
            (Some(MetricAnswer::Instant(counted)), Some(MetricAnswer::Instant(failed))) => (counted, failed),
            _ => (&[], &[]),
        };
    let (Some(counted), Some(failed)) = (range(query_name::COUNTED)?, range(query_name::FAILED)?) else {
        return Ok(BTreeMap::new());
    };
    let counters = Counters { counted, failed, counted_at_end: ends.0, failed_at_end: ends.1 };
    let fares = soundness::fares(&reigns(revisions), &counters, at);
    let measured = fares.into_iter().map(|fare| Measured { fare, grade: fare.grade(limit) });
    Ok(revisions.iter().map(|revision| revision.number).zip(measured).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::raw::RawObject;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn revision(number: u64, earlier: &[u64], first: i64, last: i64) -> Revision {
        Revision {
            number,
            earlier: earlier.to_vec(),
            first: at(first),
            holder: format!("pay-api-{first}").into(),
            at: at(last),
            about: false,
            images: Vec::new(),
            version: CleanText::default(),
            change_cause: CleanText::default(),
            template: RawObject::new(serde_json::Value::Null),
            ready: 0,
            replicas: 0,
            soundness: Soundness::Unknown,
        }
    }

    #[test]
    fn a_rollback_does_not_lengthen_what_ran_before_it() {
        // 2 ran, then 3, then 4; then 3 was taken up again as 5.
        let revisions = [revision(5, &[3], 100, 400), revision(4, &[], 300, 300), revision(2, &[], 0, 0)];
        let told: Vec<_> = reigns(&revisions).iter().map(|reign| (reign.from, reign.until)).collect();
        assert_eq!(told, [(at(100), None), (at(300), Some(at(400))), (at(0), Some(at(100)))]);
    }
}
