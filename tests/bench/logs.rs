//! Figures of reading logs: how many lines a second the console takes from a server that writes as fast as it is told,
//! through the production path from the bytes of a response to a drawn frame. It prints and never judges.

mod process;
mod table;

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::{Instant, sleep_until, timeout_at};

use process::Process;
use table::{Figures, milliseconds, percent};
use watchkeeper::app::model::Model;
use watchkeeper::app::navigation::Views;
use watchkeeper::app::screen::{LogsScreen, Screen};
use watchkeeper::app::state::Size;
use watchkeeper::app::{Input, Message, State};
use watchkeeper::config::key::Key;
use watchkeeper::config::{keymap_file, theme_file};
use watchkeeper::domain::object::{Kind, ObjectKey};
use watchkeeper::domain::policy::Limits;
use watchkeeper::runtime::backend::{Backend, Monitoring, Transport};
use watchkeeper::runtime::event_loop::Engine;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::{BoxedStream, Dial};
use watchkeeper::ui::{self, Look};

/// How long lines are written.
const TIME: Duration = Duration::from_secs(5);
/// Frames are at least so far apart, as in the console.
const FRAME: Duration = Duration::from_millis(33);
/// Lines written at once.
const BURST: Duration = Duration::from_millis(5);
const SIZE: Size = Size { columns: 160, rows: 50 };

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut columns = Vec::new();
    for (name, rate, filter) in [
        ("20,000/s", 20_000, ""),
        ("200,000/s", 200_000, ""),
        ("200,000/s, filtered", 200_000, "status=500 undefined"),
        ("as fast as it goes", u64::MAX, ""),
    ] {
        columns.push((name, runtime.block_on(measure(rate, filter))?));
    }
    io::stdout().write_all(table::render(&columns).as_bytes())
}

/// Reads for a while; everything but the server is the console's own.
async fn measure(rate: u64, filter: &str) -> io::Result<Figures> {
    let written = Arc::new(AtomicU64::new(0));
    let mut engine = engine(flood(rate, Arc::clone(&written)));
    let look = Look::new(&theme_file::built_in("dark").ok_or_else(|| io::Error::other("no theme"))?, true);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.columns, SIZE.rows)).map_err(io::Error::other)?;
    engine.start();
    if !filter.is_empty() {
        engine.take(Message::Input(Input::Key(Key::character('/'))));
        engine.take(Message::Input(Input::Paste(filter.to_owned())));
        engine.take(Message::Input(Input::Key(Key::plain(watchkeeper::config::key::Code::Enter))));
    }
    let process = Process(std::process::id());
    let cpu = process.cpu();
    let began = Instant::now();
    let mut drawn = began;
    let (mut frames, mut turns) = (Vec::new(), Vec::new());
    while began.elapsed() < TIME {
        let message = timeout_at((drawn + FRAME).min(began + TIME), engine.next()).await.ok().flatten();
        if let Some(message) = message {
            let turn = Instant::now();
            engine.take(message);
            turns.push(turn.elapsed());
        }
        if drawn.elapsed() >= FRAME && engine.state.dirty {
            let frame = Instant::now();
            terminal.draw(|frame| ui::view(&engine.state, &look, frame)).map_err(io::Error::other)?;
            engine.state.dirty = false;
            frames.push(frame.elapsed());
            drawn = Instant::now();
        } else if drawn.elapsed() >= FRAME {
            drawn = Instant::now();
        }
    }
    let spent = began.elapsed();
    let Screen::Logs(screen) = engine.state.views.top() else { return Err(io::Error::other("no logs are shown")) };
    let buffer = screen.index.buffer();
    let taken = buffer.let_go() + buffer.len() as u64;
    let sent = written.load(Ordering::Relaxed);
    let a_second = |lines: u64| format!("{:.0}", lines as f64 / spent.as_secs_f64());
    let mut figures = Figures::default();
    figures.add("lines a second, written", a_second(sent));
    figures.add("lines a second, taken", a_second(taken));
    figures.add("lines on their way at the end", (sent - taken).to_string());
    figures.add("lines held", buffer.len().to_string());
    figures.add("lines let go, as the screen says", buffer.let_go().to_string());
    figures.add("text held", mebibytes(buffer.bytes() as u64));
    figures.add("lines not yet looked at", (buffer.end() - screen.index.entered()).to_string());
    figures.add("resident memory, now", mebibytes(process.resident()));
    figures.add("resident memory, at its highest", mebibytes(process.resident_peak()));
    figures.add("CPU, all threads, the server's too", percent(process.cpu().saturating_sub(cpu), spent));
    figures.add("frames", frames.len().to_string());
    figures.add("a frame, half / 99 % / worst", shares(&mut frames));
    figures.add("a turn between keys, half / 99 % / worst", shares(&mut turns));
    engine.end().await;
    Ok(figures)
}

