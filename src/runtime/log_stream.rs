//! A reading of logs: the machine's targets go to the source, its lines come back as messages.

use tokio::sync::{mpsc, watch};

use crate::app::subscription::{LogParams, LogTarget, Params};
use crate::app::{Delivery, Key, Message};
use crate::domain::log::LogSource;
use crate::sources::kube::{Connection, LogRequest, LogsEvent, logs};

/// Chunks that wait for the machine; then the source waits.
const QUEUE: usize = 8;

pub(super) async fn run(
    connection: Connection,
    mut params: watch::Receiver<Params>,
    key: Key,
    messages: mpsc::Sender<Message>,
) {
    let Params::Logs(first) = params.borrow_and_update().clone() else { return };
    let request = LogRequest { since: first.since, tail: first.tail, follow: first.follow };
    let (targets, wanted) = watch::channel(sources(&first));
    let (sender, mut events) = mpsc::channel(QUEUE);
    let forward = async {
        // Who reads only what there is must not hear that all is well before the last line.
        let mut at_end = None;
        while let Some(event) = events.recv().await {
            let delivery = match event {
                LogsEvent::Chunk(chunk) => Delivery::Logs(chunk),
                LogsEvent::Freshness(freshness) if !first.follow => {
                    at_end = Some(freshness);
                    continue;
                }
                LogsEvent::Freshness(freshness) => Delivery::Freshness(freshness),
            };
            if messages.send(Message::Delivery(key.clone(), delivery)).await.is_err() {
                return;
            }
        }
        if let Some(freshness) = at_end {
            // Nobody listens any more when the program ends.
            let _ = messages.send(Message::Delivery(key, Delivery::Freshness(freshness))).await;
        }
    };
    let retarget = async {
        while params.changed().await.is_ok() {
            if let Params::Logs(now) = &*params.borrow_and_update() {
                targets.send_if_modified(|current| {
                    let new = sources(now);
                    let changed = *current != new;
                    *current = new;
                    changed
                });
            }
        }
    };
    tokio::select! {
        _ = async { tokio::join!(logs(connection, request, wanted, sender), forward) } => {}
        () = retarget => {}
    }
}

fn sources(params: &LogParams) -> Vec<LogSource> {
    let source = |target: &LogTarget| LogSource::of(&target.pod, &target.container, params.previous);
    params.targets.iter().map(source).collect()
}
