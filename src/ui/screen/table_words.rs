//! What every table says of itself: in its rule line, and where no row is left.

use ratatui::text::Span;

use crate::action::Action;
use crate::app::model::Model;
use crate::app::screen::View;
use crate::app::table::TableState;
use crate::domain::figure;
use crate::domain::freshness::Freshness;
use crate::ui::key_label;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;

/// `3 of 14  filter “data”  faults only  order changed, ctrl-r`
pub(super) fn detail<K: Ord + Clone>(
    table: &TableState<K>,
    screen: &dyn View,
    model: &Model,
    look: &Look,
) -> Vec<Span<'static>> {
    let styles = &look.styles;
    let shown = figure::count(table.order().len() as u64);
    let narrowed = table.faults_only() || !table.filter().is_empty();
    let count = if narrowed { format!("{shown} of {}", figure::count(table.of() as u64)) } else { shown };
    let mut spans = vec![Span::raw(count)];
    let mut add = |text: String, style| spans.push(Span::styled(format!("  {text}"), style));
    if !table.filter().is_empty() {
        add(format!("filter “{}”", table.filter().text()), styles.key);
    }
    if table.faults_only() {
        add("faults only".to_owned(), styles.key);
    }
    if table.order_waits {
        add(format!("order changed, {}", key(Action::Reload, screen, model, look)), styles.changing);
    }
    spans
}

/// Why a table has no rows. `things` are what its rows are; `nothing` is the sentence for when there are none at all.
/// Rows that are only hidden never look like rows that are not there.
pub(super) fn empty<'a, K: Ord + Clone>(
    table: &TableState<K>,
    (things, nothing): (&str, String),
    freshness: &Freshness,
    screen: &dyn View,
    model: &Model,
    look: &'a Look,
) -> Empty<'a> {
    let styles = &look.styles;
    let of = table.of();
    if of == 0 {
        return Empty::of(freshness, &nothing, styles);
    }
    let hidden = |why: &str, action: Action| {
        let all = if of == 1 { "One is".to_owned() } else { format!("All {} are", figure::count(of as u64)) };
        format!("{all} hidden by {why}. {} shows them again.", key(action, screen, model, look))
    };
    let (title, mut lines) = if table.filter().is_empty() {
        (format!("No {things} are unhealthy"), vec![hidden("“faults only”", Action::FaultsOnly)])
    } else {
        let kind = if table.faults_only() { "unhealthy " } else { "" };
        let title = format!("No {kind}{things} match “{}”", table.filter().text());
        (title, vec![hidden("the filter", Action::Back)])
    };
    if !freshness.settled() {
        lines.push("More are still being read.".to_owned());
    }
    Empty { sign: ("", styles.dim), title, lines, styles }
}

/// The key of an action on a screen, as a hint shows it.
pub(super) fn key(action: Action, screen: &dyn View, model: &Model, look: &Look) -> String {
    let keys = model.keymap.hint(screen.context().chain(), action.spec().name);
    keys.map_or_else(|| format!(":{}", action.spec().name), |keys| key_label::sequence(keys, look.unicode))
}
