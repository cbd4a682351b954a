//! The terminal: entering, drawing, and restoring it on every way out.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use rustix::process::{Signal, getpid, kill_process};

/// A part of the program panicked: the terminal is the shell's again, and nothing more is drawn.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Columns and rows, when there is a terminal.
#[must_use]
pub fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}

/// A drawing terminal; dropping it restores what was there before.
pub struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Terminal {
    /// # Errors
    /// When the terminal cannot be put into raw mode or written to.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        Ok(Self { inner: ratatui::Terminal::new(CrosstermBackend::new(out))? })
    }

    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if has_panicked() {
            return Ok(());
        }
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(view)?;
        execute!(self.inner.backend_mut(), EndSynchronizedUpdate)
    }

    /// The next frame paints every cell.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        if has_panicked() {
            return Ok(());
        }
        // Not `clear`, which asks the terminal where its cursor is: the answer would go to whoever reads the keys.
        let size = self.inner.size()?;
        self.inner.resize(size.into())
    }

    /// Sends bytes that are no frame, such as text for the clipboard.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if has_panicked() {
            return Ok(());
        }
        let out = self.inner.backend_mut();
        out.write_all(bytes)?;
        Write::flush(out)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A panic has done it already; doing it again would put the cursor over what it said.
        if !has_panicked() {
            restore();
        }
    }
}

/// Whether a panic has taken the terminal from the console.
pub fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Puts the terminal back; harmless when nothing was changed.
fn restore() {
    let mut out = io::stdout();
    // The terminal may be gone; there is nobody left to tell.
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}

fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !PANICKED.swap(true, Ordering::SeqCst) {
                restore();
            }
            before(info);
            // A task that panics does not end the program by itself. This does, in order; whoever unwinds the main
            // thread meanwhile is as good as ended.
            let _ = kill_process(getpid(), Signal::TERM);
        }));
    });
}
