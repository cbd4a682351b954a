//! Figures side by side.

use std::time::Duration;

/// Named figures in the order in which they were taken.
#[derive(Default)]
pub struct Figures(Vec<(&'static str, String)>);

impl Figures {
    pub fn add(&mut self, name: &'static str, figure: String) {
        self.0.push((name, figure));
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, figure)| figure)
    }
}

/// One line for each figure, one column for each run, as Markdown.
pub fn render(columns: &[(&str, Figures)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.iter().flat_map(|(_, figures)| &figures.0) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
    let mut out = format!("| 160×50 | {} |\n|---|{}\n", titles.join(" | "), "---:|".repeat(columns.len()));
    for name in names {
        let cells: Vec<&str> = columns.iter().map(|(_, figures)| figures.get(name)).collect();
        out.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    out
}

pub fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1_000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") }
}

/// A share of one core.
pub fn percent(part: Duration, whole: Duration) -> String {
    format!("{:.2} %", 100.0 * part.as_secs_f64() / whole.as_secs_f64())
}
