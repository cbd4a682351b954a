use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::*;
use crate::sources::kube::test_server::{Answer, TestServer, answer, json as reply, refusal, stream};

/// Answers prepared in order, and what was asked for.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<(VecDeque<Answer>, Vec<String>)>>);

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new((answers.into_iter().collect(), Vec::new()))))
    }

    fn push(&self, answer: Answer) {
        self.0.lock().unwrap().0.push_back(answer);
    }

    /// What was asked: the list's or watch's parameters that matter.
    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().1.clone()
    }

    fn serve(&self) -> TestServer {
        let script = self.clone();
        TestServer::new(move |request: Request<Incoming>| {
            let mut script = script.0.lock().unwrap();
            let query = request.uri().query().unwrap_or_default().to_string();
            let pairs: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
                .filter(|(key, _)| matches!(key.as_ref(), "watch" | "limit" | "continue" | "resourceVersion"))
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            script.1.push(pairs.join("&"));
            let answer = script.0.pop_front();
            async move {
                match answer {
                    Some(answer) => answer,
                    // A watch in which nothing happens.
                    None => std::future::pending().await,
                }
            }
        })
    }
}

fn pod(name: &str, version: u32) -> Value {
    json!({"metadata": {"name": name, "namespace": "checkout", "uid": name, "resourceVersion": version.to_string()},
           "spec": {"containers": [{"name": "app", "image": "pay:1"}]}, "status": {"phase": "Running"}})
}

fn list(names: &[&str], version: &str, more: &str) -> Answer {
    let items: Vec<Value> = names.iter().map(|name| pod(name, 1)).collect();
    let remaining = (!more.is_empty()).then_some(7);
    let metadata = json!({"resourceVersion": version, "continue": more, "remainingItemCount": remaining});
    reply(200, &json!({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items}))
}

fn event(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": kind, "object": object})))
}

fn begin(server: &TestServer) -> mpsc::Receiver<ObjectsEvent> {
    let (sender, receiver) = mpsc::channel(16);
    let request = WatchRequest::new(Kind::Pod, Scope::Namespace("checkout".into()));
    server.scope.spawn(watch(server.connect(), request, sender));
    receiver
}

/// An event in few words.
fn said(event: Option<ObjectsEvent>) -> String {
    let names = |rows: &[Row]| rows.iter().map(|row| row.key().name.to_string()).collect::<Vec<_>>().join(" ");
    match event {
        None => "end".into(),
        Some(ObjectsEvent::Replaced(rows)) => format!("replaced {}", names(&rows)),
        Some(ObjectsEvent::Applied(rows)) => format!("applied {}", names(&rows)),
        Some(ObjectsEvent::Deleted(keys)) => format!("deleted {}", keys[0].name),
        Some(ObjectsEvent::Freshness(Freshness::Stale { problem, .. })) => format!("stale {:?}", problem.cause),
        Some(ObjectsEvent::Freshness(Freshness::Failed(problem))) => format!("failed {:?}", problem.cause),
        Some(ObjectsEvent::Freshness(Freshness::Denied(access))) => format!("denied {access}"),
        Some(ObjectsEvent::Freshness(Freshness::Polled { .. })) => "polled".into(),
        Some(ObjectsEvent::Freshness(freshness)) => format!("{freshness:?}"),
    }
}

