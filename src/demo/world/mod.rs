//! The simulated cluster's state and how it moves in story time. Knows no HTTP.

mod autoscaler;
mod birth;
mod filler;
mod gitops;
pub mod kinds;
mod lifecycle;
pub mod observation;
pub mod pod;
pub mod random;
mod rollout;
pub mod services;
mod sets;
pub mod state;
pub mod store;
mod story;
pub mod time;
pub mod timeline;
pub mod writes;

pub use observation::{Observation, Upstream};
pub use services::ServiceId;
pub use state::World;
pub use time::StoryTime;
pub use timeline::Timeline;
