//! A terminal in memory. Whatever a program writes becomes cells here; nothing of it reaches the user's own terminal.

use std::fmt;
use std::num::NonZeroU16;

use super::keys::Modes;

/// Lines that have left the screen and can be scrolled back to.
const SCROLLBACK: usize = 1_000;

pub struct Emulator {
    parser: vt100::Parser<Replies>,
}

/// What the program inside asked the terminal, answered. Titles, clipboards and whatever else is asked is dropped.
#[derive(Default)]
struct Replies {
    bytes: Vec<u8>,
}

/// Replies kept until they are taken; a program that only asks gets no more.
const REPLY_BYTES: usize = 4 << 10;

impl Replies {
    fn say(&mut self, reply: &str) {
        if self.bytes.len() + reply.len() <= REPLY_BYTES {
            self.bytes.extend_from_slice(reply.as_bytes());
        }
    }
}

impl vt100::Callbacks for Replies {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        intermediate: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        let first = parameters.first().and_then(|parameter| parameter.first()).copied().unwrap_or(0);
        let (row, column) = screen.cursor_position();
        match (intermediate, second, last, first) {
            (None, None, 'n', 5) => self.say("\x1b[0n"),
            (None, None, 'n', 6) => self.say(&format!("\x1b[{};{}R", row + 1, column + 1)),
            (Some(b'?'), None, 'n', 6) => self.say(&format!("\x1b[?{};{}R", row + 1, column + 1)),
            // A VT220 with colours, and nothing more to say of its version.
            (None, None, 'c', 0) => self.say("\x1b[?62;22c"),
            (Some(b'>'), None, 'c', 0) => self.say("\x1b[>1;10;0c"),
            _ => {}
        }
    }
}

impl Emulator {
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Self {
        let (rows, columns) = size(columns, rows);
        Self { parser: vt100::Parser::new_with_callbacks(rows, columns, SCROLLBACK, Replies::default()) }
    }

    /// Takes what the program wrote. Returns what must be sent back to it.
    #[must_use]
    pub fn write(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().bytes)
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (rows, columns) = size(columns, rows);
        self.parser.set_size(rows, columns);
    }

    /// Scrolls into what has left the screen; less than nothing scrolls back.
    pub fn scroll(&mut self, rows: isize) {
        let now = self.screen().scrollback();
        self.parser.screen_mut().set_scrollback(now.saturating_add_signed(rows));
    }

    /// Back to the newest line.
    pub fn scroll_to_end(&mut self) {
        self.parser.screen_mut().set_scrollback(0);
    }

    #[must_use]
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    #[must_use]
    pub fn modes(&self) -> Modes {
        Modes {
            application_cursor: self.screen().application_cursor(),
            bracketed_paste: self.screen().bracketed_paste(),
        }
    }
}

fn size(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    (NonZeroU16::new(rows).unwrap_or(NonZeroU16::MIN), NonZeroU16::new(columns).unwrap_or(NonZeroU16::MIN))
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.screen().size();
        write!(f, "Emulator({columns}×{rows})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn questions_of_the_program_are_answered() {
        let mut emulator = Emulator::new(80, 24);
        for (question, answer) in [
            ("ab\r\ncd\x1b[6n", "\x1b[2;3R"),
            ("\x1b[5n", "\x1b[0n"),
            ("\x1b[c", "\x1b[?62;22c"),
            ("\x1b[0c", "\x1b[?62;22c"),
            ("\x1b[>c", "\x1b[>1;10;0c"),
            ("\x1b[?6n", "\x1b[?2;3R"),
            ("plain", ""),
        ] {
            let reply = emulator.write(question.as_bytes());
            assert_eq!(String::from_utf8_lossy(&reply), answer, "{question:?}");
        }
    }

    #[test]
    fn a_flood_of_questions_gets_few_answers() {
        let mut emulator = Emulator::new(80, 24);
        assert!(emulator.write("\x1b[c".repeat(100_000).as_bytes()).len() <= REPLY_BYTES);
    }

    #[test]
    fn titles_and_clipboards_leave_no_trace() {
        let mut emulator = Emulator::new(20, 2);
        let reply = emulator.write(b"\x1b]0;own\x07\x1b]52;c;cm0gLXJm\x07\x1b]52;c;?\x07\x1bP+q544e\x1b\\ok");
        assert!(reply.is_empty());
        assert_eq!(emulator.screen().contents(), "ok");
    }

    #[test]
    fn modes_follow_the_program() {
        let mut emulator = Emulator::new(80, 24);
        assert_eq!(emulator.modes(), Modes::default());
        assert!(emulator.write(b"\x1b[?1h\x1b[?2004h").is_empty());
        assert_eq!(emulator.modes(), Modes { application_cursor: true, bracketed_paste: true });
    }

    #[test]
    fn what_left_the_screen_can_be_seen_again_and_is_bounded() {
        let mut emulator = Emulator::new(10, 3);
        for line in 0..5_000 {
            assert!(emulator.write(format!("{line}\r\n").as_bytes()).is_empty());
        }
        assert_eq!(emulator.screen().contents(), "4998\n4999");
        emulator.scroll(2);
        assert_eq!(emulator.screen().contents(), "4996\n4997\n4998");
        emulator.scroll(isize::MAX);
        assert_eq!(emulator.screen().scrollback(), SCROLLBACK);
        emulator.scroll_to_end();
        assert_eq!(emulator.screen().contents(), "4998\n4999");
    }

    proptest! {
        #[test]
        fn nothing_a_program_writes_breaks_it(
            steps in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..200), 0u16..40, 0u16..20), 0..8),
        ) {
            let mut emulator = Emulator::new(80, 24);
            for (bytes, columns, rows) in steps {
                let _ = emulator.write(&bytes);
                emulator.resize(columns, rows);
                let (rows, columns) = emulator.screen().size();
                for row in 0..rows.get() {
                    for column in 0..columns.get() {
                        prop_assert!(emulator.screen().cell(row, column).is_some());
                    }
                }
            }
        }
    }
}
