//! The same samples and the same queries to a real Prometheus and to the built-in one: where ours differs, it is wrong.
//!
//! Runs where `prometheus` and `promtool` are: in the directories that `WK_TEST_PROMETHEUS` names, or on the path.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use promql_parser::parser::Expr;
use serde_json::Value;
use watchkeeper::demo::prometheus::api::Server;
use watchkeeper::demo::prometheus::evaluate::{Dialect, Engine, Query};
use watchkeeper::demo::prometheus::rules::{RuleBook, Schedule};
use watchkeeper::demo::prometheus::scrape::{Database, ShopLoad};
use watchkeeper::demo::prometheus::{
    FixedSeries, Labels, METRIC_NAME, Sample, SampleBudget, Series, Storage, TimeRange, is_stale,
};
use watchkeeper::demo::world::{StoryTime, World};

const SERIES: &str = include_str!("../promql_samples/series.txt");
const QUERIES: &str = include_str!("../promql_samples/queries.txt");
/// Over the story's own samples.
const STORY_QUERIES: &str = include_str!("../promql_samples/story.txt");

/// Everything but queries; SPAN stands for the time of all samples.
const REQUESTS: &str = include_str!("../promql_samples/requests.txt");

/// The first sample, in milliseconds.
const T0: i64 = 1_700_000_000_000;
const TOLERANCE: f64 = 1e-9;

#[test]
#[expect(clippy::print_stderr, reason = "says what was run, or that nothing was")]
fn the_real_prometheus_answers_the_same() {
    let Some((prometheus, promtool)) = binaries() else {
        eprintln!("not run: no prometheus and promtool; name their directory in WK_TEST_PROMETHEUS");
        return;
    };
    let mut series: Vec<Series> = lines(SERIES).map(declared).collect();
    series.extend(story());
    let folder = tempfile::tempdir().unwrap();
    let real = Real::start(&prometheus, &promtool, folder.path(), &series);
    let engine = Engine { dialect: real.dialect, ..Engine::default() };
    let storage = FixedSeries(series);
    let mut differences = Vec::new();
    let (mut compared, mut told) = (0, 0);
    for query in lines(QUERIES).chain(lines(STORY_QUERIES)) {
        for path in requests(query) {
            let (theirs, ours) = (real.ask(&path), ask_ours(engine, &storage, &path));
            compared += 1;
            told += usize::from(theirs.1["data"]["result"].as_array().is_some_and(|result| !result.is_empty()));
            if let Err(difference) = same(query, &theirs, &ours) {
                differences.push(format!("{query}\n    {path}\n    {difference}"));
                break;
            }
        }
    }
    for path in lines(REQUESTS) {
        let path = path.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        let path = path.replace("SPAN", &format!("start={}&end={}", T0 / 1000, T0 / 1000 + 1200));
        let (theirs, ours) = (real.ask(&path), ask_ours(engine, &storage, &path));
        compared += 1;
        if theirs.0 != ours.0 || theirs.1["errorType"] != ours.1["errorType"] || sorted(&theirs.1) != sorted(&ours.1) {
            differences.push(format!("{path}\n    theirs {} {}\n    ours   {} {}", theirs.0, theirs.1, ours.0, ours.1));
        }
    }
    assert!(told > compared / 2, "only {told} of {compared} answers told anything");
    assert!(differences.is_empty(), "{} of {compared} differ:\n{}", differences.len(), differences.join("\n"));
    eprintln!("{compared} answers of {:?} are the same", real.dialect);
}

/// The instants and ranges at which a query is asked.
fn requests(query: &str) -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let instants = ["0", "5", "57.5", "305", "308.123", "610", "1111.25", "1500"];
    let ranges = [(0, 1200, "15"), (290, 330, "1"), (900, 1900, "61.7")];
    let at = |seconds: &str| (T0 / 1000) as f64 + seconds.parse::<f64>().unwrap();
    let instants = instants.iter().map(|seconds| format!("/api/v1/query?query={encoded}&time={}", at(seconds)));
    let ranges = ranges.iter().map(|(start, end, step)| {
        let (start, end) = (T0 / 1000 + start, T0 / 1000 + end);
        format!("/api/v1/query_range?query={encoded}&start={start}&end={end}&step={step}")
    });
    instants.chain(ranges).collect()
}

/// Status and body.
type Answer = (u16, Value);

