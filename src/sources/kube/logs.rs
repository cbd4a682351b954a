//! The logs of many containers at once: streams come and go with the pods, lines are merged by time, memory is bounded
//! and a slow reader slows the server down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::connection::Connection;
use super::log_merge::Merger;
use super::log_stream::{LogStream, StreamEvent};
use crate::domain::freshness::Freshness;
use crate::domain::log::{LogChunk, LogSource};
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::task_scope::TaskScope;

/// More containers than this are not read at once; the rest is said to be left out.
pub const MAX_STREAMS: usize = 50;
/// How many streams are opened at the same moment.
const OPENING: usize = 8;
/// Batches of lines between the streams and the merger.
const QUEUE: usize = 32;
/// So long the first lines wait for streams that have not yet delivered their past.
const FIRST_LINES: Duration = Duration::from_secs(2);
/// A pod that left the service may still say its last words.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRequest {
    /// No line is older than this.
    pub since: Option<Timestamp>,
    /// Lines of the past of each container, at most.
    pub tail: u32,
    /// Goes on with what is written from now on.
    pub follow: bool,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum LogsEvent {
    Chunk(LogChunk),
    Freshness(Freshness),
}

/// Reads until nobody listens any more or, without `follow`, until everything is read. The targets may change
/// meanwhile: those that join and leave are marked between the lines.
pub async fn logs(
    connection: Connection,
    request: LogRequest,
    mut targets: watch::Receiver<Vec<LogSource>>,
    events: mpsc::Sender<LogsEvent>,
) {
    let scope = connection.scope().child();
    let _ends_all_streams = scope.guard();
    let (sender, mut streams) = mpsc::channel(QUEUE);
    let mut reader = Reader {
        opening: Arc::new(Semaphore::new(OPENING)),
        first_lines: Instant::now() + FIRST_LINES,
        connection,
        request,
        events,
        scope,
        sender,
        merger: Merger::default(),
        running: BTreeMap::new(),
        behind: BTreeSet::new(),
        lost: BTreeSet::new(),
        said: None,
        refused: false,
        left_out: 0,
    };
    let wanted = targets.borrow_and_update().clone();
    reader.reconcile(&wanted, true);
    // The error is only that nobody listens.
    let _ = reader.run(&mut streams, &mut targets).await;
}

struct Deaf;

struct Reader {
    connection: Connection,
    request: LogRequest,
    events: mpsc::Sender<LogsEvent>,
    scope: TaskScope,
    sender: mpsc::Sender<(u32, StreamEvent)>,
    opening: Arc<Semaphore>,
    merger: Merger,
    running: BTreeMap<LogSource, TaskScope>,
    /// Streams that have not yet delivered their past.
    behind: BTreeSet<u32>,
    first_lines: Instant,
    lost: BTreeSet<u32>,
    said: Option<Freshness>,
    /// The last word is that nothing can be read.
    refused: bool,
    left_out: usize,
}

impl Reader {
    async fn run(
        &mut self,
        streams: &mut mpsc::Receiver<(u32, StreamEvent)>,
        targets: &mut watch::Receiver<Vec<LogSource>>,
    ) -> Result<(), Deaf> {
        let mut targets_open = true;
        self.caught_up().await?;
        loop {
            if self.running.is_empty() && !self.request.follow {
                return self.finish().await;
            }
            let due = self.due();
            tokio::select! {
                () = self.events.closed() => return Err(Deaf),
                changed = targets.changed(), if targets_open => match changed {
                    Ok(()) => {
                        let wanted = targets.borrow_and_update().clone();
                        self.reconcile(&wanted, false);
                    }
                    Err(_) => targets_open = false,
                },
                () = sleep_until(due.unwrap_or(self.first_lines)), if due.is_some() => self.release().await?,
                Some((number, event)) = streams.recv() => self.take(number, event).await?,
            }
        }
    }

    /// When lines must be passed on.
    fn due(&self) -> Option<Instant> {
        let due = self.merger.due()?;
        Some(if self.behind.is_empty() { due } else { due.max(self.first_lines) })
    }

    async fn release(&mut self) -> Result<(), Deaf> {
        self.behind.clear();
        for chunk in self.merger.take_due(Instant::now()) {
            self.send(LogsEvent::Chunk(chunk)).await?;
        }
        self.caught_up().await
    }

    /// Without `follow` it is said at the very end, when all lines are out.
    async fn caught_up(&mut self) -> Result<(), Deaf> {
        if self.request.follow { self.all_is_well().await } else { Ok(()) }
    }

    async fn all_is_well(&mut self) -> Result<(), Deaf> {
        if self.behind.is_empty() && self.lost.is_empty() && !self.refused {
            return self.say(Freshness::Live).await;
        }
        Ok(())
    }