async fn sees(events: &mut mpsc::Receiver<ObjectsEvent>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(said(events.recv().await), *expected);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_show_at_once_and_the_watch_goes_on_from_the_list() {
    let (changes, watching) = stream();
    let script = Script::new([list(&["a"], "10", "token"), list(&["b"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Partial { loaded: 1, remaining: Some(7) }", "applied b", "Live"]).await;
    changes.send(event("ADDED", &pod("c", 11))).unwrap();
    changes.send(event("DELETED", &pod("a", 12))).unwrap();
    sees(&mut events, &["applied c", "deleted a"]).await;
    // Cut in the middle of a frame, and many changes of one object in one batch.
    let modified = event("MODIFIED", &pod("b", 13));
    changes.send(modified.slice(..20)).unwrap();
    changes.send(modified.slice(20..)).unwrap();
    changes.send(event("MODIFIED", &pod("b", 14))).unwrap();
    sees(&mut events, &["applied b"]).await;
    let asked = script.asked();
    assert_eq!(asked, ["limit=100&resourceVersion=0", "limit=500&continue=token", "watch=1&resourceVersion=10"]);
}

/// A page of two pods in protobuf, packed, with another page behind it.
fn packed_page() -> Answer {
    let page = include_bytes!("../../kinds/decode/golden/pod.pb");
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(page).unwrap();
    let mut answer = answer(200, packer.finish().unwrap());
    let headers = answer.headers_mut();
    headers.insert("content-type", "application/vnd.kubernetes.protobuf".parse().unwrap());
    headers.insert("content-encoding", "gzip".parse().unwrap());
    answer
}

#[tokio::test(start_paused = true)]
async fn a_packed_list_becomes_rows_while_it_comes() {
    let script = Script::new([packed_page(), list(&["b"], "10", "")]);
    let server = script.serve();
    let mut events = begin(&server);
    assert!(matches!(events.recv().await, Some(ObjectsEvent::Applied(rows)) if rows.len() == 2));
    assert!(said(events.recv().await).starts_with("Partial { loaded: 2"));
    sees(&mut events, &["applied b"]).await;
    // A server that heeds the limit is asked for the rest.
    assert_eq!(script.asked()[..2], ["limit=100&resourceVersion=0", "limit=500&continue=next"]);
}

#[tokio::test(start_paused = true)]
async fn a_packed_list_that_is_cut_short_is_read_again() {
    let mut cut = packed_page();
    let whole = std::mem::take(cut.body_mut()).collect().await.unwrap().to_bytes();
    *cut.body_mut() = Full::new(whole.slice(..whole.len() - 30)).map_err(|never| match never {}).boxed_unsync();
    let (_changes, watching) = stream();
    let script = Script::new([cut, list(&["a"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["failed NoConnection", "replaced a", "Live"]).await;
    assert_eq!(script.asked()[1], "limit=100", "and then as it stands now");
}

#[tokio::test(start_paused = true)]
async fn an_expired_watch_lists_again_and_swaps_the_rows_in_one_event() {
    let (first, watching) = stream();
    let expired = refusal(410, "Expired", "too old resource version");
    let script =
        Script::new([list(&["a"], "10", ""), watching, expired, list(&["b"], "20", "more"), list(&["c"], "20", "")]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    // In the stream first, then at the start of the next watch.
    let status = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"});
    script.0.lock().unwrap().0.insert(0, list(&["a", "z"], "15", ""));
    first.send(event("ERROR", &status)).unwrap();
    sees(&mut events, &["replaced a z", "replaced b c"]).await;
    assert!(script.asked().contains(&"watch=1&resourceVersion=15".to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_keeps_the_rows_says_so_and_recovers() {
    let (changes, watching) = stream();
    let script = Script::new([list(&["a"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    changes.send(event("BOOKMARK", &json!({"metadata": {"resourceVersion": "12"}}))).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    let (_kept, again) = stream();
    script.push(refusal(503, "ServiceUnavailable", "starting"));
    script.push(again);
    server.cut();
    sees(&mut events, &["stale NoConnection", "stale Server", "Live"]).await;
    // It went on from the bookmark, without a new list.
    assert_eq!(script.asked()[2..], ["watch=1&resourceVersion=12", "watch=1&resourceVersion=12"]);
}

#[tokio::test(start_paused = true)]
async fn where_watching_is_denied_it_is_read_every_thirty_seconds() {
    let script = Script::new([list(&["a"], "10", ""), refusal(403, "Forbidden", "no watch"), list(&["b"], "11", "")]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "polled"]).await;
    let began = Instant::now();
    sees(&mut events, &["replaced b"]).await;
    assert!(began.elapsed() >= POLL && began.elapsed() < POLL * 2);
}

#[tokio::test(start_paused = true)]
async fn where_listing_is_denied_it_stops_and_names_the_right() {
    let server = Script::new([refusal(403, "Forbidden", "no list")]).serve();
    let mut events = begin(&server);
    sees(&mut events, &["denied list pods in checkout", "end"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_starts_and_does_not_know_its_rules_yet_is_not_believed() {
    let (changes, watching) = stream();
    let denied = || refusal(403, "Forbidden", "RBAC: clusterrole not found");
    let script = Script::new([list(&["a"], "10", ""), watching, denied(), denied(), list(&["b"], "20", "")]);
    let (_kept, again) = stream();
    script.push(again);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    // The server ends, and starts again.
    drop(changes);
    let denied = "stale Denied(Access { verb: \"";
    for verb in ["watch", "list"] {
        let said = said(events.recv().await);
        assert!(said.starts_with(&format!("{denied}{verb}")), "{said}");
    }
    sees(&mut events, &["replaced b", "Live"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_right_that_was_taken_away_is_said_after_a_while_and_taken_up_when_it_returns() {
    let (changes, watching) = stream();
    let denied = || refusal(403, "Forbidden", "no more");
    let script = Script::new([list(&["a"], "10", ""), watching]);
    (0..8).for_each(|_| script.push(denied()));
    let (_kept, again) = stream();
    script.push(list(&["b"], "20", ""));
    script.push(again);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    drop(changes);
    let mut words = Vec::new();
    while words.last().map(String::as_str) != Some("Live") {
        words.push(said(events.recv().await));
    }
    assert_eq!(words[words.len() - 3..], ["denied list pods in checkout", "replaced b", "Live"], "{words:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_protobuf_is_asked_for_json() {
    let (_changes, watching) = stream();
    let script = Script::new([answer(406, ""), list(&["a"], "10", ""), refusal(406, "NotAcceptable", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
}

#[tokio::test(start_paused = true)]
async fn failures_before_the_first_list_are_said_and_tried_again() {
    let (_changes, watching) = stream();
    let broken = answer(200, r#"{"items": [{"metadata""#);
    let script = Script::new([refusal(500, "InternalError", "oops"), broken, list(&["a"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["failed Server", "failed Malformed", "replaced a", "Live"]).await;
}

#[tokio::test(start_paused = true)]
async fn failing_again_and_again_asks_ever_less() {
    let script = Script::new((0..100).map(|_| refusal(500, "InternalError", "oops")));
    let server = script.serve();
    let _events = begin(&server);
    tokio::time::sleep(std::time::Duration::from_secs(300)).await;
    let count = script.asked().len();
    assert!((10..30).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_once_nobody_listens() {
    let (_changes, watching) = stream();
    let script = Script::new([list(&["a"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    let before = server.scope.running();
    drop(events);
    while server.scope.running() >= before {
        tokio::task::yield_now().await;
    }
}

/// Where bookmarks come, their absence tells what pings cannot: a proxy may answer those.
#[tokio::test(start_paused = true)]
async fn a_watch_without_its_bookmarks_is_asked_for_anew_and_one_that_never_had_any_is_believed() {
    for bookmarks in [true, false] {
        let (changes, watching) = stream();
        let (_again, second) = stream();
        let script = Script::new([list(&["a"], "10", ""), watching, second]);
        let server = script.serve();
        let mut events = begin(&server);
        sees(&mut events, &["applied a", "Live"]).await;
        let bookmark = event("BOOKMARK", &json!({"kind": "Pod", "metadata": {"resourceVersion": "12"}}));
        changes.send(if bookmarks { bookmark } else { event("ADDED", &pod("b", 12)) }).unwrap();
        sleep(Duration::from_secs(120)).await;
        let asked = script.asked();
        let anew = asked.iter().filter(|asked| *asked == "watch=1&resourceVersion=12").count();
        assert_eq!(anew, usize::from(bookmarks), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_live_is_stale_when_the_next_watch_does_not_stand_within_a_second() {
    let (changes, watching) = stream();
    let script = Script::new([list(&["a"], "10", ""), watching]);
    let server = script.serve();
    let mut events = begin(&server);
    sees(&mut events, &["applied a", "Live"]).await;
    sleep(SHORT).await;
    // The server ends the watch, and never answers the next.
    drop(changes);
    let began = Instant::now();
    sees(&mut events, &["stale NoConnection"]).await;
    assert!(began.elapsed() <= PROMPT * 2, "{:?}", began.elapsed());
}
