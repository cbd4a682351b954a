//! Desired state: starts and stops streams until what runs is what the machine wants.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};

use crate::app::{Key, Message, Params};
use crate::sources::task_scope::{ScopeGuard, TaskScope};

use super::perform::Performer;
use super::streams;

pub(super) struct Reconciler {
    scope: TaskScope,
    sender: mpsc::Sender<Message>,
    running: BTreeMap<Key, Running>,
}

struct Running {
    params: watch::Sender<Params>,
    _guard: ScopeGuard,
}

impl Reconciler {
    pub(super) fn new(scope: TaskScope, sender: mpsc::Sender<Message>) -> Self {
        Self { scope, sender, running: BTreeMap::new() }
    }

    pub(super) fn reconcile(&mut self, wanted: BTreeMap<Key, Params>, performer: &Performer) {
        self.running.retain(|key, _| wanted.contains_key(key));
        for (key, params) in wanted {
            match self.running.get(&key) {
                Some(running) => {
                    running.params.send_if_modified(|current| {
                        let changed = *current != params;
                        *current = params;
                        changed
                    });
                }
                None => self.start(key, params, performer),
            }
        }
    }

    fn start(&mut self, key: Key, params: Params, performer: &Performer) {
        let scope = self.scope.child();
        let guard = scope.guard();
        let (sender, receiver) = watch::channel(params);
        streams::start(&key, receiver, &scope, self.sender.clone(), performer);
        self.running.insert(key, Running { params: sender, _guard: guard });
    }
}
