//! Figures of the release binary in a terminal of 160×50: what it costs to start, to load many pods, to sit still and to
//! move. It prints and never judges: a slow or busy machine fails nothing. `README.md` says how to run it.

mod process;
mod scale_server;
mod session;
mod table;
mod updates;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use process::Process;
use scale_server::ScaleServer;
use session::Session;
use table::{Figures, milliseconds, percent};
use updates::Updates;

/// A start that has not shown everything after this long never will.
const PATIENCE: Duration = Duration::from_secs(60);
/// Presses of a key that are measured.
const PRESSES: usize = 200;
/// Changes of pods in a second, and how long they are followed.
const UPDATES: u32 = 200;
const UPDATED_FOR: Duration = Duration::from_secs(15);
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
    if let Some(kubeconfig) = std::env::var_os("WK_BENCH_KUBECONFIG") {
        if "real".contains(&wanted) {
            columns.extend(measure_real(["real", "real, again"], Path::new(&kubeconfig), idle, false)?);
        }
    } else {
        for (names, pods) in [(["real, 1,000", "again"], "1000"), (["real, 10,000", "again"], "10000")] {
            if names[0].contains(&wanted) {
                match ScaleServer::start(pods)? {
                    Some(server) => columns.extend(measure_real(names, &server.kubeconfig(), idle, true)?),
                    None => writeln!(io::stdout(), "not run: {}; it needs root on Debian", names[0])?,
                }
            }
        }
    }
    io::stdout().write_all(table::render(&columns).as_bytes())
}

/// Two runs on a real API server, the first of them at rest too and, where `ours`, while its pods change.
fn measure_real(
    names: [&'static str; 2],
    kubeconfig: &Path,
    idle: Duration,
    ours: bool,
) -> io::Result<Vec<(&'static str, Figures)>> {
    let path = kubeconfig.to_string_lossy();
    let arguments = ["--kubeconfig", &path, "-A", "--open", "pods"];
    // The first start warms the server's caches and is not counted.
    measure(&arguments, Duration::ZERO, None)?;
    let mut columns = Vec::new();
    for (name, idle, changed) in [(names[0], idle, ours), (names[1], Duration::ZERO, false)] {
        let mut figures = measure(&arguments, idle, Some(Real { kubeconfig, changed }))?;
        if let Some(whole) = time_kubectl(kubeconfig) {
            figures.add("kubectl get --raw, the same list", milliseconds(whole));
        }
        columns.push((name, figures));
    }
    Ok(columns)
}

/// A real API server.
struct Real<'a> {
    kubeconfig: &'a Path,
    /// Its pods are ours and change at the end.
    changed: bool,
}

/// One run of the console from its start to its end.
fn measure(arguments: &[&str], idle: Duration, real: Option<Real<'_>>) -> io::Result<Figures> {
    let mut figures = Figures::default();
    // The scale server keeps its audit log beside the folder of its kubeconfigs.
    let audit = real.as_ref().and_then(|real| Some(real.kubeconfig.ancestors().nth(2)?.join("audit.log")));
    let audit = audit.as_deref().filter(|log| log.exists());
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
    let (_, times) = press(&mut session, PRESSES, |press| if press % 2 == 0 { "k" } else { "j" });
    figures.add("key to paint, half", quantile(&times, 50));
    figures.add("key to paint, 99 %", quantile(&times, 99));
    session.rest(Duration::from_millis(100));
    let (bytes, _) = press(&mut session, 2 * WITHIN, |_| "j");
    figures.add("bytes a row, half of them scrolled", bytes.to_string());
    if let Some(real) = real.filter(|real| real.changed) {
        follow_updates(&mut session, &process, real.kubeconfig, &mut figures)?;
    }
    session.end()?;
    Ok(figures)
}

/// The same while pods change all the time.
fn follow_updates(
    session: &mut Session,
    process: &Process,
    kubeconfig: &Path,
    figures: &mut Figures,
) -> io::Result<()> {
    let updates = Updates::start(kubeconfig, UPDATES)?;
    session.rest(Duration::from_secs(2));
    let (cpu, bytes) = (process.cpu(), session.bytes());
    session.rest(UPDATED_FOR);
    figures.add("CPU while pods change", percent(process.cpu().saturating_sub(cpu), UPDATED_FOR));
    let seconds = UPDATED_FOR.as_secs_f64();
    figures.add("bytes a second while pods change", format!("{:.0}", (session.bytes() - bytes) as f64 / seconds));
    let (_, times) = press(session, PRESSES, |press| if press % 2 == 0 { "k" } else { "j" });
    figures.add("key to paint, 99 %, while pods change", quantile(&times, 99));
    figures.add("changes a second", format!("{:.0}", updates.per_second()));
    Ok(())
}

/// The time that so many of a hundred stay under.
fn quantile(times: &[Duration], share: usize) -> String {
    let mut times = times.to_vec();
    times.sort();
    let at = (times.len() * share / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().map_or_else(never, milliseconds)
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
    let named = std::env::var_os("WK_BENCH_KUBECTL").map(PathBuf::from);
    let program = named.or_else(scale_server::kubectl).unwrap_or_else(|| "kubectl".into());
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
