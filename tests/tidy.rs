//! Holds the shape of the house: who may import whom, which crates and which doors to the world each layer may use, and
//! how files look. The tables below are those of `src/lib.rs`; change both in one commit and say why.

use std::fs;
use std::path::{Path, PathBuf};

/// What a layer may import of ours, and which foreign names it must never use.
struct Layer {
    name: &'static str,
    /// Paths below `crate::`.
    may: &'static [&'static str],
    never: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "domain", may: &[], never: PURE },
    Layer { name: "kinds", may: &["domain"], never: PURE },
    Layer { name: "insight", may: &["domain", "kinds"], never: PURE },
    Layer { name: "action", may: &["domain", "kinds", "insight"], never: PURE },
    Layer { name: "config", may: &["domain", "action"], never: &["ratatui", "tui_textarea", "tokio", "kube", "hyper"] },
    Layer {
        name: "app",
        may: &["domain", "kinds", "insight", "action", "config"],
        never: &["tokio", "tokio_util", "futures", "kube", "hyper", "tower", "crossterm", "ratatui", "tui_textarea"],
    },
    Layer {
        name: "sources",
        may: &["domain", "kinds", "action::guard", "action::Authorized"],
        never: &["ratatui", "crossterm", "tui_textarea", "clap"],
    },
    Layer {
        name: "ui",
        may: &["domain", "kinds", "insight", "action", "config", "app"],
        never: &["tokio", "tokio_util", "futures", "kube", "hyper", "tower", "crossterm"],
    },
    Layer {
        name: "report",
        may: &["domain", "kinds", "insight", "action", "config", "app"],
        never: &["tokio", "tokio_util", "futures", "kube", "hyper", "tower", "crossterm", "ratatui"],
    },
    Layer {
        name: "runtime",
        may: &["domain", "kinds", "insight", "action", "config", "app", "sources", "ui", "report"],
        never: &[],
    },
    Layer { name: "demo", may: &[], never: &["ratatui", "crossterm", "tui_textarea", "kube"] },
];

/// Foreign names that have no place in a layer of plain values.
const PURE: &[&str] = &[
    "tokio",
    "tokio_util",
    "futures",
    "kube",
    "hyper",
    "hyper_util",
    "tower",
    "http",
    "ratatui",
    "crossterm",
    "tui_textarea",
    "clap",
    "anyhow",
    "prometheus_http_query",
    "directories",
];

/// Doors to the world, and the only places that may open them. A place is a file or a folder below `src/`.
const DOORS: &[(&str, &[&str])] = &[
    ("tokio::spawn", &["runtime/", "demo/"]),
    ("task::spawn", &["runtime/", "demo/"]),
    ("spawn_blocking", &["runtime/", "sources/kube/"]),
    ("thread::spawn", &["runtime/"]),
    ("thread::sleep", &[]),
    ("process::exit", &[]),
    ("SystemTime::now", &["runtime/"]),
    ("Timestamp::now", &["runtime/", "start.rs"]),
    ("Zoned::now", &["runtime/"]),
    // Monotonic, and paused in tests: sources need it for timeouts, the built-in cluster for its own clock.
    ("Instant::now", &["runtime/", "sources/", "demo/"]),
    ("std::fs", &["runtime/", "sources/", "config/load.rs"]),
    ("tokio::fs", &["runtime/", "sources/"]),
    ("File::open", &["runtime/", "sources/"]),
    ("File::create", &["runtime/"]),
    ("env::var", &["runtime/", "sources/kube/", "start.rs", "main.rs", "cli.rs"]),
    ("println!", &["main.rs"]),
];

/// Files that may use a name their layer may not, each for the reason the layer's table gives.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Wraps the text editor, so that no other file of the machine knows it.
    ("app/text_field.rs", "tui_textarea"),
    // Shares the layout of update and view.
    ("app/layout.rs", "ratatui"),
    // Tests of the write side need permits, and only the guard makes them, for an action.
    ("sources/kube/test_permits.rs", "action"),
];

/// Entry files that are more than a list: an enum over everything in the folder, with its dispatch.
const DOORWAYS: &[&str] = &["action/catalog/mod.rs", "app/screen/mod.rs", "app/overlay/mod.rs", "report/mod.rs"];

const LONGEST_FILE: usize = 600;

