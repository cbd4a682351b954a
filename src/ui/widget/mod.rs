//! Parts that screens are drawn from. Each takes plain values, draws inside its area and keeps nothing.

pub mod chart;
pub mod chart_stack;
pub mod difference;
pub mod empty;
pub mod footer;
pub mod header;
pub mod input_line;
pub mod overlay;
pub mod paragraph;
pub mod rule;
pub mod sparkline;
pub mod split_bar;
pub mod table;
pub mod text_lines;
pub mod too_small;

#[cfg(test)]
mod gallery;
#[cfg(test)]
pub(super) mod snapshot;
