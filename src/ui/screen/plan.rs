//! The plan: calls and rights, what changes, what to know, and the field that confirms it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::guard::Refusal;
use crate::app::model::Model;
use crate::app::screen::{DryRun, PlanScreen, Planned, Rights, Stage, Withdrawal};
use crate::domain::access::Grant;
use crate::domain::freshness::Freshness;
use crate::domain::mutation::Call;
use crate::domain::object::ObjectKey;
use crate::domain::plan::{Confirmation, Difference, WarningWeight};
use crate::ui::paint;
use crate::ui::styles::{Styles, badge_word};
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::difference::FieldDifferences;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::input_line::{InputLine, room_for_prompt};
use crate::ui::widget::paragraph::{fold, hanging, wrap};

/// Narrower than this, what is known of a call stands below it and not beside it.
const BESIDE: u16 = 64;

pub(super) fn draw(screen: &PlanScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    let below = |heading: &[Line<'_>]| {
        let used = (heading.len() as u16).min(area.height);
        Rect { y: area.y + used, height: area.height - used, ..area }
    };
    match &screen.stage {
        Stage::Planned(planned) => draw_plan(screen, planned, model, styles, area, buffer),
        Stage::Reading => {
            let heading = title("PLAN", &screen.intent(), model, styles, area.width);
            paint_lines(&heading, area, buffer);
            Empty::of(&Freshness::Loading, "", styles).render(below(&heading), buffer);
        }
        Stage::Refused(problem) => {
            let heading = title("PLAN", &screen.intent(), model, styles, area.width);
            paint_lines(&heading, area, buffer);
            Empty::problem(problem, styles).render(below(&heading), buffer);
        }
    }
}

fn paint_lines(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) {
    for (y, line) in (0..area.height).zip(lines) {
        paint::line(buffer, paint::row(area, y), line);
    }
}

fn draw_plan(screen: &PlanScreen, planned: &Planned, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let lines = plan_lines(planned, model, styles, area.width);
    let foot = Foot::of(planned, model, styles, area.width);
    let foot_height = (foot.lines.len() as u16 + 1).min(area.height);
    let rows = usize::from(area.height - foot_height);
    let top = screen.top.min(lines.len().saturating_sub(rows));
    paint_lines(&lines[top..], Rect { height: area.height - foot_height, ..area }, buffer);
    let bottom = Rect { y: area.bottom() - foot_height, height: foot_height, ..area };
    foot.draw(planned, lines.len().saturating_sub(top + rows), styles, bottom, buffer);
}

fn plan_lines<'a>(planned: &'a Planned, model: &Model, styles: &'a Styles, width: u16) -> Vec<Line<'a>> {
    let mut lines = heading(planned, model, styles, width);
    if let Some(withdrawn) = &planned.withdrawn {
        lines.extend(others_work(withdrawn, styles, width));
    }
    let answers = if width < BESIDE { "" } else { "RIGHTS   DRY RUN   IF SENT AGAIN" };
    lines.push(section("CALLS", answers, styles, width));
    for (index, call) in planned.plan.mutation.calls.iter().enumerate() {
        lines.extend(call_lines(index, call, planned, model, styles, width));
    }
    let (differences, by_server) = planned.differences();
    let whose = match (by_server, &planned.dry_run) {
        (true, _) => "the server's own answer",
        (false, DryRun::Later | DryRun::Waiting(_)) => "asking the server",
        (false, _) => "computed here, not the server's answer",
    };
    lines.push(section("WHAT CHANGES", whose, styles, width));
    lines.extend(fields(differences, styles, width));
    if !planned.plan.warnings.is_empty() {
        lines.push(section("WHAT TO KNOW", "", styles, width));
    }
    for warning in &planned.plan.warnings {
        let words = if warning.weight == WarningWeight::Note { styles.dim } else { Style::new() };
        let sign = Span::styled(format!(" {} ", symbols::warning(warning.weight)), styles.weight(warning.weight));
        lines.extend(hanging(sign, &warning.text, words, width));
    }
    lines
}