/// One source file with its path below `src/`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn layer(&self) -> Option<&'static Layer> {
        let first = self.path.split(['/', '.']).next()?;
        LAYERS.iter().find(|layer| layer.name == first)
    }

    /// A file of tests, or of what only tests use.
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let named = name == "tests.rs" || name.ends_with("_tests.rs") || name.starts_with("test_");
        named || self.path.contains("/tests/") || self.path.starts_with("ui/widget/gallery")
    }

    /// Lines of code with their numbers; comments are left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().filter_map(|(index, line)| {
            let code = line.split("//").next().unwrap_or_default();
            (!code.trim().is_empty()).then_some((index + 1, code))
        })
    }

    /// The same without tests, which stand at the end of a file or in files of their own.
    fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<(usize, &str)> = if self.is_test() { Vec::new() } else { self.code().collect() };
        lines.into_iter().take_while(|(_, line)| line.trim() != "mod tests {" && line.trim() != "mod tests;")
    }
}

/// Everything that is wrong with one file, each as `path:line: what`.
fn faults(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("src/{}:{line}: {what}", source.path));
    if let Some(layer) = source.layer() {
        for (line, path) in imports(source) {
            let own = path == layer.name || path.starts_with(&format!("{}::", layer.name));
            let excepted = EXCEPTIONS.iter().any(|(file, name)| source.path == *file && path.starts_with(name));
            let allowed = excepted || layer.may.iter().any(|may| path == *may || path.starts_with(&format!("{may}::")));
            if !own && !allowed {
                fault(line, format!("{} must not import crate::{path}", layer.name));
            }
        }
        for (line, code) in source.shipped() {
            for name in layer.never {
                let excepted = EXCEPTIONS.contains(&(source.path.as_str(), *name));
                if !excepted && uses_crate(code, name) {
                    fault(line, format!("{} must not know {name}", layer.name));
                }
            }
        }
    }
    for (line, code) in source.shipped() {
        for (door, places) in DOORS {
            if code.contains(door) && !places.iter().any(|place| source.path.starts_with(place)) {
                fault(line, format!("{door} is not allowed here"));
            }
        }
    }
    for (index, line) in source.text.lines().enumerate() {
        for word in ["TODO", "FIXME", "XXX"] {
            if line.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word) {
                fault(index + 1, format!("{word} is not shipped"));
            }
        }
        if ["crates.io", "index.crates", "github.com/rust-lang", "ghcr.io", "docker.io", "quay.io"]
            .iter()
            .any(|host| line.contains(host))
        {
            fault(index + 1, "a registry's host is named".to_owned());
        }
    }
    if source.layer().is_some() && !source.is_test() && !source.text.starts_with("//!") {
        fault(1, "the module does not say what lives here".to_owned());
    }
    let length = source.text.lines().count();
    if length > LONGEST_FILE {
        fault(length, format!("longer than {LONGEST_FILE} lines"));
    }
    faults
}

/// All paths below `crate::` that a file names, at most two parts long, with their lines. Groups are taken apart.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, code) in source.code() {
        for (index, _) in code.match_indices("crate::") {
            // `$crate` and names that only end so are something else.
            if code[..index].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &code[index + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => {
                    let names = group.split(['{', '}']).next().unwrap_or_default().split(',');
                    let names = names.map(|name| path_start(name.trim())).filter(|name| !name.is_empty());
                    found.extend(names.map(|name| (line, name)));
                }
                None => found.push((line, path_start(rest))),
            }
        }
    }
    found
}

/// The first two parts of a path.
fn path_start(path: &str) -> String {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(path.len());
    path[..end].split("::").take(2).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
}

/// Whether a line uses a foreign crate: its name with a path after it and none before.
fn uses_crate(code: &str, name: &str) -> bool {
    let needle = format!("{name}::");
    let inner = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    code.match_indices(&needle).any(|(index, _)| !inner(&code[..index]))
        || code.trim().trim_start_matches("pub ") == format!("use {name};")
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&root, &mut files);
    files
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).expect("a source file"),
            path: path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/"),
        })
        .collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

