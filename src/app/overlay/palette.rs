//! The palette: any screen, kind, service, namespace, context or action by a few letters of its name.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::action::Action;
use crate::config::key::Key;
use crate::domain::object::{Kind, Namespaces, ObjectKey};
use crate::domain::text::CleanText;
use crate::kinds::info::{self, info};

use super::super::model::Model;
use super::super::outbox::{Move, Outbox};
use super::super::screen::{BrowseScreen, Screen};
use super::super::text_field::TextField;

/// Entries shown at most.
const SHOWN: usize = 50;

#[derive(Debug, Default)]
pub struct PaletteOverlay {
    pub field: TextField,
    pub entries: Vec<Entry>,
    pub cursor: usize,
    /// The text the entries were found for.
    found_for: Option<String>,
}

/// Something to go to or to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Action(Action),
    Kind(Kind),
    /// A kind in one namespace: `pods checkout`.
    KindIn(Kind, CleanText),
    Service(ObjectKey),
    Namespace(CleanText),
    Context(CleanText),
}

impl Entry {
    /// As it is shown and matched.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Action(action) => action.spec().name.to_owned(),
            Self::Kind(kind) => info(*kind).plural.to_owned(),
            Self::KindIn(kind, namespace) => format!("{} {namespace}", info(*kind).plural),
            Self::Service(key) => key.to_string(),
            Self::Namespace(name) | Self::Context(name) => name.to_string(),
        }
    }

    /// What it is, in a word or two.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Action(action) => action.spec().help,
            Self::Kind(_) => "kind",
            Self::KindIn(..) => "kind in a namespace",
            Self::Service(_) => "service",
            Self::Namespace(_) => "namespace",
            Self::Context(_) => "context",
        }
    }

    fn choose(&self, out: &mut Outbox) {
        out.close_overlay();
        match self {
            Self::Action(action) => out.moves.push(Move::Act(*action)),
            Self::Kind(kind) => out.open(Screen::Browse(BrowseScreen::new(*kind))),
            Self::KindIn(kind, namespace) => {
                out.moves.push(Move::LookAt(Namespaces::one(namespace)));
                out.open(Screen::Browse(BrowseScreen::new(*kind)));
            }
            Self::Service(key) => out.moves.push(Move::OpenService(key.clone())),
            Self::Namespace(name) => out.moves.push(Move::LookAt(Namespaces::one(name))),
            Self::Context(name) => out.moves.push(Move::Connect(name.clone())),
        }
    }
}

impl PaletteOverlay {
    pub(super) fn press(&mut self, key: Key) -> bool {
        self.field.press(key)
    }

    pub(super) fn act(&mut self, action: Action, out: &mut Outbox) -> bool {
        match action {
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::Down => self.cursor = (self.cursor + 1).min(self.entries.len().saturating_sub(1)),
            Action::NextPane => {
                if let Some(entry) = self.entries.get(self.cursor) {
                    self.field.set(&entry.name());
                }
            }
            Action::Confirm => match self.entries.get(self.cursor) {
                Some(entry) => entry.choose(out),
                None => out.close_overlay(),
            },
            _ => return false,
        }
        true
    }

    pub(super) fn settle(&mut self, model: &Model) {
        if self.found_for.as_deref() == Some(self.field.text()) {
            return;
        }
        self.entries = find(self.field.text(), candidates(model));
        self.found_for = Some(self.field.text().to_owned());
        self.cursor = 0;
    }
}

fn candidates(model: &Model) -> Vec<Entry> {
    let kinds = info::all().map(|info| Entry::Kind(info.kind));
    let services = model.services.ranked().map(|service| Entry::Service(service.key.clone()));
    let namespaces = model.known_namespaces();
    let contexts = model.contexts.iter().cloned().map(Entry::Context);
    let actions = crate::action::all().map(|spec| Entry::Action(spec.action));
    kinds.chain(services).chain(namespaces.into_iter().map(Entry::Namespace)).chain(contexts).chain(actions).collect()
}

/// Best first. A kind's short name or an exact name always wins; a name that is nowhere may be a namespace that cannot
/// be listed.
fn find(text: &str, candidates: Vec<Entry>) -> Vec<Entry> {
    let text = text.trim();
    if let Some((kind, namespace)) = kind_in(text) {
        let fits = |entry: &Entry| matches!(entry, Entry::Namespace(name) if name.contains(namespace));
        let known = candidates.iter().filter(|entry| fits(entry)).map(Entry::name);
        let mut names: Vec<String> = known.filter(|name| name != namespace).collect();
        let is_known = candidates.iter().any(|entry| fits(entry) && entry.name() == namespace);
        // One that is not known may be one that cannot be listed.
        names.insert(if is_known { 0 } else { names.len() }, namespace.to_owned());
        return names.iter().map(|name| Entry::KindIn(kind, CleanText::new(name))).take(SHOWN).collect();
    }
    let exact = info::lookup(text).map(Entry::Kind);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, Entry)> = candidates
        .into_iter()
        .filter(|entry| Some(entry) != exact.as_ref())
        .filter_map(|entry| {
            let name = entry.name();
            let mut score = pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher)?;
            if name == text {
                score = u32::MAX;
            }
            Some((score, entry))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let unlisted = (exact.is_none() && found.is_empty() && is_name(text)).then(|| Entry::Namespace(text.into()));
    let found = found.into_iter().map(|(_, entry)| entry).take(SHOWN);
    exact.into_iter().chain(found).chain(unlisted).collect()
}

/// `pods checkout`, as it is typed elsewhere.
fn kind_in(text: &str) -> Option<(Kind, &str)> {
    let (kind, namespace) = text.split_once(' ')?;
    let namespace = namespace.trim();
    Some((info::lookup(kind)?, namespace)).filter(|_| is_name(namespace))
}

/// Could be the name of a namespace: letters, digits and dashes.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Entry> {
        let namespaces = ["checkout", "shop"].map(|name| Entry::Namespace(name.into()));
        find(text, info::all().map(|info| Entry::Kind(info.kind)).chain(namespaces).collect())
    }

    #[test]
    fn a_short_name_wins_and_a_kind_may_be_followed_by_a_namespace() {
        assert_eq!(found("po")[0], Entry::Kind(Kind::Pod));
        assert_eq!(found("po checkout"), [Entry::KindIn(Kind::Pod, "checkout".into())]);
        let elsewhere = ["shop", "sho"].map(|name| Entry::KindIn(Kind::Pod, name.into()));
        assert_eq!(found("pods sho"), elsewhere);
    }

    #[test]
    fn a_name_that_is_nowhere_is_tried_as_a_namespace() {
        assert_eq!(found("qqqx"), [Entry::Namespace("qqqx".into())]);
        assert_eq!(found("What?!"), []);
    }
}
