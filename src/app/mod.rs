//! The pure machine: state, update, subscriptions, settle. No IO, no await, no clock.
//!
//! `update` routes a message to the overlay on top, then to the screen, then to what holds everywhere; the first that
//! knows the action wins. What must happen outside is pushed into the `Outbox`; what should be running is computed by
//! `subscriptions` from what is open.

pub mod alerts;
pub mod dossier;
pub mod effect;
mod everywhere;
pub mod filter;
pub mod guide;
pub mod keepsake;
pub mod layout;
mod linger;
pub mod logs;
pub mod measures;
pub mod measuring;
pub mod message;
pub mod model;
pub mod navigation;
pub mod onsets;
pub mod outbox;
pub mod overlay;
pub mod request;
pub mod screen;
pub mod service_charts;
pub mod services;
pub mod settle;
pub mod shell;
pub mod state;
pub mod store;
pub mod subscription;
pub mod table;
pub mod text_field;
pub mod time_axis;
pub mod update;

pub use effect::{Effect, TaskId};
pub use message::{Answer, Delivery, Input, JournalNews, LinkEvent, Message};
pub use model::Model;
pub use outbox::Outbox;
pub use settle::settle;
pub use state::State;
pub use subscription::{Key, Params, Topic, subscriptions};
pub use update::update;
