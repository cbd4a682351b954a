//! How the story weighs on each pod: what it serves, what of that fails, how long it takes and what it costs. Constant
//! between the instants at which something happens. All numbers of the incident are here.

use std::sync::Arc;

use super::latency::{Latencies, Latency};
use super::ripple::Ripple;
use crate::demo::world::StoryTime;
use crate::demo::world::services::{ORDERS, PAY_API, ServiceId, Traffic};
use crate::demo::world::timeline::{FAILING_SHARE, PodSpan, RETRIES, RETRY_STORM_AFTER, Timeline, WARMING};

/// How hard callers retry once they retry harder, in steps.
const STORM: [f64; 4] = [3.2, 4.4, 5.6, 6.66];
const STORM_STEP_MILLIS: i64 = 10_000;
/// orders gives up on a charge after this time, and works off what waited for so long.
const ORDERS_GIVES_UP_MILLIS: i64 = 18_000;
const ORDERS_RECOVERS_MILLIS: i64 = 46_000;
/// What of orders' requests fails when pay-api fails everywhere.
const ORDERS_SYMPTOM: f64 = 0.05;
/// The bad version takes this much more of the processor.
const BAD_COST: f64 = 1.19;
/// And so much more again while requests pile up.
const STORM_COST: f64 = 1.3;

/// What one pod does in a span of time.
#[derive(Debug, Clone)]
pub struct Piece {
    pub from: StoryTime,
    /// `None`: until further notice.
    pub to: Option<StoryTime>,
    /// Its container runs.
    pub running: bool,
    /// A container started at the beginning of this piece: its counters begin at zero.
    pub restarted: bool,
    pub ready: bool,
    pub requests_per_second: f64,
    /// The share of requests that fail as they always do, on every route.
    pub usual_errors: f64,
    /// The share of requests that fail by the incident, all on the first route.
    pub incident_errors: f64,
    pub healthy: Option<Latency>,
    pub failing: Option<Latency>,
    pub cores: f64,
    /// The share of scheduling periods in which it was held back.
    pub throttled: f64,
}

