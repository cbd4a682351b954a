//! The outside world, async, speaking domain types only. Never the application, keys or screens.

pub mod alertmanager;
pub mod clock;
pub mod http_get;
pub mod kube;
pub mod monitoring;
pub mod prometheus;
pub mod task_scope;
