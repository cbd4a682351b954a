//! Brings derived state up to date, once per drain: stores follow what is wanted, services are assembled, the open
//! screen finds its order.

use std::collections::BTreeMap;

use crate::kinds::delivery::ObjectsEvent;

use super::effect::Effect;
use super::outbox::Outbox;
use super::state::State;
use super::subscription::{Key, Params, Topic};
use super::update::finish;

/// Requests that screens make because of what changed are returned.
pub fn settle(state: &mut State, wanted: &BTreeMap<Key, Params>) -> Vec<Effect> {
    state.lingering.settle(wanted, &state.model);
    let lingering = state.lingering.topics(&state.model);
    let model = &mut state.model;
    let is_wanted = |topic: Topic| wanted.contains_key(&Key { generation: model.generation, topic });
    model.objects.retain(|topic, _| {
        let kept = is_wanted(Topic::Objects(topic.clone())) || lingering.contains(topic);
        if !kept {
            // Services of namespaces that are no longer looked at leave with their rows.
            model.services.take(topic, &ObjectsEvent::Replaced(Vec::new()));
        }
        kept
    });
    model.metrics.retain(|topic, _| is_wanted(Topic::Metrics(topic.clone())));
    for key in wanted.keys() {
        match &key.topic {
            Topic::Objects(topic) if !model.objects.contains_key(topic) => {
                model.objects.insert(topic.clone(), super::store::ObjectStore::default());
            }
            Topic::Metrics(topic) if !model.metrics.contains_key(topic) => {
                model.metrics.insert(topic.clone(), super::model::Metrics::default());
            }
            _ => {}
        }
    }
    model.services.settle(model.now);
    super::alerts::settle(model);
    super::measures::settle(model);
    let mut out = Outbox::new(state.last_task);
    state.request.settle(&state.model, &mut out);
    state.views.follow(&mut state.model, &mut out);
    let effects = finish(state, out);
    // Work left from before changes what is shown without a message.
    state.dirty |= state.views.is_working();
    let room = state.room();
    state.views.settle(&state.model, room);
    if let Some(guide) = &mut state.guide {
        guide.follow(&state.views, &state.model);
    }
    // A line of advice that came or went leaves the screen another room.
    if state.room() != room {
        state.views.settle(&state.model, state.room());
    }
    effects
}
