//! Keeps a list of rows up to date: pages first, then a watch, and whatever it takes when one of them fails.
//!
//! Rows never vanish while they are read again: pages of the first list come as `Applied`, every later list as one
//! `Replaced`. What is shown is kept when the link is lost, and said to be stale.

use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::backoff::Backoff;
use super::connection::{Connection, Failure};
use super::fault::Fault;
use super::objects::Selectors;
use super::watch_list::{ListStep, Lister};
use super::watch_stream::{Ended, Follower};
use crate::domain::access::Access;
use crate::domain::freshness::Freshness;
use crate::domain::object::{Kind, Scope};
use crate::domain::problem::{Cause, Problem};
use crate::kinds::delivery::ObjectsEvent;
use crate::kinds::info;
use crate::kinds::interner::Interner;
use crate::kinds::row::Row;

/// How often to read again what may be listed but not watched.
const POLL: Duration = Duration::from_secs(30);
/// A watch that ends earlier than this is not followed by another at once.
const SHORT: Duration = Duration::from_secs(5);
/// A watch in place of one that has ended stands within this time, or the rows are not live.
const PROMPT: Duration = Duration::from_secs(1);
/// A server that has just started refuses everything until it knows its rules: for so long a right that was held is not
/// said to be lost.
const DOUBT: Duration = Duration::from_secs(20);

/// What to keep up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchRequest {
    pub kind: Kind,
    pub scope: Scope,
    pub selectors: Selectors,
}

impl WatchRequest {
    #[must_use]
    pub fn new(kind: Kind, scope: Scope) -> Self {
        Self { kind, scope, selectors: Selectors::default() }
    }

    pub(super) fn access(&self, verb: &str) -> Access {
        let info = info::info(self.kind);
        let namespace = match &self.scope {
            Scope::Namespace(namespace) if info.namespaced => namespace.as_str(),
            _ => "",
        };
        Access::new(verb, info.group, info.plural, namespace)
    }
}

/// Lists and watches until nobody listens any more, or until trying again by itself makes no sense: the right is
/// denied from the start, or the server does not have the kind. The last event then says so.
pub async fn watch(connection: Connection, request: WatchRequest, events: mpsc::Sender<ObjectsEvent>) {
    let mut watcher = Watcher {
        fresh: connection.clock().now(),
        connection,
        request,
        events,
        interner: Interner::default(),
        backoff: Backoff::default(),
        loaded: false,
        watched: false,
        denied: None,
        said: None,
    };
    // The error is only that nobody listens: there is nobody to tell.
    let _ = watcher.run().await;
}

/// Nobody listens any more, or there is nothing more to do.
pub(super) struct Done;

struct Watcher {
    connection: Connection,
    request: WatchRequest,
    events: mpsc::Sender<ObjectsEvent>,
    interner: Interner,
    backoff: Backoff,
    /// A whole list has been delivered.
    loaded: bool,
    /// A watch has stood.
    watched: bool,
    /// Since when a right that was held is refused.
    denied: Option<Instant>,
    /// When the rows were last known to be right.
    fresh: Timestamp,
    /// The last word on freshness, so that it is not repeated.
    said: Option<Freshness>,
}

impl Watcher {
    async fn run(&mut self) -> Result<(), Done> {
        loop {
            let version = self.list().await?;
            self.follow(version).await?;
        }
    }

    /// Lists until it succeeds.
    async fn list(&mut self) -> Result<String, Done> {
        // Pages show at once when there was nothing; what was begun and broken off is replaced as a whole.
        let mut begun = false;
        loop {
            let show_pages = !self.loaded && !begun;
            let mut lister = Lister::new(self.connection.clone(), self.request.clone(), show_pages);
            let mut rows: Vec<Row> = Vec::new();
            begun = true;
            let failure = loop {
                match lister.next(&mut self.interner).await {
                    Ok(ListStep::Page { rows: page, remaining }) if show_pages => {
                        self.send(ObjectsEvent::Applied(page)).await?;
                        self.say(Freshness::Partial { loaded: lister.loaded(), remaining }).await?;
                    }
                    Ok(ListStep::Page { rows: page, .. }) => rows.extend(page),
                    Ok(ListStep::Last { rows: page, version }) => {
                        if show_pages {
                            self.send(ObjectsEvent::Applied(page)).await?;
                        } else {
                            rows.extend(page);
                            self.send(ObjectsEvent::Replaced(rows)).await?;
                        }
                        self.loaded = true;
                        self.fresh = self.connection.clock().now();
                        return Ok(version);
                    }
                    Err(failure) => break failure,
                }
            };
            if failure.expired() {
                continue;
            }
            let problem = failure.problem(lister.path());
            match problem.cause {
                Cause::Denied(_) if self.loaded => {
                    self.doubt(problem, Freshness::Denied(self.request.access("list"))).await?;
                }
                Cause::Denied(_) => return self.stop(Freshness::Denied(self.request.access("list"))).await,
                Cause::NotFound => return self.stop(Freshness::Failed(problem)).await,
                _ => self.pause(problem, failure.retry_after()).await?,
            }
        }
    }

