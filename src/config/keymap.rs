//! Which keys mean which action, per context: a trie for looking up, and the reverse for hints. Action names are words
//! here; what they do, and whether they may be done now, is decided elsewhere.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::key::{Key, format_sequence};

/// Where a key is pressed. The file's table names are these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    Everywhere,
    /// Shared by all that has a time axis: ranges, the time cursor, zoom.
    Time,
    /// Pods and other kinds.
    Table,
    Services,
    /// The page of one service.
    Service,
    Alerts,
    History,
    Charts,
    Logs,
    /// YAML, differences, help: text to read.
    Document,
    Plan,
    Verify,
    /// The palette: a text field over a list.
    Palette,
    /// Any other text field.
    Text,
    Shell,
}

impl Context {
    pub const ALL: [Self; 15] = [
        Self::Everywhere,
        Self::Time,
        Self::Table,
        Self::Services,
        Self::Service,
        Self::Alerts,
        Self::History,
        Self::Charts,
        Self::Logs,
        Self::Document,
        Self::Plan,
        Self::Verify,
        Self::Palette,
        Self::Text,
        Self::Shell,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Time => "time",
            Self::Table => "table",
            Self::Services => "services",
            Self::Service => "service",
            Self::Alerts => "alerts",
            Self::History => "history",
            Self::Charts => "charts",
            Self::Logs => "logs",
            Self::Document => "document",
            Self::Plan => "plan",
            Self::Verify => "verify",
            Self::Palette => "palette",
            Self::Text => "text",
            Self::Shell => "shell",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// The contexts to ask in turn when this one is on top. Where one types, nothing else is asked: a letter must reach
    /// the field, the plan or the container.
    #[must_use]
    pub fn chain(self) -> &'static [Self] {
        match self {
            Self::Everywhere => &[Self::Everywhere],
            Self::Time => &[Self::Time, Self::Everywhere],
            Self::Table => &[Self::Table, Self::Everywhere],
            Self::Services => &[Self::Services, Self::Table, Self::Everywhere],
            Self::Service => &[Self::Service, Self::Time, Self::Everywhere],
            Self::Alerts => &[Self::Alerts, Self::Time, Self::Everywhere],
            Self::History => &[Self::History, Self::Time, Self::Everywhere],
            Self::Charts => &[Self::Charts, Self::Time, Self::Everywhere],
            Self::Logs => &[Self::Logs, Self::Everywhere],
            Self::Document => &[Self::Document, Self::Everywhere],
            Self::Verify => &[Self::Verify, Self::Everywhere],
            Self::Plan => &[Self::Plan],
            Self::Palette => &[Self::Palette, Self::Text],
            Self::Text => &[Self::Text],
            Self::Shell => &[Self::Shell],
        }
    }
}

/// What keys pressed so far mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Action(&'static str),
    /// More keys are wanted.
    Prefix,
    Nothing,
}

/// One line of a keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub context: Context,
    pub keys: Vec<Key>,
    pub action: &'static str,
}

impl std::fmt::Display for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {} → {}", format_sequence(&self.keys), self.context.name(), self.action)
    }
}

#[derive(Clone, Debug)]
enum Node {
    Action(&'static str),
    Branch(BTreeMap<Key, Node>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Branch(BTreeMap::new())
    }
}

impl Node {
    fn find(&self, keys: &[Key]) -> Found {
        match (self, keys) {
            (Self::Action(action), []) => Found::Action(action),
            (Self::Action(_), _) => Found::Nothing,
            (Self::Branch(branch), []) if branch.is_empty() => Found::Nothing,
            (Self::Branch(_), []) => Found::Prefix,
            (Self::Branch(branch), [first, rest @ ..]) => {
                branch.get(first).map_or(Found::Nothing, |node| node.find(rest))
            }
        }
    }

    /// Refuses a sequence that is the beginning of another, or continues one: neither could ever be pressed.
    fn insert(&mut self, keys: &[Key], action: &'static str) -> Result<(), Clash> {
        let (Self::Branch(branch), [first, rest @ ..]) = (self, keys) else { return Err(Clash) };
        match (branch.entry(*first), rest) {
            (Entry::Vacant(vacant), []) => {
                vacant.insert(Self::Action(action));
                Ok(())
            }
            (Entry::Occupied(_), []) => Err(Clash),
            (entry, rest) => entry.or_default().insert(rest, action),
        }
    }
}

struct Clash;

/// All bindings. Built by [`Keymap::new`] from bindings in the order of preference for hints.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    tries: BTreeMap<Context, Node>,
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The bindings that clash with an earlier one of the same context are returned, not used.
    #[must_use]
    pub fn new(bindings: Vec<Binding>) -> (Self, Vec<Binding>) {
        let mut map = Self::default();
        let mut clashes = Vec::new();
        for binding in bindings {
            match map.tries.entry(binding.context).or_default().insert(&binding.keys, binding.action) {
                Ok(()) => map.bindings.push(binding),
                Err(Clash) => clashes.push(binding),
            }
        }
        (map, clashes)
    }

