//! The outside world, async, speaking domain types only. Never the application, keys or screens.

pub mod http_get;
