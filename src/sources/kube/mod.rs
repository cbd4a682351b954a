//! The API server: finding it, proving who we are, reading, watching, writing what a permit allows.
//!
//! A request goes down through `connection` (what it means), `guard_layer` (whether it may), `stack` (address and
//! credentials) and `transport` (which connection), and its answer comes back as rows, raw objects or a `Problem`.

mod access;
mod backoff;
mod connection;
mod counters;
mod credentials;
mod dial;
mod doctor;
mod exec;
mod exec_plugin;
mod expiry;
mod fault;
mod guard_layer;
mod gzip;
mod heard;
mod held_body;
mod kubeconfig;
mod log_level;
mod log_lines;
mod log_merge;
mod log_page;
mod log_stream;
mod logs;
mod mutate;
mod objects;
mod plugin_words;
mod recent_log;
mod request_access;
mod stack;
mod status;
mod target;
mod throttle;
mod tls;
mod transport;
mod watch;
mod watch_list;
mod watch_stream;

#[cfg(test)]
mod connection_tests;
#[cfg(test)]
mod real_tests;
#[cfg(test)]
mod test_permits;
#[cfg(test)]
mod test_server;

pub use access::Rules;
pub use connection::{Connection, Context};
pub use counters::{Counters, Tally};
pub use dial::{BoxedStream, Dial, Stream};
pub use doctor::{Finding, Step, examine_connection, examine_kubeconfig};
pub use exec::{ShellInput, ShellOutput, exec};
pub use kubeconfig::{Kubeconfig, Places, ServiceAccount, read};
pub use log_page::{LogPage, PageRequest, log_page};
pub use logs::{LogRequest, LogsEvent, MAX_STREAMS, logs};
pub use mutate::{dry_run, perform};
pub use objects::Selectors;
pub use target::{ContextRow, Impersonation, Target};
pub use throttle::Throttle;
pub use watch::{WatchRequest, watch};
