//! Theme files: a few colours by role over a base, each mistake named by file and line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::domain::problem::Problem;

use super::place::{File, suggest};
use super::theme::{Color, Theme};

/// The built-in themes by name.
const BUILT_IN: [File<'static>; 5] = [
    File { name: "dark", text: include_str!("../../themes/dark.toml") },
    File { name: "light", text: include_str!("../../themes/light.toml") },
    File { name: "sixteen", text: include_str!("../../themes/sixteen.toml") },
    File { name: "mono", text: include_str!("../../themes/mono.toml") },
    File { name: "high-contrast", text: include_str!("../../themes/high-contrast.toml") },
];

pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|file| file.name)
}

/// A theme that comes with the program.
#[must_use]
pub fn built_in(name: &str) -> Option<Theme> {
    let file = BUILT_IN.into_iter().find(|file| file.name == name)?;
    // The test below holds that the built-in files have no mistake.
    Some(read(file, plain()).0)
}

/// Reads a file of the user. Its `base` names the built-in theme that gives what it leaves out (dark if absent); a
/// colour with a mistake is reported and taken from there too.
#[must_use]
pub fn parse(file: File<'_>) -> (Theme, Vec<Problem>) {
    read(file, built_in("dark").unwrap_or_else(plain))
}

/// The terminal's own colours for everything.
fn plain() -> Theme {
    Theme {
        name: String::new(),
        background: Color::Default,
        text: Color::Default,
        dim: Color::Default,
        rule: Color::Default,
        accent: Color::Default,
        production: Color::Default,
        on_badge: Color::Default,
        broken: Color::Default,
        warning: Color::Default,
        changing: Color::Default,
        good: Color::Default,
        added: Color::Default,
        removed: Color::Default,
        glow: Color::Default,
        chart: vec![Color::Default],
    }
}

type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    base: Option<Word>,
    /// Names for colours, used below.
    #[serde(default)]
    palette: BTreeMap<String, Word>,
    #[serde(default)]
    colors: Colors,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Colors {
    background: Option<Word>,
    text: Option<Word>,
    dim: Option<Word>,
    rule: Option<Word>,
    accent: Option<Word>,
    production: Option<Word>,
    on_badge: Option<Word>,
    broken: Option<Word>,
    warning: Option<Word>,
    changing: Option<Word>,
    good: Option<Word>,
    added: Option<Word>,
    removed: Option<Word>,
    glow: Option<Word>,
    chart: Option<Vec<Word>>,
}

fn read(file: File<'_>, base: Theme) -> (Theme, Vec<Problem>) {
    let mut problems = Vec::new();
    let parsed: ThemeFile = match toml::from_str(file.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            problems.push(file.malformed(&error, "the theme dark is used instead"));
            return (base, problems);
        }
    };
    let mut theme = match &parsed.base {
        None => base,
        Some(name) => built_in(name.get_ref()).unwrap_or_else(|| {
            let hint = suggest(name.get_ref(), names(), "dark, light, sixteen, mono and high-contrast are built in");
            problems.push(file.problem(Some(name.span()), &format!("“{}” is no theme", name.get_ref()), &hint));
            base
        }),
    };
    theme.name = file.name.to_owned();
    let mut color = |word: &Word| {
        let name = parsed.palette.get(word.get_ref()).unwrap_or(word);
        let color = parse_color(name.get_ref());
        if color.is_none() {
            problems.push(file.problem(
                Some(name.span()),
                &format!("“{}” is no colour", name.get_ref()),
                "write #4fb3a9, red, bright-red, 0 to 255, default, or a name from [palette]",
            ));
        }
        color
    };
    let colors = &parsed.colors;
    for (place, word) in [
        (&mut theme.background, &colors.background),
        (&mut theme.text, &colors.text),
        (&mut theme.dim, &colors.dim),
        (&mut theme.rule, &colors.rule),
        (&mut theme.accent, &colors.accent),
        (&mut theme.production, &colors.production),
        (&mut theme.on_badge, &colors.on_badge),
        (&mut theme.broken, &colors.broken),
        (&mut theme.warning, &colors.warning),
        (&mut theme.changing, &colors.changing),
        (&mut theme.good, &colors.good),
        (&mut theme.added, &colors.added),
        (&mut theme.removed, &colors.removed),
        (&mut theme.glow, &colors.glow),
    ] {
        if let Some(color) = word.as_ref().and_then(&mut color) {
            *place = color;
        }
    }
    if let Some(words) = &colors.chart {
        let chart: Vec<Color> = words.iter().filter_map(color).collect();
        if !chart.is_empty() {
            theme.chart = chart;
        }
    }
    (theme, problems)
}

/// The names of the sixteen in the order of their numbers.
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

fn parse_color(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Default);
    }
    if let Some(hex) = text.strip_prefix('#') {
        let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
        let [_, red, green, blue] = value.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    if let Ok(index) = text.parse() {
        return Some(Color::Indexed(index));
    }
    let (name, bright) = text.strip_prefix("bright-").map_or((text, 0), |name| (name, 8));
    let index = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(index + bright).ok().map(Color::Indexed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> (Theme, String) {
        let (theme, problems) = parse(File { name: "my.toml", text });
        (theme, problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn the_built_in_themes_have_no_mistake() {
        for file in BUILT_IN {
            assert_eq!(read(file, plain()).1, [], "{}", file.name);
        }
    }

    #[test]
    fn every_line_of_a_chart_is_legible_in_sixteen_colours() {
        // On the terminal's own ground, which may be dark or light: no black, blue or grey, no yellow and no white.
        for name in ["sixteen", "mono"] {
            let theme = built_in(name).expect(name).reduced(super::super::theme::Depth::Sixteen);
            for color in &theme.chart {
                let hard = matches!(color, Color::Indexed(0 | 3 | 4 | 7 | 8 | 11 | 15));
                assert!(!hard, "{name}: {color:?}");
            }
        }
    }

    #[test]
    fn a_user_theme_changes_its_base() {
        let (theme, problems) = user(
            "base = \"light\"\n[palette]\nrose = \"#ff0080\"\n[colors]\nbroken = \"rose\"\ngood = \"bright-green\"\n",
        );
        assert_eq!(problems, "");
        assert_eq!((theme.broken, theme.good), (Color::Rgb(255, 0, 128), Color::Indexed(10)));
        assert_eq!(theme.text, built_in("light").expect("light").text);
    }

    #[test]
    fn mistakes_are_named_by_line_and_the_rest_is_used() {
        let (theme, problems) = user("base = \"drak\"\n[colors]\nbroken = \"redd\"\ngood = \"2\"\n");
        assert_eq!(
            problems,
            "my.toml, line 1: “drak” is no theme · did you mean “dark”?\nmy.toml, line 3: “redd” is no colour · write \
             #4fb3a9, red, bright-red, 0 to 255, default, or a name from [palette]"
        );
        assert_eq!(theme.good, Color::Indexed(2));
        assert_eq!(theme.broken, built_in("dark").expect("dark").broken);
    }

    #[test]
    fn an_unknown_role_leaves_the_theme_alone() {
        let (theme, problems) = user("[colors]\ntext = \"red\"\nbrokn = \"red\"\n");
        assert!(problems.starts_with("my.toml, line 3: “brokn” is no field: did you mean “broken”?"), "{problems}");
        assert_eq!(theme, built_in("dark").expect("dark"));
    }
}
