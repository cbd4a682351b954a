//! The same alerts, silences and requests to a real Alertmanager and to the built-in one.
//!
//! Runs where `alertmanager` (Debian's `prometheus-alertmanager`) is: in the directory that `WK_TEST_ALERTMANAGER`
//! names, or on the path. Debian's looks for its templates where its package installs them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use watchkeeper::demo::alertmanager::Alertmanager;
use watchkeeper::demo::prometheus::Prometheus;
use watchkeeper::demo::world::{Observation, StoryTime, Upstream, World};

/// Both alerts of the incident fire, beside the watchdog and a worker that crashes.
const AT: StoryTime = StoryTime::at(3, 0);

#[test]
#[expect(clippy::print_stderr, reason = "says that nothing was run")]
fn the_real_alertmanager_answers_the_same() {
    let Some(binary) = binary() else {
        eprintln!("not run: no alertmanager; name its directory in WK_TEST_ALERTMANAGER");
        return;
    };
    let ours = Ours::new();
    let configuration = ours.send("GET", "/api/v2/status", "").1["config"]["original"].as_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let real = Real::start(&binary, folder.path(), &configuration);
    let both = Both { ours, real };

    let (_, alerts) = both.ours.send("GET", "/api/v2/alerts", "");
    assert_eq!(alerts.as_array().unwrap().len(), 4);
    assert_eq!(both.real.send("POST", "/api/v2/alerts", &posted(&alerts).to_string()).0, 200);

    both.agree("/api/v2/alerts");
    both.agree("/api/v2/alerts?receiver=pager");
    both.agree("/api/v2/alerts?receiver=page");
    both.agree("/api/v2/alerts?receiver=%28");
    both.agree("/api/v2/alerts?filter=severity%3D%22critical%22");
    both.agree("/api/v2/alerts?filter=alertname%3D~%22.%2ARatio%22&filter=severity%21%3Dcritical");
    both.agree("/api/v2/alerts?filter=alertname%21~%22Pay.%2A%22");
    both.agree("/api/v2/alerts?filter=nothing");
    both.agree("/api/v2/alerts?active=false");
    both.agree("/api/v2/receivers");
    // Its dispatcher groups in the background.
    let wanted = comparable(&both.ours.send("GET", "/api/v2/alerts/groups", "").1);
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline && comparable(&both.real.send("GET", "/api/v2/alerts/groups", "").1) != wanted {}
    both.agree("/api/v2/alerts/groups");
    both.agree("/api/v2/silences");
    both.agree("/api/v2/silence/6f1c9a52-0000-4000-8000-000000000000");
    both.agree("/api/v2/nothing");

    let narrow = both.silence(&json!([{"name": "alertname", "value": "PayErrorRatio", "isRegex": false}]), 600);
    both.agree("/api/v2/alerts");
    both.agree("/api/v2/alerts?silenced=false");
    both.agree("/api/v2/silences");
    let broad =
        both.silence(&json!([{"name": "namespace", "value": "check.*", "isRegex": true, "isEqual": true}]), 300);
    both.agree("/api/v2/alerts");
    both.agree("/api/v2/silences");
    both.agree("/api/v2/silences?filter=namespace%3Dcheck.%2A");
    both.agree("/api/v2/silences?filter=namespace%3D~check.%2A");
    both.agree("/api/v2/silences?filter=alertname%3D%22PayErrorRatio%22");
    let negative = both.silence(
        &json!([{"name": "alertname", "value": "Watchdog", "isEqual": false, "isRegex": false}, {"name": "severity", "value": "critical", "isRegex": false}]),
        300,
    );
    both.agree("/api/v2/alerts");
    for (ours, theirs) in [&narrow, &broad, &narrow, &negative] {
        let status = both.ours.send("DELETE", &format!("/api/v2/silence/{ours}"), "").0;
        assert_eq!(status, both.real.send("DELETE", &format!("/api/v2/silence/{theirs}"), "").0);
        both.agree("/api/v2/alerts");
        both.agree("/api/v2/silences");
    }

    both.refuse(&json!([]), 60);
    both.refuse(&json!([{"name": "a", "value": "b", "isRegex": false}]), -60);
    both.refuse(&json!([{"name": "a", "value": ".*", "isRegex": true}]), 60);
    both.refuse(&json!([{"name": "a", "value": "(", "isRegex": true}]), 60);
    both.refuse(&json!([{"name": "a", "value": "", "isRegex": false}]), 60);
    for body in ["{", "{}", "[]", "{\"matchers\":[]}"] {
        let theirs = both.real.send("POST", "/api/v2/silences", body).0;
        let ours = both.ours.send("POST", "/api/v2/silences", body).0;
        assert_eq!(theirs, ours, "{body}");
    }
}

