//! Reads the application state and writes a frame. Changes nothing, decides nothing, knows no key but for its label.
//! Widgets take plain values, so that a screen is: pick from state, lay out, draw.

mod guide;
pub mod key_label;
mod overlay;
pub mod paint;
pub mod picture;
mod screen;
pub mod styles;
pub mod symbols;
mod view;
pub mod widget;

pub use view::{Look, view};
