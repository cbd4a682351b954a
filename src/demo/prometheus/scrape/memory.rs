//! The memory a container holds: steady for most, a slow leak for search.

use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::{SEARCH, ServiceId};
use crate::demo::world::timeline::PodSpan;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// What a search container that was killed once holds, by its age in minutes, as a share of its limit.
const LEAK: [(f64, f64); 5] = [(0.0, 0.4), (1.0, 0.55), (49.0, 0.95), (58.0, 0.97), (65.5, 0.998)];
/// The other ones hold less and keep it.
const SEARCH_STEADY: f64 = 0.93;

pub fn working_set(seed: u64, service: ServiceId, span: &PodSpan, at: StoryTime) -> f64 {
    let spec = service.spec();
    let started = span.container_started(at).unwrap_or(at);
    let minutes = (at.secs() - started.secs()) / 60.0;
    let mebibytes = if service == SEARCH {
        let leaks = !span.interruptions.is_empty();
        let share = along(&LEAK, minutes);
        spec.memory.limit * if leaks { share } else { share.min(SEARCH_STEADY) }
    } else {
        // A fresh container fills its caches in a minute.
        let filled = 0.6 + 0.4 * minutes.clamp(0.0, 1.0);
        let own = 0.97 + 0.06 * random::unit(seed, &["memory", &span.pod]);
        spec.memory.used * own * filled * (1.0 + 0.01 * (at.secs() / 240.0 + own * 100.0).sin())
    };
    (mebibytes * MEBIBYTE / 4096.0).floor() * 4096.0
}

fn along(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= x);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some(from), Some(to)) => from.1 + (to.1 - from.1) * (x - from.0) / (to.0 - from.0),
        (Some(only), None) | (None, Some(only)) => only.1,
        (None, None) => 0.0,
    }
}
