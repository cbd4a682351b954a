//! Keymap files: a preset with a file of the user laid over it, each mistake named by file and line. A table is a
//! context, a key of it is a key sequence, its value the name of an action, or `none` to take a binding away.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::domain::problem::Problem;

use super::key::{Key, parse_sequence};
use super::keymap::{Binding, Context, Keymap};
use super::place::{File, suggest};

const DEFAULT: File<'static> = File { name: "keymaps/default.toml", text: include_str!("../../keymaps/default.toml") };
const VIM: File<'static> = File { name: "keymaps/vim.toml", text: include_str!("../../keymaps/vim.toml") };
const EMACS: File<'static> = File { name: "keymaps/emacs.toml", text: include_str!("../../keymaps/emacs.toml") };

/// The names of the built-in keymaps.
pub const PRESETS: [&str; 3] = ["default", "vim", "emacs"];

/// The files of a preset, the one that counts least first. The others are changes to the default.
fn preset(name: &str) -> Option<&'static [File<'static>]> {
    match name {
        "default" => Some(&[DEFAULT]),
        "vim" => Some(&[DEFAULT, VIM]),
        "emacs" => Some(&[DEFAULT, EMACS]),
        _ => None,
    }
}

/// Builds a keymap from a preset's name and a file of the user. What is wrong in the file is reported and left out, so
/// there is always a keymap to start with.
#[must_use]
pub fn build(preset_name: &str, user: Option<File<'_>>, actions: &[&'static str]) -> (Keymap, Vec<Problem>) {
    let mut problems = Vec::new();
    let files = preset(preset_name).unwrap_or(&[DEFAULT]);
    let mut layers: Vec<Layer> = files.iter().map(|file| Layer::read(*file, actions, &mut problems)).collect();
    if let Some(file) = user {
        layers.push(Layer::read(file, actions, &mut problems));
    }
    let mut bindings: Vec<Binding> = Vec::new();
    for layer in layers {
        // A layer takes away what it binds anew, and what its sequences would hide.
        bindings.retain(|old| {
            !layer.entries.iter().any(|new| {
                new.context == old.context && (new.keys.starts_with(&old.keys) || old.keys.starts_with(&new.keys))
            })
        });
        let added = layer
            .entries
            .into_iter()
            .filter_map(|entry| Some(Binding { context: entry.context, keys: entry.keys, action: entry.action? }));
        // The newest layer goes first, so that hints show what the user chose.
        bindings = added.chain(bindings).collect();
    }
    // Clashes within one file were reported when it was read, and a layer removes those with the layers below.
    (Keymap::new(bindings).0, problems)
}

struct Layer {
    entries: Vec<Entry>,
}

struct Entry {
    context: Context,
    keys: Vec<Key>,
    /// Where in the file it stands.
    offset: usize,
    /// None takes the binding away.
    action: Option<&'static str>,
}

impl Layer {
    fn read(file: File<'_>, actions: &[&'static str], problems: &mut Vec<Problem>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(file.text);
        if let Some(error) = errors.first() {
            problems.push(file.malformed(error, "the keymap below it is used instead"));
            return Self { entries: Vec::new() };
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (context, keys, value) in lines(table.get_ref(), file, problems) {
            match entry(context, keys, value, actions) {
                Ok(entry) => {
                    let clash = entries.iter().find(|other| {
                        other.context == entry.context
                            && (entry.keys.starts_with(&other.keys) || other.keys.starts_with(&entry.keys))
                    });
                    match clash {
                        Some(other) => problems.push(file.problem(
                            Some(keys.span()),
                            &format!("“{}” clashes with line {}", keys.get_ref(), file.line(other.offset)),
                            "the first of the two is used",
                        )),
                        None => entries.push(entry),
                    }
                }
                Err((why, hint)) => problems.push(file.problem(Some(keys.span()), &why, &hint)),
            }
        }
        Self { entries }
    }
}

type Line<'a, 'i> = (Context, &'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

/// The bindings of a file in the order they are written, which is the order hints prefer.
fn lines<'a, 'i>(table: &'a DeTable<'i>, file: File<'_>, problems: &mut Vec<Problem>) -> Vec<Line<'a, 'i>> {
    let mut lines = Vec::new();
    for (name, value) in table {
        let context = Context::named(name.get_ref());
        match (context, value.get_ref().as_table()) {
            (Some(context), Some(bindings)) => {
                lines.extend(bindings.iter().map(|(keys, value)| (context, keys, value)));
            }
            (Some(_), None) => problems.push(file.problem(
                Some(name.span()),
                &format!("“{}” must be a table of keys", name.get_ref()),
                &format!("write [{}] and the keys below it", name.get_ref()),
            )),
            (None, _) => {
                let known = Context::ALL.map(Context::name);
                let hint = suggest(name.get_ref(), known, &format!("known are {}", known.join(", ")));
                problems.push(file.problem(
                    Some(name.span()),
                    &format!("“{}” is no part of the screen", name.get_ref()),
                    &hint,
                ));
            }
        }
    }
    lines.sort_by_key(|(_, keys, _)| keys.span().start);
    lines
}

fn entry(
    context: Context,
    keys: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    actions: &[&'static str],
) -> Result<Entry, (String, String)> {
    let offset = keys.span().start;
    let keys = parse_sequence(keys.get_ref()).map_err(|unknown| {
        (unknown.to_string(), "write a, A, ctrl-d, shift-tab, f8, space, or several apart by spaces".into())
    })?;
    if let Some(reason) = keys.iter().find_map(|key| key.refusal()) {
        return Err(("this key cannot be bound".into(), reason.into()));
    }
    if context == Context::Plan && keys.iter().any(|key| key.typed().is_some_and(char::is_lowercase)) {
        return Err((
            "no lowercase letter can be bound in a plan".into(),
            "there the name of the target is typed".into(),
        ));
    }
    let Some(name) = value.get_ref().as_str() else {
        return Err(("the name of an action is expected".into(), "write it as \"open\"".into()));
    };
    if name == "none" {
        return Ok(Entry { context, keys, offset, action: None });
    }
    match actions.iter().find(|action| **action == name) {
        Some(action) => Ok(Entry { context, keys, offset, action: Some(action) }),
        None => Err((
            format!("“{name}” is no action"),
            suggest(name, actions.iter().copied(), "press ? for the names of all actions"),
        )),
    }
}

#[cfg(test)]
mod tests;
