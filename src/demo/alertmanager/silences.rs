//! Silences: those of the story and those that somebody has made, bounded in number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::matcher::{Matcher, all_match};
use crate::demo::prometheus::Labels;
use crate::demo::world::timeline::ChangeKind;
use crate::demo::world::{Observation, random};

/// As many as a person could make, and no more.
const MAX_SILENCES: usize = 500;

#[derive(Debug, Clone)]
pub struct Silence {
    pub id: String,
    pub matchers: Vec<Matcher>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub updated_at: Timestamp,
    pub created_by: String,
    pub comment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    Active,
    Pending,
    Expired,
}

/// What a client posts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostedSilence {
    #[serde(default)]
    id: Option<String>,
    matchers: Vec<Matcher>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    created_by: String,
    comment: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum SilenceError {
    Invalid(String),
    /// What its schema refuses, before anybody looks at the meaning.
    Incomplete(String),
    NotFound,
}

impl Silence {
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if now >= self.ends_at {
            SilenceState::Expired
        } else if now < self.starts_at {
            SilenceState::Pending
        } else {
            SilenceState::Active
        }
    }

    pub fn mutes(&self, labels: &Labels, now: Timestamp) -> bool {
        self.state(now) == SilenceState::Active && all_match(&self.matchers, labels)
    }
}

#[derive(Debug, Default)]
pub struct Silences {
    all: Vec<Silence>,
    made: u64,
}

impl Silences {
    /// Takes over what the story's people have silenced until now.
    pub fn follow(&mut self, world: &Observation) {
        for change in world.timeline.changes.iter().filter(|change| change.at <= world.now) {
            let ChangeKind::Silence { by, comment, minutes } = change.kind else { continue };
            let service = change.service.spec().name;
            let id = random::uid(world.timeline.seed, &["silence", service, &change.at.millis().to_string()]);
            if self.all.iter().any(|silence| silence.id == id) {
                continue;
            }
            let starts_at = change.at.instant(world.epoch);
            self.all.push(Silence {
                id,
                matchers: vec![Matcher::equal("service", service), Matcher::equal("severity", "critical")],
                starts_at,
                ends_at: change.at.plus_millis(i64::from(minutes) * 60_000).instant(world.epoch),
                updated_at: starts_at,
                created_by: by.to_owned(),
                comment: comment.to_owned(),
            });
        }
    }

    /// Active ones first, those that end soonest before others.
    pub fn list(&self, now: Timestamp) -> Vec<&Silence> {
        let mut all: Vec<&Silence> = self.all.iter().collect();
        all.sort_by_key(|silence| (silence.state(now), silence.ends_at));
        all
    }

    pub fn get(&self, id: &str) -> Option<&Silence> {
        self.all.iter().find(|silence| silence.id == id)
    }

    pub fn muting(&self, labels: &Labels, now: Timestamp) -> Vec<String> {
        self.all.iter().filter(|silence| silence.mutes(labels, now)).map(|silence| silence.id.clone()).collect()
    }

    /// Makes a silence or changes one; answers its id. Other matchers, or a silence that has ended, make a new one.
    pub fn post(&mut self, posted: PostedSilence, seed: u64, now: Timestamp) -> Result<String, SilenceError> {
        let PostedSilence { id, matchers, starts_at, ends_at, created_by, comment } = posted;
        if matchers.is_empty() {
            return Err(SilenceError::Incomplete("matchers in body should have at least 1 items".to_owned()));
        }
        check(&matchers, starts_at, ends_at, now).map_err(SilenceError::Invalid)?;
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            let known = self.all.iter_mut().find(|silence| silence.id == id).ok_or(SilenceError::NotFound)?;
            let same = known.matchers == matchers && known.state(now) != SilenceState::Expired;
            if same {
                let begun = known.state(now) == SilenceState::Active;
                known.starts_at = if begun { known.starts_at } else { starts_at.max(now) };
                known.ends_at = ends_at;
                known.updated_at = now;
                known.created_by = created_by;
                known.comment = comment;
                return Ok(id);
            }
            expire(known, now);
        }
        if self.all.len() >= MAX_SILENCES {
            self.all.retain(|silence| silence.state(now) != SilenceState::Expired);
        }
        if self.all.len() >= MAX_SILENCES {
            let count = self.all.len();
            let message = format!("exceeded maximum number of silences: {count} (limit: {MAX_SILENCES})");
            return Err(SilenceError::Invalid(message));
        }
        self.made += 1;
        let id = random::uid(seed, &["silence", "made", &self.made.to_string()]);
        let starts_at = starts_at.max(now);
        self.all.push(Silence { id: id.clone(), matchers, starts_at, ends_at, updated_at: now, created_by, comment });
        Ok(id)
    }

    pub fn expire(&mut self, id: &str, now: Timestamp) -> Result<(), SilenceError> {
        let silence = self.all.iter_mut().find(|silence| silence.id == id).ok_or(SilenceError::NotFound)?;
        expire(silence, now);
        Ok(())
    }
}

/// Ending twice changes nothing.
fn expire(silence: &mut Silence, now: Timestamp) {
    if silence.state(now) != SilenceState::Expired {
        silence.starts_at = silence.starts_at.min(now);
        silence.ends_at = now;
        silence.updated_at = now;
    }
}

fn check(matchers: &[Matcher], starts_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> Result<(), String> {
    if starts_at >= ends_at {
        return Err("Failed to create silence: start time must be before end time".to_owned());
    }
    if ends_at < now {
        return Err("Failed to create silence: end time can't be in the past".to_owned());
    }
    for matcher in matchers {
        matcher.check().map_err(|why| format!("invalid silence: invalid label matcher: {why}"))?;
    }
    if all_match(matchers, &Labels::default()) {
        return Err("invalid silence: at least one matcher must not match the empty string".to_owned());
    }
    Ok(())
}
