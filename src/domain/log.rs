//! Lines of logs in chunks: one arena of text and an index, so that a line costs no allocation of its own.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::object::ObjectKey;
use super::text::CleanText;

/// At most this much text in one chunk, in bytes.
pub const CHUNK_BYTES: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Info,
    Debug,
    Unknown,
}

/// Where a line comes from; shared by all its lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LogSource {
    pub namespace: CleanText,
    pub pod: CleanText,
    pub container: CleanText,
    /// From the container's former life.
    pub previous: bool,
}

impl LogSource {
    #[must_use]
    pub fn of(pod: &ObjectKey, container: &CleanText, previous: bool) -> Self {
        Self { namespace: pod.namespace.clone(), pod: pod.name.clone(), container: container.clone(), previous }
    }

    /// The short name of its pod among others: the part its controller made up, or more when that says too little.
    #[must_use]
    pub fn short_name(&self) -> &str {
        let name = self.pod.as_str();
        match name.rsplit_once('-') {
            // The numbered pods of a StatefulSet keep the word before the number.
            Some((before, last)) if last.len() < 3 || last.bytes().all(|byte| byte.is_ascii_digit()) => {
                before.rfind('-').map_or(name, |dash| &name[dash + 1..])
            }
            Some((_, last)) => last,
            None => name,
        }
    }
}

impl Level {
    /// As a column of lines shows it; nothing for a line that says none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Unknown => "",
        }
    }
}

/// One line as an index into its chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub at: Option<Timestamp>,
    pub source: u32,
    pub level: Level,
    pub text: Range<u32>,
}

/// Lines merged by time, already clean. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct LogChunk {
    pub sources: Arc<[LogSource]>,
    pub lines: Arc<[LogLine]>,
    pub arena: Arc<str>,
    /// What happened between the lines: gaps, drops, joined and ended pods.
    pub marks: Vec<LogMark>,
}

impl LogChunk {
    #[must_use]
    pub fn text(&self, line: &LogLine) -> &str {
        self.arena.get(line.text.start as usize..line.text.end as usize).unwrap_or_default()
    }

    #[must_use]
    pub fn source(&self, line: &LogLine) -> Option<&LogSource> {
        self.sources.get(line.source as usize)
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arena.len() + self.lines.len() * std::mem::size_of::<LogLine>()
    }
}

impl std::fmt::Debug for LogChunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogChunk({} lines, {} bytes)", self.lines.len(), self.arena.len())
    }
}

/// Something to say between two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMark {
    /// Stands before the line with this index in its chunk.
    pub before: usize,
    pub text: CleanText,
}