    /// Asks the contexts in turn, see [`Context::chain`]; the first that knows the keys or their beginning answers.
    #[must_use]
    pub fn lookup(&self, contexts: &[Context], keys: &[Key]) -> Found {
        contexts
            .iter()
            .filter_map(|context| self.tries.get(context))
            .map(|trie| trie.find(keys))
            .find(|found| *found != Found::Nothing)
            .unwrap_or(Found::Nothing)
    }

    /// All ways to press an action here, the preferred one first; without those that a nearer context takes away.
    pub fn keys_of<'a>(&'a self, contexts: &'a [Context], action: &'a str) -> impl Iterator<Item = &'a [Key]> {
        contexts.iter().flat_map(move |context| {
            self.bindings
                .iter()
                .filter(move |binding| binding.context == *context && binding.action == action)
                .map(|binding| binding.keys.as_slice())
                .filter(move |keys| matches!(self.lookup(contexts, keys), Found::Action(found) if found == action))
        })
    }

    /// The preferred way to press an action here, for a hint.
    #[must_use]
    pub fn hint<'a>(&'a self, contexts: &'a [Context], action: &'a str) -> Option<&'a [Key]> {
        self.keys_of(contexts, action).next()
    }

    /// What may follow a prefix, for a box of hints.
    #[must_use]
    pub fn continuations(&self, contexts: &[Context], prefix: &[Key]) -> Vec<(&[Key], &'static str)> {
        self.bindings
            .iter()
            .filter(|binding| contexts.contains(&binding.context))
            .filter_map(|binding| Some((binding.keys.strip_prefix(prefix)?, binding)))
            .filter(|(_, binding)| self.lookup(contexts, &binding.keys) == Found::Action(binding.action))
            .map(|(rest, binding)| (rest, binding.action))
            .collect()
    }

    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::parse_sequence;
    use super::*;

    fn bind(context: Context, keys: &str, action: &'static str) -> Binding {
        Binding { context, keys: parse_sequence(keys).expect(keys), action }
    }

    fn map() -> (Keymap, Vec<Binding>) {
        Keymap::new(vec![
            bind(Context::Everywhere, "j", "down"),
            bind(Context::Everywhere, "down", "down"),
            bind(Context::Everywhere, "s", "shell"),
            bind(Context::Services, "s", "scale"),
            bind(Context::Shell, "enter ~ d", "back"),
            bind(Context::Shell, "f8", "back"),
            bind(Context::Shell, "enter", "never"),
            bind(Context::Shell, "f8 f8", "never"),
        ])
    }

    fn find(context: Context, keys: &str) -> Found {
        map().0.lookup(context.chain(), &parse_sequence(keys).expect(keys))
    }

    #[test]
    fn the_nearest_context_answers() {
        assert_eq!(find(Context::Services, "s"), Found::Action("scale"));
        assert_eq!(find(Context::Table, "s"), Found::Action("shell"));
        assert_eq!(find(Context::Services, "j"), Found::Action("down"));
    }

    #[test]
    fn a_sequence_wants_all_its_keys() {
        assert_eq!(find(Context::Shell, "enter"), Found::Prefix);
        assert_eq!(find(Context::Shell, "enter ~"), Found::Prefix);
        assert_eq!(find(Context::Shell, "enter ~ d"), Found::Action("back"));
        assert_eq!(find(Context::Shell, "enter x"), Found::Nothing);
        assert_eq!(find(Context::Shell, "enter ~ d d"), Found::Nothing);
    }

    #[test]
    fn where_one_types_nothing_else_is_asked() {
        for context in [Context::Plan, Context::Text, Context::Palette, Context::Shell] {
            assert_eq!(find(context, "j"), Found::Nothing);
        }
    }

    #[test]
    fn what_could_never_be_pressed_is_a_clash() {
        let clashes: Vec<String> = map().1.iter().map(Binding::to_string).collect();
        assert_eq!(clashes, ["enter in shell → never", "f8 f8 in shell → never"]);
    }

    #[test]
    fn hints_prefer_the_first_and_skip_what_is_taken_away() {
        let (map, _) = map();
        assert_eq!(map.hint(Context::Services.chain(), "down").map(format_sequence).as_deref(), Some("j"));
        assert_eq!(map.hint(Context::Services.chain(), "shell"), None);
        assert_eq!(map.keys_of(Context::Table.chain(), "down").count(), 2);
        let enter = parse_sequence("enter").expect("a key");
        assert_eq!(map.continuations(Context::Shell.chain(), &enter).len(), 1);
    }
}
