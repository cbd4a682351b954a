//! What the logs screen is made of: a bounded ring of lines, the entries they form, and which of them are shown.
//!
//! Taking up a chunk costs the same whatever its size; everything that looks at lines happens in `LogIndex::work`, a
//! bounded piece per drain.

pub mod buffer;
pub mod digest;
pub mod earlier;
pub mod errors;
pub mod fields;
pub mod index;
pub mod page;
pub mod pulse;
pub mod query;
pub mod targets;
mod trace;
pub mod window;

#[cfg(test)]
pub(crate) mod tests;

pub use buffer::{Limits, Place};
pub use index::{Entry, LogIndex};
pub use query::Query;
