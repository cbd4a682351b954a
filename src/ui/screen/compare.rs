//! The difference of two revisions, field by field.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::screen::{CompareContent, CompareScreen};
use crate::domain::freshness::Freshness;
use crate::ui::paint;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::difference::FieldDifferences;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;

pub(super) fn draw(screen: &CompareScreen, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let detail = Line::from(vec![
        Span::styled(screen.before.as_str(), styles.removed),
        Span::styled(" → ", styles.dim),
        Span::styled(screen.after.as_str(), styles.added),
    ]);
    let title = if screen.of_revisions { "WHAT CHANGED" } else { "DIFFERENCE" };
    Rule { title, detail, freshness: None, focused: false, styles }.render(paint::row(area, 0), buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    match &screen.content {
        CompareContent::Reading { .. } => Empty::of(&Freshness::Loading, "", styles).render(area, buffer),
        CompareContent::Failed(problem) => Empty::problem(problem, styles).render(area, buffer),
        CompareContent::Differences(differences) if differences.is_empty() => {
            let nothing = format!("{} The two are equal.", symbols::WELL);
            Empty::of(&Freshness::Live, &nothing, styles).render(area, buffer);
        }
        CompareContent::Differences(differences) => {
            let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
            FieldDifferences { differences, top: screen.top, styles }.render(inner, buffer);
        }
    }
}
