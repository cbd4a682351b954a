use std::sync::Mutex;

use bytes::Bytes;
use http::Request;
use hyper::body::Incoming;
use tokio::sync::mpsc::UnboundedSender;

use super::super::test_server::{Answer, TestServer, answer, json as reply, refusal, stream};
use super::*;
use crate::domain::problem::Cause;

/// Answers by pod, in order; and the queries that were asked.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<(BTreeMap<String, Vec<Answer>>, Vec<String>)>>);

impl Script {
    fn answers(&self, pod: &str, answers: impl IntoIterator<Item = Answer>) {
        self.0.lock().unwrap().0.entry(pod.into()).or_default().extend(answers);
    }

    /// A log that goes on.
    fn opens(&self, pod: &str) -> UnboundedSender<Bytes> {
        let (sender, body) = stream();
        self.answers(pod, [body]);
        sender
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().1.clone()
    }

    fn serve(&self) -> TestServer {
        let script = self.clone();
        TestServer::new(move |request: Request<Incoming>| {
            let mut script = script.0.lock().unwrap();
            let path: Vec<&str> = request.uri().path().split('/').collect();
            let key = if path.len() > 7 { path[6].to_string() } else { format!("pod {}", path[6]) };
            if let Some(query) = request.uri().query() {
                script.1.push(query.to_string());
            }
            let answer = match script.0.get_mut(&key) {
                Some(answers) if !answers.is_empty() => answers.remove(0),
                _ => refusal(404, "NotFound", "gone"),
            };
            async move { answer }
        })
    }
}

fn source(pod: &str) -> LogSource {
    LogSource { namespace: "checkout".into(), pod: pod.into(), container: "app".into(), previous: false }
}

const FOLLOW: LogRequest = LogRequest { since: None, tail: 500, follow: true };

struct Reading {
    events: mpsc::Receiver<LogsEvent>,
    targets: watch::Sender<Vec<LogSource>>,
}

fn begin(server: &TestServer, request: LogRequest, pods: &[&str]) -> Reading {
    let (targets, receiver) = watch::channel(pods.iter().map(|pod| source(pod)).collect());
    let (sender, events) = mpsc::channel(4);
    server.scope.spawn(logs(server.connect(), request, receiver, sender));
    Reading { events, targets }
}

impl Reading {
    /// Lines and marks until there are so many, in one text.
    async fn sees(&mut self, expected: &str) {
        let mut seen = Vec::new();
        while seen.join("\n") != expected {
            match self.events.recv().await {
                Some(LogsEvent::Chunk(chunk)) => {
                    let mut marks = chunk.marks.iter().peekable();
                    for (index, line) in chunk.lines.iter().enumerate() {
                        while let Some(mark) = marks.next_if(|mark| mark.before <= index) {
                            seen.push(format!("-- {}", mark.text));
                        }
                        seen.push(format!("{} {}", chunk.source(line).unwrap().pod, chunk.text(line)));
                    }
                    seen.extend(marks.map(|mark| format!("-- {}", mark.text)));
                }
                Some(LogsEvent::Freshness(_)) => {}
                None => panic!("it ended after: {seen:#?}"),
            }
            assert!(seen.len() <= expected.lines().count(), "{seen:#?}");
        }
    }

    async fn is(&mut self, expected: impl Fn(&Freshness) -> bool) {
        while let Some(event) = self.events.recv().await {
            if matches!(&event, LogsEvent::Freshness(freshness) if expected(freshness)) {
                return;
            }
        }
        panic!("it never was");
    }
}

fn line(second: u32, text: &str) -> Bytes {
    Bytes::from(format!("2026-11-21T11:00:{second:02}.5Z {text}\n"))
}

