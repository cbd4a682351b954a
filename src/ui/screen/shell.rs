//! A shell: a line that says whose terminal this is and how to leave it, and its cells. Only cells reach the frame.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::action::Action;
use crate::app::model::Model;
use crate::app::screen::{ShellLife, ShellScreen, ShellSession, ShellStage};
use crate::config::keymap::Context;
use crate::domain::freshness::Freshness;
use crate::domain::problem::Cause;
use crate::domain::text::{CleanText, is_hostile};
use crate::ui::key_label;
use crate::ui::paint;
use crate::ui::styles::Styles;
use crate::ui::symbols;
use crate::ui::view::Look;
use crate::ui::widget::empty::Empty;
use crate::ui::widget::rule::Rule;

pub(super) fn draw(screen: &ShellScreen, model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let below = below_banner(area);
    match &screen.stage {
        ShellStage::Choosing { containers, cursor } => {
            banner(screen, "which container?", Vec::new(), model, look, paint::row(area, 0), buffer);
            choices(containers, *cursor, &look.styles, below, buffer);
        }
        ShellStage::Open(session) => {
            let ways = ways_out(session, model, look);
            banner(screen, &session.container, ways, model, look, paint::row(area, 0), buffer);
            terminal(session, look, below, buffer);
        }
    }
}

/// Where the cursor of the program inside stands, when it shows one.
pub(super) fn cursor(screen: &ShellScreen, area: Rect) -> Option<Position> {
    let session = screen.living()?;
    let terminal = session.emulator.screen();
    let area = below_banner(area);
    let (row, column) = terminal.cursor_position();
    let shown = session.life == ShellLife::Running && !terminal.hide_cursor() && terminal.scrollback() == 0;
    (shown && row < area.height && column < area.width).then(|| Position::new(area.x + column, area.y + row))
}

fn below_banner(area: Rect) -> Rect {
    Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area }
}

/// Whose terminal this is stays in sight whatever the program draws.
fn banner(
    screen: &ShellScreen,
    container: &str,
    ways: Vec<Span<'static>>,
    model: &Model,
    look: &Look,
    area: Rect,
    buffer: &mut Buffer,
) {
    let styles = &look.styles;
    let mut spans = vec![Span::styled(screen.pod.name.to_string(), styles.strong)];
    if !container.is_empty() {
        spans.extend([Span::styled(format!(" {} ", symbols::HERE), styles.dim), Span::raw(container.to_owned())]);
    }
    if let Some(identity) = model.link.identity() {
        spans.push(Span::styled(format!("  as {}", identity.user), styles.dim));
    }
    Rule { title: "SHELL", detail: Line::from(spans), freshness: None, focused: true, styles }.render(area, buffer);
    let mut ways = ways;
    if !ways.is_empty() {
        ways.insert(0, Span::raw(" "));
        ways.push(Span::raw(" "));
        paint::line_right(buffer, area, &Line::from(ways).style(styles.base));
    }
}

