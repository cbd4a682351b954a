//! The plans of all writes: pure functions from what is known to exactly what would be sent. Nothing is sent here.

mod act;
mod facts;
mod restart;
mod rollback;
mod scale;
mod warnings;

pub use act::{Act, Wish};
pub use facts::{Autoscaler, Facts};
pub use restart::RESTART;
pub use rollback::ROLL_BACK;
pub use scale::SCALE;
