//! Pure judgement over rows: health, assembling services, matching alerts, ranking changes, verification. No clients, no clock.

pub mod alerts;
pub mod dashboard;
pub mod evidence;
pub mod health;
pub mod onset;
pub mod services;
pub mod text_difference;
pub mod verification;
