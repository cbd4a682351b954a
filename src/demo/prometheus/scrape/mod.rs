//! What the targets of the simulated cluster expose and when they are scraped: a [`Storage`](super::Storage) whose
//! samples are worked out from the timeline.
//!
//! A counter is the integral of a rate that is constant between the instants at which something happened, so its value
//! at any time costs a look at those few pieces and not a walk over the seconds. Nothing is stored, nothing is random.

mod database;
mod exposition;
mod latency;
mod load;
mod memory;
mod ripple;
mod samples;

pub use database::{Database, KUBERNETES_INTERVAL, SHOP_INTERVAL};
pub use load::ShopLoad;

#[cfg(test)]
mod tests;
