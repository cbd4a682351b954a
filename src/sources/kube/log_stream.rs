//! One container's log: opened, read, and after a loss taken up at the exact line where it broke off.

use std::time::Duration;

use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use kube::client::Body;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use url::form_urlencoded::Serializer;

use super::backoff::Backoff;
use super::connection::{Connection, Failure};
use super::fault::Fault;
use super::log_lines::{Line, Splitter};
use super::logs::LogRequest;
use super::transport::Class;
use crate::domain::log::LogSource;
use crate::domain::problem::{Cause, Problem};
use crate::domain::raw::RawObject;

/// A stream that is silent this long has delivered its past.
const CAUGHT_UP: Duration = Duration::from_millis(100);

/// What a stream tells the merger.
pub(super) enum StreamEvent {
    Lines(Vec<Line>),
    /// Something to say between the lines, at this time or now.
    Mark(String, Option<Timestamp>),
    /// The past has been delivered; lines come as they are written.
    CaughtUp,
    /// The server cannot be reached, or the container's log cannot be read now.
    Lost(Problem),
    Resumed,
    /// Refused in a way that waiting does not change.
    Failed(Problem),
    /// Nothing more will come.
    Ended,
}

pub(super) struct LogStream {
    pub(super) connection: Connection,
    pub(super) request: LogRequest,
    pub(super) source: LogSource,
    pub(super) number: u32,
    pub(super) events: mpsc::Sender<(u32, StreamEvent)>,
}

/// Nobody listens any more.
struct Deaf;

/// Why a stream ended.
enum Ended {
    Closed,
    Lost(Problem),
}

/// The last line that was passed on, and how many lines had the very same time.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    at: Option<Timestamp>,
    count: usize,
}

/// After a loss the server repeats lines from the last second on: those already passed on are skipped.
struct Resume {
    from: Position,
    skipped: usize,
}

impl LogStream {
    pub(super) async fn run(self, opening: &Semaphore) {
        // The error is only that nobody listens.
        let _ = self.read_all(opening).await;
    }

    async fn read_all(&self, opening: &Semaphore) -> Result<(), Deaf> {
        let mut position = Position::default();
        let mut backoff = Backoff::default();
        let mut waiting = false;
        let mut lost = false;
        loop {
            let permit = opening.acquire().await.map_err(|_| Deaf)?;
            let opened = self.open(position).await;
            drop(permit);
            match opened {
                Ok(body) => {
                    if std::mem::take(&mut lost) {
                        self.tell(StreamEvent::Resumed).await?;
                    }
                    waiting = false;
                    let began = Instant::now();
                    let ended = self.read(body, &mut position).await?;
                    backoff.held_since(began);
                    match ended {
                        Ended::Lost(problem) => {
                            lost = true;
                            self.tell(StreamEvent::Lost(problem)).await?;
                        }
                        Ended::Closed if !self.request.follow || self.source.previous => break,
                        Ended::Closed => match self.fate().await {
                            Fate::Gone => break,
                            Fate::Running => {}
                            Fate::Waiting => waiting = true,
                        },
                    }
                }
                Err(Failure::Refused(refusal)) if refusal.code == 400 && self.source.previous => {
                    self.tell(StreamEvent::Mark(format!("{}: it has no previous container", self.name()), None))
                        .await?;
                    break;
                }
                Err(failure) => {
                    let problem = failure.problem(&self.path(position));
                    match problem.cause {
                        // The container has not started yet: the server's words say why.
                        Cause::Malformed if self.request.follow => {
                            if !std::mem::replace(&mut waiting, true) {
                                let text = format!("{}: waits to start: {}", self.name(), problem.why);
                                self.tell(StreamEvent::Mark(text, None)).await?;
                                self.tell(StreamEvent::CaughtUp).await?;
                            }
                        }
                        Cause::NotFound => break,
                        Cause::NoConnection | Cause::Throttled | Cause::Server => {
                            lost = true;
                            self.tell(StreamEvent::Lost(problem)).await?;
                        }
                        _ => {
                            self.tell(StreamEvent::Failed(problem)).await?;
                            break;
                        }
                    }
                }
            }
            backoff.wait(&self.connection, None).await;
        }
        self.tell(StreamEvent::Ended).await
    }

