//! Flows on the real cluster of `tests/cluster`. They share it, break it and mend it: one after the other, as
//! `tests/run` does, with `WK_TEST_CLUSTER` naming its state folder.

mod audit;
mod cluster;
mod incident;
mod people;
mod server_away;
