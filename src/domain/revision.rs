//! A revision of a workload: what it ran, when, and how it fared.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::figure;
use super::raw::RawObject;
use super::text::CleanText;

#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub number: u64,
    /// Numbers it had before it was taken up again, oldest first.
    pub earlier: Vec<u64>,
    /// When it was rolled out for the first time.
    pub first: Timestamp,
    /// Name of the ReplicaSet that holds it.
    pub holder: CleanText,
    /// When it was last rolled out.
    pub at: Timestamp,
    pub about: bool,
    pub images: Vec<CleanText>,
    /// Tag of the first image.
    pub version: CleanText,
    /// The change-cause annotation.
    pub change_cause: CleanText,
    /// The pod template without the hash label, for writing back.
    pub template: RawObject,
    pub ready: u32,
    pub replicas: u32,
    pub soundness: Soundness,
}

impl Revision {
    /// It has this number, or had it before it was taken up again.
    #[must_use]
    pub fn answers_to(&self, number: u64) -> bool {
        self.number == number || self.earlier.contains(&number)
    }
}

/// How well a revision is known to have run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub enum Soundness {
    /// Its own requests were counted, and few of them failed.
    Measured {
        /// The highest share of failures in any stretch of its time.
        error_ratio: f64,
        /// How long it was measured.
        seconds: u64,
        /// How long it ran.
        ran: u64,
    },
    /// Its pods were Ready; nobody measured more.
    RanReady,
    /// A record says so and nothing else.
    RecordedOnly,
    Failed(CleanText),
    #[default]
    Unknown,
}

impl Soundness {
    /// `measured ≤ 0.2 % errors for 6 d`
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Measured { error_ratio, seconds, ran } => {
                let spell = |seconds: u64| figure::spell(Duration::from_secs(seconds));
                let errors = match *error_ratio > 0.0 {
                    true => format!("≤ {} % errors", figure::percent_at_most(*error_ratio)),
                    false => "no errors".to_owned(),
                };
                // Numbers are kept for a shorter time than revisions are.
                let of = if seconds * 5 < ran * 4 { format!(" of the {} it ran", spell(*ran)) } else { String::new() };
                format!("measured {errors} for {}{of}", spell(*seconds))
            }
            Self::RanReady => "ran Ready, not measured".to_owned(),
            Self::RecordedOnly => "recorded only".to_owned(),
            Self::Failed(why) => why.to_string(),
            Self::Unknown => "of unknown health".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_claims_no_more_than_was_measured() {
        let day = 24 * 3600;
        let words = |error_ratio, seconds, ran| Soundness::Measured { error_ratio, seconds, ran }.words();
        assert_eq!(words(0.00114, 6 * day, 6 * day + 20), "measured ≤ 0.2 % errors for 6 d");
        assert_eq!(words(0.001, 2 * day, 6 * day), "measured ≤ 0.1 % errors for 2 d of the 6 d it ran");
        assert_eq!(words(0.0, 120, 130), "measured no errors for 2 min");
    }
}