/// What the other did to the target, and who it was.
fn others_work<'a>(withdrawn: &'a Withdrawal, styles: &'a Styles, width: u16) -> Vec<Line<'a>> {
    let problem = withdrawn.problem();
    let mut lines = vec![section("WHAT SOMEBODY ELSE DID", "since this plan was made", styles, width)];
    lines.extend(
        wrap(&problem.why, width.saturating_sub(4))
            .into_iter()
            .map(|line| Line::from(Span::styled(format!("   {line}"), styles.broken))),
    );
    if let Some(other) = withdrawn.interference() {
        lines.extend(fields(&other.differences, styles, width));
    }
    lines
}

fn fields<'a>(differences: &'a [Difference], styles: &'a Styles, width: u16) -> Vec<Line<'a>> {
    if differences.is_empty() {
        return vec![Line::from(Span::styled("   nothing", styles.dim))];
    }
    let rows = FieldDifferences { differences, top: 0, styles }.rows(width.saturating_sub(3));
    let indented = rows.into_iter().map(|row| {
        let mut spans = vec![Span::raw("   ")];
        spans.extend(row.spans);
        Line::from(spans)
    });
    indented.collect()
}

fn section(title: &str, right: &str, styles: &Styles, width: u16) -> Line<'static> {
    let right = if right.is_empty() { String::new() } else { format!(" {right} ") };
    let used = paint::width(title) + paint::width(&right) + 2;
    let rule = symbols::RULE.repeat(usize::from(width.saturating_sub(used)));
    Line::from(vec![
        Span::styled(format!(" {title} "), styles.title),
        Span::styled(rule, styles.rule),
        Span::styled(right, styles.dim),
    ])
}

/// Where one acts, and the act in a sentence.
pub(super) fn title(screen: &str, words: &str, model: &Model, styles: &Styles, width: u16) -> Vec<Line<'static>> {
    let badge = model.link.identity().map(|identity| identity.environment).unwrap_or_default();
    let label = format!(" {} ", badge_word(badge));
    let screen = format!(" {screen}  ");
    let indent = paint::width(&label) + paint::width(&screen);
    fold(words, width.saturating_sub(indent))
        .into_iter()
        .enumerate()
        .map(|(index, row)| match index {
            0 => Line::from(vec![
                Span::styled(label.clone(), styles.badge(badge)),
                Span::styled(screen.clone(), styles.dim),
                Span::styled(row, styles.strong),
            ]),
            _ => Line::from(vec![Span::raw(" ".repeat(usize::from(indent))), Span::styled(row, styles.strong)]),
        })
        .collect()
}

/// The plan in a sentence; a plan that will not hold says so here.
fn heading(planned: &Planned, model: &Model, styles: &Styles, width: u16) -> Vec<Line<'static>> {
    let mut lines = title("PLAN", &planned.plan.heading, model, styles, width);
    let alarms = journal_alarms(model, &planned.plan.target);
    lines.extend(
        alarms
            .iter()
            .flat_map(|alarm| wrap(alarm, width.saturating_sub(4)))
            .map(|line| Line::from(Span::styled(format!("   {line}"), styles.broken))),
    );
    let lost = planned.plan.warnings.iter().find(|warning| warning.weight == WarningWeight::WillNotHold);
    if let Some(warning) = lost {
        let text = format!("will not hold: {}", warning.text);
        lines.extend(
            wrap(&text, width.saturating_sub(4))
                .into_iter()
                .map(|line| Line::from(Span::styled(format!("   {line}"), styles.broken))),
        );
    }
    lines
}

/// What of the journal matters before an act on this object.
fn journal_alarms(model: &Model, target: &ObjectKey) -> Vec<String> {
    let journal = &model.journal;
    let unwritten = journal.problem.iter().map(|problem| format!("NO JOURNAL: {problem}"));
    let unfinished = journal.unfinished.iter().filter(|entry| entry.is_about(target)).map(|entry| entry.problem());
    unwritten.chain(unfinished.map(|problem| problem.to_string())).collect()
}

