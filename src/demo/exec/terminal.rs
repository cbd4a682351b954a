//! The line discipline of a pseudo terminal: echo, erase, interrupt, end of input.

/// What the keys typed so far amount to.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Line(String),
    Interrupt,
    EndOfInput,
}

#[derive(Debug, Default)]
pub struct Terminal {
    line: String,
    /// Within an escape sequence, which is swallowed.
    escape: bool,
}

impl Terminal {
    /// Takes bytes from the keyboard; returns what to echo and what was completed.
    pub fn type_in(&mut self, bytes: &[u8]) -> (String, Vec<Typed>) {
        let mut echo = String::new();
        let mut typed = Vec::new();
        for character in String::from_utf8_lossy(bytes).chars() {
            if self.escape {
                self.escape = !(character.is_ascii_alphabetic() || character == '~') || matches!(character, 'O');
                continue;
            }
            match character {
                '\r' | '\n' => {
                    echo.push_str("\r\n");
                    typed.push(Typed::Line(std::mem::take(&mut self.line)));
                }
                '\u{3}' => {
                    echo.push_str("^C\r\n");
                    self.line.clear();
                    typed.push(Typed::Interrupt);
                }
                '\u{4}' if self.line.is_empty() => typed.push(Typed::EndOfInput),
                '\u{7f}' | '\u{8}' => {
                    if self.line.pop().is_some() {
                        echo.push_str("\u{8} \u{8}");
                    }
                }
                '\u{15}' => {
                    echo.extend(std::iter::repeat_n("\u{8} \u{8}", self.line.chars().count()));
                    self.line.clear();
                }
                '\u{c}' => echo.push_str("\u{1b}[H\u{1b}[2J"),
                '\u{1b}' => self.escape = true,
                character if character.is_control() => {}
                character => {
                    // A line that long is no command.
                    if self.line.len() < 4096 {
                        self.line.push(character);
                        echo.push(character);
                    }
                }
            }
        }
        (echo, typed)
    }
}

/// Output as a terminal gets it.
pub fn for_terminal(text: &str) -> String {
    text.replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_erases_and_ends() {
        let mut terminal = Terminal::default();
        let (echo, typed) = terminal.type_in(b"lsx\x7f -l\x1b[A\r");
        assert_eq!(echo, "lsx\u{8} \u{8} -l\r\n");
        assert_eq!(typed, [Typed::Line("ls -l".to_owned())]);
        assert_eq!(terminal.type_in(b"\x04").1, [Typed::EndOfInput]);
        assert_eq!(terminal.type_in(b"abc\x03").1, [Typed::Interrupt]);
    }
}
