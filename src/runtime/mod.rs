//! The only place that spawns tasks, reads the clock and touches the terminal.
//!
//! `event_loop` drives the pure machine; `perform` does its effects; `reconcile` keeps the streams it wants running;
//! `headless` drives the same machine without a terminal.

mod alert_stream;
pub mod backend;
mod connect;
pub mod doctor;
pub mod event_loop;
mod hand_over;
pub mod headless;
mod input;
mod journal;
mod keepsake;
mod link;
mod log_stream;
mod perform;
mod private_file;
mod reconcile;
mod remember;
mod shell_session;
mod signals;
mod streams;
mod terminal;
mod writes;

pub use journal::unwritable;
pub use terminal::size as terminal_size;