fn call_lines(
    index: usize,
    call: &Call,
    planned: &Planned,
    model: &Model,
    styles: &Styles,
    width: u16,
) -> Vec<Line<'static>> {
    let asking = matches!(planned.rights, Rights::Asking(_));
    let (right, right_style) = match model.grants.get(&call.access) {
        Grant::Allowed => (symbols::WELL, styles.good),
        Grant::Denied(_) => (symbols::DENIED, styles.broken),
        Grant::Unknown if asking => (symbols::CHANGING, styles.dim),
        Grant::Unknown => (symbols::UNKNOWN, styles.warning),
    };
    let (dry, dry_style) = match &planned.dry_run {
        DryRun::Answered(_) => (symbols::WELL, styles.good),
        DryRun::Later | DryRun::Waiting(_) => (symbols::CHANGING, styles.dim),
        DryRun::NotAllowed(_) => (symbols::DENIED, styles.warning),
        DryRun::Failed(_) => (symbols::BROKEN, styles.broken),
    };
    let what = format!(" {} {} {}", index + 1, call.access.verb, resource(call));
    let mut lines = if width < BESIDE {
        let mut lines = hanging(Span::default(), &what, Style::new(), width);
        lines.push(Line::from(vec![
            Span::styled("   rights ", styles.dim),
            Span::styled(right, right_style),
            Span::styled("  dry run ", styles.dim),
            Span::styled(dry, dry_style),
            Span::styled(format!("  {}", call.repeat), styles.dim),
        ]));
        lines
    } else {
        let right_side = format!("{right}         {dry}         {:<14}", call.repeat);
        let used = paint::width(&what) + paint::width(&right_side) + 1;
        vec![Line::from(vec![
            Span::raw(what),
            Span::raw(" ".repeat(usize::from(width.saturating_sub(used).max(2)))),
            Span::styled(right, right_style),
            Span::raw("         "),
            Span::styled(dry, dry_style),
            Span::raw("         "),
            Span::styled(format!("{:<14}", call.repeat), styles.dim),
        ])]
    };
    let request = format!("{} {}, {}", call.method.as_str(), call.path, call.purpose);
    lines.extend(hanging(Span::raw("   "), &request, styles.dim, width));
    if let Grant::Denied(reason) = model.grants.get(&call.access) {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let why = format!("needs {}{reason}", call.access);
        lines.extend(hanging(
            Span::styled(format!("   {} ", symbols::DENIED), styles.broken),
            &why,
            styles.broken,
            width,
        ));
    }
    if let DryRun::Failed(problem) = &planned.dry_run {
        lines.extend(
            wrap(&problem.to_string(), width.saturating_sub(4))
                .into_iter()
                .map(|line| Line::from(Span::styled(format!("   {line}"), styles.broken))),
        );
    }
    lines
}

/// `deployments.apps  checkout/pay-api`
fn resource(call: &Call) -> String {
    let access = &call.access;
    let group = if access.group.is_empty() { String::new() } else { format!(".{}", access.group) };
    format!("{}{group}  {}/{}", access.resource, access.namespace, access.name)
}

/// What stands below the plan: what is wrong, and who one is, where, and what is typed; or why it cannot be done.
struct Foot {
    lines: Vec<Line<'static>>,
    /// The last line is followed by what is typed.
    types: bool,
}

impl Foot {
    fn of(planned: &Planned, model: &Model, styles: &Styles, width: u16) -> Self {
        let say = |text: &str, style: Style| hanging(Span::raw(" "), text, style, width);
        let closed = |why: &str, style: Style, way_out: &str| {
            let mut lines = say(why, style);
            lines.extend(say(way_out, styles.strong));
            Self { lines, types: false }
        };
        if let Some(withdrawn) = &planned.withdrawn {
            let why = format!("WITHDRAWN: {}", withdrawn.problem().why);
            return closed(&why, styles.broken, "Nothing is sent. R plans anew, Esc leaves.");
        }
        if let Some(refusal) = planned.refusal() {
            let why = match refusal {
                Refusal::ReadOnly => "READ-ONLY: you started the console with --read-only.".to_owned(),
                Refusal::Rbac(access, _) => format!("{} {access}: you may not do this.", symbols::DENIED),
                Refusal::NotApplicable => "This cannot be done here.".to_owned(),
            };
            return closed(&why, styles.warning, "Y copies what somebody who may would run.");
        }
        // The line of a complaint is there before the complaint, so that nothing jumps.
        let complaint = planned.complaint.as_ref();
        let mut lines =
            complaint.map_or_else(|| vec![Line::default()], |complaint| say(&complaint.to_string(), styles.warning));
        if planned.sending.is_some() {
            lines.extend(say(sending(planned), styles.changing));
            return Self { lines, types: false };
        }
        match &planned.plan.confirmation {
            Confirmation::Enter => {
                lines.extend(say(&format!("{}, press Enter", whereabouts(model, planned)), styles.strong));
                Self { lines, types: false }
            }
            Confirmation::Type(wanted) => {
                let prompt = prompt(&whereabouts(model, planned), wanted, width);
                lines.extend(prompt.into_iter().map(|row| Line::from(Span::styled(row, styles.strong))));
                Self { lines, types: true }
            }
        }
    }

