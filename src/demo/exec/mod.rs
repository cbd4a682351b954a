//! What runs in a container when somebody executes a command there: a small shell and the terminal in front of it.
//! Knows no HTTP.

mod commands;
mod shell;
mod terminal;

pub use shell::{Container, Outcome, Shell};
pub use terminal::{Terminal, Typed, for_terminal};
