//! What the shell screen is made of: a terminal in memory, and keys as a terminal sends them. Pure: bytes go in, cells
//! and replies come out.

pub mod emulator;
pub mod keys;

pub use emulator::Emulator;
