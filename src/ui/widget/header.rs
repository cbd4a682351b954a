//! The first line: where one is, as whom, with which rights, and what fires. When it is narrow, pending alerts, a
//! certificate far from its end and the clock go first; production, place, identity and READ-ONLY never.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::alert::{AlertState, Severity};
use crate::domain::figure;
use crate::domain::identity::Environment;
use crate::domain::service::AlertCount;
use crate::ui::paint;
use crate::ui::styles::{Styles, badge_word};
use crate::ui::symbols;

/// A certificate nearer to its end than this is never dropped.
const EXPIRES_SOON: Duration = Duration::from_secs(30 * 60);
const GAP: u16 = 3;
/// A user's name and a context's are not shortened below so many columns.
const USER: u16 = 20;
const CONTEXT: u16 = 12;

#[derive(Clone, Debug)]
pub struct Header<'a> {
    pub environment: Environment,
    pub context: &'a str,
    /// What stands below the context: namespaces, then a service.
    pub place: &'a [String],
    pub user: &'a str,
    pub read_only: bool,
    /// What makes acting here riskier than it looks: `NO JOURNAL`.
    pub alarms: &'a [&'static str],
    /// Until the credentials end.
    pub expires: Option<Duration>,
    /// Link state in a word, with whether it is well.
    pub link: (&'a str, bool),
    pub alerts: AlertCount,
    /// What goes on out of sight: `V 3/4`, `2 shells`.
    pub background: &'a [String],
    /// UTC, hours and minutes.
    pub clock: &'a str,
    pub styles: &'a Styles,
}

struct Item {
    content: Line<'static>,
    /// 0 stays; the highest goes first.
    rank: u8,
}

impl Widget for Header<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let mut area = paint::row(paint::visible(area, buffer), 0);
        // A column of air at the right edge.
        area.width = area.width.saturating_sub(1);
        if area.is_empty() {
            return;
        }
        let mut items = self.items();
        let place = self.place(self.context);
        let budget = |items: &[Item], place: u16| {
            items
                .iter()
                .fold(place, |sum, item| sum.saturating_add(GAP).saturating_add(paint::line_width(&item.content)))
        };
        let wanted = paint::line_width(&place);
        while budget(&items, wanted) > area.width {
            let Some(last) = (0..items.len()).filter(|&i| items[i].rank > 0).max_by_key(|&i| items[i].rank) else {
                break;
            };
            items.remove(last);
        }
        // What never goes is shortened in its middle: the user first, then the context.
        let mut place = place;
        if budget(&items, wanted) > area.width {
            items[0] = Item { content: Line::from(paint::shortened(self.user, USER)), rank: 0 };
            let room = area.width.saturating_sub(budget(&items, 0));
            let beside = wanted.saturating_sub(paint::width(self.context));
            place = self.place(&paint::shortened(self.context, room.saturating_sub(beside).max(CONTEXT)));
        }
        let right = budget(&items, 0).min(area.width.saturating_sub(area.width / 3));
        let used = paint::line(buffer, Rect { width: area.width - right, ..area }, &place);
        let mut x = area.right();
        // From the right edge, so that the clock and the alerts keep their places.
        for item in items.iter().rev() {
            let room = x.saturating_sub(area.x + used);
            let width = paint::line_width(&item.content).min(room);
            x -= width;
            paint::line(buffer, Rect { x, width, ..area }, &item.content);
            x = x.saturating_sub(GAP).max(area.x + used);
        }
    }
}

