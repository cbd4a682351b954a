//! get and list.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use http::HeaderMap;
use serde_json::{Value, json};

use super::options;
use super::refusal::Refusal;
use super::request::{Query, Target};
use super::respond::{Answer, json_answer, large_json};
use super::selection::Selection;
use crate::demo::cluster::Cluster;
use crate::demo::world::kinds::Kind;
use crate::demo::world::store::{Key, Stored};

/// How tokens are written; read as leniently as Go does.
const TOKEN: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// Where a list goes on.
struct Continue {
    version: u64,
    after: Key,
}

pub fn get(cluster: &Cluster, kind: Kind, target: &Target, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let selection = Selection::of(kind, target, &Query::default(), headers)?;
    let key = key_of(kind, target);
    let found = cluster.with_world(|world| Some((world.store.get(kind, &key)?.clone(), world.calendar)));
    let (object, calendar) = found.ok_or_else(|| Refusal::not_found(&target.resource, &target.group, &target.name))?;
    Ok(json_answer(200, &selection.render(&object, calendar)))
}

pub fn key_of(kind: Kind, target: &Target) -> Key {
    let namespace = if kind.info().namespaced { target.namespace.clone() } else { String::new() };
    Key::new(namespace, target.name.clone())
}

pub fn list(
    cluster: &Cluster,
    kind: Kind,
    target: &Target,
    query: &Query,
    headers: &HeaderMap,
) -> Result<Answer, Refusal> {
    let selection = Selection::of(kind, target, query, headers)?;
    options::check_reading(query)?;
    options::from(query).map_err(|why| Refusal::bad_request(format!("invalid resource version: {why}")))?;
    let limit = query.number("limit")?.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let start = query.get("continue").filter(|token| !token.is_empty()).map(decode).transpose()?;
    // What the cache has comes in one piece.
    let limit = limit.filter(|_| start.is_some() || query.get("resourceVersion") != Some("0"));
    let page = cluster.with_world(|world| {
        if let Some(start) = &start
            && world.store.since(start.version).is_none()
        {
            return Err(Refusal::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
            ));
        }
        let version = start.as_ref().map_or(world.store.version(), |start| start.version);
        let from = start.map_or_else(|| Key::new(selection.namespace.clone(), ""), |start| start.after);
        let mut items: Vec<(Key, Stored)> = Vec::new();
        let mut remaining = 0u64;
        for (key, object) in world.store.all(kind).range(from.clone()..) {
            if !selection.namespace.is_empty() && key.namespace != selection.namespace {
                break;
            }
            // `from` is the last key of the page before.
            if (*key == from && !from.name.is_empty()) || !selection.matches(key, object) {
                continue;
            }
            if limit.is_some_and(|limit| items.len() == limit) {
                remaining += 1;
            } else {
                items.push((key.clone(), object.clone()));
            }
        }
        Ok((version, items, remaining, world.calendar))
    });
    let (version, items, remaining, calendar) = page?;

    let mut metadata = json!({"resourceVersion": version.to_string()});
    if remaining > 0
        && let Some((last, _)) = items.last()
    {
        metadata["continue"] = json!(encode(version, last));
        if !selection.has_selectors() {
            metadata["remainingItemCount"] = json!(remaining);
        }
    }
    let (list_kind, api_version) = selection.list_type();
    let head = json!({"kind": list_kind, "apiVersion": api_version, "metadata": metadata}).to_string();
    let mut body = Vec::with_capacity(items.len() * 4096 + head.len());
    body.extend_from_slice(head.trim_end_matches('}').as_bytes());
    // The metadata's own brace was trimmed with the outer one.
    body.extend_from_slice(b"},\"items\":[");
    for (index, (_, object)) in items.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        selection.write_item(&mut body, object, calendar);
    }
    body.extend_from_slice(b"]}\n");
    Ok(large_json(headers, body))
}

fn encode(version: u64, last: &Key) -> String {
    let token = json!({"v": "meta.k8s.io/v1", "rv": version, "start": format!("{}/{}", last.namespace, last.name)});
    TOKEN.encode(token.to_string())
}

fn decode(token: &str) -> Result<Continue, Refusal> {
    let refuse = |why: &str| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
    let bytes = TOKEN.decode(token).map_err(|error| refuse(&error.to_string()))?;
    let token: Value = serde_json::from_slice(&bytes).map_err(|_| {
        let first = bytes.first().map_or('\0', |byte| char::from(*byte));
        refuse(&format!("invalid character '{first}' looking for beginning of value"))
    })?;
    let start = || Some((token["rv"].as_u64()?, token["start"].as_str()?.split_once('/')?));
    let (version, (namespace, name)) = start().ok_or_else(|| refuse("incorrect encoded start resourceVersion"))?;
    Ok(Continue { version, after: Key::new(namespace, name) })
}
