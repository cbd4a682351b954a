//! What a user can do: each action declared once, the plan it makes, and the only judge of whether it may run.

pub mod guard;