    /// Watches from a version on, as often as it takes, until everything must be listed again.
    async fn follow(&mut self, mut version: String) -> Result<(), Done> {
        loop {
            let began = Instant::now();
            let mut follower = match self.open(&version).await? {
                Ok(follower) => follower,
                Err(failure) if failure.expired() => return Ok(()),
                Err(Failure::Refused(refusal)) if matches!(refusal.code, 403..=405) => {
                    if !self.watched {
                        return self.poll().await;
                    }
                    let problem = refusal.problem("", &self.request.access("watch"));
                    return self.doubt(problem, Freshness::Polled { every: POLL, at: self.fresh }).await;
                }
                Err(failure) => {
                    let problem = failure.problem_as(self.request.access("watch"));
                    self.pause(problem, failure.retry_after()).await?;
                    continue;
                }
            };
            (self.watched, self.denied) = (true, None);
            self.say(Freshness::Live).await?;
            let ended = follower.run(&self.events, &mut self.interner).await?;
            // The end may be noticed a while after the last word.
            self.fresh = self.connection.heard().unwrap_or_else(|| self.connection.clock().now());
            version = follower.version().to_string();
            self.backoff.held_since(began);
            match ended {
                Ended::Expired => return Ok(()),
                // Servers end each watch after a while: that is no loss.
                Ended::Closed if began.elapsed() >= SHORT => {}
                Ended::Lost(problem) if began.elapsed() >= SHORT => {
                    tracing::debug!(%problem, "a watch was lost");
                }
                Ended::Closed => self.backoff.wait(&self.connection, None).await,
                Ended::Lost(problem) => self.pause(problem, None).await?,
            }
        }
    }

    /// Opens a watch. What was live is not called so any longer when that takes its time.
    async fn open(&mut self, version: &str) -> Result<Result<Follower, Failure>, Done> {
        let (connection, request) = (self.connection.clone(), self.request.clone());
        let mut opening = pin!(Follower::open(&connection, &request, version));
        if let Ok(opened) = timeout(PROMPT, &mut opening).await {
            return Ok(opened);
        }
        if self.said == Some(Freshness::Live) {
            let silence = Fault::Silent { stage: "the request", after: PROMPT };
            let problem = self.connection.whole(silence.problem(&format!("cannot {}", request.access("watch"))));
            self.say(Freshness::Stale { since: self.fresh, problem }).await?;
        }
        Ok(opening.await)
    }

    /// May be listed but not watched: reads everything again every so often.
    async fn poll(&mut self) -> Result<(), Done> {
        loop {
            self.say(Freshness::Polled { every: POLL, at: self.fresh }).await?;
            tokio::select! {
                () = sleep(POLL) => {}
                () = self.events.closed() => return Err(Done),
            }
            self.list().await?;
        }
    }

    /// A right that was held is refused: by a server that does not know its rules yet, or because it was taken away.
    /// It is asked for again either way; what it is now is said after a while.
    async fn doubt(&mut self, problem: Problem, then: Freshness) -> Result<(), Done> {
        if self.denied.get_or_insert_with(Instant::now).elapsed() < DOUBT {
            return self.pause(problem, None).await;
        }
        self.say(then).await?;
        self.rest(None).await
    }

    /// Says what is wrong, keeps the rows, waits.
    async fn pause(&mut self, problem: Problem, at_least: Option<Duration>) -> Result<(), Done> {
        let problem = self.connection.whole(problem);
        let freshness =
            if self.loaded { Freshness::Stale { since: self.fresh, problem } } else { Freshness::Failed(problem) };
        self.say(freshness).await?;
        self.rest(at_least).await
    }

    async fn rest(&mut self, at_least: Option<Duration>) -> Result<(), Done> {
        tokio::select! {
            () = self.backoff.wait(&self.connection, at_least) => Ok(()),
            () = self.events.closed() => Err(Done),
        }
    }

    async fn stop<T>(&mut self, freshness: Freshness) -> Result<T, Done> {
        self.say(freshness).await?;
        Err(Done)
    }

    async fn say(&mut self, freshness: Freshness) -> Result<(), Done> {
        if self.said.as_ref() == Some(&freshness) {
            return Ok(());
        }
        self.said = Some(freshness.clone());
        self.send(ObjectsEvent::Freshness(freshness)).await
    }

    async fn send(&self, event: ObjectsEvent) -> Result<(), Done> {
        self.events.send(event).await.map_err(|_| Done)
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
