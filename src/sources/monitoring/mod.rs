//! What Prometheus and Alertmanager have in common: being found, being asked, and being misunderstood.

mod base;
mod direct;
mod discovery;
#[cfg(test)]
pub mod scripted;

pub use base::Base;
pub use direct::DirectUrl;
pub use discovery::{Search, discover};
