//! What is kept of pods before an act ends them: the cluster lets their logs, events and status go with them.

use serde::Serialize;

use super::figure;
use super::log::LogSource;
use super::object::ObjectKey;
use super::problem::Problem;
use super::text::CleanText;

/// Pods that an act may end, and which of their logs are worth reading first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endangered {
    pub pods: Vec<ObjectKey>,
    pub logs: Vec<LogSource>,
    /// How many pods there are, when not all of them are read.
    pub of: usize,
}

/// What was kept of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Where it lies; None when nothing was kept.
    pub folder: Option<CleanText>,
    /// Pods whose status was read, of so many.
    pub statuses: usize,
    pub pods: usize,
    /// Containers whose log was read, and the lines together.
    pub logs: usize,
    pub lines: usize,
    pub events: usize,
    /// What could not be read or written.
    pub problems: Vec<Problem>,
}

impl Kept {
    /// The act ended no pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.folder.is_none() && self.problems.is_empty()
    }

    /// `status of 5 of 5 pods, 1,240 lines of 5 logs, 12 events`
    #[must_use]
    pub fn words(&self) -> String {
        let count = |number: usize, one: &str, many: &str| {
            format!("{} {}", figure::count(number as u64), if number == 1 { one } else { many })
        };
        let pods = count(self.pods, "pod", "pods");
        let lines = count(self.lines, "line", "lines");
        let logs = count(self.logs, "log", "logs");
        let events = count(self.events, "event", "events");
        format!("status of {} of {pods}, {lines} of {logs}, {events}", self.statuses)
    }
}
