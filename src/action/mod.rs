//! What a user can do: each action declared once, the plan it makes, and the only judge of whether it may run.
//!
//! Adding an action is its name, one row in a file of `catalog` and, for a write, its plan, which the row names. Keymap,
//! hints, help, palette and guard all read the row; the plan screen shows, asks, sends and verifies whatever is planned.

pub mod catalog;
pub mod guard;
pub mod plan;
pub mod spec;

pub use catalog::{Action, all, later, names};
pub use spec::{ActionSpec, Asks, Risk, Subject, Write};
