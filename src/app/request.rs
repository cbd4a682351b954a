//! What a command line asks for before anything is known: a screen about a service named in words. It is opened once the
//! services have been read.

use crate::action::plan::Act;
use crate::config::place;
use crate::domain::freshness::Freshness;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::problem::{Cause, Problem};
use crate::kinds::info::info;

use super::logs::window::Asked;
use super::model::Model;
use super::outbox::{Move, Outbox};
use super::screen::{HistoryScreen, LogsScreen, Screen};
use super::services::KINDS;

#[derive(Debug)]
pub struct Request {
    /// As kubectl writes it, `deploy/pay`, or a bare name.
    pub target: String,
    pub wanted: Wanted,
}

#[derive(Debug)]
pub enum Wanted {
    History,
    Logs(Asked),
    Plan(Act),
}

/// How far a request has come.
#[derive(Debug, Default)]
pub enum Pending {
    #[default]
    Nothing,
    Waiting(Request),
    Refused(Problem),
}

impl Pending {
    /// Opens what is asked for as soon as it can be told which object is meant.
    pub(super) fn settle(&mut self, model: &Model, out: &mut Outbox) {
        if !model.knows_services() || !matches!(self, Self::Waiting(_)) {
            return;
        }
        let Self::Waiting(request) = std::mem::take(self) else { return };
        match find(&request.target, model) {
            Ok(key) => request.wanted.open(key, out),
            Err(problem) => *self = Self::Refused(problem),
        }
    }
}

impl Wanted {
    /// What its report is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::History => "History",
            Self::Logs(_) => "Logs",
            Self::Plan(_) => "Plan",
        }
    }

    fn open(self, key: ObjectKey, out: &mut Outbox) {
        match self {
            Self::History => {
                let screen = HistoryScreen::open(key, out);
                out.open(Screen::History(Box::new(screen)));
            }
            Self::Logs(asked) => {
                let screen = LogsScreen::asked(key, asked).apart(out);
                out.open(Screen::Logs(screen));
            }
            Self::Plan(act) => out.moves.push(Move::Plan(key, act)),
        }
    }
}

/// Why what is asked for may be there all the same: not everything could be read.
fn unread(model: &Model) -> Option<Problem> {
    KINDS.iter().find_map(|kind| match model.freshness(*kind) {
        Freshness::Failed(problem) | Freshness::Stale { problem, .. } => Some(problem),
        Freshness::Denied(access) => Some(Problem::denied(access, "")),
        Freshness::Loading | Freshness::Partial { .. } | Freshness::Live | Freshness::Polled { .. } => None,
    })
}

/// What may have been meant instead.
fn near(name: &str, model: &Model) -> String {
    let known = || model.services.ranked().map(|service| &service.key);
    let nearest = place::nearest(name, known().map(|key| key.name.as_str()));
    match known().find(|key| nearest == Some(key.name.as_str())) {
        Some(key) => format!("did you mean {}/{} in {}?", info(key.kind).singular, key.name, key.namespace),
        None => "wk services lists what there is; -n and -A choose namespaces".to_owned(),
    }
}

/// The one object that is meant.
///
/// # Errors
/// None of that name, or several: then the candidates are named.
fn find(target: &str, model: &Model) -> Result<ObjectKey, Problem> {
    let (kind, name) = match target.split_once('/') {
        Some(("helm", _)) => {
            return Err(Problem::new(
                Cause::Refused,
                format!("{target}: Helm releases cannot be written yet"),
                "their revisions are shown and compared in the history",
                "roll the Deployment back, or use helm rollback",
            ));
        }
        Some((kind, name)) => match crate::kinds::info::lookup(kind) {
            Some(kind) => (Some(kind), name),
            None => {
                let what = format!("{target}: “{kind}” is no kind");
                return Err(Problem::new(
                    Cause::Usage,
                    what,
                    "",
                    "write deploy/NAME, sts/NAME, ds/NAME, pod/NAME or a name",
                ));
            }
        },
        None => (None, target),
    };
    let matching = |key: &&ObjectKey| key.name == name && kind.is_none_or(|kind| kind == key.kind);
    let services = model.services.ranked().map(|service| &service.key);
    let pods = model.stores(Kind::Pod).flat_map(super::store::ObjectStore::rows).map(|row| row.key());
    let mut found: Vec<&ObjectKey> = services.filter(matching).collect();
    if found.is_empty() {
        found = pods.filter(matching).collect();
    }
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(unread(model).unwrap_or_else(|| {
            let what = format!("there is no {target} in {}", model.namespaces);
            Problem::new(Cause::NotFound, what, "", near(name, model))
        })),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|key| format!("-n {} {}/{}", key.namespace, info(key.kind).singular, key.name))
                .collect();
            Err(Problem::new(Cause::Usage, format!("{target} is ambiguous"), names.join(", "), "name one of them"))
        }
    }
}
