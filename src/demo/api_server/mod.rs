//! The API server's HTTP: routing, identity, rights, reads, writes, streams. The only part that knows hyper.

pub mod delete;
pub mod discovery;
pub mod exec;
pub mod identity;
pub mod label_selector;
pub mod logs;
pub mod options;
pub mod patch;
pub mod proxy;
pub mod rbac;
pub mod read;
pub mod refusal;
pub mod request;
pub mod respond;
pub mod reviews;
pub mod selection;
pub mod selector;
pub mod server;
pub mod validate;
pub mod watch;
pub mod write;
