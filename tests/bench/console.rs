//! Figures of the release binary in a terminal of 160×50: what it costs to start, to load many pods, to sit still and to
//! move. It prints and never judges: a slow or busy machine fails nothing. `README.md` says how to run it.

mod process;
mod session;
mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use process::Process;
use session::Session;
use table::{Figures, milliseconds, percent};

/// A start that has not shown everything after this long never will.
const PATIENCE: Duration = Duration::from_secs(60);
/// Presses of a key that are measured.
const PRESSES: usize = 200;
/// Rows that are moved within one screen.
const WITHIN: usize = 30;

fn main() -> io::Result<()> {
    // cargo itself adds a flag.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let idle = seconds("WK_BENCH_IDLE").unwrap_or(Duration::from_secs(60));
    let mut columns = Vec::new();
    for (name, pods) in [("built-in, 1,000", "1000"), ("built-in, 10,000", "10000")] {
        if name.contains(&wanted) {
            columns.push((name, measure(&["demo", "--pods", pods, "--open", "pods"], idle, None)?));
        }
    }
    if let Some(kubeconfig) = std::env::var_os("WK_BENCH_KUBECONFIG").filter(|_| "real".contains(&wanted)) {
        let kubeconfig = PathBuf::from(kubeconfig);
        let path = kubeconfig.to_string_lossy();
        let arguments = ["--kubeconfig", &path, "-A", "--open", "pods"];
        // The scale server keeps its audit log beside the folder of its kubeconfigs.
        let audit = kubeconfig.ancestors().nth(2).map(|folder| folder.join("audit.log")).filter(|log| log.exists());
        // The first start warms the server's caches and is not counted.
        measure(&arguments, Duration::ZERO, None)?;
        for (name, idle) in [("real", idle), ("real, again", Duration::ZERO)] {
            let mut figures = measure(&arguments, idle, audit.as_deref())?;
            if let Some(whole) = time_kubectl(&kubeconfig) {
                figures.add("kubectl get --raw, the same list", milliseconds(whole));
            }
            columns.push((name, figures));
        }
    }
    io::stdout().write_all(table::render(&columns).as_bytes())
}

/// One run of the console from its start to its end.
fn measure(arguments: &[&str], idle: Duration, audit: Option<&Path>) -> io::Result<Figures> {
    let mut figures = Figures::default();
    let program = std::env::var_os("WK_BENCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_wk").into());
    let mut session = Session::start(Path::new(&program), arguments)?;
    let process = Process(session.process_id());

    figures.add("first frame", session.until(PATIENCE, Session::painted).map_or_else(never, milliseconds));
    figures.add("first rows", session.until(PATIENCE, |session| session.rows() > 0).map_or_else(never, milliseconds));
    let all = session.until(PATIENCE, Session::live);
    figures.add("all rows", all.map_or_else(never, milliseconds));
    figures.add("rows", session.rows().to_string());
    figures.add("CPU until all rows", milliseconds(process.cpu()));
    figures.add("bytes until all rows", session.bytes().to_string());
    session.rest(Duration::from_secs(2));
    figures.add("resident memory", format!("{} MiB", process.resident() >> 20));
    figures.add("resident memory, at its highest", format!("{} MiB", process.resident_peak() >> 20));

    if !idle.is_zero() {
        session.rest(Duration::from_secs(3));
        let (cpu, bytes, requests) = (process.cpu(), session.bytes(), audit.map(requests));
        session.rest(idle);
        figures.add("idle CPU", percent(process.cpu().saturating_sub(cpu), idle));
        let minutes = idle.as_secs_f64() / 60.0;
        figures.add("idle bytes a minute", format!("{:.0}", (session.bytes() - bytes) as f64 / minutes));
        let asked = requests.zip(audit.map(self::requests)).map(|(before, after)| after - before);
        figures
            .add("idle requests a minute", asked.map_or("–".into(), |asked| format!("{:.0}", asked as f64 / minutes)));
    }

    let (bytes, _) = press(&mut session, WITHIN, |_| "j");
    figures.add("bytes a row moved", bytes.to_string());
    let (_, mut times) = press(&mut session, PRESSES, |press| if press % 2 == 0 { "k" } else { "j" });
    times.sort();
    let of = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    figures.add("key to paint, half", of(50).map_or_else(never, milliseconds));
    figures.add("key to paint, 99 %", of(99).map_or_else(never, milliseconds));
    session.rest(Duration::from_millis(100));
    let (bytes, _) = press(&mut session, 2 * WITHIN, |_| "j");
    figures.add("bytes a row, half of them scrolled", bytes.to_string());
    session.end()?;
    Ok(figures)
}

fn never() -> String {
    "never".to_owned()
}

/// Presses keys one after the other, each when the frame of the one before stands: bytes of a press, and times.
fn press(session: &mut Session, count: usize, key: impl Fn(usize) -> &'static str) -> (usize, Vec<Duration>) {
    let before = session.bytes();
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        // Nobody types faster; and a frame of the cluster's own must not be taken for the answer.
        session.rest(Duration::from_millis(20));
        match session.press(key(number)) {
            Some(time) => times.push(time),
            None => break,
        }
    }
    ((session.bytes() - before) / times.len().max(1), times)
}

/// Requests of the console that the server has written down. A watch stands there twice: its beginning counts.
fn requests(audit: &Path) -> usize {
    let log = std::fs::read_to_string(audit).unwrap_or_default();
    let ours = log.lines().filter(|line| line.contains("\"userAgent\":\"watchkeeper/"));
    ours.filter(|line| !(line.contains("\"verb\":\"watch\"") && line.contains("ResponseComplete"))).count()
}

/// How long kubectl takes to read the same list in one piece; None without a kubectl.
fn time_kubectl(kubeconfig: &Path) -> Option<Duration> {
    let program = std::env::var_os("WK_BENCH_KUBECTL").unwrap_or_else(|| "kubectl".into());
    let began = Instant::now();
    let ended = Command::new(program)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(["get", "--raw", "/api/v1/pods"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    ended.is_ok_and(|status| status.success()).then(|| began.elapsed())
}

fn seconds(variable: &str) -> Option<Duration> {
    std::env::var(variable).ok()?.parse().ok().map(Duration::from_secs)
}
