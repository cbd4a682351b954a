//! The plans of all writes: pure functions from what is known to exactly what would be sent. Nothing is sent here.

mod facts;
mod restart;
mod rollback;
mod scale;
mod warnings;

pub use facts::{Autoscaler, Facts};
pub use restart::restart;
pub use rollback::{RollbackTarget, rollback};
pub use scale::scale;
