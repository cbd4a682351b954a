//! The pure machine: state, update, subscriptions, settle. No IO, no await, no clock.
