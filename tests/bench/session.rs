//! The console in a pseudo terminal: what it paints, when, and in how many bytes.

use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const COLUMNS: NonZero<u16> = NonZero::new(160).unwrap();
const ROWS: NonZero<u16> = NonZero::new(50).unwrap();
/// Ends each frame.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";
/// An answer to a key that takes longer is lost.
const ANSWER: Duration = Duration::from_secs(2);

pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    began: Instant,
    bytes: usize,
    frames: usize,
    /// What may be the beginning of an end of frame.
    tail: Vec<u8>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Session {
    pub fn start(program: &Path, arguments: &[&str]) -> io::Result<Self> {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(io::Error::other)?;
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        let mut output = pair.master.try_clone_reader().map_err(io::Error::other)?;
        let keys = pair.master.take_writer().map_err(io::Error::other)?;
        let (sender, chunks) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(io::Error::other)?;
        drop(pair.slave);
        let screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        let (bytes, frames, tail) = (0, 0, Vec::new());
        Ok(Self { child, keys, chunks, screen, began, bytes, frames, tail, _terminal: pair.master })
    }

    pub fn process_id(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A whole frame stands.
    pub fn painted(&self) -> bool {
        self.frames > 0
    }

    /// The line over the pods: how many there are, and how fresh.
    fn rule(&self) -> Option<String> {
        let rows = self.screen.screen().rows(0, COLUMNS.get());
        rows.into_iter().take(4).find(|row| row.trim_start().starts_with("PODS ─"))
    }

    pub fn rows(&self) -> usize {
        let digits = |rule: String| {
            let (_, count) = rule.split_once('─')?;
            let count: String = count.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
            count.replace(',', "").parse().ok()
        };
        self.rule().and_then(digits).unwrap_or_default()
    }

    /// All pods are shown and watched.
    pub fn live(&self) -> bool {
        self.rows() > 0 && self.rule().is_some_and(|rule| rule.trim_end().ends_with("live"))
    }

    /// When something was seen, since the start.
    pub fn until(&mut self, patience: Duration, seen: impl Fn(&Self) -> bool) -> Option<Duration> {
        let end = Instant::now() + patience;
        let mut at = Instant::now();
        while !seen(self) {
            at = self.take(end)?;
        }
        Some(at.duration_since(self.began))
    }

    /// Reads along for a while.
    pub fn rest(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while self.take(end).is_some() {}
    }

    /// Presses a key and waits for the frame that answers it.
    pub fn press(&mut self, key: &str) -> Option<Duration> {
        let frames = self.frames;
        let pressed = Instant::now();
        self.keys.write_all(key.as_bytes()).and_then(|()| self.keys.flush()).ok()?;
        let end = pressed + ANSWER;
        loop {
            let at = self.take(end)?;
            if self.frames > frames {
                return Some(at.duration_since(pressed));
            }
        }
    }

    /// Takes up the next chunk: when it came; None when none came in time.
    fn take(&mut self, end: Instant) -> Option<Instant> {
        let left = end.saturating_duration_since(Instant::now());
        let (at, chunk) = match self.chunks.recv_timeout(left) {
            Ok(read) => read,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(left);
                return None;
            }
        };
        self.bytes += chunk.len();
        self.screen.process(&chunk);
        self.tail.extend_from_slice(&chunk);
        self.frames += self.tail.windows(END_OF_FRAME.len()).filter(|part| *part == END_OF_FRAME).count();
        // One byte less than an end of frame, so that none counts twice.
        self.tail.drain(..self.tail.len().saturating_sub(END_OF_FRAME.len() - 1));
        Some(at)
    }

    pub fn end(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