    async fn read(&self, mut body: Body, position: &mut Position) -> Result<Ended, Deaf> {
        let mut splitter = Splitter::default();
        let mut resume = position.at.map(|_| Resume { from: *position, skipped: 0 });
        let mut caught_up = false;
        let ended = loop {
            let next = if caught_up {
                body.frame().await
            } else {
                match timeout(CAUGHT_UP, body.frame()).await {
                    Ok(next) => next,
                    Err(_) => {
                        caught_up = true;
                        self.tell(StreamEvent::CaughtUp).await?;
                        continue;
                    }
                }
            };
            match next {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        let mut lines = Vec::new();
                        splitter.push(data, |line| lines.push(line));
                        self.pass(lines, position, &mut resume).await?;
                    }
                }
                Some(Err(error)) => {
                    let what = format!("lost the log of {}", self.name());
                    break Ended::Lost(Fault::lost(&error).problem(&what));
                }
                None => break Ended::Closed,
            }
        };
        if !caught_up {
            self.tell(StreamEvent::CaughtUp).await?;
        }
        // A line that was cut off by a loss comes again whole.
        if let (Ended::Closed, Some(line)) = (&ended, splitter.finish()) {
            self.pass(vec![line], position, &mut resume).await?;
        }
        Ok(ended)
    }

    /// Passes on the lines that were not passed on before the loss.
    async fn pass(
        &self,
        mut lines: Vec<Line>,
        position: &mut Position,
        resume: &mut Option<Resume>,
    ) -> Result<(), Deaf> {
        let mut gap = false;
        if let Some(repeat) = resume {
            let known = lines.iter().take_while(|line| repeat.covers(line)).count();
            lines.drain(..known);
            if !lines.is_empty() {
                gap = repeat.skipped == 0;
                *resume = None;
            }
        }
        for line in &lines {
            match line.at {
                Some(at) if position.at == Some(at) => position.count += 1,
                Some(at) => *position = Position { at: Some(at), count: 1 },
                None => {}
            }
        }
        if gap {
            let at = lines.first().and_then(|line| line.at);
            self.tell(StreamEvent::Mark(format!("{}: lines may be missing here", self.name()), at)).await?;
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.tell(StreamEvent::Lines(lines)).await
    }

    async fn open(&self, position: Position) -> Result<Body, Failure> {
        let mut request = Connection::request(Method::GET, &self.path(position), Body::empty())?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        request.extensions_mut().insert(Class::Bulk);
        Ok(self.connection.open(request).await?.into_body())
    }

    fn path(&self, position: Position) -> String {
        let LogSource { namespace, pod, container, previous } = &self.source;
        let mut query = Serializer::new(String::new());
        query.append_pair("container", container).append_pair("timestamps", "true");
        if *previous {
            query.append_pair("previous", "true");
        } else if self.request.follow {
            query.append_pair("follow", "true");
        }
        if let Some(at) = position.at.or(self.request.since) {
            // The server knows whole seconds only.
            query.append_pair("sinceTime", &whole_second(at).to_string());
        }
        if position.at.is_none() {
            // The past is read so far and no further; what is taken up again must be whole.
            query.append_pair("tailLines", &self.request.tail.to_string());
        }
        format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?{}", query.finish())
    }

    fn name(&self) -> String {
        format!("{}/{}", self.source.pod, self.source.container)
    }

    /// Why a followed stream closed: the pod's own word, when it may be read.
    async fn fate(&self) -> Fate {
        let path = format!("/api/v1/namespaces/{}/pods/{}", self.source.namespace, self.source.pod);
        match self.connection.get_json(&path).await {
            Ok(pod) => fate(&pod, &self.source.container),
            Err(problem) if problem.cause == Cause::NotFound => Fate::Gone,
            Err(_) => Fate::Waiting,
        }
    }

    async fn tell(&self, event: StreamEvent) -> Result<(), Deaf> {
        self.events.send((self.number, event)).await.map_err(|_| Deaf)
    }
}

impl Resume {
    /// Whether this line was passed on before the loss.
    fn covers(&mut self, line: &Line) -> bool {
        match line.at {
            Some(at) if self.from.at == Some(at) => {
                self.skipped += 1;
                self.skipped <= self.from.count
            }
            Some(at) => Some(at) < self.from.at,
            None => true,
        }
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It runs: the stream was only cut.
    Running,
    /// It will run again, or that cannot be known.
    Waiting,
    Gone,
}

fn fate(pod: &RawObject, container: &str) -> Fate {
    if matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed")) {
        return Fate::Gone;
    }
    let statuses = ["/status/containerStatuses", "/status/initContainerStatuses", "/status/ephemeralContainerStatuses"];
    let state = statuses.iter().find_map(|list| {
        let list = pod.value().pointer(list)?.as_array()?;
        list.iter().find(|status| status["name"] == container).map(|status| &status["state"])
    });
    match state {
        Some(state) if state.get("running").is_some() => Fate::Running,
        Some(state)
            if state.pointer("/terminated/exitCode").is_some() && pod.text("/spec/restartPolicy") == Some("Never") =>
        {
            Fate::Gone
        }
        _ => Fate::Waiting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_pods_own_word_decides_whether_to_go_on() {
        let pod = |phase: &str, policy: &str, state: serde_json::Value| {
            RawObject::new(json!({
                "spec": {"restartPolicy": policy},
                "status": {"phase": phase, "containerStatuses": [{"name": "app", "state": state}]},
            }))
        };
        let ended = json!({"terminated": {"exitCode": 1}});
        assert_eq!(fate(&pod("Running", "Always", json!({"running": {}})), "app"), Fate::Running);
        assert_eq!(fate(&pod("Running", "Always", ended.clone()), "app"), Fate::Waiting);
        assert_eq!(fate(&pod("Running", "Never", ended.clone()), "app"), Fate::Gone);
        assert_eq!(fate(&pod("Failed", "Never", ended), "app"), Fate::Gone);
    }
}
