//! The Alertmanager of the in-process cluster, API v2: what Prometheus has fired, whom it is routed to, and silences.
//! Alerts are derived from the rules at each request; only silences that somebody has made are kept.

mod alerts;
mod matcher;
mod routes;
mod server;
mod silences;

pub use server::Alertmanager;

#[cfg(test)]
mod tests;
