//! Chunks of lines for tests.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::log::{Level, LogChunk, LogLine, LogMark, LogSource};
use crate::domain::text::CleanText;

/// Lines of pod, level and text, one second apart.
pub(crate) fn chunk_of(from: i64, lines: &[(&str, Level, &str)]) -> LogChunk {
    let mut sources: Vec<LogSource> = Vec::new();
    let mut arena = String::new();
    let mut indexed = Vec::new();
    for (second, (pod, level, text)) in lines.iter().enumerate() {
        let source = LogSource {
            namespace: CleanText::new("checkout"),
            pod: CleanText::new(pod),
            container: CleanText::new("app"),
            previous: false,
        };
        let index = sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            sources.push(source);
            sources.len() - 1
        });
        let start = arena.len() as u32;
        arena.push_str(text);
        indexed.push(LogLine {
            at: Timestamp::from_second(from + second as i64).ok(),
            source: index as u32,
            level: *level,
            text: start..arena.len() as u32,
        });
    }
    LogChunk { sources: sources.into(), lines: indexed.into(), arena: Arc::from(arena), marks: Vec::new() }
}

pub(crate) fn chunk(lines: &[&str]) -> LogChunk {
    let lines: Vec<_> = lines.iter().map(|text| ("pay-api-7d9c-x2k9q", Level::Unknown, *text)).collect();
    chunk_of(0, &lines)
}

pub(crate) fn marked(mut chunk: LogChunk, before: usize, text: &str) -> LogChunk {
    chunk.marks.push(LogMark { before, text: CleanText::new(text) });
    chunk
}
