//! Settings, keymaps and themes as data: parsing and merging. Never the application state.
