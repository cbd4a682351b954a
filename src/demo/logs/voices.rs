//! How each program of the shop writes.

use serde_json::json;

use super::source::{Line, LogSource};
use crate::demo::world::StoryTime;
use crate::demo::world::random;
use crate::demo::world::services::{CART_WORKER, ORDERS, PAY_API, SEARCH, ServiceSpec, Traffic};
use crate::demo::world::timeline::BAD_VERSION;

/// Request lines that a busy pod writes in a second: programs log a sample.
const LINES_PER_SECOND: f64 = 1.6;
/// New errors of the bad version, a second and pod: 212 a minute over four pods.
const BAD_ERRORS_PER_SECOND: f64 = 0.885;
const NOISE_PER_SECOND: f64 = 0.04;
/// Within so many seconds a program has started, or given up.
const START_SECONDS: i64 = 2;

const STACK: [&str; 14] = [
    "    at toMinorUnits (/app/src/money.ts:14:19)",
    "    at ChargeRequest.total (/app/src/charge/request.ts:52:12)",
    "    at splitByFeature (/app/src/charge/feature-x.ts:31:27)",
    "    at charge (/app/src/charge/handler.ts:88:31)",
    "    at /app/src/http/route.ts:41:20",
    "    at withIdempotencyKey (/app/src/http/idempotency.ts:63:15)",
    "    at withTimeout (/app/src/http/timeout.ts:22:10)",
    "    at Layer.handle (/app/node_modules/router/layer.js:95:5)",
    "    at next (/app/node_modules/router/route.js:144:13)",
    "    at Route.dispatch (/app/node_modules/router/route.js:114:3)",
    "    at trace (/app/node_modules/telemetry/span.js:208:18)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    "    at async Server.handle (/app/src/http/server.ts:119:7)",
    "    at async Server.<anonymous> (/app/src/http/server.ts:77:3)",
];

/// A moment within a second, to be filled with words.
struct Slot<'a> {
    source: &'a LogSource,
    at: StoryTime,
    nanos: u32,
    draw: u64,
}

impl Slot<'_> {
    fn trace(&self) -> String {
        format!("{:04x}", self.draw & 0xffff)
    }

    fn pick<'b, T>(&self, choices: &'b [T]) -> &'b T {
        &choices[(self.draw >> 17) as usize % choices.len()]
    }

    fn unit(&self) -> f64 {
        ((self.draw >> 24) & 0xffff) as f64 / 65_536.0
    }

    fn line(&self, text: String) -> Line {
        Line { at: self.at, nanos: self.nanos, text }
    }
}

/// All lines of one second of story time, in order.
pub(super) fn second(source: &LogSource, second: i64, out: &mut Vec<Line>) {
    let first = out.len();
    startup(source, second, out);
    let spec = source.service.map(|service| service.spec());
    match spec {
        Some(spec) => {
            if let Some(traffic) = spec.traffic {
                let rate = LINES_PER_SECOND.min(traffic.requests_per_second / f64::from(spec.replicas));
                for slot in slots(source, second, "request", rate) {
                    out.push(request(spec, &traffic, &slot));
                }
            } else {
                for slot in slots(source, second, "work", 0.3) {
                    out.push(work(spec, &slot));
                }
            }
            troubles(source, spec, second, out);
        }
        None => {
            for slot in slots(source, second, "work", 0.2) {
                out.push(slot.line(format!("level=info msg=\"tick\" n={}", slot.draw % 1000)));
            }
        }
    }
    farewell(source, second, out);
    out[first..].sort_by_key(|line| (line.at, line.nanos));
}

/// As many moments as the rate gives to this second.
fn slots<'a>(source: &'a LogSource, second: i64, what: &str, rate: f64) -> Vec<Slot<'a>> {
    let text = second.to_string();
    let seed = source.timeline.seed;
    let chance = random::unit(seed, &[&source.pod, &text, what]);
    let count = rate.floor() as u64 + u64::from(chance < rate.fract());
    (0..count)
        .map(|number| {
            let draw = random::hash(seed, &[&source.pod, &text, what, &number.to_string()]);
            let at = StoryTime::from_millis(second * 1000 + i64::try_from(draw % 1000).unwrap_or(0));
            Slot { source, at, nanos: u32::try_from((draw >> 40) % 900_000).unwrap_or(0), draw }
        })
        .collect()
}

fn startup(source: &LogSource, second: i64, out: &mut Vec<Line>) {
    let first = source.started.millis().div_euclid(1000);
    if !(first..=first + START_SECONDS).contains(&second) {
        return;
    }
    let name = source.service.map_or("unit", |service| service.spec().name);
    let port = source.service.map_or(8080, |service| service.spec().port);
    let mut words = vec![
        (3, format!("level=info msg=\"starting {name} {}\" pid=1", source.version)),
        (240, format!("level=info msg=\"configuration read\" source={name}-config")),
    ];
    let gave_up = source.ended.filter(|end| *end <= source.started.plus_millis(START_SECONDS * 1000));
    match gave_up.filter(|_| source.service == Some(CART_WORKER)) {
        Some(end) => {
            let lasted = end.millis() - source.started.millis();
            let text = "level=error msg=\"cannot connect to redis:6379\" err=\"lookup redis: no such host\"";
            words.push((lasted - 20, format!("{text} app={}", source.version)));
            words.push((lasted - 10, "level=info msg=\"giving up\" exit=1".to_owned()));
        }
        None => {
            words.push((900, format!("level=info msg=\"listening\" address=:{port}")));
            words.push((1700, "level=info msg=\"ready\"".to_owned()));
        }
    }
    for (after, text) in words {
        let at = source.started.plus_millis(after);
        if at.millis().div_euclid(1000) == second {
            out.push(Line { at, nanos: 101, text });
        }
    }
}

