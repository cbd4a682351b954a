//! Settings, keymaps and themes as data: parsing and merging. Never the application state, never a style or a screen.
//! `load` alone reads files, once at the start; a broken one is named as a `Problem` and never stops the start.

pub mod key;
pub mod keymap;
pub mod keymap_file;
pub mod load;
pub mod paths;
pub mod place;
pub mod settings;
pub mod theme;
pub mod theme_file;