impl Header<'_> {
    fn place(&self, context: &str) -> Line<'static> {
        let mut spans = vec![
            Span::styled(format!(" {} ", badge_word(self.environment)), self.styles.badge(self.environment)),
            Span::raw(" "),
            Span::styled(context.to_owned(), self.styles.strong),
        ];
        for part in self.place {
            spans.push(Span::styled(format!(" {} ", symbols::HERE), self.styles.dim));
            spans.push(Span::raw(part.clone()));
        }
        Line::from(spans)
    }

    /// The user is the first.
    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut add = |text: String, style: Style, rank: u8| {
            items.push(Item { content: Line::from(Span::styled(text, style)), rank });
        };
        add(self.user.to_owned(), Style::new(), 0);
        if self.read_only {
            add("READ-ONLY".to_owned(), self.styles.key, 0);
        }
        for alarm in self.alarms {
            add((*alarm).to_owned(), self.styles.broken, 1);
        }
        if let Some(expires) = self.expires {
            let soon = expires < EXPIRES_SOON;
            let style = if soon { self.styles.broken } else { self.styles.dim };
            add(format!("cert {}", figure::duration(expires)), style, if soon { 0 } else { 4 });
        }
        for what in self.background {
            add(what.clone(), self.styles.changing, 0);
        }
        let (word, well) = self.link;
        add(word.to_owned(), if well { self.styles.dim } else { self.styles.warning }, if well { 2 } else { 1 });
        if let Some(firing) = self.firing() {
            items.push(Item { content: firing, rank: 1 });
        }
        if self.alerts.pending > 0 {
            let text = format!("{} {} pending", symbols::PENDING, self.alerts.pending);
            items.push(Item { content: Line::from(Span::styled(text, self.styles.warning)), rank: 5 });
        }
        items.push(Item { content: Line::from(Span::styled(format!("{} UTC", self.clock), self.styles.dim)), rank: 3 });
        items
    }

    fn firing(&self) -> Option<Line<'static>> {
        let counts = alert_counts(&self.alerts, self.styles);
        (!counts.is_empty()).then(|| {
            let mut spans = vec![Span::styled("alerts ", self.styles.dim)];
            spans.extend(counts);
            Line::from(spans)
        })
    }
}

/// Firing alerts by severity, the letter carrying what the colour says: `▲ 1C 2W`.
#[must_use]
pub fn alert_counts(alerts: &AlertCount, styles: &Styles) -> Vec<Span<'static>> {
    let counts = [
        (alerts.critical, "C", Severity::Critical),
        (alerts.warning, "W", Severity::Warning),
        (alerts.other, "i", Severity::Other),
    ];
    let mut spans = Vec::new();
    for (number, letter, severity) in counts.into_iter().filter(|(number, ..)| *number > 0) {
        let sign = if spans.is_empty() { symbols::alert(AlertState::Firing) } else { "" };
        spans.push(Span::styled(format!("{sign} {number}{letter}"), styles.severity(severity)));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme_file;

    fn line(header: &Header<'_>, width: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        header.clone().render(buffer.area, &mut buffer);
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn what_never_goes_is_shortened_in_its_middle_and_the_rest_goes_in_its_order() {
        let styles = Styles::new(&theme_file::built_in("dark").expect("the default theme"));
        let header = Header {
            environment: Environment::Production,
            context: "arn:aws:eks:eu-west-1:123456789012:cluster/prod-eu",
            place: &["checkout".to_owned(), "pay-api".to_owned()],
            user: "system:serviceaccount:payments:ci-deployer",
            read_only: true,
            alarms: &[],
            expires: Some(Duration::from_secs(6 * 3600)),
            link: ("live", true),
            alerts: AlertCount { critical: 1, warning: 2, other: 0, pending: 1, silenced: 0 },
            background: &[],
            clock: "03:02",
            styles: &styles,
        };
        let narrow = line(&header, 80);
        for part in [" PROD ", "prod-eu", "checkout", "pay-api", "system:se…i-deployer", "READ-ONLY"] {
            assert!(narrow.contains(part), "“{part}” is missing in “{narrow}”");
        }
        assert!(!narrow.contains("UTC") && !narrow.contains("cert"), "{narrow}");
        let wide = line(&header, 200);
        for part in [header.context, header.user, "cert 6h", "live", "alerts", "1 pending", "03:02 UTC"] {
            assert!(wide.contains(part), "“{part}” is missing in “{wide}”");
        }
    }

    #[test]
    fn both_ends_of_a_long_name_stay() {
        assert_eq!(paint::shortened("prod-eu", 7), "prod-eu");
        assert_eq!(paint::shortened("arn:aws:cluster/prod-eu", 11), "arn:a…od-eu");
        assert_eq!(paint::width(&paint::shortened("名前の長い文脈", 9)), 9);
    }
}
