//! Alertmanager: which alerts are routed where, and what keeps them quiet.

mod client;

pub use client::AlertmanagerClient;
