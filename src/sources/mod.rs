//! The outside world, async, speaking domain types only. Never the application, keys or screens.

pub mod alertmanager;
pub mod http_get;
pub mod monitoring;
pub mod prometheus;
