//! Every action there is, by topic. The order of rows is the order of help and palette.

mod act;
mod go;
mod later;
mod logs;
mod movement;
mod names;
mod rows;
mod show;

pub use names::Action;
pub use rows::{all, later, names};
