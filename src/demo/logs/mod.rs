//! What containers write: a pure function of pod, time and seed, so that any window can be asked for at any moment and
//! nothing is stored.

mod source;
mod voices;

pub use source::{Line, LogSource};
