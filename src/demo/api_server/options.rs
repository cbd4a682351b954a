//! What a list, a watch or a write may ask for beside its object, refused in the API server's words where it may not.

use serde_json::json;

use super::refusal::{Cause, Refusal};
use super::request::{Query, Target};

const MATCH: &str = "resourceVersionMatch";

/// From when on, as lists and watches ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Now, or what the cache has: the same here.
    Now,
    Version(u64),
}

pub fn from(query: &Query) -> Result<From, String> {
    match query.get("resourceVersion").unwrap_or_default() {
        "" | "0" => Ok(From::Now),
        text => text.parse().map(From::Version).map_err(|_| {
            let unreadable = format!("strconv.ParseUint: parsing \"{text}\": invalid syntax");
            format!("resourceVersion: Invalid value: \"{text}\": {unreadable}")
        }),
    }
}

/// Refuses what lists and watches may not be asked for together.
pub fn check_reading(query: &Query) -> Result<(), Refusal> {
    let (asked, wanted) = (query.get("resourceVersion").unwrap_or_default(), query.get(MATCH).unwrap_or_default());
    let refuse = |why: &str| Err(Refusal::invalid("ListOptions", "meta.k8s.io", "", &[Cause::forbidden(MATCH, why)]));
    if query.is_set("watch") {
        return match (query.get("sendInitialEvents").is_some(), wanted) {
            (true, "NotOlderThan") | (false, "") => Ok(()),
            (true, _) => refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
            (false, _) => refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"),
        };
    }
    if wanted.is_empty() {
        return Ok(());
    }
    if asked.is_empty() {
        return refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if !matches!(wanted, "Exact" | "NotOlderThan") {
        let cause = Cause::unsupported(MATCH, &json!(wanted), &["Exact", "NotOlderThan", ""]);
        return Err(Refusal::invalid("ListOptions", "meta.k8s.io", "", &[cause]));
    }
    Ok(())
}

/// Refuses any other dry run than the whole one.
pub fn check_writing(target: &Target, query: &Query) -> Result<(), Refusal> {
    let wanted: Vec<&str> = query.all("dryRun").collect();
    if wanted.iter().all(|value| *value == "All") {
        return Ok(());
    }
    let kind = match target.verb {
        "create" => "CreateOptions",
        "update" => "UpdateOptions",
        "patch" => "PatchOptions",
        _ => "DeleteOptions",
    };
    let cause = Cause::unsupported("dryRun", &json!(wanted), &["All"]);
    Err(Refusal::invalid(kind, "meta.k8s.io", "", &[cause]))
}