/// `F8 · ⏎ ~ d · ctrl-] leave`, from the keymap; or how it ended.
fn ways_out(session: &ShellSession, model: &Model, look: &Look) -> Vec<Span<'static>> {
    let styles = &look.styles;
    let back = model.keymap.keys_of(Context::Shell.chain(), Action::Back.spec().name);
    let keys: Vec<String> = back.map(|keys| key_label::sequence(keys, look.unicode)).collect();
    let leave = [Span::styled(keys.join(" · "), styles.key), Span::raw(" leave")];
    match &session.life {
        ShellLife::Opening | ShellLife::Missing => {
            let opening = Span::styled(format!("{} opening  ", symbols::CHANGING), styles.changing);
            [opening].into_iter().chain(leave).collect()
        }
        ShellLife::Running if session.input_lost => {
            let lost = Span::styled("it reads no keys, some were lost  ", styles.warning);
            [lost].into_iter().chain(leave).collect()
        }
        ShellLife::Running if session.emulator.screen().scrollback() > 0 => {
            let back = format!("{} lines back  ", session.emulator.screen().scrollback());
            [Span::styled(back, styles.warning)].into_iter().chain(leave).collect()
        }
        ShellLife::Running => leave.into(),
        ShellLife::Ended { code, reason } => {
            let words = match code {
                Some(code) => format!("exited {code}"),
                None if reason.is_empty() => "ended".to_owned(),
                None => format!("ended: {reason}"),
            };
            let style = if *code == Some(0) { styles.good } else { styles.warning };
            let enter = key_label::label(crate::config::key::Key::plain(crate::config::key::Code::Enter), look.unicode);
            vec![
                Span::styled(words, style),
                Span::raw(", "),
                Span::styled(enter, styles.key),
                Span::raw(" to close, "),
                Span::styled("Y", styles.key),
                Span::raw(" record"),
            ]
        }
        ShellLife::Failed(_) => {
            let enter = key_label::label(crate::config::key::Key::plain(crate::config::key::Code::Enter), look.unicode);
            vec![Span::styled(enter, styles.key), Span::raw(" to close")]
        }
    }
}

fn choices(containers: &[CleanText], cursor: usize, styles: &Styles, area: Rect, buffer: &mut Buffer) {
    for (index, name) in containers.iter().enumerate() {
        let row = paint::row(area, u16::try_from(index).unwrap_or(u16::MAX));
        let (sign, style) = if index == cursor { (symbols::HERE, styles.cursor) } else { (" ", Style::new()) };
        let mut spans = vec![Span::styled(format!(" {sign} "), styles.key), Span::styled(name.as_str(), style)];
        if index == 0 {
            spans.push(Span::styled("  default", styles.dim));
        }
        paint::line(buffer, row, &Line::from(spans));
    }
}

fn terminal(session: &ShellSession, look: &Look, area: Rect, buffer: &mut Buffer) {
    if let ShellLife::Failed(problem) = &session.life
        && session.emulator.screen().contents().trim().is_empty()
    {
        let nothing = match &problem.cause {
            Cause::Denied(access) => Empty::of(&Freshness::Denied(access.clone()), "", &look.styles),
            _ => Empty::problem(problem, &look.styles),
        };
        nothing.render(area, buffer);
        return;
    }
    let area = paint::visible(area, buffer);
    let screen = session.emulator.screen();
    let (rows, columns) = screen.size();
    for row in 0..rows.get().min(area.height) {
        for column in 0..columns.get().min(area.width) {
            let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
            let target = &mut buffer[(area.x + column, area.y + row)];
            target.set_style(style(cell));
            // A wide character at the edge would reach outside.
            if cell.has_contents() && !(cell.is_wide() && column + 1 >= area.width) {
                set_contents(target, cell.contents());
            }
        }
    }
    if let ShellLife::Failed(problem) = &session.life {
        let last = paint::row(area, area.height.saturating_sub(1));
        paint::text(buffer, last, &format!(" {} {problem} ", symbols::BROKEN), look.styles.broken);
    }
}

/// The emulator keeps control characters out; what misleads a reader is kept out here.
fn set_contents(target: &mut ratatui::buffer::Cell, contents: &str) {
    if contents.chars().any(is_hostile) {
        let clean: String = contents.chars().filter(|c| !is_hostile(*c)).collect();
        target.set_symbol(if clean.is_empty() { " " } else { &clean });
    } else {
        target.set_symbol(contents);
    }
}

fn style(cell: &vt100::Cell) -> Style {
    let mut style = Style::new();
    style.fg = color(cell.fgcolor());
    style.bg = color(cell.bgcolor());
    for (set, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if set {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// The default is the ground of the theme.
fn color(color: vt100::Color) -> Option<Color> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(Color::Indexed(index)),
        vt100::Color::Rgb(red, green, blue) => Some(Color::Rgb(red, green, blue)),
    }
}

#[cfg(test)]
mod tests;
