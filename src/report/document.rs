//! A report as data, and its two spellings: an aligned table and one JSON document.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::domain::problem::Problem;

/// Rows under headings, the same things as JSON, and what could not be read.
#[derive(Debug)]
pub struct Report {
    pub kind: &'static str,
    /// A sentence above the table.
    pub title: Option<String>,
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub items: Vec<Value>,
    pub problems: Vec<Problem>,
    /// Sentences below the table.
    pub notes: Vec<String>,
}

impl Report {
    #[must_use]
    pub fn new(kind: &'static str, headings: &[&str]) -> Self {
        Self {
            kind,
            title: None,
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            rows: Vec::new(),
            items: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The JSON document scripts rely on; its shape is a contract.
#[must_use]
pub fn json(report: &Report) -> String {
    let document = json!({
        "apiVersion": "wk/v1",
        "kind": report.kind,
        "items": report.items,
        "problems": report.problems,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Aligned columns, two spaces apart, without trailing space.
#[must_use]
pub fn table(report: &Report) -> String {
    let columns = report.headings.len();
    let lines: Vec<&Vec<String>> = std::iter::once(&report.headings).chain(&report.rows).collect();
    let width =
        |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    if report.headings.is_empty() && report.title.is_none() {
        return String::new();
    }
    let mut text = report.title.as_ref().map(|title| format!("{title}\n\n")).unwrap_or_default();
    for line in lines {
        let mut out = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    if !report.notes.is_empty() {
        text.push('\n');
    }
    for note in &report.notes {
        text.push_str(note);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_is_seen() {
        let mut report = Report::new("Services", &["SERVICE", "READY"]);
        report.rows.push(vec!["pay-api".into(), "4/4".into()]);
        report.rows.push(vec!["日本".into(), "1/1".into()]);
        assert_eq!(table(&report), "SERVICE  READY\npay-api  4/4\n日本     1/1\n");
    }

    #[test]
    fn json_keeps_its_shape() {
        let report = Report::new("Services", &["SERVICE"]);
        let value: Value = serde_json::from_str(&json(&report)).unwrap();
        assert_eq!(value, json!({"apiVersion": "wk/v1", "kind": "Services", "items": [], "problems": []}));
    }
}
