//! Bad input and bad luck between the program and its API server, through the real binary: a headless command, the
//! doctor and the console each say what happened, why, and what to do, within seconds.

mod certificates;
mod contexts;
mod everywhere;
mod hostile;
mod plugins;
mod proxies;
mod server;
mod signals;
mod silence;
