//! Pure judgement over rows: health, assembling services, matching alerts, ranking changes, verification. No clients, no clock.

pub mod alerts;
pub mod container;
pub mod dashboard;
pub mod differences;
pub mod evidence;
pub mod health;
pub mod helm_release;
pub mod history;
pub mod interference;
pub mod masking;
pub mod onset;
pub mod revisions;
pub mod services;
pub mod soundness;
pub mod symptom;
pub mod verification;
pub mod yaml;