#[derive(Debug, Clone)]
pub struct PodLoad {
    pub span: PodSpan,
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
pub struct ServiceLoad {
    pub service: ServiceId,
    pub ripple: Ripple,
    pub pods: Vec<PodLoad>,
}

/// The whole shop. A function of the timeline alone; the timeline it was made for is kept to tell when it is out of date.
#[derive(Debug)]
pub struct ShopLoad {
    pub timeline: Arc<Timeline>,
    pub services: Vec<ServiceLoad>,
}

/// Beyond anything that has happened or will.
const ALWAYS: (StoryTime, StoryTime) = (StoryTime::from_secs(-10_000_000_000), StoryTime::from_secs(10_000_000_000));

impl ShopLoad {
    pub fn of(timeline: Arc<Timeline>) -> Self {
        let mut latencies = Latencies::default();
        let services = timeline.services().map(|service| {
            let turns = turns(&timeline, service);
            let pods = timeline.pods_during(service, ALWAYS.0, ALWAYS.1).map(|span| PodLoad {
                pieces: pieces(&timeline, service, span, &turns, &mut latencies),
                span: span.clone(),
            });
            ServiceLoad { service, ripple: Ripple::of(timeline.seed, service), pods: pods.collect() }
        });
        let services = services.collect();
        Self { timeline, services }
    }
}

/// Every instant at which the load of a service may change, in order.
fn turns(timeline: &Timeline, service: ServiceId) -> Vec<StoryTime> {
    let mut turns = timeline.breakpoints(service, ALWAYS.0, ALWAYS.1);
    if service == PAY_API {
        let storms = turns.iter().filter_map(|&turn| timeline.only_bad_since(turn));
        let starts: Vec<StoryTime> = storms.map(|since| since + RETRY_STORM_AFTER).collect();
        let steps = |start: StoryTime| (0..4).map(move |step| start.plus_millis(step * STORM_STEP_MILLIS));
        turns.extend(starts.into_iter().flat_map(steps));
    }
    if service == ORDERS {
        let delays = [ORDERS_GIVES_UP_MILLIS, ORDERS_RECOVERS_MILLIS];
        let of_pay = timeline.breakpoints(PAY_API, StoryTime::START, ALWAYS.1);
        turns.extend(of_pay.iter().flat_map(|turn| delays.map(|delay| turn.plus_millis(delay))));
    }
    let warm = timeline.pods_during(service, ALWAYS.0, ALWAYS.1).filter(|span| span.warming);
    let warmed: Vec<StoryTime> = warm.filter_map(|span| Some(span.ready? + WARMING)).collect();
    turns.extend(warmed);
    turns.sort();
    turns.dedup();
    turns
}

fn pieces(
    timeline: &Timeline,
    service: ServiceId,
    span: &PodSpan,
    turns: &[StoryTime],
    latencies: &mut Latencies,
) -> Vec<Piece> {
    let within = |turn: &&StoryTime| **turn >= span.created && span.end.is_none_or(|end| **turn < end);
    let turns: Vec<StoryTime> = turns.iter().filter(within).copied().collect();
    let ends = turns.iter().skip(1).copied().map(Some).chain([span.end]);
    let mut was_running = false;
    let mut pieces = Vec::with_capacity(turns.len());
    for (&from, to) in turns.iter().zip(ends) {
        let mut piece = piece(timeline, service, span, from, latencies);
        piece.to = to;
        piece.restarted = piece.running && !was_running;
        was_running = piece.running;
        pieces.push(piece);
    }
    pieces
}

fn piece(timeline: &Timeline, service: ServiceId, span: &PodSpan, at: StoryTime, latencies: &mut Latencies) -> Piece {
    let spec = service.spec();
    let running = span.container_started(at).is_some();
    let ready = span.is_ready(at);
    let mut piece = Piece {
        from: at,
        to: None,
        running,
        restarted: false,
        ready,
        requests_per_second: 0.0,
        usual_errors: 0.0,
        incident_errors: 0.0,
        healthy: None,
        failing: None,
        cores: if running { spec.cpu.used * 0.3 } else { 0.0 },
        throttled: 0.0,
    };
    let Some(traffic) = spec.traffic else {
        if ready {
            piece.cores = spec.cpu.used;
        }
        return piece;
    };
    let healthy = latencies.healthy(traffic.p50_seconds, traffic.p99_seconds);
    piece.healthy = Some(healthy);
    if !ready {
        return piece;
    }
    let serving = timeline.pods_at(service, at).filter(|span| span.is_ready(at)).count().max(1) as f64;
    piece.requests_per_second = demand(timeline, service, traffic, at) / serving;
    piece.incident_errors = incident_errors(timeline, service, span, at);
    piece.usual_errors = traffic.error_ratio * (1.0 - piece.incident_errors);
    let warming = span.warming && span.ready.is_some_and(|ready| at < ready + WARMING);
    if warming {
        piece.healthy = Some(latencies.healthy(traffic.p50_seconds * 2.0, traffic.p99_seconds * 4.0));
    }
    if piece.incident_errors > 0.0 {
        let p99 = incident_p99(timeline, service, piece.requests_per_second, warming, at);
        piece.failing = Some(latencies.failing(healthy, piece.incident_errors, p99));
    }
    let usual = traffic.requests_per_second / f64::from(spec.replicas.max(1));
    let stormy = service == PAY_API && storm_step(timeline, at).is_some();
    let cost = if span.is_bad() { BAD_COST } else { 1.0 } * if stormy { STORM_COST } else { 1.0 };
    let cores = spec.cpu.used * (0.1 + 0.9 * piece.requests_per_second / usual) * cost;
    let limit = if spec.cpu.limit > 0.0 { spec.cpu.limit } else { f64::INFINITY };
    piece.cores = cores.min(limit * 0.99);
    piece.throttled = ((cores / limit - 0.85) * 4.0).clamp(0.0, 0.9);
    piece
}

/// What arrives at a service, retries included.
fn demand(timeline: &Timeline, service: ServiceId, traffic: Traffic, at: StoryTime) -> f64 {
    if service != PAY_API {
        return traffic.requests_per_second;
    }
    traffic.requests_per_second * (1.0 + FAILING_SHARE * retries(timeline, at) * timeline.bad_share(at))
}

/// How often callers try again what pay-api has failed.
fn retries(timeline: &Timeline, at: StoryTime) -> f64 {
    storm_step(timeline, at).map_or(RETRIES, |step| STORM[step])
}

fn storm_step(timeline: &Timeline, at: StoryTime) -> Option<usize> {
    let start = timeline.only_bad_since(at)? + RETRY_STORM_AFTER;
    let steps = (at.millis() - start.millis()).div_euclid(STORM_STEP_MILLIS);
    usize::try_from(steps).ok().map(|step| step.min(STORM.len() - 1))
}

fn incident_errors(timeline: &Timeline, service: ServiceId, span: &PodSpan, at: StoryTime) -> f64 {
    if service == PAY_API && span.is_bad() {
        // A caller stays with its pod, so an old app's charge fails on each try.
        let retries = retries(timeline, at);
        return FAILING_SHARE * (1.0 + retries) / (1.0 + FAILING_SHARE * retries);
    }
    if service == ORDERS {
        return ORDERS_SYMPTOM * worst_of_pay(timeline, at);
    }
    0.0
}

/// The worst that pay-api was between the time orders gives up on a charge and the time it has forgotten it.
fn worst_of_pay(timeline: &Timeline, at: StoryTime) -> f64 {
    let from = at.plus_millis(-ORDERS_RECOVERS_MILLIS);
    let to = at.plus_millis(-ORDERS_GIVES_UP_MILLIS);
    let turns = timeline.breakpoints(PAY_API, from, to);
    turns.into_iter().chain([from]).map(|turn| timeline.bad_share(turn)).fold(0.0, f64::max)
}

/// The 99th percentile of all requests of a pod that fails, in seconds.
fn incident_p99(timeline: &Timeline, service: ServiceId, load: f64, warming: bool, at: StoryTime) -> f64 {
    if service == ORDERS {
        return 2.2;
    }
    if warming {
        return 2.4;
    }
    if storm_step(timeline, at).is_some() {
        return 4.0;
    }
    // More pods help a little: eight of them carry 43 requests a second each.
    let relief = ((60.0 - load) / (60.0 - 43.1)).clamp(0.0, 1.0);
    1.9 - 0.3 * relief
}