fn farewell(source: &LogSource, second: i64, out: &mut Vec<Line>) {
    if let Some(deleted) = source.deleted {
        out.retain(|line| line.at <= deleted);
        if deleted.millis().div_euclid(1000) == second {
            let text = "level=info msg=\"SIGTERM received, draining\"".to_owned();
            out.push(Line { at: deleted, nanos: 999, text });
        }
    }
}

fn request(spec: &ServiceSpec, traffic: &Traffic, slot: &Slot<'_>) -> Line {
    let mut share = slot.unit();
    let route = traffic.routes.iter().find(|(_, part)| {
        share -= part;
        share < 0.0
    });
    let route = route.or(traffic.routes.last()).map_or("GET /", |(route, _)| *route);
    let spread = (slot.draw >> 48) as f64 / 65_536.0;
    let millis = traffic.p50_seconds * 1000.0 * (0.6 + 0.9 * spread);
    let version = &slot.source.version;
    slot.line(match spec.name {
        "web" | "search" | "auth" => json!({"level": "info", "msg": format!("{route} 200"), "dur_ms": millis.round(),
            "app": version, "trace": slot.trace()})
        .to_string(),
        // Somebody left colours on.
        "recommend" => format!("\u{1b}[32mINFO\u{1b}[0m {route} 200 {millis:.0}ms trace={}", slot.trace()),
        _ => format!("level=info route=\"{route}\" status=200 dur={millis:.0}ms app={version} trace={}", slot.trace()),
    })
}

fn work(spec: &ServiceSpec, slot: &Slot<'_>) -> Line {
    let number = slot.draw % 977;
    slot.line(match spec.name {
        "cart-worker" => format!("level=info msg=\"batch done\" carts={} app={}", number % 60, slot.source.version),
        "mailer" => format!("level=info msg=\"mail sent\" template={}", slot.pick(&["receipt", "welcome", "reset"])),
        "postgres" => format!("LOG:  checkpoint complete: wrote {number} buffers ({:.1}%)", number as f64 / 160.0),
        "redis" => format!("1:M * {} changes in 60 seconds. Saving...", 10_000 + number),
        "kafka" => format!("INFO [GroupCoordinator id={}] Stabilized group checkout generation {number}", number % 3),
        "prometheus" => format!("level=info component=tsdb msg=\"write block\" ulid={:010x}", slot.draw >> 24),
        _ => format!("level=info msg=\"cycle done\" items={number}"),
    })
}

/// What goes wrong, old and new.
fn troubles(source: &LogSource, spec: &ServiceSpec, second: i64, out: &mut Vec<Line>) {
    let now = StoryTime::from_secs(second);
    if source.service == Some(PAY_API) {
        for slot in slots(source, second, "noise", NOISE_PER_SECOND) {
            let text = format!(
                "level=warn msg=\"bank timeout, retry 1 of 3\" bank={} trace={}",
                slot.pick(&["north", "south"]),
                slot.trace()
            );
            out.push(slot.line(text));
        }
        if source.version == BAD_VERSION && source.started.plus_millis(4000) <= now {
            for slot in slots(source, second, "bad", BAD_ERRORS_PER_SECOND) {
                bad_charge(&slot, out);
            }
        }
    }
    if source.service == Some(ORDERS) {
        let share = source.timeline.bad_share(now);
        for slot in slots(source, second, "payment", 0.35 * share) {
            let text = format!(
                "level=error route=\"POST /v1/orders\" status=502 msg=\"payment failed: pay-api answered 500 after 3 attempts\" app={} trace={}",
                source.version,
                slot.trace()
            );
            out.push(slot.line(text));
        }
    }
    if source.service == Some(SEARCH) {
        let near_the_end =
            source.reason == Some("OOMKilled") && source.ended.is_some_and(|end| end.plus_millis(-20_000) <= now);
        let rate = if near_the_end { 1.0 } else { 0.02 };
        for slot in slots(source, second, "heap", rate) {
            let used = if near_the_end { 503 + slot.draw % 9 } else { 488 + slot.draw % 12 };
            out.push(slot.line(json!({"level": "warn", "msg": "heap is nearly full", "used_mib": used, "limit_mib": 512, "app": source.version}).to_string()));
        }
    }
    if spec.traffic.is_some() {
        for slot in slots(source, second, "old", 0.004) {
            out.push(slot.line(format!("level=warn msg=\"slow client\" remote=10.0.0.{} dur=5s", slot.draw % 200)));
        }
    }
}

fn bad_charge(slot: &Slot<'_>, out: &mut Vec<Line>) {
    out.push(slot.line(format!(
        "level=error route=\"POST /v1/charge\" status=500 msg=\"TypeError: amount is undefined\" app={BAD_VERSION} trace={}",
        slot.trace()
    )));
    for (index, frame) in STACK.iter().enumerate() {
        let nanos = slot.nanos + 1 + u32::try_from(index).unwrap_or(0);
        out.push(Line { at: slot.at, nanos, text: (*frame).to_owned() });
    }
}
