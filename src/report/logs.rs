//! Lines of logs as text or as JSON, one a line, in the order they are read.

use std::fmt::Write as _;

use serde_json::json;

use crate::app::logs::buffer::ORIGIN;
use crate::app::logs::{Entry, Place};
use crate::app::model::Model;
use crate::app::screen::LogsScreen;
use crate::domain::figure;

use super::document::Report;

/// What stands besides the lines: why some could not be read, and of how many none was wanted.
pub(super) fn report(screen: &LogsScreen, model: &Model) -> Report {
    let mut report = Report::new("Logs", &[]);
    let buffer = screen.index.buffer();
    let wanted = |place: Place<'_>| screen.query.wants(place.line.level, std::iter::once(place.text()));
    let none = !(buffer.first()..buffer.end()).filter_map(|serial| buffer.line(serial)).any(wanted);
    if none && screen.freshness.settled() {
        report.notes.push(match screen.query.is_open() && screen.choice.previous {
            true => format!("no container of {} has ended before, as far as is kept", screen.key.name),
            false => screen.count(model.now),
        });
    }
    report.problems.extend(super::open::problem_of(&screen.freshness));
    report
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSpelling {
    /// Time, pod and text.
    Text,
    /// One JSON object for each line.
    Json,
}

/// Writes what is new each time it is asked, so that a command can follow. Lines are searched one by one, as grep
/// does: what a script reads must not depend on which lines form a trace.
#[derive(Debug)]
pub struct LogWriter {
    spelling: LogSpelling,
    /// Serial of the first line that was not written.
    line: u64,
    /// Name of the first entry whose mark was not written.
    entry: u64,
}

impl LogWriter {
    #[must_use]
    pub fn new(spelling: LogSpelling) -> Self {
        Self { spelling, line: ORIGIN, entry: ORIGIN }
    }

    /// Everything that came since it was last asked.
    #[must_use]
    pub fn write(&mut self, screen: &LogsScreen) -> String {
        let mut out = String::new();
        let index = &screen.index;
        let first = index.buffer().first();
        if self.line < first {
            self.mark(&format!("{} older lines were let go", figure::count(first - self.line)), &mut out);
        }
        let marks: Vec<(u64, &str)> = (self.entry..index.end())
            .filter_map(|name| match index.entry(name)? {
                Entry::Mark { before, text } => Some((*before, text.as_str())),
                Entry::Lines(_) => None,
            })
            .collect();
        let mut marks = marks.into_iter().peekable();
        for serial in self.line.max(first)..index.entered() {
            while let Some((_, text)) = marks.next_if(|(before, _)| *before <= serial) {
                self.mark(text, &mut out);
            }
            if let Some(place) = index.line(serial)
                && screen.query.wants(place.line.level, std::iter::once(place.text()))
            {
                self.line(&place, &mut out);
            }
        }
        for (_, text) in marks {
            self.mark(text, &mut out);
        }
        (self.line, self.entry) = (index.entered(), index.end());
        out
    }

    fn mark(&self, text: &str, out: &mut String) {
        let _ = match self.spelling {
            LogSpelling::Text => writeln!(out, "-- {text}"),
            LogSpelling::Json => writeln!(out, "{}", json!({"mark": text})),
        };
    }

    fn line(&self, place: &Place<'_>, out: &mut String) {
        let source = place.source();
        let _ = match self.spelling {
            LogSpelling::Text => {
                let at = place.line.at.map(|at| at.to_string()).unwrap_or_default();
                writeln!(out, "{at} {} {}", source.map_or("", |source| source.pod.as_str()), place.text())
            }
            LogSpelling::Json => writeln!(
                out,
                "{}",
                json!({
                    "time": place.line.at,
                    "namespace": source.map(|source| &source.namespace),
                    "pod": source.map(|source| &source.pod),
                    "container": source.map(|source| &source.container),
                    "previous": source.is_some_and(|source| source.previous),
                    "level": place.line.level,
                    "text": place.text(),
                })
            ),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::logs::tests::{chunk_of, marked};
    use crate::app::screen::View;
    use crate::domain::log::Level;
    use crate::domain::object::{Kind, ObjectKey};

    fn screen() -> LogsScreen {
        LogsScreen::new(ObjectKey::new(Kind::Deployment, "checkout", "pay-api"))
    }

    fn take(screen: &mut LogsScreen, chunk: crate::domain::log::LogChunk) {
        screen.index.push(chunk);
        while screen.index.work(&screen.query) {}
    }

    #[test]
    fn each_line_is_written_once_and_filtered_by_itself() {
        let mut screen = screen();
        screen.set_filter("/boom|at/");
        let mut writer = LogWriter::new(LogSpelling::Text);
        take(&mut screen, chunk_of(0, &[("x", Level::Error, "boom"), ("x", Level::Info, "fine")]));
        assert_eq!(writer.write(&screen), "1970-01-01T00:00:00Z x boom\n");
        take(&mut screen, marked(chunk_of(1, &[("x", Level::Unknown, "  at a")]), 0, "the API server was away"));
        assert_eq!(writer.write(&screen), "-- the API server was away\n1970-01-01T00:00:01Z x   at a\n");
        assert_eq!(writer.write(&screen), "");
    }

    #[test]
    fn nothing_found_says_of_how_much() {
        let mut screen = screen();
        screen.set_filter("status=418");
        screen.freshness = crate::domain::freshness::Freshness::Live;
        take(&mut screen, chunk_of(0, &[("x", Level::Error, "status=500 a=1"), ("x", Level::Info, "fine")]));
        let now = jiff::Timestamp::from_second(60).expect("a time");
        let model = Model::new(now, Default::default(), Default::default());
        assert_eq!(report(&screen, &model).notes, ["0 of 2 lines with “status=418”, 00:00:00 – now"]);
        screen.set_filter("status=500");
        assert!(report(&screen, &model).notes.is_empty());
    }

    #[test]
    fn json_is_one_object_a_line() {
        let mut screen = screen();
        let mut writer = LogWriter::new(LogSpelling::Json);
        take(&mut screen, marked(chunk_of(0, &[("x", Level::Error, "boom \"1\"")]), 1, "x/app: ended"));
        let out = writer.write(&screen);
        let lines: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(lines[0]["text"], "boom \"1\"");
        assert_eq!((&lines[0]["pod"], &lines[0]["level"]), (&json!("x"), &json!("error")));
        assert_eq!(lines[1], json!({"mark": "x/app: ended"}));
    }
}
