use super::*;
use crate::config::key::format_sequence;
use crate::config::keymap::Found;

/// Reached by the palette alone: asked for too rarely for a key of their own.
const WITHOUT_KEY: [&str; 6] = ["go-home", "go-pods", "go-contexts", "go-namespaces", "sort-restarts", "quit"];

fn actions() -> Vec<&'static str> {
    crate::action::names()
}

fn user(text: &str) -> (Keymap, Vec<String>) {
    let (map, problems) = build("default", Some(File { name: "my.toml", text }), &actions());
    (map, problems.iter().map(ToString::to_string).collect())
}

fn press(map: &Keymap, context: Context, keys: &str) -> Found {
    map.lookup(context.chain(), &parse_sequence(keys).expect(keys))
}

#[test]
fn the_presets_have_no_mistake() {
    for name in PRESETS {
        let (map, problems) = build(name, None, &actions());
        assert_eq!(problems, [], "{name}");
        assert!(map.bindings().len() > 70, "{name}");
    }
}

#[test]
fn every_action_has_a_key_in_every_preset_or_is_known_to_have_none() {
    for name in PRESETS {
        let (map, _) = build(name, None, &actions());
        for action in crate::action::all().map(|spec| spec.name) {
            let reachable = Context::ALL.iter().any(|context| map.hint(context.chain(), action).is_some());
            assert!(reachable || WITHOUT_KEY.contains(&action), "{action} in {name}");
        }
    }
}

#[test]
fn the_incident_is_nine_keys() {
    let (map, _) = build("default", None, &actions());
    for (context, key, action) in [
        (Context::Services, "A", "go-alerts"),
        (Context::Alerts, "enter", "open"),
        (Context::Alerts, "H", "go-history"),
        (Context::History, "enter", "open"),
        (Context::Document, "L", "go-errors"),
        (Context::Logs, "R", "roll-back"),
        (Context::Plan, "enter", "confirm"),
        (Context::Verify, "Y", "record"),
    ] {
        assert_eq!(press(&map, context, key), Found::Action(action), "{key}");
    }
}

#[test]
fn no_key_of_a_plan_is_a_lowercase_letter() {
    for name in PRESETS {
        let (map, _) = build(name, None, &actions());
        for binding in map.bindings().iter().filter(|binding| binding.context == Context::Plan) {
            assert!(!binding.keys.iter().any(|key| key.typed().is_some_and(char::is_lowercase)), "{binding}");
        }
    }
}

#[test]
fn a_user_file_changes_and_takes_away() {
    let (map, problems) = user("[everywhere]\n\"x x\" = \"go-alerts\"\nq = \"none\"\nj = \"up\"\n");
    assert_eq!(problems, [] as [String; 0]);
    assert_eq!(press(&map, Context::Services, "x"), Found::Prefix);
    assert_eq!(press(&map, Context::Services, "x x"), Found::Action("go-alerts"));
    assert_eq!(press(&map, Context::Services, "q"), Found::Nothing);
    assert_eq!(press(&map, Context::Services, "j"), Found::Action("up"));
    let hint = map.hint(Context::Services.chain(), "go-alerts").map(format_sequence);
    assert_eq!(hint.as_deref(), Some("x x"), "what the user chose is shown first");
}

#[test]
fn a_new_prefix_takes_the_single_key_away() {
    let (map, problems) = user("[everywhere]\n\"g g\" = \"top\"\n");
    assert_eq!(problems, [] as [String; 0]);
    assert_eq!(press(&map, Context::Services, "g"), Found::Prefix);
}

#[test]
fn mistakes_are_named_by_line_and_the_rest_is_used() {
    let (map, problems) = user(
        "[everywhere]\nx = \"go-alert\"\nctrl-h = \"help\"\nentre = \"open\"\nz = 3\n\"ctrl-5\" = \"help\"\n\"ctrl-]\" = \"help\"\n\n[servces]\n\n[plan]\na = \"confirm\"\n",
    );
    insta::assert_snapshot!(problems.join("\n"), @r#"
my.toml, line 9: “servces” is no part of the screen · did you mean “services”?
my.toml, line 2: “go-alert” is no action · did you mean “go-alerts”?
my.toml, line 3: this key cannot be bound · a terminal sends the same byte for ctrl-h and for backspace
my.toml, line 4: “entre” is no key · write a, A, ctrl-d, shift-tab, f8, space, or several apart by spaces
my.toml, line 5: the name of an action is expected · write it as "open"
my.toml, line 7: “ctrl-]” clashes with line 6 · the first of the two is used
my.toml, line 12: no lowercase letter can be bound in a plan · there the name of the target is typed
"#);
    assert_eq!(press(&map, Context::Services, "A"), Found::Action("go-alerts"));
    assert_eq!(press(&map, Context::Services, "ctrl-]"), Found::Action("help"));
}

#[test]
fn a_file_that_is_no_toml_leaves_the_default() {
    let (map, problems) = user("[everywhere]\nx = \n");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("my.toml, line 2"), "{problems:?}");
    assert_eq!(press(&map, Context::Services, "A"), Found::Action("go-alerts"));
}
