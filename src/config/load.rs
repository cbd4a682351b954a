//! Reads the user's files once, at the start. Whatever is wrong becomes a `Problem`; the start goes on with defaults.

use std::io;
use std::path::Path;

use crate::domain::problem::{Cause, Problem};

use super::keymap::Keymap;
use super::keymap_file::{self, PRESETS};
use super::paths::Paths;
use super::place::{File, suggest};
use super::settings::{self, Settings, Symbols};
use super::theme::{Depth, Theme};
use super::theme_file;

/// What the command line and the environment say about looks and keys.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub theme: Option<String>,
    pub keymap: Option<String>,
    pub terminal: Terminal,
}

/// What the environment tells of the terminal.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// NO_COLOR is set to anything.
    pub no_color: bool,
    pub term: String,
    pub colorterm: String,
    /// The first that is set of LC_ALL, LC_CTYPE and LANG.
    pub locale: String,
}

impl Terminal {
    /// Reads the variables through `variable`, so that tests need no environment.
    #[must_use]
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR").is_some(),
            term: set("TERM").unwrap_or_default(),
            colorterm: set("COLORTERM").unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default(),
        }
    }

    #[must_use]
    pub fn depth(&self) -> Depth {
        if self.no_color {
            Depth::Mono
        } else if ["truecolor", "24bit"].contains(&self.colorterm.as_str()) || self.term.contains("direct") {
            Depth::True
        } else if self.term.contains("256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        }
    }

    /// The kernel's console has no braille, a locale without UTF-8 no symbol at all.
    #[must_use]
    pub fn unicode(&self) -> bool {
        let locale = self.locale.to_ascii_lowercase();
        self.term != "linux" && (locale.contains("utf-8") || locale.contains("utf8"))
    }
}

/// Everything the user can set, ready to use.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub settings: Settings,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Draw with symbols beyond ASCII.
    pub unicode: bool,
    /// The user wants no hints on the built-in cluster.
    pub guide_hidden: bool,
    pub problems: Vec<Problem>,
}

/// Loads settings, keymap and theme. `actions` are the names a keymap may use; without `paths` only what is built in.
#[must_use]
pub fn load(paths: Option<&Paths>, wishes: &Wishes, actions: &[&'static str]) -> Configuration {
    let mut problems = Vec::new();
    let settings = match paths.map(Paths::settings).and_then(|path| optional(&path, &mut problems)) {
        Some((name, text)) => {
            let (settings, found) = settings::parse(File { name: &name, text: &text });
            problems.extend(found);
            settings
        }
        None => Settings::default(),
    };
    let keymap = keymap(paths, wishes.keymap.as_deref().or(settings.keymap.as_deref()), actions, &mut problems);
    let theme =
        theme(paths, wishes.theme.as_deref().or(settings.theme.as_deref()), wishes.terminal.depth(), &mut problems);
    let unicode = match settings.symbols {
        Symbols::Unicode => true,
        Symbols::Ascii => false,
        Symbols::Auto => wishes.terminal.unicode(),
    };
    let guide_hidden = paths.is_some_and(|paths| paths.guide_hidden().exists());
    Configuration { settings, keymap, theme, unicode, guide_hidden, problems }
}

fn keymap(paths: Option<&Paths>, wish: Option<&str>, actions: &[&'static str], problems: &mut Vec<Problem>) -> Keymap {
    let preset = wish.filter(|name| PRESETS.contains(name)).unwrap_or("default");
    let own = match wish {
        Some(path) if is_path(path) => wanted(Path::new(path), problems),
        wish => {
            if let Some(name) = wish.filter(|name| *name != preset) {
                problems.push(unknown("keymap", name, PRESETS));
            }
            paths.map(Paths::keymap).and_then(|path| optional(&path, problems))
        }
    };
    let file = own.as_ref().map(|(name, text)| File { name, text });
    let (keymap, found) = keymap_file::build(preset, file, actions);
    problems.extend(found);
    keymap
}

fn theme(paths: Option<&Paths>, wish: Option<&str>, depth: Depth, problems: &mut Vec<Problem>) -> Theme {
    let own = match wish {
        Some(path) if is_path(path) => wanted(Path::new(path), problems),
        Some(name) if theme_file::built_in(name).is_none() => {
            let own = paths.map(|paths| paths.theme(name)).and_then(|path| optional(&path, problems));
            if own.is_none() {
                problems.push(unknown("theme", name, theme_file::names()));
            }
            own
        }
        _ => None,
    };
    if let Some((name, text)) = own {
        let (theme, found) = theme_file::parse(File { name: &name, text: &text });
        problems.extend(found);
        return theme.reduced(depth);
    }
    let fitting = match depth {
        Depth::Mono => "mono",
        Depth::Sixteen => "sixteen",
        Depth::Indexed | Depth::True => "dark",
    };
    // NO_COLOR is stronger than a wish; without it a wish is shown as well as the terminal can.
    let name = wish.filter(|_| depth != Depth::Mono).unwrap_or(fitting);
    theme_file::built_in(name)
        .or_else(|| theme_file::built_in(fitting))
        .unwrap_or_else(|| theme_file::parse(File { name: "dark", text: "" }).0)
        .reduced(depth)
}

fn is_path(wish: &str) -> bool {
    wish.contains('/') || Path::new(wish).extension().is_some_and(|extension| extension == "toml")
}

fn unknown(what: &str, name: &str, known: impl IntoIterator<Item = &'static str>) -> Problem {
    let known: Vec<&str> = known.into_iter().collect();
    let hint = suggest(name, known.iter().copied(), &format!("built in are {}; a path names a file", known.join(", ")));
    Problem::new(Cause::Usage, format!("“{name}” is no {what}"), "", hint)
}

/// Reads a file that need not be there.
fn optional(path: &Path, problems: &mut Vec<Problem>) -> Option<(String, String)> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some((path.display().to_string(), text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            problems.push(unreadable(path, &error));
            None
        }
    }
}

/// Reads a file the user asked for.
fn wanted(path: &Path, problems: &mut Vec<Problem>) -> Option<(String, String)> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some((path.display().to_string(), text)),
        Err(error) => {
            problems.push(unreadable(path, &error));
            None
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Cause::Usage,
        format!("cannot read {}", path.display()),
        match error.kind() {
            io::ErrorKind::NotFound => "the file does not exist".to_owned(),
            io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
            io::ErrorKind::InvalidData => "it is not text".to_owned(),
            _ => error.to_string(),
        },
        "defaults are used instead",
    )
}

