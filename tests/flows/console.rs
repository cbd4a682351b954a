//! The real program in a pseudo terminal, and as a command: what a user's own terminal would get.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program as a command, in an empty home: nothing of the machine's user reaches it.
pub fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wk"));
    command.args(arguments).env_clear().env("HOME", home).env("TERM", "xterm-256color");
    command
}

/// What a command said, and its exit code.
pub struct Said {
    pub out: String,
    pub complaints: String,
    pub code: i32,
}

pub fn run(home: &Path, arguments: &[&str]) -> Said {
    said(&mut command(home, arguments))
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program starts");
    Said {
        out: String::from_utf8(output.stdout).expect("text"),
        complaints: String::from_utf8(output.stderr).expect("text"),
        code: output.status.code().expect("an exit code"),
    }
}

/// The console on a terminal of its own.
pub struct Console {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    chunks: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
    /// Everything it ever wrote.
    written: Vec<u8>,
    master: Box<dyn MasterPty + Send>,
    /// Lives as long as the console.
    own_home: Option<TempDir>,
}

impl Console {
    pub fn start(home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::spawn(env!("CARGO_BIN_EXE_wk"), home, arguments, &[], columns, rows)
    }

    /// Another program: a test of this binary, which does what no switch of the real one should do.
    pub fn start_test(home: &Path, name: &str, columns: u16, rows: u16) -> Self {
        let program = std::env::current_exe().expect("this program");
        let arguments = ["--exact", name, "--ignored", "--nocapture", "--test-threads=1"];
        Self::spawn(program.to_str().expect("a path"), home, &arguments, &[], columns, rows)
    }

    /// The same in a home of its own and with more in its environment.
    pub fn start_in(home: TempDir, arguments: &[&str], more: &[(&str, &str)], columns: u16, rows: u16) -> Self {
        let mut console = Self::spawn(env!("CARGO_BIN_EXE_wk"), home.path(), arguments, more, columns, rows);
        console.own_home = Some(home);
        console
    }

    fn spawn(program: &str, home: &Path, arguments: &[&str], more: &[(&str, &str)], columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (name, value) in more {
            command.env(name, value);
        }
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (sender, chunks) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 14];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let terminal =
            vt100::Parser::new(NonZero::new(rows).expect("rows"), NonZero::new(columns).expect("columns"), 0);
        Self { child, keys, chunks, terminal, written: Vec::new(), master: pair.master, own_home: None }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Another program writes on the same terminal.
    pub fn scribble(&mut self, text: &str) {
        self.terminal.process(format!("\x1b[H{text}").as_bytes());
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).expect("another size");
        let (rows, columns) = (NonZero::new(rows).expect("rows"), NonZero::new(columns).expect("columns"));
        self.terminal.screen_mut().set_size(rows, columns);
    }

    pub fn signal(&self, name: &str) {
        let process = self.child.process_id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status().expect("kill");
        assert!(sent.success());
    }

    fn take(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.terminal.process(bytes);
    }

    /// Every byte the terminal was sent.
    pub fn written(&self) -> &[u8] {
        &self.written
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// Waits until the screen is as wished.
    pub fn until(&mut self, what: &str, wish: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wish(self.screen()) {
            match self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{what}: it never came; the terminal shows:\n{}", self.text())
                }
            }
        }
    }

    pub fn sees(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Waits for the program's end, takes what it still wrote, and gives its exit code.
    pub fn ended(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        // The output ends when the program does.
        while let Ok(bytes) = self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.take(&bytes);
        }
        assert!(Instant::now() < end, "it never ended; the terminal shows:\n{}", self.text());
        self.child.wait().expect("its exit").exit_code()
    }

    /// The terminal is as it was before: the shell's own screen, with its cursor, and no modes left on.
    pub fn assert_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen stayed:\n{}", self.text());
        assert!(!screen.hide_cursor(), "the cursor stayed hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste stayed on");
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
