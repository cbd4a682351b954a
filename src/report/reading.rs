//! What is read line by line, as Markdown: an object's YAML, a difference, logs, what a shell showed.

use std::fmt::Write as _;

use crate::app::logs::Entry;
use crate::app::model::Model;
use crate::app::screen::{CompareContent, CompareScreen, LogsScreen, ShellLife, ShellScreen, YamlContent, YamlScreen};
use crate::insight::masking::masked_line;

use super::markdown::{block, cells, freshness_note, quoted};

/// Entries of logs in a record: the newest. All of them are for the file that saving makes.
const ENTRIES: usize = 200;
/// Text of them.
const BYTES: usize = 48 << 10;

/// The object, secrets masked. Writing to a String cannot fail.
pub(super) fn yaml(screen: &YamlScreen, text: &mut String) {
    match &screen.content {
        YamlContent::Loading => {
            let _ = writeln!(text, "It has not been read yet.");
        }
        YamlContent::Failed(problem) => {
            let _ = writeln!(text, "{problem}");
        }
        YamlContent::Lines(lines) => block("yaml", lines.iter().map(|line| line.as_str()), text),
    }
}

/// Field by field.
pub(super) fn difference(screen: &CompareScreen, text: &mut String) {
    let _ = writeln!(text, "{} → {}\n", quoted(&screen.before), quoted(&screen.after));
    match &screen.content {
        CompareContent::Reading { .. } => {
            let _ = writeln!(text, "It has not been read yet.");
        }
        CompareContent::Failed(problem) => {
            let _ = writeln!(text, "{problem}");
        }
        CompareContent::Differences(differences) if differences.is_empty() => {
            let _ = writeln!(text, "The two are equal.");
        }
        CompareContent::Differences(differences) => {
            let _ = writeln!(text, "{}", cells(["field", "before", "after"]));
            let _ = writeln!(text, "{}", cells(["---"; 3]));
            let value = |text: &str| if text.is_empty() { "(none)".to_owned() } else { quoted(text) };
            for difference in differences {
                let row = [difference.field.to_string(), value(&difference.before), value(&difference.after)];
                let _ = writeln!(text, "{}", cells(row));
            }
        }
    }
}

/// What is looked at, of how much, and the newest of it.
pub(super) fn logs(screen: &LogsScreen, model: &Model, text: &mut String) {
    let targets = screen.targets(model);
    let previous = if screen.choice.previous { ", before the last restart" } else { "" };
    let _ = writeln!(text, "- {} of {} pods{previous}", targets.read, targets.pods);
    let why = screen.window.why();
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    let _ = writeln!(text, "- {}{why}", screen.window.words(model.now));
    let _ = writeln!(text, "- {}\n", screen.count(model.now));
    freshness_note(&screen.freshness, model.now, text);
    let mut bytes = 0;
    let mut entries: Vec<Vec<String>> = Vec::new();
    for entry in screen.index.shown().iter().rev().take(ENTRIES).filter_map(|name| screen.index.entry(*name)) {
        let lines = spell(entry, screen);
        bytes += lines.iter().map(String::len).sum::<usize>();
        if bytes > BYTES {
            break;
        }
        entries.push(lines);
    }
    let (kept, shown) = (entries.len(), screen.index.shown().len());
    if kept < shown {
        let _ = writeln!(text, "The newest {kept} of {shown}:\n");
    }
    let lines: Vec<String> = entries.into_iter().rev().flatten().collect();
    if !lines.is_empty() {
        block("", lines.iter().map(String::as_str), text);
    }
}

fn spell(entry: &Entry, screen: &LogsScreen) -> Vec<String> {
    match entry {
        Entry::Mark { text, .. } => vec![format!("-- {text}")],
        Entry::Lines(lines) => screen
            .index
            .places(lines)
            .map(|place| {
                let at = place.line.at.map(|at| at.to_string()).unwrap_or_default();
                let pod = place.source().map_or("", |source| source.pod.as_str());
                format!("{at} {pod} {}", masked_line(place.text()))
            })
            .collect(),
    }
}

/// What the terminal of a shell shows.
pub(super) fn shell(screen: &ShellScreen, text: &mut String) {
    let Some(session) = screen.session() else {
        let _ = writeln!(text, "No shell was opened.");
        return;
    };
    if !session.container.is_empty() {
        let _ = writeln!(text, "- container: {}", session.container);
    }
    let life = match &session.life {
        ShellLife::Opening | ShellLife::Missing => "nothing has come from inside yet".to_owned(),
        ShellLife::Running => "it runs".to_owned(),
        ShellLife::Ended { code: Some(code), reason } => format!("exited {code} {reason}").trim_end().to_owned(),
        ShellLife::Ended { code: None, reason } => format!("ended: {reason}"),
        ShellLife::Failed(problem) => problem.to_string(),
    };
    let _ = writeln!(text, "- {life}\n");
    let contents = session.emulator.screen().contents();
    let lines: Vec<String> = contents.trim_end().lines().map(|line| masked_line(line).into_owned()).collect();
    block("", lines.iter().map(String::as_str), text);
}
