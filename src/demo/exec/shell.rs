//! A little POSIX-like shell: words, quotes, `;`, `&&`, variables. Enough to look around.

use std::collections::BTreeMap;

use super::commands;

/// What a process in the container can see.
#[derive(Clone, Debug)]
pub struct Container {
    pub pod: String,
    pub service: String,
    pub ip: String,
    pub version: String,
    pub port: u16,
    pub ready: bool,
    /// It answers what the bad version answers.
    pub failing: bool,
    pub memory_mib: (f64, f64),
    pub environment: BTreeMap<String, String>,
    /// Seconds since the container started.
    pub uptime: i64,
    /// RFC 2822-like, as `date` prints it.
    pub date: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    /// The shell itself ends.
    pub exits: bool,
}

impl Outcome {
    pub fn ok(stdout: impl Into<String>) -> Outcome {
        Outcome { stdout: stdout.into(), ..Outcome::default() }
    }

    pub fn failed(code: i32, stderr: impl Into<String>) -> Outcome {
        Outcome { stderr: stderr.into(), code, ..Outcome::default() }
    }
}

#[derive(Debug)]
pub struct Shell {
    pub container: Container,
    pub directory: String,
    /// Rows and columns; zero until the terminal has said so.
    pub size: (u16, u16),
    last_code: i32,
}

impl Shell {
    pub fn new(container: Container) -> Shell {
        Shell { container, directory: "/app".to_owned(), size: (0, 0), last_code: 0 }
    }

    pub fn prompt(&self) -> String {
        format!("{} $ ", self.directory)
    }

    /// One line: commands joined by `;` and `&&`.
    pub fn run_line(&mut self, line: &str) -> Outcome {
        let mut total = Outcome { code: self.last_code, ..Outcome::default() };
        for sequence in split_outside_quotes(line, ";") {
            for command in split_outside_quotes(&sequence, "&&") {
                let words = self.words(&command);
                if words.is_empty() {
                    continue;
                }
                let outcome = self.run(&words);
                total.stdout += &outcome.stdout;
                total.stderr += &outcome.stderr;
                total.code = outcome.code;
                self.last_code = outcome.code;
                total.exits = outcome.exits;
                if outcome.exits {
                    return total;
                }
                if outcome.code != 0 {
                    break;
                }
            }
        }
        total
    }

    /// One command by its words.
    pub fn run(&mut self, words: &[String]) -> Outcome {
        let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let name = words.first().map_or("", String::as_str);
        match name.rsplit('/').next().unwrap_or(name) {
            "exit" => Outcome {
                code: arguments.first().and_then(|code| code.parse().ok()).unwrap_or(self.last_code),
                exits: true,
                ..Outcome::default()
            },
            "cd" => {
                let to = arguments.first().copied().unwrap_or("/");
                if commands::is_directory(&self.resolve(to)) {
                    self.directory = self.resolve(to);
                    Outcome::ok("")
                } else {
                    Outcome::failed(1, format!("sh: cd: can't cd to {to}: No such file or directory\n"))
                }
            }
            "sh" | "bash" | "ash" => match arguments.as_slice() {
                ["-c", script, ..] => self.run_line(script),
                _ => Outcome::ok(""),
            },
            command => commands::run(self, command, &arguments)
                .unwrap_or_else(|| Outcome::failed(127, format!("sh: {name}: not found\n"))),
        }
    }

    /// A path against the working directory.
    pub fn resolve(&self, path: &str) -> String {
        let mut parts: Vec<&str> = if path.starts_with('/') {
            Vec::new()
        } else {
            self.directory.split('/').filter(|p| !p.is_empty()).collect()
        };
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    fn words(&self, command: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut characters = command.chars().peekable();
        while let Some(character) = characters.next() {
            match (quote, character) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                (None, c) if c.is_whitespace() => words.extend(word.take()),
                (None | Some('"'), '$') => {
                    let mut name = String::new();
                    while let Some(c) =
                        characters.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '?' | '{' | '}'))
                    {
                        name.push(c);
                    }
                    let name = name.trim_matches(['{', '}']);
                    let value = match name {
                        "?" => self.last_code.to_string(),
                        name => self.container.environment.get(name).cloned().unwrap_or_default(),
                    };
                    word.get_or_insert_default().push_str(&value);
                }
                (_, c) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        words
    }
}

fn split_outside_quotes(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if quote.is_none() && rest.starts_with(separator) {
            parts.push(std::mem::take(&mut part));
            rest = &rest[separator.len()..];
            continue;
        }
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
        part.push(character);
        rest = &rest[character.len_utf8()..];
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        Shell::new(Container {
            pod: "pay-api-abc".to_owned(),
            service: "pay-api".to_owned(),
            ip: "10.244.1.9".to_owned(),
            version: "1.8.4".to_owned(),
            port: 8080,
            ready: true,
            failing: true,
            memory_mib: (225.0, 512.0),
            environment: [("PORT".to_owned(), "8080".to_owned())].into(),
            uptime: 60,
            date: "Sat Nov 21 03:01:44 UTC 2026".to_owned(),
        })
    }

    #[test]
    fn joins_commands_and_keeps_the_last_code() {
        let mut shell = shell();
        let outcome = shell.run_line("echo \"a  $PORT\"; nonsense && echo never; echo $?");
        assert_eq!(outcome.stdout, "a  8080\n127\n");
        assert_eq!(outcome.stderr, "sh: nonsense: not found\n");
    }

    #[test]
    fn looks_around() {
        let mut shell = shell();
        assert_eq!(shell.run_line("cd /etc && pwd").stdout, "/etc\n");
        assert!(shell.run_line("cat os-release").stdout.contains("Debian"));
        assert!(shell.run_line("curl -s localhost:8080/ready").stdout.contains("ok"));
        assert!(shell.run_line("curl -s -X POST localhost:8080/v1/charge").stdout.contains("amount is undefined"));
        shell.size = (40, 120);
        assert_eq!(shell.run_line("stty size").stdout, "40 120\n");
        let end = shell.run_line("exit 3");
        assert_eq!((end.code, end.exits), (3, true));
    }
}
