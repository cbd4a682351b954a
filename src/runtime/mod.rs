//! The only place that spawns tasks, reads the clock and touches the terminal.
