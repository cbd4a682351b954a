//! What floats above a screen: filter, palette, help, a list to pick from, a question.

mod any;
mod help;
mod palette;
mod picker;
mod question;

pub use any::Overlay;
pub use help::{HelpLine, HelpOverlay};
pub use palette::{Entry, PaletteOverlay};
pub use picker::{PickerOverlay, Subject};
pub use question::QuestionOverlay;
