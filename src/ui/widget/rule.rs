//! The line that opens a pane: its title, what it shows, and how much its data can be trusted.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::freshness::Freshness;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;

#[derive(Clone, Debug)]
pub struct Rule<'a> {
    pub title: &'a str,
    /// After the title: a count, a filter, a bar.
    pub detail: Line<'a>,
    /// With the time it is read at.
    pub freshness: Option<(&'a Freshness, Timestamp)>,
    /// The pane has the keys.
    pub focused: bool,
    pub styles: &'a Styles,
}

impl Widget for Rule<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = paint::row(paint::visible(area, buffer), 0);
        if area.is_empty() {
            return;
        }
        paint::repeat(buffer, area, symbols::RULE, self.styles.rule);
        let words = self.freshness.map(|(freshness, now)| words(freshness, now, self.styles));
        let right = words.map_or(area.right(), |words| {
            // A long reason may take half the line.
            let words = Line::from(vec![Span::raw(" "), words, Span::raw(" ")]).style(self.styles.base);
            let width = paint::line_width(&words).min(area.width / 2);
            let target = Rect { x: area.right() - width, width, ..area };
            paint::line(buffer, target, &words);
            target.x
        });
        let mut left = vec![Span::raw(" "), Span::styled(self.title, self.title_style()), Span::raw(" ")];
        if paint::line_width(&self.detail) > 0 {
            left.push(Span::styled(symbols::RULE, self.styles.rule));
            left.push(Span::raw(" "));
            left.extend(self.detail.spans.iter().cloned());
            left.push(Span::raw(" "));
        }
        paint::line(buffer, Rect { width: right - area.x, ..area }, &Line::from(left).style(self.styles.base));
    }
}

impl Rule<'_> {
    fn title_style(&self) -> Style {
        if self.focused { self.styles.focus } else { self.styles.title }
    }
}

/// The words of a pane's state with their sign and colour.
#[must_use]
pub fn words(freshness: &Freshness, now: Timestamp, styles: &Styles) -> Span<'static> {
    let words = freshness.words(now);
    match freshness {
        Freshness::Live => Span::styled(words, styles.dim),
        Freshness::Loading | Freshness::Partial { .. } => {
            Span::styled(format!("{} {words}", symbols::CHANGING), styles.changing)
        }
        Freshness::Polled { .. } => Span::styled(words, styles.dim),
        Freshness::Stale { .. } => Span::styled(format!("{} {words}", symbols::AT_RISK), styles.warning),
        Freshness::Failed(_) => Span::styled(format!("{} {words}", symbols::BROKEN), styles.broken),
        Freshness::Denied(_) => Span::styled(format!("{} {words}", symbols::DENIED), styles.warning),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme_file;

    #[test]
    fn nothing_to_tell_leaves_no_gap_in_the_rule() {
        let styles = Styles::new(&theme_file::built_in("dark").expect("the default theme"));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        let detail = Line::from(Span::raw(""));
        Rule { title: "HISTORY", detail, freshness: None, focused: false, styles: &styles }
            .render(buffer.area, &mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown, " HISTORY ───────────");
    }
}