    async fn take(&mut self, number: u32, event: StreamEvent) -> Result<(), Deaf> {
        match event {
            StreamEvent::Lines(lines) => {
                self.refused = false;
                let (now, arrived) = (self.connection.clock().now(), Instant::now());
                for line in lines {
                    self.merger.line(number, line, now, arrived);
                }
                // Even while the past is awaited, only so much is held back.
                if self.merger.overfull() {
                    self.release().await?;
                }
            }
            StreamEvent::Mark(text, at) => self.mark_at(text, at),
            StreamEvent::CaughtUp => {
                let was_last = self.behind.remove(&number) && self.behind.is_empty();
                if was_last && self.said.is_none() {
                    // The past is complete: it goes before the word that it is.
                    for chunk in self.merger.take_all() {
                        self.send(LogsEvent::Chunk(chunk)).await?;
                    }
                }
                if self.behind.is_empty() && self.lost.is_empty() {
                    self.say(Freshness::Live).await?;
                }
            }
            StreamEvent::Lost(problem) => {
                self.behind.remove(&number);
                if self.lost.is_empty() {
                    let since = self.connection.clock().now();
                    self.say(Freshness::Stale { since, problem }).await?;
                }
                self.lost.insert(number);
            }
            StreamEvent::Resumed => {
                self.lost.remove(&number);
                self.caught_up().await?;
            }
            StreamEvent::Failed(problem) => self.failed(number, problem).await?,
            StreamEvent::Ended => {
                self.behind.remove(&number);
                self.lost.remove(&number);
                if let Some(source) = self.merger.named(number).cloned() {
                    let left = self.running.remove(&source).is_none();
                    if self.request.follow && !left {
                        self.mark(format!("{}/{}: ended", source.pod, source.container));
                    }
                }
                self.caught_up().await?;
            }
        }
        Ok(())
    }

    /// One container's refusal is a mark; when no other can be read, it is the answer.
    async fn failed(&mut self, number: u32, problem: Problem) -> Result<(), Deaf> {
        if self.running.len() <= 1 {
            self.refused = true;
            let freshness = match &problem.cause {
                // Of many pods it is not one whose name the right lacks.
                Cause::Denied(access) if self.merger.sources() > 1 => Freshness::Denied(access.clone().named("")),
                Cause::Denied(access) => Freshness::Denied(access.clone()),
                _ => Freshness::Failed(problem),
            };
            return self.say(freshness).await;
        }
        let name = self.merger.named(number).map(|source| source.pod.to_string()).unwrap_or_default();
        self.mark(format!("{name}: {problem}"));
        Ok(())
    }

    /// Starts and ends streams until they are the wanted ones.
    fn reconcile(&mut self, wanted: &[LogSource], first: bool) {
        let wanted_all: BTreeSet<&LogSource> = wanted.iter().collect();
        let gone: Vec<LogSource> = self.running.keys().filter(|source| !wanted_all.contains(source)).cloned().collect();
        for source in gone {
            if let Some(stream) = self.running.remove(&source) {
                self.scope.spawn(async move {
                    sleep(LAST_WORDS).await;
                    stream.end();
                });
            }
            self.mark(format!("{}/{}: left", source.pod, source.container));
        }
        let mut left_out = 0;
        for source in wanted {
            if self.running.contains_key(source) {
                continue;
            }
            if self.running.len() >= MAX_STREAMS {
                left_out += 1;
                continue;
            }
            if !first {
                self.mark(format!("{}/{}: joined", source.pod, source.container));
            }
            self.start(source.clone());
        }
        if left_out != self.left_out {
            self.left_out = left_out;
            if left_out > 0 {
                let read = self.running.len();
                self.mark(format!("{read} of {} containers are read", read + left_out));
            }
        }
    }

    fn start(&mut self, source: LogSource) {
        let number = self.merger.source(&source);
        let scope = self.scope.child();
        self.running.insert(source.clone(), scope.clone());
        self.behind.insert(number);
        let stream = LogStream {
            connection: self.connection.clone(),
            request: self.request.clone(),
            source,
            number,
            events: self.sender.clone(),
        };
        let opening = self.opening.clone();
        scope.spawn(async move { stream.run(&opening).await });
    }

    async fn finish(&mut self) -> Result<(), Deaf> {
        for chunk in self.merger.take_all() {
            self.send(LogsEvent::Chunk(chunk)).await?;
        }
        self.all_is_well().await
    }

    fn mark(&mut self, text: String) {
        self.mark_at(text, None);
    }

    fn mark_at(&mut self, text: String, at: Option<Timestamp>) {
        let at = at.unwrap_or_else(|| self.connection.clock().now());
        self.merger.mark(CleanText::from(text), at, Instant::now());
    }

    async fn say(&mut self, freshness: Freshness) -> Result<(), Deaf> {
        if self.said.as_ref() == Some(&freshness) {
            return Ok(());
        }
        self.said = Some(freshness.clone());
        self.send(LogsEvent::Freshness(freshness)).await
    }

    async fn send(&self, event: LogsEvent) -> Result<(), Deaf> {
        self.events.send(event).await.map_err(|_| Deaf)
    }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
