//! Did it work? A pure machine over what is seen now: the rollout pod by pod, the new pods' own requests, the traffic
//! and the alert. It cannot be won by silence: no data is not green, and a silenced alert has not ended.

mod alert;
mod interval;
mod judge;
mod measured;
mod pods;
mod revert;

pub use alert::AlertStanding;
pub use judge::{Check, CheckKind, Facts, Mark, Verdict, Verification, judge};
pub use measured::{Measured, Measurement, PodCounts};
pub use pods::PodProgress;
pub use revert::reverted_by;
