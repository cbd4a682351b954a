//! Which lines only go on with the one before: stack traces and other text of several lines.

/// Follows the lines of one container after a first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// A Python trace ends with its first line that is not indented, which belongs to it.
    summary_follows: bool,
    /// A Go trace names functions without indentation.
    goroutine: bool,
}

const CONTINUATIONS: [&str; 12] = [
    "at ",
    "Caused by",
    "Suppressed: ",
    "... ",
    "Traceback (most recent call last)",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "stack backtrace:",
    "note: run with `RUST_BACKTRACE",
    "--- End of ",
    "goroutine ",
    "created by ",
];

impl Trace {
    /// Whether a line goes on with the ones before.
    pub(super) fn takes(&mut self, text: &str) -> bool {
        if text.is_empty() || text.starts_with(' ') {
            return true;
        }
        let continues = CONTINUATIONS.iter().any(|beginning| text.starts_with(beginning))
            || matches!(text, "}" | "]" | "},")
            || (self.goroutine && names_a_function(text));
        if continues {
            self.summary_follows |= text.starts_with("Traceback");
            self.goroutine |= text.starts_with("goroutine ");
            return true;
        }
        std::mem::take(&mut self.summary_follows)
    }

    /// What a first line says of those that follow.
    pub(super) fn after(text: &str) -> Self {
        Self { summary_follows: text.starts_with("Traceback"), goroutine: text.starts_with("goroutine ") }
    }
}

/// `main.charge(0xc000, …)`
fn names_a_function(text: &str) -> bool {
    text.ends_with(')') && text.split_once('(').is_some_and(|(name, _)| !name.is_empty() && !name.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lines: &[&str]) -> Vec<bool> {
        let mut trace = Trace::after(lines[0]);
        lines[1..].iter().map(|line| trace.takes(line)).collect()
    }

    #[test]
    fn java_and_node() {
        let lines = ["ERROR boom", "  at Pay.charge(Pay.java:3)", "Caused by: x", "... 12 more", "INFO next"];
        assert_eq!(taken(&lines), [true, true, true, false]);
    }

    #[test]
    fn python_with_its_last_line() {
        let lines = [
            "ERROR charge failed",
            "Traceback (most recent call last):",
            "  File \"pay.py\", line 3, in charge",
            "TypeError: amount is undefined",
            "TypeError: of another line",
        ];
        assert_eq!(taken(&lines), [true, true, true, false]);
    }

    #[test]
    fn go() {
        let lines =
            ["panic: boom", "", "goroutine 1 [running]:", "main.charge(0xc0)", " /pay.go:3", "created by main", "done"];
        assert_eq!(taken(&lines), [true, true, true, true, true, false]);
    }
}
