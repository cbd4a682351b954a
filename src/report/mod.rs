//! Reads the application state and writes text: table, JSON, Markdown. Changes nothing.
//!
//! A headless command opens the same screen as the console, waits until it has settled, and asks this module for words.

mod alerts;
mod browse;
mod containers;
mod document;
mod history;
mod logs;
mod markdown;
mod open;
mod page;
mod plan;
mod reading;
mod record;
mod services;
mod verify;

pub use document::{Report, json, table};
pub use logs::{LogSpelling, LogWriter};
pub use open::report;
pub use record::record;
