//! Reads the application state and writes a frame. Changes nothing, decides nothing, knows no key but for its label.
//! Widgets take plain values, so that a screen is: pick from state, lay out, draw.

pub mod key_label;
pub mod paint;
pub mod picture;
pub mod styles;
pub mod symbols;
pub mod widget;
