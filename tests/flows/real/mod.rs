//! Flows on a real cluster. Those of `any_cluster` need no more than a cluster, which `WK_TEST_KUBECONFIG` names, and
//! write nothing. The others need the five people, the shop and the audit log of `tests/cluster`: they share it, break it
//! and mend it, one after the other, as `tests/run` does, with `WK_TEST_CLUSTER` naming its state folder.

mod any_cluster;
mod audit;
mod below_the_ui;
mod cluster;
mod incident;
mod people;
mod same_answers;
mod server_away;
mod shell;