#[cfg(test)]
mod tests {
    use super::super::key::Key;
    use super::super::keymap::{Context, Found};
    use super::super::theme::Color;
    use super::*;

    const ACTIONS: [&str; 2] = ["go-alerts", "open"];

    fn paths(folder: &Path) -> Paths {
        Paths { config: folder.to_owned(), state: folder.join("state"), cache: folder.join("cache") }
    }

    fn terminal(term: &str, colorterm: &str) -> Terminal {
        Terminal { term: term.into(), colorterm: colorterm.into(), locale: "C.UTF-8".into(), no_color: false }
    }

    fn problems_of(configuration: &Configuration) -> Vec<String> {
        let ours = |problem: &&Problem| !problem.what.contains("keymaps/");
        configuration.problems.iter().filter(ours).map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_there_is_no_problem() {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = load(Some(&paths(folder.path())), &Wishes::default(), &ACTIONS);
        assert_eq!(problems_of(&configuration), [] as [String; 0]);
        assert_eq!(configuration.settings, Settings::default());
    }

    #[test]
    fn files_of_the_user_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = paths(folder.path());
        std::fs::write(paths.settings(), "theme = \"mine\"\nsymbols = \"ascii\"\n").expect("written");
        std::fs::write(paths.keymap(), "[everywhere]\nx = \"go-alerts\"\n").expect("written");
        std::fs::create_dir(folder.path().join("themes")).expect("made");
        std::fs::write(paths.theme("mine"), "[colors]\nbroken = \"#010203\"\n").expect("written");
        let wishes = Wishes { terminal: terminal("xterm", "truecolor"), ..Wishes::default() };
        let configuration = load(Some(&paths), &wishes, &ACTIONS);
        assert_eq!(problems_of(&configuration), [] as [String; 0]);
        assert_eq!(configuration.theme.broken, Color::Rgb(1, 2, 3));
        assert!(!configuration.unicode);
        let found = configuration.keymap.lookup(Context::Table.chain(), &[Key::character('x')]);
        assert_eq!(found, Found::Action("go-alerts"));
    }

    #[test]
    fn broken_files_and_wishes_are_said_and_the_start_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = paths(folder.path());
        std::fs::write(paths.settings(), "theme = \n").expect("written");
        let wishes = Wishes { theme: Some("drk".into()), keymap: Some("/no/such.toml".into()), ..Wishes::default() };
        let problems = problems_of(&load(Some(&paths), &wishes, &ACTIONS)).join("\n");
        assert!(problems.contains("config.toml, line 1"), "{problems}");
        assert!(problems.contains("cannot read /no/such.toml"), "{problems}");
        assert!(problems.contains("“drk” is no theme · did you mean “dark”?"), "{problems}");
    }

    #[test]
    fn the_terminal_decides_how_many_colours() {
        let theme_for = |wish: Option<&str>, terminal: Terminal| {
            load(None, &Wishes { theme: wish.map(Into::into), keymap: None, terminal }, &ACTIONS).theme
        };
        assert_eq!(theme_for(None, terminal("xterm", "truecolor")).name, "dark");
        assert!(matches!(theme_for(None, terminal("xterm-256color", "")).broken, Color::Indexed(16..)));
        assert_eq!(theme_for(None, terminal("vt220", "")).name, "sixteen");
        let without = Terminal { no_color: true, ..terminal("xterm", "truecolor") };
        assert_eq!(theme_for(Some("light"), without).broken, Color::Default);
        assert!(!terminal("linux", "").unicode());
    }
}
