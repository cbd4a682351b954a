//! ConfigMaps and plain Secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::metadata::{Calendar, managed};
use super::workload::{released, short};
use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::{CART_WORKER, ServiceSpec};
use crate::demo::world::timeline::CONFIGURED;

pub fn config_map(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let name = format!("{}-config", short(spec));
    let first = spec.history.first().map_or(StoryTime::START, released);
    let shortly_before = CONFIGURED.iter().find(|(service, ..)| service.spec().name == spec.name);
    let (by, at) = match shortly_before {
        Some((_, _, by, at)) => (*by, *at),
        None => ("ci-bot", spec.history.last().map_or(first, released)),
    };
    let data = if spec.name == CART_WORKER.spec().name {
        // The redis of the shop stands in the namespace data.
        json!({"REDIS_ADDRESS": "redis:6379", "BATCH_SIZE": "60"})
    } else {
        json!({
            "BANK_TIMEOUT_MS": "2000",
            "BANK_RETRIES": "3",
            "CURRENCIES": "EUR,USD,GBP",
            "features.yaml": "refunds: true\nsplit-payments: false\n",
        })
    };
    json!({
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["configmap", spec.namespace, &name]),
            "resourceVersion": "",
            "creationTimestamp": calendar.second(first),
            "labels": {"app.kubernetes.io/name": spec.name},
            "managedFields": [managed(by, "Update", "v1", &calendar.second(at), &json!({"data": data}), false)],
        },
        "data": data,
    })
}

pub fn database_secret(seed: u64, spec: &ServiceSpec, calendar: Calendar) -> Value {
    let name = format!("{}-db", short(spec));
    let created = calendar.second(spec.history.first().map_or(StoryTime::START, released));
    let password = random::suffix(seed, &["password", &name], 24);
    json!({
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": spec.namespace,
            "uid": random::uid(seed, &["secret", spec.namespace, &name]),
            "resourceVersion": "",
            "creationTimestamp": created,
            "labels": {"app.kubernetes.io/name": spec.name},
            "managedFields": [managed("external-secrets", "Update", "v1", &created, &json!({"data": {"password": "", "username": ""}, "type": ""}), false)],
        },
        "data": {"username": STANDARD.encode(short(spec)), "password": STANDARD.encode(password)},
        "type": "Opaque",
    })
}