#[tokio::test(start_paused = true)]
async fn lines_of_many_pods_come_in_the_order_of_their_times() {
    let script = Script::default();
    let (a, b) = (script.opens("a"), script.opens("b"));
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a", "b"]);
    a.send(line(3, "three")).unwrap();
    b.send([line(1, "one"), line(4, "four")].concat().into()).unwrap();
    a.send(line(5, "five")).unwrap();
    reading.sees("b one\na three\nb four\na five").await;
    assert_eq!(script.asked()[0], "container=app&timestamps=true&follow=true&tailLines=500");
    // Nothing is sent while nothing is written.
    a.send(line(9, "nine")).unwrap();
    reading.sees("a nine").await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_stream_goes_on_at_the_exact_line() {
    let script = Script::default();
    let first = script.opens("a");
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    first.send([line(1, "x"), line(2, "same"), line(2, "same")].concat().into()).unwrap();
    first.send(Bytes::from_static(b"2026-11-21T11:00:03.5Z half a li")).unwrap();
    reading.sees("a x\na same\na same").await;
    let second = script.opens("a");
    // The server knows whole seconds: it repeats what is known.
    second.send([line(2, "same"), line(2, "same"), line(2, "same"), line(3, "half a line")].concat().into()).unwrap();
    server.cut();
    reading.sees("a same\na half a line").await;
    assert!(script.asked()[1].contains("sinceTime=2026-11-21T11%3A00%3A02Z"), "{:?}", script.asked());
}

#[tokio::test(start_paused = true)]
async fn where_lines_may_be_missing_it_is_marked() {
    let script = Script::default();
    let first = script.opens("a");
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    first.send(line(1, "x")).unwrap();
    reading.sees("a x").await;
    let second = script.opens("a");
    second.send(line(30, "y")).unwrap();
    server.cut();
    reading.sees("-- a/app: lines may be missing here\na y").await;
}

#[tokio::test(start_paused = true)]
async fn pods_that_join_and_leave_are_marked() {
    let script = Script::default();
    let (a, b) = (script.opens("a"), script.opens("b"));
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    a.send(line(1, "x")).unwrap();
    reading.sees("a x").await;
    reading.targets.send(vec![source("b")]).unwrap();
    b.send(line(2, "y")).unwrap();
    a.send(line(3, "last words")).unwrap();
    // Marks carry the time of the mark, lines their own: the clock of the test is later than both.
    reading.sees("b y\na last words\n-- a/app: left\n-- b/app: joined").await;
    drop(a);
    tokio::time::sleep(LAST_WORDS * 2).await;
    b.send(line(4, "z")).unwrap();
    reading.sees("b z").await;
}

#[tokio::test(start_paused = true)]
async fn without_follow_it_ends_when_all_is_read() {
    let script = Script::default();
    script.answers("a", [answer(200, line(2, "two"))]);
    script.answers("b", [answer(200, line(1, "one"))]);
    let server = script.serve();
    let mut reading = begin(&server, LogRequest { follow: false, ..FOLLOW }, &["a", "b"]);
    reading.sees("b one\na two").await;
    reading.is(|freshness| *freshness == Freshness::Live).await;
    assert_eq!(reading.events.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_waits_says_why_and_is_read_once_it_runs() {
    let script = Script::default();
    let why = "container \"app\" in pod \"a\" is waiting to start: ContainerCreating";
    script.answers("a", [refusal(400, "BadRequest", why), refusal(400, "BadRequest", why)]);
    let a = script.opens("a");
    a.send(line(1, "begun")).unwrap();
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    reading.sees(&format!("-- a/app: waits to start: {why}")).await;
    reading.sees("a begun").await;
}

#[tokio::test(start_paused = true)]
async fn a_restarted_container_is_followed_and_a_finished_one_is_not() {
    let script = Script::default();
    script.answers("a", [answer(200, line(1, "first life"))]);
    let state = serde_json::json!({"status": {"phase": "Running", "containerStatuses": [
        {"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}});
    script.answers("pod a", [reply(200, &state)]);
    let again = script.opens("a");
    again.send([line(1, "first life"), line(5, "second life")].concat().into()).unwrap();
    script.answers("pod a", [reply(200, &serde_json::json!({"status": {"phase": "Succeeded"}}))]);
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    reading.sees("a first life").await;
    reading.sees("a second life").await;
    drop(again);
    reading.sees("-- a/app: ended").await;
}

#[tokio::test(start_paused = true)]
async fn a_denied_right_is_named() {
    let script = Script::default();
    script.answers("a", [refusal(403, "Forbidden", "no")]);
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    reading
        .is(|freshness| matches!(freshness, Freshness::Denied(access) if access.to_string() == "get pods/log a in checkout"))
        .await;
    // That is the last word on it.
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(60), reading.events.recv()).await {
        assert!(!matches!(event, LogsEvent::Freshness(_)), "{event:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_denied_for_all_pods_is_named_without_a_pod() {
    let script = Script::default();
    for pod in ["a", "b", "c"] {
        script.answers(pod, [refusal(403, "Forbidden", "no")]);
    }
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a", "b", "c"]);
    reading
        .is(|freshness| matches!(freshness, Freshness::Denied(access) if access.to_string() == "get pods/log in checkout"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_said_once_and_met_again() {
    let script = Script::default();
    let a = script.opens("a");
    let server = script.serve();
    let mut reading = begin(&server, FOLLOW, &["a"]);
    a.send(line(1, "x")).unwrap();
    reading.sees("a x").await;
    script.answers("a", [refusal(503, "ServiceUnavailable", "starting")]);
    let again = script.opens("a");
    again.send([line(1, "x"), line(2, "y")].concat().into()).unwrap();
    server.cut();
    reading
        .is(|freshness| matches!(freshness, Freshness::Stale { problem, .. } if problem.cause == Cause::NoConnection))
        .await;
    reading.is(|freshness| *freshness == Freshness::Live).await;
    reading.sees("a y").await;
}

/// A gigabyte without a line break, and a reader that does not read: neither costs memory.
#[tokio::test(start_paused = true)]
async fn a_flood_waits_for_a_slow_reader() {
    let sent = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = sent.clone();
    let server = TestServer::new(move |_| {
        let count = count.clone();
        async move {
            use http_body_util::{BodyExt, StreamBody};
            let frames = futures::stream::repeat_with(move || {
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ok(hyper::body::Frame::data(line(1, &"x".repeat(10_000))))
            });
            http::Response::new(StreamBody::new(frames).boxed_unsync())
        }
    });
    let mut reading = begin(&server, FOLLOW, &["a"]);
    reading.is(|freshness| *freshness == Freshness::Live).await;
    let mut before = usize::MAX;
    while before != sent.load(std::sync::atomic::Ordering::SeqCst) {
        before = sent.load(std::sync::atomic::Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    // Chunks in the channel, lines held back, batches in the queue, windows and buffers of the connection.
    assert!(before * 10_000 < 24 << 20, "{before} lines were taken in");
    drop(reading);
}