#[test]
fn the_house_is_in_order() {
    let sources = sources();
    assert!(sources.len() > 50, "the sources were found");
    let faults: Vec<String> = sources.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_folder_is_a_layer_of_the_table() {
    let known = |name: &str| LAYERS.iter().any(|layer| layer.name == name);
    let folders: std::collections::BTreeSet<String> =
        sources().iter().filter_map(|source| Some(source.path.split_once('/')?.0.to_owned())).collect();
    for folder in &folders {
        assert!(known(folder), "src/{folder} is in no table");
    }
    assert_eq!(folders.len(), LAYERS.len());
}

#[test]
fn an_entry_file_holds_no_logic() {
    for source in sources().iter().filter(|source| source.path.ends_with("/mod.rs")) {
        let function = |line: &str| line.trim_start().trim_start_matches("pub ").starts_with("fn ");
        let holds = source.shipped().any(|(_, line)| function(line));
        assert!(!holds || DOORWAYS.contains(&source.path.as_str()), "src/{} holds functions", source.path);
    }
}

mod the_test_itself {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let text = format!("//! A sample.\n{text}");
        let found = faults(&Source { path: path.to_owned(), text });
        found.into_iter().map(|fault| fault.split_once(": ").expect("a fault").1.to_owned()).collect()
    }

    #[test]
    fn clean_files_pass() {
        for (path, text) in [
            (
                "app/update.rs",
                "use crate::domain::text::CleanText;\nuse crate::{config::key, insight};\nuse super::state;",
            ),
            ("app/text_field.rs", "use tui_textarea::TextArea;"),
            (
                "sources/kube/watch.rs",
                "use kube::Client;\nuse crate::action::guard::Authorized;\nlet now = Instant::now();",
            ),
            ("domain/a.rs", "// tokio::spawn is spoken of only\nlet kube = my_kube::x;\nlet b = self::kube::x;"),
            ("app/a.rs", "fn a() {}\nmod tests {\n    use tokio::time;\n    std::fs::read(x);\n}"),
            ("main.rs", "use watchkeeper::demo;\nprintln!(\"x\");"),
        ] {
            assert_eq!(found(path, text), [] as [&str; 0], "{path}");
        }
    }

    #[test]
    fn a_wrong_import_is_found() {
        assert_eq!(found("domain/a.rs", "use crate::app::state::State;"), ["domain must not import crate::app::state"]);
        assert_eq!(
            found("sources/a.rs", "use crate::action::catalog::all;"),
            ["sources must not import crate::action::catalog"]
        );
        assert_eq!(
            found("ui/a.rs", "use crate::{domain::text, sources::kube};"),
            ["ui must not import crate::sources::kube"]
        );
        assert_eq!(
            found("demo/a.rs", "let x = crate::domain::text::clean(y);"),
            ["demo must not import crate::domain::text"]
        );
        assert_eq!(found("app/tests.rs", "use crate::demo::cluster;"), ["app must not import crate::demo::cluster"]);
    }

    #[test]
    fn a_wrong_crate_is_found() {
        assert_eq!(found("app/a.rs", "use tokio::sync::mpsc;"), ["app must not know tokio"]);
        assert_eq!(found("app/screen.rs", "fn f(x: ratatui::layout::Rect) {}"), ["app must not know ratatui"]);
        assert_eq!(found("report/a.rs", "use ratatui::text::Line;"), ["report must not know ratatui"]);
        assert_eq!(found("domain/a.rs", "pub use kube;"), ["domain must not know kube"]);
    }

    #[test]
    fn an_open_door_is_found() {
        assert_eq!(found("sources/a.rs", "tokio::spawn(work);"), ["tokio::spawn is not allowed here"]);
        assert_eq!(found("ui/a.rs", "let now = Timestamp::now();"), ["Timestamp::now is not allowed here"]);
        assert_eq!(found("config/theme.rs", "std::fs::read(path)"), ["std::fs is not allowed here"]);
        assert_eq!(found("runtime/a.rs", "std::process::exit(1)"), ["process::exit is not allowed here"]);
    }

    #[test]
    fn an_untidy_file_is_found() {
        assert_eq!(found("app/a.rs", "// TODO later"), ["TODO is not shipped"]);
        assert_eq!(found("app/a.rs", "// see https://crates.io/x"), ["a registry's host is named"]);
        assert_eq!(found("app/a.rs", &"//\n".repeat(LONGEST_FILE)), ["longer than 600 lines"]);
        let source = Source { path: "app/a.rs".to_owned(), text: "use std::fmt;\n".to_owned() };
        assert_eq!(faults(&source), ["src/app/a.rs:1: the module does not say what lives here"]);
    }
}