/// The middle, nearly the worst, and the worst: on a busy machine the worst is mostly somebody else's.
fn shares(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |hundredths: usize| times.get((times.len() * hundredths / 100).min(times.len().saturating_sub(1)));
    let words = [50, 99, 100].map(|hundredths| at(hundredths).map_or_else(String::new, |time| milliseconds(*time)));
    words.join(" / ")
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// The console on the logs of one pod, whose server allows nothing else.
fn engine(dial: Dial) -> Engine {
    let backend = Backend {
        transport: Transport::InMemory {
            dial,
            context: "bench".to_owned(),
            user: "bench".to_owned(),
            namespace: Some("shop".to_owned()),
            token: "none".to_owned(),
        },
        clock: Clock::new(Timestamp::now),
        limits: Limits::default(),
        monitoring: Monitoring::default(),
        state_folder: None,
    };
    let names: Vec<&'static str> = watchkeeper::action::all().map(|spec| spec.name).collect();
    let (keymap, _) = keymap_file::build("default", None, &names);
    let model = Model::new(backend.clock.now(), keymap, backend.limits);
    let logs = LogsScreen::new(ObjectKey::new(Kind::Pod, "shop", "flood-7d9c-x2k9q"));
    Engine::new(backend, State::new(model, Views::new(Screen::Logs(logs)), SIZE))
}

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A server that denies everything but a log, which it writes at this rate and no faster than it is read.
fn flood(rate: u64, written: Arc<AtomicU64>) -> Dial {
    Arc::new(move || {
        let (ours, theirs) = tokio::io::duplex(256 << 10);
        let written = Arc::clone(&written);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(&request, rate, Arc::clone(&written));
                std::future::ready(Ok::<_, Infallible>(answer))
            });
            // The console hangs up at the end.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(theirs), service).await;
        });
        let stream: BoxedStream = Box::new(ours);
        Box::pin(std::future::ready(Ok(stream)))
    })
}

fn answer(request: &Request<Incoming>, rate: u64, written: Arc<AtomicU64>) -> Answer {
    if !request.uri().path().ends_with("/log") {
        let body =
            r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":403}"#;
        let mut answer = Response::new(Full::new(Bytes::from_static(body.as_bytes())).boxed_unsync());
        *answer.status_mut() = http::StatusCode::FORBIDDEN;
        return answer;
    }
    let begin = Instant::now();
    let bursts = futures::stream::unfold((0u64, 0u32), move |(lines, burst)| {
        let written = Arc::clone(&written);
        async move {
            let due = begin + BURST * burst;
            let wanted = if rate == u64::MAX {
                lines + 1_000
            } else {
                sleep_until(due).await;
                rate * u64::from(burst + 1) * BURST.as_millis() as u64 / 1_000
            };
            let mut text = Vec::with_capacity(256 << 10);
            let now = Timestamp::now();
            for line in lines..wanted {
                let _ = write_line(&mut text, line, now);
            }
            written.fetch_add(wanted - lines, Ordering::Relaxed);
            Some((Ok(Frame::data(Bytes::from(text))), (wanted, burst + 1)))
        }
    });
    Response::new(StreamBody::new(bursts.boxed()).boxed_unsync())
}

/// Mostly requests that went well, some errors with their trace.
fn write_line(text: &mut Vec<u8>, line: u64, now: Timestamp) -> io::Result<()> {
    match line % 50 {
        0 => writeln!(
            text,
            "{now:.9} level=error route=\"POST /v1/charge\" status=500 msg=\"TypeError: amount is undefined\" trace={line:08x}"
        ),
        1..4 => writeln!(text, "{now:.9}     at charge (/app/src/charge.ts:31:27)"),
        _ => writeln!(text, "{now:.9} level=info route=\"GET /v1/pay\" status=200 dur=41ms trace={line:08x}"),
    }
}
