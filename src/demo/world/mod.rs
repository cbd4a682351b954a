//! The simulated cluster's state and how it moves in story time. Knows no HTTP.

pub mod observation;
pub mod random;
pub mod services;
pub mod time;
pub mod timeline;

pub use observation::{Observation, Upstream};
pub use services::ServiceId;
pub use time::StoryTime;
pub use timeline::Timeline;