fn ask_ours(engine: Engine, storage: &FixedSeries, path: &str) -> Answer {
    let server = Server {
        engine,
        version: "",
        storage,
        rules: &RuleBook::new(&[]),
        schedule: Schedule { first: T0, interval: 5000 },
        scrape_interval: 5000,
        targets: &Vec::new,
        now: T0,
    };
    let response = server.handle(&http::Request::get(path).body(Bytes::new()).unwrap());
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

// --- comparing

/// The data as a set: lists of series and of labels have no order.
fn sorted(answer: &Value) -> Vec<String> {
    let mut items: Vec<String> = match answer["data"].as_array() {
        Some(items) => items
            .iter()
            .map(|item| match item.as_object() {
                Some(labels) => format!("{:?}", labels.iter().collect::<BTreeMap<_, _>>()),
                None => item.to_string(),
            })
            .collect(),
        None => Vec::new(),
    };
    items.sort();
    items
}

fn same(query: &str, theirs: &Answer, ours: &Answer) -> Result<(), String> {
    if theirs.0 != ours.0 {
        return Err(format!("theirs {} {}\n    ours   {} {}", theirs.0, short(&theirs.1), ours.0, short(&ours.1)));
    }
    let (theirs, ours) = (&theirs.1, &ours.1);
    let different = || Err(format!("theirs {}\n    ours   {}", short(theirs), short(ours)));
    if theirs["status"] != ours["status"] || theirs["errorType"] != ours["errorType"] {
        return different();
    }
    if theirs["status"] == "error" {
        return Ok(());
    }
    let (theirs, ours) = (&theirs["data"], &ours["data"]);
    if theirs["resultType"] != ours["resultType"] {
        return different();
    }
    match theirs["resultType"].as_str() {
        Some("scalar") if close(&theirs["result"], &ours["result"]) => return Ok(()),
        Some("string") if theirs["result"] == ours["result"] => return Ok(()),
        Some("scalar" | "string") => return different(),
        _ => {}
    }
    // Only these promise an order.
    let ordered = query.starts_with("topk(") || query.starts_with("bottomk(") || query.starts_with("sort");
    if ordered && theirs["resultType"] == "vector" {
        let order = |answer: &Value| -> Vec<Value> {
            answer["result"].as_array().unwrap().iter().map(|one| one["metric"].clone()).collect()
        };
        if order(theirs) != order(ours) {
            return Err(format!("order: theirs {}\n    ours   {}", short(theirs), short(ours)));
        }
    }
    let (theirs, ours) = (by_metric(theirs), by_metric(ours));
    let names: Vec<&String> = theirs.keys().collect();
    if names != ours.keys().collect::<Vec<_>>() {
        return Err(format!("series: theirs {names:?}\n    ours   {:?}", ours.keys().collect::<Vec<_>>()));
    }
    for (metric, points) in &theirs {
        if points.len() != ours[metric].len() {
            return Err(format!("{metric}: {} points, ours {}", points.len(), ours[metric].len()));
        }
        if let Some((theirs, ours)) = points.iter().zip(&ours[metric]).find(|(theirs, ours)| !close(theirs, ours)) {
            return Err(format!("{metric}: theirs {theirs}, ours {ours}"));
        }
    }
    Ok(())
}

fn by_metric(data: &Value) -> BTreeMap<String, Vec<Value>> {
    let elements = data["result"].as_array().unwrap().iter();
    let points = |element: &Value| match element["values"].as_array() {
        Some(values) => values.clone(),
        None => vec![element["value"].clone()],
    };
    elements
        .map(|element| {
            let labels: BTreeMap<String, Value> = serde_json::from_value(element["metric"].clone()).unwrap();
            (format!("{labels:?}"), points(element))
        })
        .collect()
}

/// `[seconds, "value"]`.
fn close(theirs: &Value, ours: &Value) -> bool {
    let value = |point: &Value| point[1].as_str().and_then(|text| text.parse::<f64>().ok());
    let (Some(left), Some(right)) = (value(theirs), value(ours)) else { return false };
    let same_time = (theirs[0].as_f64().unwrap_or(-1.0) - ours[0].as_f64().unwrap_or(-2.0)).abs() < 5e-4;
    let equal = left == right || (left.is_nan() && right.is_nan());
    same_time && (equal || (left - right).abs() <= TOLERANCE * left.abs().max(right.abs()))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(600).collect()
}

// --- samples

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A line of `series.txt`.
fn declared(line: &str) -> Series {
    let (interval, rest) = line.split_once(char::is_whitespace).unwrap();
    let (selector, values) = rest.split_once('}').unwrap();
    let step: i64 = interval.strip_suffix('s').unwrap().parse::<i64>().unwrap() * 1000;
    let Expr::VectorSelector(selector) = Query::parse(&format!("{}}}", selector.trim())).unwrap().expression else {
        panic!("{line}")
    };
    let labels = selector.matchers.matchers.into_iter().map(|matcher| (matcher.name, matcher.value));
    let labels = Labels::new(labels.chain([(METRIC_NAME.to_owned(), selector.name.unwrap())]));
    let mut samples = Vec::new();
    let mut time = T0;
    for token in values.split_whitespace() {
        let (token, repeats) = match token.split_once('x') {
            Some((token, repeats)) => (token, repeats.parse::<i64>().unwrap()),
            None => (token, 0),
        };
        if token == "_" {
            time += repeats.max(1) * step;
            continue;
        }
        // The sign of the change, not of the first value or of an exponent.
        let sign =
            token.char_indices().skip(1).find(|&(at, sign)| matches!(sign, '+' | '-') && !token[..at].ends_with('e'));
        let (first, change) = sign.map_or((token, "0"), |(at, _)| token.split_at(at));
        let (first, change) = (first.parse::<f64>().unwrap(), change.parse::<f64>().unwrap());
        for at in 0..=repeats {
            samples.push(Sample { time, value: first + change * at as f64 });
            time += step;
        }
    }
    Series { labels, samples }
}

/// What the built-in cluster's Prometheus holds of the namespace of the incident, moved so that 0:00 is at 5 minutes.
/// Marks of the end of a series are left out: the format of the import cannot carry them.
fn story() -> Vec<Series> {
    let epoch = T0 + 300_000;
    let mut world = World::new(jiff::Timestamp::from_millisecond(epoch).unwrap(), 7, 0);
    world.advance(StoryTime::at(15, 0));
    let load = ShopLoad::of(Arc::clone(&world.observe("").timeline));
    let database = Database { load: &load, epoch, now: T0 + 1_200_000 };
    let Expr::VectorSelector(selector) = Query::parse("{namespace=\"checkout\"}").unwrap().expression else { panic!() };
    let range = TimeRange { start: T0, end: T0 + 1_200_000 };
    let mut budget = SampleBudget::new(10_000_000);
    let mut series = database.select(&selector.matchers.matchers, range, &mut budget).unwrap();
    for series in &mut series {
        series.samples.retain(|sample| !is_stale(sample.value));
    }
    series
}

fn open_metrics(series: &[Series]) -> String {
    let mut text = String::new();
    for series in series {
        let labels = series.labels.iter().filter(|(name, _)| *name != METRIC_NAME);
        let labels: Vec<String> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
        let head = format!("{}{{{}}}", series.labels.metric_name(), labels.join(","));
        for sample in &series.samples {
            let value = match sample.value {
                value if value.is_nan() => "NaN".to_owned(),
                f64::INFINITY => "+Inf".to_owned(),
                f64::NEG_INFINITY => "-Inf".to_owned(),
                value => value.to_string(),
            };
            let (seconds, millis) = (sample.time / 1000, sample.time % 1000);
            text.push_str(&format!("{head} {value} {seconds}.{millis:03}\n"));
        }
    }
    text.push_str("# EOF\n");
    text
}

// --- the real one

fn binaries() -> Option<(PathBuf, PathBuf)> {
    let folders = ["WK_TEST_PROMETHEUS", "PATH"].map(|variable| std::env::var_os(variable).unwrap_or_default());
    let folders: Vec<PathBuf> = folders.iter().flat_map(std::env::split_paths).collect();
    let find = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    find("prometheus").zip(find("promtool"))
}

struct Real {
    process: Child,
    /// Kept open: it goes on writing.
    _log: BufReader<ChildStderr>,
    port: u16,
    dialect: Dialect,
}

impl Real {
    fn start(prometheus: &Path, promtool: &Path, folder: &Path, series: &[Series]) -> Self {
        let (samples, data, config) = (folder.join("samples.om"), folder.join("data"), folder.join("prometheus.yml"));
        std::fs::write(&samples, open_metrics(series)).unwrap();
        std::fs::write(&config, "{}\n").unwrap();
        let import = Command::new(promtool)
            .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
            .args([&samples, &data])
            .output()
            .unwrap();
        assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
        let version = Command::new(prometheus).arg("--version").output().unwrap();
        let version = String::from_utf8_lossy(&[version.stdout, version.stderr].concat()).into_owned();
        let dialect = if version.contains("version 2.") { Dialect::Two } else { Dialect::Three };
        // Taken and given back: nobody else is likely to take it in between.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(prometheus)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--storage.tsdb.retention.time=100y")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        let mut said = String::new();
        while !line.contains("Server is ready") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the real Prometheus ended:\n{said}");
            said.push_str(&line);
        }
        Self { process, _log: log, port, dialect }
    }

    fn ask(&self, path: &str) -> Answer {
        let answer = self.get(path).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// HTTP/1.0: one request, one answer to the end of the connection.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