    fn draw(&self, planned: &Planned, hidden: usize, styles: &Styles, area: Rect, buffer: &mut Buffer) {
        paint::repeat(buffer, paint::row(area, 0), symbols::RULE, styles.rule);
        if hidden > 0 {
            let lines = if hidden == 1 { "line" } else { "lines" };
            let words = format!(" {hidden} more {lines} {} ", symbols::BELOW);
            let place = Rect { width: area.width.saturating_sub(1), ..paint::row(area, 0) };
            paint::text_right(buffer, place, &words, styles.key);
        }
        let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        paint_lines(&self.lines, below, buffer);
        if let (true, Some(prompt)) = (self.types, self.lines.last()) {
            let last = paint::row(below, below.height.saturating_sub(1));
            let (text, cursor) = (planned.field.text(), planned.field.cursor());
            InputLine { prompt: prompt.clone(), text, cursor, placeholder: "", styles }.render(last, buffer);
        }
    }
}

/// Where one acts and what is typed, never cut: on one line where the name fits behind it too.
fn prompt(place: &str, wanted: &str, width: u16) -> Vec<String> {
    let whole = format!(" {place}, type {wanted}");
    let room = room_for_prompt(width);
    if paint::width(&whole) <= room && paint::width(&whole) + paint::width(wanted) + 2 <= width {
        return vec![whole];
    }
    let mut rows = fold(&format!("{place},"), width.saturating_sub(1));
    rows.extend(fold(&format!("type {wanted}"), width.saturating_sub(1)));
    let mut rows: Vec<String> = rows.into_iter().map(|row| format!(" {row}")).collect();
    if rows.last().is_some_and(|row| paint::width(row) > room) {
        rows.push(format!(" {}", symbols::HERE));
    }
    rows
}

fn sending(planned: &Planned) -> &'static str {
    match planned.plan.ends_pods {
        true => "keeping what its pods know, then sending and waiting for the server's answer",
        false => "sent, waiting for the server's answer",
    }
}

/// `On PROD prod-eu / checkout as ann@corp`
fn whereabouts(model: &Model, planned: &Planned) -> String {
    let Some(identity) = model.link.identity() else { return String::new() };
    let (badge, context) = (badge_word(identity.environment), &identity.context);
    format!("On {badge} {context} / {} as {}", planned.plan.target.namespace, identity.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_typed_is_never_cut() {
        let place = "On PROD arn:aws:eks:eu-west-1:123456789012:cluster/prod-eu / checkout as ann@corp";
        for (place, wanted) in [("On DEMO demo / checkout as ann@corp", "pay-api"), (place, &"long-name-".repeat(9))] {
            for width in 40..200 {
                let rows = prompt(place, wanted, width);
                let said: String = rows.iter().map(|row| row.trim()).collect::<Vec<_>>().concat();
                assert!(said.replace(' ', "").contains(&format!("type{wanted}")), "{width}: {rows:?}");
                assert!(rows.iter().all(|row| paint::width(row) <= width), "{width}: {rows:?}");
                let last = paint::width(rows.last().expect("a row"));
                assert!(last <= room_for_prompt(width), "{width}: {rows:?}");
            }
        }
        assert_eq!(
            prompt("On DEMO demo / checkout as ann@corp", "pay-api", 40),
            [" On DEMO demo / checkout as ann@corp,", " type pay-api"]
        );
    }
}
