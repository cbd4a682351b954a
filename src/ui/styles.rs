//! From a theme's colours to the style of each role. The only place that turns colours into styles. Where a theme has no
//! colour, weight, reversal and underlining carry the difference; a sign or a word always does as well.

use ratatui::style::{Color as Paint, Modifier, Style};

use crate::config::theme::{Color, Theme};
use crate::domain::alert::{AlertState, Severity};
use crate::domain::change::ChangeKind;
use crate::domain::health::Grade;
use crate::domain::identity::Environment;
use crate::domain::log::Level;
use crate::domain::plan::WarningWeight;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Styles {
    /// Ground of the whole frame.
    pub base: Style,
    /// What the eye should find first in a line: a value, a name.
    pub strong: Style,
    pub dim: Style,
    pub rule: Style,
    /// Titles of panes.
    pub title: Style,
    /// The title of the pane that has the keys.
    pub focus: Style,
    /// A key in a hint.
    pub key: Style,
    /// The gutter and name under the cursor.
    pub cursor: Style,
    pub badge_production: Style,
    pub badge_quiet: Style,
    pub broken: Style,
    pub warning: Style,
    pub changing: Style,
    pub good: Style,
    pub added: Style,
    pub removed: Style,
    /// The words that differ within a changed line.
    /// Over a cell that has just changed.
    pub glow: Style,
    /// Over text that matches a search.
    pub found: Style,
    pub onset: Style,
    pub threshold: Style,
    chart: Vec<Style>,
}

impl Styles {
    #[must_use]
    pub fn new(theme: &Theme) -> Self {
        let base = Style::new().fg(paint(theme.text)).bg(paint(theme.background));
        let faint = |color| colored(color, Modifier::DIM);
        let strong = |color| Style::new().fg(paint(color)).add_modifier(Modifier::BOLD);
        let badge = |color: Color| {
            let style = Style::new().add_modifier(Modifier::BOLD);
            if color == Color::Default {
                style.add_modifier(Modifier::REVERSED)
            } else {
                style.fg(paint(theme.on_badge)).bg(paint(color))
            }
        };
        Self {
            base,
            strong: strong(theme.text),
            dim: faint(theme.dim),
            rule: faint(theme.rule),
            title: strong(theme.text),
            focus: strong(theme.accent),
            key: strong(theme.accent),
            cursor: Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
            badge_production: badge(theme.production),
            badge_quiet: badge(theme.rule).fg(paint(theme.text)),
            broken: strong(theme.broken),
            warning: Style::new().fg(paint(theme.warning)),
            changing: Style::new().fg(paint(theme.changing)),
            good: Style::new().fg(paint(theme.good)),
            added: Style::new().fg(paint(theme.added)),
            removed: Style::new().fg(paint(theme.removed)),
            glow: if theme.glow == Color::Default {
                Style::new().add_modifier(Modifier::BOLD)
            } else {
                Style::new().bg(paint(theme.glow))
            },
            found: colored(theme.warning, Modifier::REVERSED).add_modifier(Modifier::REVERSED),
            onset: strong(theme.broken),
            threshold: Style::new().fg(paint(theme.warning)),
            chart: theme.chart.iter().map(|&color| Style::new().fg(paint(color))).collect(),
        }
    }

    /// The style of a chart's line, in turn.
    #[must_use]
    pub fn chart(&self, line: usize) -> Style {
        self.chart.get(line % self.chart.len().max(1)).copied().unwrap_or(self.base)
    }

    #[must_use]
    pub fn grade(&self, grade: Grade) -> Style {
        match grade {
            Grade::Broken => self.broken,
            Grade::AtRisk => self.warning,
            Grade::Changing => self.changing,
            Grade::Unknown | Grade::Ready => self.dim,
            Grade::Well => self.good,
        }
    }

    #[must_use]
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Critical => self.broken,
            Severity::Warning => self.warning,
            Severity::Other => self.dim,
        }
    }

    #[must_use]
    pub fn alert(&self, state: AlertState, severity: Severity) -> Style {
        match state {
            AlertState::Firing => self.severity(severity),
            AlertState::Pending => self.warning,
            AlertState::Suppressed => self.dim,
        }
    }

    #[must_use]
    pub fn change(&self, kind: ChangeKind) -> Style {
        match kind {
            ChangeKind::Release | ChangeKind::Helm | ChangeKind::Restart => self.focus,
            ChangeKind::Configuration | ChangeKind::Scale | ChangeKind::Node => self.changing,
        }
    }

    #[must_use]
    pub fn level(&self, level: Level) -> Style {
        match level {
            Level::Error => self.broken,
            Level::Warning => self.warning,
            Level::Info | Level::Unknown => Style::new(),
            Level::Debug => self.dim,
        }
    }

    #[must_use]
    pub fn weight(&self, weight: WarningWeight) -> Style {
        match weight {
            WarningWeight::WillNotHold => self.broken,
            WarningWeight::Caution => self.warning,
            WarningWeight::Note => self.dim,
        }
    }

    /// The label at the left edge of the header and of every overlay that writes.
    #[must_use]
    pub fn badge(&self, environment: Environment) -> Style {
        match environment {
            Environment::Production => self.badge_production,
            Environment::Development | Environment::Demo => self.badge_quiet,
        }
    }
}

/// The word on that label.
#[must_use]
pub fn badge_word(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "PROD",
        Environment::Development => "DEV",
        Environment::Demo => "DEMO",
    }
}

/// The colour, or `instead` where the theme has none.
fn colored(color: Color, instead: Modifier) -> Style {
    match color {
        Color::Default => Style::new().add_modifier(instead),
        color => Style::new().fg(paint(color)),
    }
}

fn paint(color: Color) -> Paint {
    match color {
        Color::Default => Paint::Reset,
        Color::Indexed(index) => Paint::Indexed(index),
        Color::Rgb(red, green, blue) => Paint::Rgb(red, green, blue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme_file::built_in;

    #[test]
    fn without_colours_the_label_of_production_is_still_filled() {
        let styles = Styles::new(&built_in("mono").expect("mono"));
        assert!(styles.badge_production.add_modifier.contains(Modifier::REVERSED));
        assert!(styles.dim.add_modifier.contains(Modifier::DIM));
    }

    #[test]
    fn production_looks_unlike_anything_else_in_every_theme() {
        for name in ["dark", "light", "sixteen", "high-contrast"] {
            let styles = Styles::new(&built_in(name).expect(name));
            assert_ne!(styles.badge_production.bg, styles.badge_quiet.bg, "{name}");
            assert!(styles.badge_production.bg.is_some(), "{name}");
        }
    }
}
