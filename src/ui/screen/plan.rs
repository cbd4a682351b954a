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
use crate::ui::widget::empty::{Empty, wrap};
use crate::ui::widget::input_line::InputLine;

pub(super) fn draw(screen: &PlanScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let styles = &look.styles;
    match &screen.stage {
        Stage::Reading => Empty::of(&Freshness::Loading, "", styles).render(area, buffer),
        Stage::Refused(problem) => Empty::problem(problem, styles).render(area, buffer),
        Stage::Planned(planned) => draw_plan(screen, planned, model, styles, area, buffer),
    }
}

fn draw_plan(screen: &PlanScreen, planned: &Planned, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    let mut lines = heading(planned, model, styles, area.width);
    if let Some(withdrawn) = &planned.withdrawn {
        lines.extend(others_work(withdrawn, styles, area.width));
    }
    lines.push(section("CALLS", "RIGHTS   DRY RUN   IF SENT AGAIN", styles, area.width));
    for (index, call) in planned.plan.mutation.calls.iter().enumerate() {
        lines.extend(call_lines(index, call, planned, model, styles, area.width));
    }
    let (differences, by_server) = planned.differences();
    let whose = match (by_server, &planned.dry_run) {
        (true, _) => "the server's own answer",
        (false, DryRun::Later | DryRun::Waiting(_)) => "asking the server",
        (false, _) => "computed here, not the server's answer",
    };
    lines.push(section("WHAT CHANGES", whose, styles, area.width));
    lines.extend(fields(differences, styles, area.width));
    if !planned.plan.warnings.is_empty() {
        lines.push(section("WHAT TO KNOW", "", styles, area.width));
    }
    for warning in &planned.plan.warnings {
        let style = styles.weight(warning.weight);
        lines.push(Line::from(vec![
            Span::styled(format!(" {} ", symbols::warning(warning.weight)), style),
            Span::styled(
                warning.text.as_str(),
                if warning.weight == WarningWeight::Note { styles.dim } else { Style::new() },
            ),
        ]));
    }
    let rows = usize::from(area.height.saturating_sub(3));
    let top = screen.top.min(lines.len().saturating_sub(rows));
    for (y, line) in lines.iter().skip(top).take(rows).enumerate() {
        paint::line(buffer, paint::row(area, y as u16), line);
    }
    let bottom = Rect { y: area.bottom().saturating_sub(3), height: 3.min(area.height), ..area };
    confirmation(planned, model, styles, bottom, buffer);
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
    let used = paint::width(title) + paint::width(right) + 5;
    let rule = symbols::RULE.repeat(usize::from(width.saturating_sub(used)));
    Line::from(vec![
        Span::styled(format!(" {title} "), styles.title),
        Span::styled(rule, styles.rule),
        Span::styled(format!(" {right} "), styles.dim),
    ])
}

/// The plan in a sentence; a plan that will not hold says so here.
fn heading(planned: &Planned, model: &Model, styles: &Styles, width: u16) -> Vec<Line<'static>> {
    let badge = model.link.identity().map(|identity| identity.environment).unwrap_or_default();
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {} ", badge_word(badge)), styles.badge(badge)),
        Span::styled(" PLAN  ", styles.dim),
        Span::styled(planned.plan.heading.to_string(), styles.strong),
    ])];
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
    let right_side = format!("{right}         {dry}         {:<14}", call.repeat);
    let gap = usize::from(width).saturating_sub(usize::from(paint::width(&what) + paint::width(&right_side)) + 1);
    let mut lines = vec![Line::from(vec![
        Span::raw(what),
        Span::raw(" ".repeat(gap.max(2))),
        Span::styled(right, right_style),
        Span::raw("         "),
        Span::styled(dry, dry_style),
        Span::raw("         "),
        Span::styled(format!("{:<14}", call.repeat), styles.dim),
    ])];
    lines.push(Line::from(Span::styled(
        format!("   {} {}, {}", call.method.as_str(), call.path, call.purpose),
        styles.dim,
    )));
    if let Grant::Denied(reason) = model.grants.get(&call.access) {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        lines.push(Line::from(Span::styled(
            format!("   {} needs {}{reason}", symbols::DENIED, call.access),
            styles.broken,
        )));
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

/// Who, where, and what is typed; or why it cannot be done.
fn confirmation(planned: &Planned, model: &Model, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    paint::repeat(buffer, paint::row(area, 0), symbols::RULE, styles.rule);
    let message = paint::row(area, 1);
    let last = paint::row(area, 2);
    let say = |buffer: &mut Buffer, area: Rect, text: &str, style: Style| {
        paint::text(buffer, Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, text, style);
    };
    if let Some(withdrawn) = &planned.withdrawn {
        say(buffer, message, &format!("WITHDRAWN: {}", withdrawn.problem().why), styles.broken);
        say(buffer, last, "Nothing is sent. R plans anew, Esc leaves.", styles.strong);
        return;
    }
    if let Some(refusal) = planned.refusal() {
        let words = match refusal {
            Refusal::ReadOnly => "READ-ONLY: you started the console with --read-only.".to_owned(),
            Refusal::Rbac(access, _) => format!("{} {access}: you may not do this.", symbols::DENIED),
            Refusal::NotApplicable => "This cannot be done here.".to_owned(),
        };
        say(buffer, message, &words, styles.warning);
        say(buffer, last, "Y copies what somebody who may would run.", styles.strong);
        return;
    }
    if let Some(complaint) = &planned.complaint {
        say(buffer, message, &complaint.to_string(), styles.warning);
    }
    if planned.sending.is_some() {
        say(buffer, last, sending(planned), styles.changing);
        return;
    }
    match &planned.plan.confirmation {
        Confirmation::Enter => {
            say(buffer, last, &format!("{}, press Enter", whereabouts(model, planned)), styles.strong)
        }
        Confirmation::Type(wanted) => {
            let prompt = format!(" {}, type {wanted}", whereabouts(model, planned));
            let (text, cursor) = (planned.field.text(), planned.field.cursor());
            let prompt = Line::from(Span::styled(prompt, styles.strong));
            InputLine { prompt, text, cursor, placeholder: "", styles }.render(last, buffer);
        }
    }
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