/// Alerts as Prometheus would send them.
fn posted(alerts: &Value) -> Value {
    let fields = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];
    let alert = |alert: &Value| fields.into_iter().map(|field| (field.to_owned(), alert[field].clone())).collect();
    alerts.as_array().unwrap().iter().map(alert).map(Value::Object).collect()
}

struct Both {
    ours: Ours,
    real: Real,
}

impl Both {
    #[track_caller]
    fn agree(&self, path: &str) {
        let (theirs, ours) = (self.real.send("GET", path, ""), self.ours.send("GET", path, ""));
        assert_eq!(theirs.0, ours.0, "{path}: {} and ours {}", theirs.1, ours.1);
        if theirs.0 == 200 {
            let (theirs, ours) = (comparable(&theirs.1), comparable(&ours.1));
            assert_eq!(theirs, ours, "{path}: left is theirs");
        }
    }

    /// The ids that ours and theirs give it.
    fn silence(&self, matchers: &Value, seconds: i64) -> (String, String) {
        let body = self.body(matchers, seconds);
        let id = |answer: (u16, Value)| {
            assert_eq!(answer.0, 200, "{}", answer.1);
            answer.1["silenceID"].as_str().unwrap().to_owned()
        };
        (id(self.ours.send("POST", "/api/v2/silences", &body)), id(self.real.send("POST", "/api/v2/silences", &body)))
    }

    #[track_caller]
    fn refuse(&self, matchers: &Value, seconds: i64) {
        let body = self.body(matchers, seconds);
        let theirs = self.real.send("POST", "/api/v2/silences", &body);
        let ours = self.ours.send("POST", "/api/v2/silences", &body);
        assert_eq!(theirs.0, ours.0, "{} and ours {}", theirs.1, ours.1);
        assert!(matches!(ours.0, 400 | 422), "{}", ours.0);
    }

    fn body(&self, matchers: &Value, seconds: i64) -> String {
        let start = AT.instant(self.ours.world.epoch);
        let end = start.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let body = json!({
            "matchers": matchers, "startsAt": start, "endsAt": end, "createdBy": "ann", "comment": "trying",
        });
        body.to_string()
    }
}

/// Without what must differ: ids, the moments of the requests, and the order of lists that have none.
fn comparable(value: &Value) -> Value {
    const OWN: [&str; 4] = ["updatedAt", "id", "startsAt", "endsAt"];
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(comparable).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let mut kept: Vec<(String, Value)> = fields
                .iter()
                .filter(|(name, _)| !OWN.contains(&name.as_str()))
                // Newer ones tell which interval mutes.
                .filter(|(name, _)| *name != "mutedBy")
                .map(|(name, value)| match name.as_str() {
                    "silencedBy" => (name.clone(), json!(value.as_array().map_or(0, Vec::len))),
                    _ => (name.clone(), comparable(value)),
                })
                .collect();
            kept.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(kept.into_iter().collect())
        }
        other => other.clone(),
    }
}

struct Ours {
    world: Observation,
    alertmanager: Alertmanager,
}

impl Ours {
    /// The story in which it is now [`AT`].
    fn new() -> Self {
        let epoch = Timestamp::now().checked_sub(SignedDuration::from_millis(AT.millis())).unwrap();
        let mut world = World::new(epoch, 7, 0);
        world.advance(AT);
        Self { world: world.observe("ann"), alertmanager: Alertmanager::new(Arc::new(Prometheus::default())) }
    }

    fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let request = http::Request::builder().method(method).uri(path).body(Bytes::from(body.to_owned())).unwrap();
        let response = self.alertmanager.handle(&self.world, request);
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }
}

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("WK_TEST_ALERTMANAGER").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = named.into_iter().chain(std::env::split_paths(&path).collect::<Vec<_>>());
    let names = ["alertmanager", "prometheus-alertmanager"];
    folders.flat_map(|folder| names.map(|name| folder.join(name))).find(|file| file.is_file())
}

struct Real {
    process: Child,
    /// Kept open: it goes on writing.
    _log: BufReader<ChildStderr>,
    port: u16,
}

impl Real {
    fn start(binary: &std::path::Path, folder: &std::path::Path, configuration: &str) -> Self {
        let config = folder.join("alertmanager.yml");
        std::fs::write(&config, configuration).unwrap();
        // Taken and given back: nobody else is likely to take it in between.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(binary)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let (mut line, mut said) = (String::new(), String::new());
        while !(line.contains("Listening on") || line.contains("address=127.0.0.1")) {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the real Alertmanager ended:\n{said}");
            said.push_str(&line);
        }
        Self { process, _log: log, port }
    }

    /// HTTP/1.0: one request, one answer to the end of the connection.
    fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
