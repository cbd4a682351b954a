//! The signs of the console, each with one meaning, and their ASCII twins. Widgets draw with the signs; on a terminal
//! without them the finished frame is translated once.

use ratatui::buffer::Buffer;

use crate::domain::alert::AlertState;
use crate::domain::change::ChangeKind;
use crate::domain::health::Grade;
use crate::domain::plan::WarningWeight;

pub const BROKEN: &str = "✖";
pub const AT_RISK: &str = "!";
pub const CHANGING: &str = "↻";
pub const WELL: &str = "✓";
pub const READY: &str = "·";
pub const UNKNOWN: &str = "?";
pub const DENIED: &str = "⊘";
pub const RELEASE: &str = "●";
pub const CONFIGURATION: &str = "○";
pub const SCALE: &str = "◇";
pub const NODE: &str = "□";
pub const FIRING: &str = "▲";
pub const PENDING: &str = "△";
pub const SILENCED: &str = "▽";
pub const ONSET: &str = "┊";
pub const THRESHOLD: &str = "┄";
pub const RULE: &str = "─";
pub const WALL: &str = "│";
pub const ALERT_BAR: &str = "━";
/// More is below, out of sight.
pub const BELOW: &str = "▼";
pub const HERE: &str = "›";
pub const MARKED: &str = "▪";
pub const ELLIPSIS: &str = "…";
pub const FULL: &str = "█";
pub const LIGHT: &str = "░";

#[must_use]
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Broken => BROKEN,
        Grade::AtRisk => AT_RISK,
        Grade::Changing => CHANGING,
        Grade::Unknown => UNKNOWN,
        Grade::Ready => READY,
        Grade::Well => WELL,
    }
}

#[must_use]
pub fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Release | ChangeKind::Helm | ChangeKind::Restart => RELEASE,
        ChangeKind::Configuration => CONFIGURATION,
        ChangeKind::Scale => SCALE,
        ChangeKind::Node => NODE,
    }
}

#[must_use]
pub fn alert(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => FIRING,
        AlertState::Pending => PENDING,
        AlertState::Suppressed => SILENCED,
    }
}

#[must_use]
pub fn warning(weight: WarningWeight) -> &'static str {
    match weight {
        WarningWeight::WillNotHold => BROKEN,
        WarningWeight::Caution => AT_RISK,
        WarningWeight::Note => READY,
    }
}

/// Translates a finished frame for a terminal that knows ASCII only.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let twin = ascii(cell.symbol());
            cell.set_symbol(twin);
        }
    }
}

/// The ASCII twin of a sign; what has none is a question mark, so that nothing is silently dropped.
#[must_use]
pub fn ascii(symbol: &str) -> &'static str {
    match symbol {
        "✖" => "X",
        "↻" | "…" => "~",
        "✓" => "+",
        "·" => ".",
        "⊘" => "#",
        "●" | "▪" => "*",
        "○" => "o",
        "◇" => "%",
        "□" => "n",
        "▲" => "A",
        "△" => "a",
        "▽" | "▼" => "v",
        "┊" => ":",
        "─" | "–" | "—" | "┄" => "-",
        "━" => "=",
        "│" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" | "╵" => {
            "+"
        }
        "›" | "→" | "▸" => ">",
        "‹" | "←" => "<",
        "↑" => "^",
        "↓" => "v",
        "≤" => "<",
        "≥" => ">",
        "×" => "x",
        "µ" => "u",
        "“" | "”" => "\"",
        "█" => "#",
        "░" => ".",
        "▁" => "_",
        "▂" => ".",
        "▃" => ":",
        "▄" => "-",
        "▅" => "=",
        "▆" => "+",
        "▇" => "*",
        _ => match symbol.chars().next() {
            Some(dots @ '\u{2800}'..='\u{28ff}') => braille(dots),
            _ => "?",
        },
    }
}

/// A braille cell by the halves that hold dots.
fn braille(dots: char) -> &'static str {
    let bits = u32::from(dots) - 0x2800;
    match (bits & 0b0001_1011 != 0, bits & 0b1110_0100 != 0) {
        (true, true) => ":",
        (true, false) => "'",
        (false, true) => ".",
        (false, false) => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_a_twin_of_its_own_kind() {
        let signs = [BROKEN, AT_RISK, CHANGING, WELL, READY, UNKNOWN, DENIED];
        let twins: std::collections::BTreeSet<&str> =
            signs.iter().map(|sign| if sign.is_ascii() { sign } else { ascii(sign) }).collect();
        assert_eq!(twins.len(), signs.len(), "grades stay apart: {twins:?}");
        for sign in
            [RELEASE, CONFIGURATION, SCALE, NODE, FIRING, PENDING, SILENCED, ONSET, THRESHOLD, RULE, WALL, ALERT_BAR]
        {
            assert_ne!(ascii(sign), "?", "{sign}");
        }
    }

    #[test]
    fn dots_become_points() {
        assert_eq!(["⠁", "⣀", "⡇", "⠀"].map(ascii), ["'", ".", ":", " "]);
    }
}
